"""The invented units that are asked about: one point each, of which one told ten thousand quarter-hours."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from graph.model.credit_code import CreditCode
from graph.model.period import Granularity, midnight
from graph.model.principal import Role
from graph.model.reading import EXCHANGED, INSTANT, VALUE
from graph.ports import Delivery
from hub.access.machine import new_credential
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters.nengshu_batches import ARROW, decode

UNITS = 1_000
SLOTS = 10_000  # quarter-hours of the first unit's point
SLOTS_BELOW = 5  # of every other one's
FIRST_DAY = dt.date(2026, 6, 1)
CODE = "0000000002330011"
WHO = "bench"
_MINUTE = np.timedelta64(1, "m")


def credit_codes() -> list[str]:
    """Of all units, in the order lists go by."""
    return sorted(CreditCode.of_body(f"91910100MA{number:07d}").text for number in range(UNITS))


def fill(folder: Path) -> str:
    """Make a hub's stores there, and the credential of a client who may read them."""
    with open_hub(Settings(data_dir=folder)) as hub:
        _register(hub)
        for key, units, slots in (
            ("one", credit_codes()[:1], SLOTS),
            ("others", credit_codes()[1:], SLOTS_BELOW),
        ):
            hub.intake.take(Delivery(WHO, key, key, decode(_body(units, slots), ARROW)))
        return _asker(hub)


def _asker(hub: Hub) -> str:
    """The credential of a client that may read everything."""
    credential, jwks = new_credential("asker")
    agency = {"key": "agency", "name": "虚构国家部门", "kind": "national_agency", "parts": "plans"}
    hub.registry.upsert("organisation", [agency], WHO)
    hub.registry.clients.add("asker", "agency", (Role.READ,), WHO, jwks=jwks)
    return credential


def _register(hub: Hub) -> None:
    region = {"code": "910000", "name": "虚构甲省", "short_name": "甲", "english": "Invented Jia"}
    city = {"code": "910100", "name": "虚构甲市", "short_name": "甲", "english": "Invented City"}
    hub.registry.upsert("region", [region, city], WHO)
    rest = {"region": "910100", "industry": "C31", "tier": "thousand"}
    units = [
        {"credit_code": unit, "name": f"虚构单位{number}", **rest}
        for number, unit in enumerate(credit_codes())
    ]
    hub.registry.upsert("unit", units, WHO)
    point = {"code": CODE, "granularity": Granularity.QUARTER_HOUR.value, "since": FIRST_DAY}
    hub.registry.upsert("data_point", [{"unit": unit, **point} for unit in credit_codes()], WHO)


def _body(units: Sequence[str], slots: int) -> bytes:
    """A batch of the first slots of each unit, as a province would send it."""
    rows, first = len(units) * slots, np.datetime64(midnight(FIRST_DAY).replace(tzinfo=None), "us")
    slot = np.tile(np.arange(slots), len(units))
    table = pa.table(
        {
            "unit": pa.array(np.repeat(units, slots)),
            "data_code": pa.repeat(CODE, rows),
            "granularity": pa.repeat(Granularity.QUARTER_HOUR.value, rows),
            "start": pa.array(first + slot * 15 * _MINUTE).cast(INSTANT),
            "value": pa.array(np.arange(rows) * 7919 % 1_000_003 / 8).cast(VALUE),
            "version": pa.nulls(rows, INSTANT),
            "origin": pa.repeat("instrument", rows),
        },
        schema=EXCHANGED,
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, EXCHANGED) as stream:
        stream.write_table(table)
    return sink.getvalue()
