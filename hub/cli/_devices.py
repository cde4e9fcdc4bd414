"""`nengshu device list`, `show`, `approve` and the others: what a province decides of the devices that registered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from graph.errors import InvalidInput, NotFound
from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.instrument import PointState
from graph.model.period import Day
from graph.ports import ROWS_PER_PAGE_MAX, Ask, Condition, Order
from hub.cli._cells import print_whole
from hub.cli._device_tables import days_table, devices_table, facts, points_table, said_table, seen_of
from hub.cli._options import DataDir
from hub.settings import load_settings
from hub.stores.door.devices_seen import looking
from hub.stores.registry.registry import Registry
from hub.wiring import SystemClock, open_registry, open_to_look

WHO = "command line"
Unit = Annotated[str, typer.Argument(help="Credit code of the device's unit 统一社会信用代码.")]
OnLink = Annotated[
    str | None, typer.Option("--link", help="Key of its link; needed where a unit has devices on several.")
]
Row = Mapping[str, Any]


def show_all(
    state: Annotated[DeviceState | None, typer.Option(help="Only those in this state 状态.")] = None,
    link: Annotated[str | None, typer.Option(help="Only those of this link 链路.")] = None,
    province: Annotated[str | None, typer.Option(help="Only those of this province 省, six digits.")] = None,
    data: DataDir = None,
) -> None:
    """List the access devices that registered 接入端设备, who awaits approval first; times are Beijing's.

    Example: nengshu device list --state awaiting
    """
    narrowed = {"state": state and state.value, "link": link, "province": province}
    where = tuple(Condition(name, value) for name, value in narrowed.items() if value is not None)
    settings = load_settings(data_dir=data)
    with _looking(data) as registry:
        devices = _rows(registry, "access_device", *where)
        names = {row["credit_code"]: row["name"] for row in _rows(registry, "unit")}
        waiting = _waiting(registry)
    order = [DeviceState.AWAITING, DeviceState.REFUSED, DeviceState.APPROVED]
    devices.sort(key=lambda row: (order.index(row["state"]), row["link"], row["place"]))
    seen = {(row["unit"], row["link"]): row for row in looking(settings.door_path)}
    print_whole(devices_table(devices, names, waiting, seen))
    typer.echo(f"{len(devices)} devices 台设备")


def show(unit: Unit, link: OnLink = None, data: DataDir = None) -> None:
    """Show a device: what it says of itself beside what the registry says, its problems, points and first days.

    Example: nengshu device show 91970100MA00000018
    """
    settings = load_settings(data_dir=data)
    with _looking(data) as registry:
        device = _device(registry, unit, link)
        own = Condition("unit", device["unit"])
        (owner,) = _rows(registry, "unit", Condition("credit_code", device["unit"]))
        points = _rows(registry, "data_point", own)
        days = _rows(registry, "device_day", own, Condition("link", device["link"]))
        waiting = _waiting(registry).get((device["unit"], device["link"]), 0)
    out = Console()
    for line in facts(device, owner, waiting):
        out.print(line)
    for line in seen_of(looking(settings.door_path, device["unit"], device["link"])):
        out.print(line)
    out.print(said_table(device, owner))
    print_whole(points_table(points))
    out.print(days_table(days))


def approve(
    unit: Unit,
    link: OnLink = None,
    why: Annotated[str | None, typer.Option(help="A word on it, for whoever wonders later 审核意见.")] = None,
    points: Annotated[
        bool, typer.Option("--points", help="Activate the points it proposed, too 同时启用采集项.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Approve a device 审核通过: what it sends counts from now on, and what waited is booked by the hub that runs or starts.

    Example: nengshu device approve 91970100MA00000018 --points
    """
    with _registry(data) as registry:
        device = _decide(registry, unit, link, DeviceState.APPROVED, why)
        codes = _proposed(registry, device["unit"]) if points else []
        _save_points(registry, device["unit"], codes, {"state": PointState.ACTIVE.value})
        waits = len(_proposed(registry, device["unit"]))
    typer.echo(
        f"{device['unit']} is approved on {device['link']} 已通过; {len(codes)} points were put to use 新启用"
    )
    if waits:
        typer.echo(f"{waits} points are proposed still 待确认: nengshu device points {device['unit']}")


def refuse(
    unit: Unit,
    why: Annotated[str, typer.Option(help="Why, in words that the device is told 审核意见.")],
    link: OnLink = None,
    data: DataDir = None,
) -> None:
    """Refuse a device 审核拒绝: it is told so and why at each call; what waited is kept.

    Example: nengshu device refuse 91970100MA00000018 --why "设备与备案不符"
    """
    with _registry(data) as registry:
        device = _decide(registry, unit, link, DeviceState.REFUSED, why)
    typer.echo(f"{device['unit']} is refused on {device['link']} 已拒绝")


def withdraw(unit: Unit, link: OnLink = None, data: DataDir = None) -> None:
    """Take a decision back 撤回审核: the device awaits its province again, and what it sends from now on waits.

    Example: nengshu device withdraw 91970100MA00000018
    """
    with _registry(data) as registry:
        device = _decide(registry, unit, link, DeviceState.AWAITING, None)
    typer.echo(f"{device['unit']} awaits approval on {device['link']} 待审核")


def forget_password(unit: Unit, link: OnLink = None, data: DataDir = None) -> None:
    """Forget a device's password 重置接入密码, of the AK dialect: its next application settles another.

    A token it was given before counts until it ends. Whoever applies next settles the password: tell the unit at once.

    Example: nengshu device forget-password 91970100MA00000018
    """
    with _registry(data) as registry:
        device = _device(registry, unit, link)
        had_one = registry.device_passwords.forget(device["link"], device["unit"], WHO)
    told = "is forgotten 已重置" if had_one else "was never set 未设置"
    typer.echo(f"the password of {device['unit']} on {device['link']} {told}")


def points(
    unit: Unit,
    activate: Annotated[
        list[str] | None, typer.Option(help="Activate this data code 启用; `all` for every proposed one.")
    ] = None,
    retire: Annotated[
        list[str] | None, typer.Option(help="Retire this data code 停用; with --until.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="First day it is no longer due, as 2026-01-01. [default: today]")
    ] = None,
    instrument: Annotated[
        str | None, typer.Option(help="Number of the instrument that feeds it 计量器具.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option(help="Unit of measure 计量单位, of a variety the tables do not know.")
    ] = None,
    data: DataDir = None,
) -> None:
    """List the points of a device's unit 采集点, or map those it proposed: activate or retire them.

    Example: nengshu device points 91970100MA00000018 --activate all
    """
    code = str(CreditCode.parse(unit))
    with _registry(data) as registry:
        chosen = list(activate or ())
        codes = _proposed(registry, code) if chosen == ["all"] else [_digits(each) for each in chosen]
        more = {"instrument": instrument, "measure": measure}
        given = {name: value for name, value in more.items() if value is not None}
        _save_points(registry, code, codes, {"state": PointState.ACTIVE.value, **given})
        last = SystemClock().now().date() if until is None else Day.parse(until).date
        ended = {"state": PointState.RETIRED.value, "until": last}
        _save_points(registry, code, [_digits(each) for each in retire or ()], ended)
        rows = _rows(registry, "data_point", Condition("unit", code))
    print_whole(points_table(rows))


def _digits(code: str) -> str:
    return DataCode.parse(code).digits


def _decide(registry: Registry, unit: str, link: str | None, state: DeviceState, why: str | None) -> Row:
    device = _device(registry, unit, link)
    now: dt.datetime = SystemClock().now()
    decided = {"state": state.value, "why": why, "decided_by": WHO, "decided_at": now}
    if (device["state"], device["why"]) != (state.value, why):
        registry.upsert("access_device", [{"unit": device["unit"], "link": device["link"], **decided}], WHO)
    return device


def _save_points(registry: Registry, unit: str, codes: Sequence[str], cells: Row) -> None:
    """Change points that are there. Raises NotFound for a code the unit has none of."""
    known = {row["code"] for row in _rows(registry, "data_point", Condition("unit", unit))}
    if unknown := [code for code in codes if code not in known]:
        raise NotFound(f"unit {unit} has no point {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    if codes:
        registry.upsert("data_point", [{"unit": unit, "code": code, **cells} for code in codes], WHO)


def _proposed(registry: Registry, unit: str) -> list[str]:
    of = (Condition("unit", unit), Condition("state", PointState.PROPOSED.value))
    return [row["code"] for row in _rows(registry, "data_point", *of)]


def _device(registry: Registry, unit: str, link: str | None) -> Row:
    """The device of a unit. Raises NotFound, and InvalidInput where it has several and none is named."""
    code = str(CreditCode.parse(unit))
    of = (Condition("unit", code), *([] if link is None else [Condition("link", link)]))
    found = _rows(registry, "access_device", *of)
    if not found:
        raise NotFound(f"no device of {code} registered{'' if link is None else f' on {link}'}")
    if len(found) > 1:
        keys = ", ".join(row["link"] for row in found)
        raise InvalidInput(f"unit {code} has devices on {keys}: name one with --link", "link")
    return found[0]


def _waiting(registry: Registry) -> dict[tuple[str, str], int]:
    """How many rows wait of each device."""
    found: dict[tuple[str, str], int] = {}
    for row in _rows(registry, "quarantined", Condition("state", "waiting")):
        if row["unit"] is not None:
            key = (row["unit"], row["link"])
            found[key] = found.get(key, 0) + row["waiting"]
    return found


def _rows(registry: Registry, noun: str, *where: Condition) -> list[dict[str, Any]]:
    """All rows of a noun, a page at a time."""
    found: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = registry.rows(Ask(noun, where=where, order=Order("id"), first=ROWS_PER_PAGE_MAX, after=after))
        found += page.table.to_pylist()
        more, after = page.has_next, page.cursors[-1] if page.cursors else None
    return found


@contextmanager
def _registry(data: Path | None) -> Iterator[Registry]:
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        yield registry


@contextmanager
def _looking(data: Path | None) -> Iterator[Registry]:
    with closing(open_to_look(load_settings(data_dir=data), SystemClock())) as registry:
        yield registry
