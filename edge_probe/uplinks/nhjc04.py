"""Hands readings to an existing provincial platform in NHJC-04, as a unit's access device.

Source:  what clients in the field do, spoken by edge_probe/nhjc04_client.py (read).
Time:    statDate is the start of the quarter-hour, uploadDate the moment it was written, both Beijing time (read).
Cadence: daily in the slot `uploadTime` that the platform gives, then again and again until acknowledged; what was not
         acknowledged on its day is sent with the next (read).
Quirks:  the polarity of `valid`, hyphens, numbers as text and the register path are the uplink's settings (read).

The dialect has no credential and no key of a batch: what is sent again is known to the platform by unit, data code,
statistic and label. A quarter-hour that was not measured is no row; none is sent as zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_probe.asking_platform import Line
from edge_probe.fields import Fields
from edge_probe.nhjc04_client import REGISTER_PATH, Nhjc04Device
from edge_probe.nhjc04_wire import (
    FIELD_INSTRUMENT,
    VALID_WORDS,
    WITHOUT,
    Configuration,
    Item,
    Said,
    Unit,
    Wire,
    enterprise_faults,
)
from edge_probe.platform_notes import Dictionaries
from edge_probe.ports import Refusal, Shows, UplinkKind, UplinkMeans
from edge_probe.readings import INSTRUMENT, Spooled
from edge_probe.slots import opens_at
from graph.errors import InvalidInput
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.period import Granularity
from graph.model.region import RegionCode

NAME_MAX = 200  # characters of an item's name: a formula may have a hundred terms
ESTIMATED_NUMBER = 8  # of our origins, which are not for the wire
IN_SLOT, AT_ONCE = "slot", "at_once"


@dataclass(frozen=True)
class Settings:
    """What `settings` of an uplink of this kind hold."""

    region: str
    wire: Wire
    register_path: str
    send: str
    enterprise: Mapping[str, str]


def settings_of(fields: Fields) -> Settings | None:
    """The settings of one uplink; what is wrong with them goes to the faults."""
    region = fields.checked("region", RegionCode)
    words = fields.one_of("valid_means", (*VALID_WORDS, WITHOUT))
    hyphens, as_text = fields.flag("hyphens", default=True), fields.flag("numbers_as_text", default=True)
    estimated_as = fields.whole("estimated_as", 1, 7, 1)
    path = fields.text("register_path", REGISTER_PATH)
    send = fields.one_of("send", (IN_SLOT, AT_ONCE), IN_SLOT)
    enterprise = {key: str(value) for key, value in fields.untouched("enterprise").items()}
    for fault in enterprise_faults(enterprise):
        fields.fault("enterprise", fault)
    fields.finish()
    if region is None or not words:
        return None
    wire = Wire(words, hyphens=hyphens, numbers_as_text=as_text, estimated_as=estimated_as)
    return Settings(str(region), wire, path, send, enterprise)


class Nhjc04Uplink:
    """One platform, spoken to as the device of the probe's unit."""

    def __init__(self, means: UplinkMeans, settings: Settings) -> None:
        self._means, self._settings = means, settings
        unit = Unit(str(means.config.unit), settings.region, _configuration(means, settings))
        line = Line(means.plan.name, means.client)
        register_url = means.plan.url + settings.register_path
        memory = means.memory
        self._device = Nhjc04Device(
            line, register_url, unit, settings.wire, memory, Dictionaries(_dropped), means.clock.now
        )

    async def opens(self, oldest: dt.datetime, /) -> dt.datetime | None:
        """When the platform's slot begins; None once it has, and until everything of before it is acknowledged."""
        if self._settings.send == AT_ONCE:
            return None
        given = await self._device.ready()
        return opens_at(given.upload_time, oldest, self._means.clock.now())

    async def send(self, rows: Sequence[Spooled]) -> Sequence[Refusal]:
        """Upload rows; what the platform refuses for good while it takes others, and what it said of the rest."""
        unwanted = await self._device.upload([_said(row) for row in rows])
        notes, self._device.notes = self._device.notes, []
        refused = [Refusal(rows[each.place], "refused-by-platform", each.why) for each in unwanted]
        return [*refused, *(Refusal(None, note.code, note.why) for note in notes)]


def _configuration(means: UplinkMeans, settings: Settings) -> Configuration:
    """Every point of the probe as an item: a quarter-hour of a field instrument."""
    quarter_hour = Granularity.QUARTER_HOUR
    items = [Item(code, _name(what, code), quarter_hour) for code, what in means.config.data_codes]
    return Configuration(tuple(items), settings.enterprise)


def _name(what: str, data_code: str) -> str:
    variety = VARIETIES.get(DataCode(data_code).variety)
    return f"{what} {variety.name if variety else data_code}"[:NAME_MAX]


def _said(row: Spooled) -> Said:
    reading = row.reading
    origin = FIELD_INSTRUMENT if reading.origin == INSTRUMENT else ESTIMATED_NUMBER
    start, version = reading.start, reading.written_at
    return Said(reading.data_code, Granularity.QUARTER_HOUR, start, reading.value, version, origin)


def _dropped(_version: str, _base_data: bytes) -> None:
    """Base data is for who fills in a configuration; the probe's own stands in its file."""


def _reached(means: UplinkMeans) -> Nhjc04Uplink:
    if not isinstance(means.settings, Settings):
        raise InvalidInput("expected the settings of an uplink of kind nhjc04", means.plan.name)
    return Nhjc04Uplink(means, means.settings)


UPLINK = UplinkKind("nhjc04", _reached, settings_of, Shows.NOTHING)
