"""Access devices (接入端设备): what sends a unit's readings, what it says of itself, and what its province decided of it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import pyarrow as pa
import strawberry

from graph.execution.arguments import (
    among,
    before,
    conditions,
    credit_code,
    region_code,
    since,
    word_of,
    words,
)
from graph.execution.batched import batched
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.context import Info
from graph.execution.levels import keys_of
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.model.access_device import COMPARED, Slot, beside
from graph.ports import Condition
from graph.types import unit as units
from graph.types._device_days import DAY, SEEN, DeviceDay, DeviceSeen
from graph.types._device_enums import DeviceState
from graph.types._related import many, one
from graph.types.data_point import DataPoint

if TYPE_CHECKING:
    from graph.types.link import Link
    from graph.types.unit import Unit


@strawberry.type(
    description="What a device says of its unit beside what the registry says of it (自报与登记)."
)
class SaidField:
    """One field of a device's configuration."""

    field: str = strawberry.field(description="The field as the device calls it, such as regionCode.")
    said: str = strawberry.field(description="What the device says (自报), at most 500 characters.")
    registered: str | None = strawberry.field(
        description="What the registry says of its unit (登记); null where it holds nothing of the kind."
    )
    differs: bool | None = strawberry.field(
        description="Whether the two differ; null where there is nothing to compare."
    )


@strawberry.type(description="A list in what a device says of itself, such as its instruments (自报清单).")
class SaidPart:
    """One list of a device's configuration."""

    name: str = strawberry.field(description="What it lists: processes, processUnits, instruments.")
    rows: int = strawberry.field(description="How many rows it has.")
    text: str = strawberry.field(description="Its rows as the text of a JSON array of objects.")


async def _said(parents: Sequence[AccessDevice], info: Info) -> list[list[SaidField]]:
    owners = await units.NOUN.look_up(info, keys_of(parents, "unit"))
    found = []
    for parent, owner in zip(parents, owners, strict=True):
        held = {} if owner is None else {name: getattr(owner, name) for name in COMPARED.values()}
        said = json.loads(parent.said_json or "{}").get("enterprise", {})
        found.append([SaidField(**vars(each)) for each in beside(said, held)])
    return found


async def _telephones(parents: Sequence[AccessDevice], _: Info) -> list[list[SaidField]]:
    return [
        [SaidField(**vars(each)) for each in beside(json.loads(parent.telephones_json or "{}"), {})]
        for parent in parents
    ]


async def _parts(parents: Sequence[AccessDevice], _: Info) -> list[list[SaidPart]]:
    return [
        [
            SaidPart(name=name, rows=len(rows), text=json.dumps(rows, ensure_ascii=False))
            for name, rows in sorted(json.loads(parent.said_json or "{}").get("parts", {}).items())
        ]
        for parent in parents
    ]


async def _problems(parents: Sequence[AccessDevice], _: Info) -> list[list[str]]:
    return [list(json.loads(parent.problems_json or "{}").values()) for parent in parents]


@strawberry.type(description="What sends a unit's readings over a link (接入端设备).")
class AccessDevice:
    """A row of the noun access_device."""

    id: strawberry.Private[int]
    said_json: strawberry.Private[str | None]
    telephones_json: strawberry.Private[str | None]
    problems_json: strawberry.Private[str | None]
    unit: str = strawberry.field(description="Credit code of its unit.")
    link: str = strawberry.field(description="Key of the link it comes in by.")
    province: str = strawberry.field(description="Province of its unit, six digits.")
    state: DeviceState = strawberry.field(description="Whether what it sends counts.")
    why: str | None = strawberry.field(
        description="Why it was decided so, in its province's words (审核意见); a refused device is told them."
    )
    place: int = strawberry.field(description="Its number in the order of registering on its link, from 0.")
    upload_time: str = strawberry.field(
        description="When of the night it is to upload (上传时间), HH:mm:ss, Beijing time: all devices evenly spread."
    )
    registered_at: dt.datetime = strawberry.field(description="When it first registered (注册时间).")
    decided_at: dt.datetime | None = strawberry.field(
        description="When it was last decided of (审核时间); null while nobody has."
    )
    decided_by: str | None = strawberry.field(
        description="Who decided so (审核人); of a link that approves by itself, the link."
    )
    said_at: dt.datetime | None = strawberry.field(
        description="When it last said anything new of itself (配置上传时间); null before that."
    )
    said: list[SaidField] = batched(
        _said, "What it says of its unit beside what the registry says (自报与登记), what differs first."
    )
    telephones: list[SaidField] = batched(
        _telephones,
        "How to reach persons of its unit, as it says (联系方式); empty without the role contacts.",
    )
    said_parts: list[SaidPart] = batched(
        _parts, "The lists in what it says of itself (自报清单), such as its instruments, by name."
    )
    problems: list[str] = batched(
        _problems, "What in its configuration cannot be used or looks wrong (配置问题), the last 100."
    )
    days: list[DeviceDay] = batched(
        many(DAY, "device", "id"),
        "How good the days are that came while it waited (首日质量), by day.",
    )
    seen: DeviceSeen | None = batched(
        one(SEEN, "unit", "link"), "When it was last heard of (设备在线); null where it never was."
    )
    data_points: list[DataPoint] = batched(
        many("data_point", "unit", "unit"),
        "The points of its unit (采集点), proposed ones among them, by code.",
    )
    owner: Annotated[Unit, strawberry.lazy("graph.types.unit")] | None = batched(
        one("unit", "unit"), "Its unit."
    )
    link_detail: Annotated[Link, strawberry.lazy("graph.types.link")] | None = batched(
        one("link", "link"), "The link it comes in by."
    )


_CALLED = {"said": "said_json", "telephones": "telephones_json", "problems": "problems_json"}


def _shaped(table: pa.Table, _: Info) -> pa.Table:
    times = [str(Slot.of_place(place)) for place in table.column("place").to_pylist()]
    named = table.rename_columns([_CALLED.get(name, name) for name in table.column_names])
    return named.append_column("upload_time", pa.array(times, pa.string()))


NOUN = Noun(
    "access_device", AccessDevice, {"unit": credit_code, "link": words}, order="registered_at", shape=_shaped
)


@strawberry.enum(description="What access devices can be ordered by.")
class AccessDeviceOrder(Enum):
    """Values are columns."""

    REGISTERED_AT = strawberry.enum_value("registered_at", description="By when they registered.")
    UNIT = strawberry.enum_value("unit", description="By the unit's credit code.")
    LINK = strawberry.enum_value("link", description="By link.")
    STATE = strawberry.enum_value("state", description="By state, as text.")
    PLACE = strawberry.enum_value("place", description="By their number on their link.")
    DECIDED_AT = strawberry.enum_value("decided_at", description="By when they were decided of.")


@strawberry.input(description="Which access devices.")
class AccessDeviceFilter:
    """Conditions on the noun access_device."""

    unit: list[str] | None = strawberry.field(description="Of any of these credit codes.")
    link: list[str] | None = strawberry.field(description="Of any of these links.")
    province: list[str] | None = strawberry.field(description="In any of these provinces.")
    state: list[DeviceState] | None = strawberry.field(description="In any of these states.")
    registered_from: dt.datetime | None = strawberry.field(description="That registered from this moment on.")
    registered_before: dt.datetime | None = strawberry.field(
        description="That registered before this moment."
    )

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("unit", self.unit, credit_code),
            among("link", self.link),
            among("province", self.province, region_code),
            among("state", self.state, word_of),
            since("registered_at", self.registered_from),
            before("registered_at", self.registered_before),
        )


@strawberry.type(description="Root fields of access devices.")
class AccessDeviceQuery:
    """Access devices by list and by key."""

    access_devices: Connection[AccessDevice] = listing(
        NOUN,
        AccessDeviceFilter,
        AccessDeviceOrder.REGISTERED_AT,
        "Access devices that registered (接入端设备), the latest first.",
        descending=True,
    )

    access_device: AccessDevice | None = by_key(
        NOUN,
        "The device of a unit on a link (接入端设备)",
        unit="Credit code of the unit.",
        link="Key of the link.",
    )


QUERY = AccessDeviceQuery
