"""Hands readings to an existing provincial platform in the AK dialect, as a unit's access device, one record a POST.

Source:  docs/nhjc-ak.md, spoken by edge_probe/nhjc_ak_client.py (read and assumed, as it says).
Time:    statDate is the start of the quarter-hour, uploadDate the moment it was written, both Beijing time (read).
Cadence: daily from `enterpriseUploadTime` on, until acknowledged; what was not acknowledged on its day is late (read).
Quirks:  the polarity of `valid`, hyphens and numbers as text, the form of the key, the token's header (assumed).

A record the platform has is noted in the spool before the next one goes, so that a probe that dies sends none of them again.
Those refused while others are taken are events, and tried again once a day. `url` includes the base, such as https://platform.example/YNEnergy.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from edge_probe.asking_platform import Line
from edge_probe.fields import Fields
from edge_probe.nhjc_ak_client import AkDevice
from edge_probe.nhjc_ak_proof import KeyForm, Manner
from edge_probe.platform_notes import Dictionaries
from edge_probe.platform_settings import PlatformSettings, platform_settings, unit_of
from edge_probe.readings import Spooled
from edge_probe.telling import told_of
from edge_probe.uplink_ports import Pace, Refusal, Shows, UplinkKind, UplinkMeans
from graph.errors import InvalidInput

PACE = Pace(rows=200, seconds=900.0, tries_again=True)  # a POST each, and each has a bound of its own


@dataclass(frozen=True)
class Settings:
    """What `settings` of an uplink of this kind hold."""

    platform: PlatformSettings
    manner: Manner


def settings_of(fields: Fields) -> Settings | None:
    """The settings of one uplink; what is wrong with them goes to the faults."""
    platform, form = platform_settings(fields), fields.member("secret_key_form", KeyForm, KeyForm.TEXT)
    header = fields.text("token_header", "token")
    coefficients = {key: str(value) for key, value in fields.untouched("coefficients").items()}
    fields.finish()
    return None if platform is None else Settings(platform, Manner(form, header, coefficients))


class NhjcAkUplink:
    """One platform, spoken to as the device of the probe's unit."""

    def __init__(self, means: UplinkMeans, settings: Settings) -> None:
        self._settings, self._clock = settings.platform, means.clock
        self._took, self._between = means.took, means.between
        self._device = AkDevice(
            Line(means.plan.name, means.client),
            means.plan.url,
            unit_of(means.config, settings.platform),
            means.password,
            settings.platform.wire,
            means.memory,
            Dictionaries(_dropped),
            means.clock.now,
            settings.manner,
        )
        self._acknowledged: list[int] = []
        self._noting = asyncio.Lock()

    async def opens(self, oldest: dt.datetime, /) -> dt.datetime | None:
        """When the platform's slot begins; None once it has, and until everything of before it is acknowledged."""
        known = await self._device.ready()
        return self._settings.opens(known.upload_time, oldest, self._clock.now())

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Upload rows one by one; what the platform refuses for good, and what it said of the rest."""

        told = await asyncio.to_thread(
            told_of, rows, self._settings.wire, self._between, self._settings.totals
        )

        async def took(place: int) -> None:
            await self._note([row.sequence for row in told[place].rows])

        unwanted = await self._device.upload([each.said for each in told], took) if told else []
        notes, self._device.notes = self._device.notes, []
        refused = [Refusal(told[each.place].last, "refused-by-platform", each.why) for each in unwanted]
        return [*refused, *(Refusal(None, note.code, note.why) for note in notes)]

    async def _note(self, sequences: Sequence[int]) -> None:
        """On the disk when this returns; what was acknowledged meanwhile shares the write."""
        self._acknowledged += sequences
        async with self._noting:
            some, self._acknowledged = self._acknowledged, []
            if some:
                await asyncio.to_thread(self._took, some)


def _dropped(_version: str, _base_data: bytes) -> None:
    """Base data is for who fills in a configuration; the probe's own stands in its file."""


def _reached(means: UplinkMeans) -> NhjcAkUplink:
    if not isinstance(means.settings, Settings):
        raise InvalidInput("expected the settings of an uplink of kind nhjc_ak", means.plan.name)
    return NhjcAkUplink(means, means.settings)


UPLINK = UplinkKind("nhjc_ak", _reached, settings_of, Shows.PASSWORD, PACE)
