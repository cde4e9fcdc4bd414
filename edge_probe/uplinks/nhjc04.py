"""Hands readings to an existing provincial platform in NHJC-04, as a unit's access device.

Source:  what clients in the field do, spoken by edge_probe/nhjc04_client.py (read).
Time:    statDate is the start of the quarter-hour, uploadDate the moment it was written, both Beijing time (read).
Cadence: daily in the slot `uploadTime` that the platform gives, then again and again until acknowledged; what was not
         acknowledged on its day is sent with the next (read).
Quirks:  the polarity of `valid`, the length of a real-time period, hyphens, numbers as text and the register path are the
         uplink's settings (read).

The dialect has no credential and no key of a batch: what is sent again is known to the platform by unit, data code,
statistic and label. A quarter-hour that was not measured is no row; none is sent as zero.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from edge_probe.asking_platform import Line
from edge_probe.fields import Fields
from edge_probe.nhjc04_client import REGISTER_PATH, Nhjc04Device
from edge_probe.platform_notes import Dictionaries
from edge_probe.platform_settings import PlatformSettings, platform_settings, unit_of
from edge_probe.readings import Spooled
from edge_probe.telling import told_of
from edge_probe.uplink_ports import Pace, Refusal, Shows, UplinkKind, UplinkMeans
from graph.errors import InvalidInput


@dataclass(frozen=True)
class Settings:
    """What `settings` of an uplink of this kind hold."""

    platform: PlatformSettings
    register_path: str


def settings_of(fields: Fields) -> Settings | None:
    """The settings of one uplink; what is wrong with them goes to the faults."""
    platform, path = platform_settings(fields), fields.text("register_path", REGISTER_PATH)
    fields.finish()
    return None if platform is None else Settings(platform, path)


class Nhjc04Uplink:
    """One platform, spoken to as the device of the probe's unit."""

    def __init__(self, means: UplinkMeans, settings: Settings) -> None:
        self._settings, self._clock, self._between = settings.platform, means.clock, means.between
        self._device = Nhjc04Device(
            Line(means.plan.name, means.client),
            means.plan.url + settings.register_path,
            unit_of(means.config, settings.platform),
            settings.platform.wire,
            means.memory,
            Dictionaries(_dropped),
            means.clock.now,
        )

    async def opens(self, oldest: dt.datetime, /) -> dt.datetime | None:
        """When the platform's slot begins; None once it has, and until everything of before it is acknowledged."""
        given = await self._device.ready()
        return self._settings.opens(given.upload_time, oldest, self._clock.now())

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Upload rows; what the platform refuses for good while it takes others, and what it said of the rest."""
        told = await asyncio.to_thread(
            told_of, rows, self._settings.wire, self._between, self._settings.totals
        )
        unwanted = await self._device.upload([each.said for each in told]) if told else []
        notes, self._device.notes = self._device.notes, []
        refused = [Refusal(told[each.place].last, "refused-by-platform", each.why) for each in unwanted]
        return [*refused, *(Refusal(None, note.code, note.why) for note in notes)]


def _dropped(_version: str, _base_data: bytes) -> None:
    """Base data is for who fills in a configuration; the probe's own stands in its file."""


def _reached(means: UplinkMeans) -> Nhjc04Uplink:
    if not isinstance(means.settings, Settings):
        raise InvalidInput("expected the settings of an uplink of kind nhjc04", means.plan.name)
    return Nhjc04Uplink(means, means.settings)


# Each message has a bound of its own; taking a batch apart is hundreds of them.
PACE = Pace(seconds=900.0, tries_again=True)
UPLINK = UplinkKind("nhjc04", _reached, settings_of, Shows.NOTHING, PACE)
