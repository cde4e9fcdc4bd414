"""What a probe is told of an existing platform, whichever dialect it speaks, and what of the probe it is told in return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from edge_probe.config import ProbeConfig
from edge_probe.fields import Fields
from edge_probe.nhjc04_wire import (
    REALTIME,
    VALID_WORDS,
    WITHOUT,
    Configuration,
    Item,
    Unit,
    Wire,
    enterprise_faults,
)
from edge_probe.slots import opens_at
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.period import Granularity
from graph.model.region import RegionCode
from graph.model.virtual_meter import Term

NAME_MAX = 200  # characters of an item's name: a formula may have a hundred terms
IN_SLOT, AT_ONCE = "slot", "at_once"


@dataclass(frozen=True)
class PlatformSettings:
    """The unit's division, how the platform writes, when it is sent to, what the unit says of itself."""

    region: str
    wire: Wire
    send: str
    enterprise: Mapping[str, str]
    totals: tuple[Granularity, ...] = ()

    def opens(self, upload_time: str, oldest: dt.datetime, now: dt.datetime) -> dt.datetime | None:
        """When rows may be sent; None: now."""
        return None if self.send == AT_ONCE else opens_at(upload_time, oldest, now)


def platform_settings(fields: Fields) -> PlatformSettings | None:
    """Those settings of an uplink that both dialects have; what is wrong goes to the faults."""
    region = fields.checked("region", RegionCode)
    words = fields.one_of("valid_means", (*VALID_WORDS, WITHOUT))
    hyphens, as_text = fields.flag("hyphens", default=True), fields.flag("numbers_as_text", default=True)
    estimated_as, minutes = (
        fields.whole("estimated_as", 1, 7, 1),
        fields.whole("realtime_minutes", 15, 60, 15),
    )
    daily, monthly = fields.flag("daily", default=False), fields.flag("monthly", default=False)
    totals = (*[Granularity.DAY] * daily, *[Granularity.MONTH] * monthly)
    send = fields.one_of("send", (IN_SLOT, AT_ONCE), IN_SLOT)
    enterprise = {key: str(value) for key, value in fields.untouched("enterprise").items()}
    for fault in enterprise_faults(enterprise):
        fields.fault("enterprise", fault)
    if minutes not in REALTIME:
        fields.fault("realtime_minutes", f"expected 15 or 60, came {minutes}")
    if region is None or words not in (*VALID_WORDS, WITHOUT) or minutes not in REALTIME:
        return None
    wire = Wire(words, minutes, hyphens, as_text, estimated_as)
    return PlatformSettings(region.digits, wire, send, enterprise, totals)


def unit_of(config: ProbeConfig, settings: PlatformSettings) -> Unit:
    """For whom the probe speaks: every data code of it is an item of a field instrument, in real time and at each total."""
    terms = {code: tuple(_terms(config, code)) for code, _ in config.data_codes}
    lengths = (REALTIME[settings.wire.realtime_minutes], *settings.totals)
    items = [
        Item(code, _name(what, code), length, terms=terms[code])
        for code, what in config.data_codes
        for length in lengths
    ]
    return Unit(str(config.unit), settings.region, Configuration(tuple(items), settings.enterprise))


def _terms(config: ProbeConfig, code: str) -> list[Term]:
    """The meters of a data code: one, or those of its formula."""
    made = [term for point in config.virtual if point.data_code == code for term in point.formula.terms]
    one = [
        Term(device.name) for device in config.devices for point in device.points if point.data_code == code
    ]
    return made or one


def _name(what: str, data_code: str) -> str:
    variety = VARIETIES.get(DataCode(data_code).variety)
    return f"{what} {variety.name if variety else data_code}"[:NAME_MAX]
