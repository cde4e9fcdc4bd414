"""What a terminal shows of access devices, in Chinese and English: what they say beside the registry, points, first days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.table import Table
from rich.text import Text

from graph.model.access_device import DeviceState, Slot, beside
from graph.model.data_code import DataCode
from graph.model.energy import VARIETIES
from graph.model.instrument import PointState
from hub.cli._cells import cell, folded, moment_of
from hub.cli._link_state import moment
from national_sync.intake import all_rules

Row = Mapping[str, Any]
STATES = {
    DeviceState.AWAITING: "待审核 awaiting",
    DeviceState.APPROVED: "已通过 approved",
    DeviceState.REFUSED: "已拒绝 refused",
}
POINT_STATES = {
    PointState.PROPOSED: "待确认 proposed",
    PointState.ACTIVE: "启用 active",
    PointState.RETIRED: "停用 retired",
}
DIFFERS = {True: "≠ 不符 differs", False: "相符 agrees", None: ""}


def devices_table(
    devices: Sequence[Row],
    names: Mapping[str, str],
    waiting: Mapping[tuple[str, str], int],
    seen: Mapping[tuple[str, str], Row],
) -> Table:
    """A line a device."""
    table = folded(
        "单位 unit", "名称 name", "链路 link", "状态 state", "上传时间 slot", "注册 registered", "最近上传 last upload",
        "待补录 rows waiting", "问题 problems", whole=("单位 unit", "链路 link"),
    )  # fmt: skip
    for row in devices:
        key = (row["unit"], row["link"])
        told = (row["unit"], names.get(row["unit"], ""), row["link"], STATES[DeviceState(row["state"])])
        times = (Slot.of_place(row["place"]), moment_of(row["registered_at"]))
        last = moment(seen.get(key, {}).get("uploaded_at"))
        problems = len(json.loads(row["problems"] or "{}"))
        table.add_row(*map(cell, (*told, *times, last, waiting.get(key, "") or "", problems or "")))
    return table


def facts(device: Row, owner: Row, waiting: int) -> Iterator[Text]:
    """What a device is, a line each."""
    yield cell(f"{device['unit']} {owner['name']}", "bold")
    yield cell(f"链路 link: {device['link']}   上传时间 slot: {Slot.of_place(device['place'])}")
    yield cell(f"注册 registered: {moment_of(device['registered_at'])}")
    decided = (
        "" if device["decided_at"] is None else f", {device['decided_by']} {moment_of(device['decided_at'])}"
    )
    why = "" if device["why"] is None else f": {device['why']}"
    yield cell(f"状态 state: {STATES[DeviceState(device['state'])]}{decided}{why}")
    yield cell(f"待补录 rows waiting: {waiting:,}")
    for problem in json.loads(device["problems"] or "{}").values():
        yield cell(f"问题 problem: {problem}", "red")


def seen_of(rows: Sequence[Row]) -> Iterator[Text]:
    """When a device was last heard of."""
    for row in rows:
        checked, uploaded = moment(row["checked_at"]) or "-", moment(row["uploaded_at"]) or "-"
        yield cell(f"版本校验 version check: {checked}   上传 upload: {uploaded}")
        told, taken = row["dictionary_told"], row["dictionary_taken"]
        if told is not None:
            old = "   过期 old" if told != taken else ""
            yield cell(f"字典版本 dictionary: 已告知 told {told}, 已下载 taken {taken or '-'}{old}")


def said_table(device: Row, owner: Row) -> Table:
    """What a device says of its unit beside what the registry says."""
    said = json.loads(device["said"] or "{}")
    table = folded("字段 field", "自报 said", "登记 registered", "")
    for each in beside(said.get("enterprise", {}), owner):
        style = "red" if each.differs else ""
        table.add_row(
            *(cell(text, style) for text in (each.field, each.said, each.registered, DIFFERS[each.differs]))
        )
    for name, rows in sorted(said.get("parts", {}).items()):
        table.add_row(cell(name), cell(f"{len(rows)} 行 rows"), cell(""), cell(""))
    return table


def points_table(points: Sequence[Row]) -> Table:
    """The points of a device's unit."""
    table = folded(
        "采集点 point", "品种 variety", "粒度 due at", "状态 state", "上下限 bounds", "器具 instrument",
        whole=("采集点 point", "器具 instrument"),
    )  # fmt: skip
    for row in points:
        variety = VARIETIES.get(row["variety"])
        name = row["variety"] if variety is None else f"{variety.name} {variety.english}"
        bounds = _bounds(row["low"], row["high"])
        told = (DataCode(row["code"]), name, row["granularity"], POINT_STATES[PointState(row["state"])])
        table.add_row(*map(cell, (*told, bounds, row["instrument"])))
    return table


def days_table(days: Sequence[Row]) -> Table:
    """How good the days are that came while a device waited."""
    names = {rule.text.code: rule.text.chinese for rule in all_rules()}
    table = folded("日 day", "行 rows", "可入库 fit", "拒收 refused", "存疑 suspected")
    for row in sorted(days, key=lambda row: row["day"]):
        found = (_counts(row["refused"], names), _counts(row["suspected"], names))
        table.add_row(*map(cell, (row["day"], row["rows"], row["fitting"], *found)))
    return table


def _counts(text: str, names: Mapping[str, str]) -> str:
    found = json.loads(text)
    return ", ".join(f"{names.get(code, '')} {code} × {rows}".strip() for code, rows in found.items())


def _bounds(low: Decimal | None, high: Decimal | None) -> str:
    if low is None:
        return "—" if high is None else f"≤ {_number(high)}"
    return f"≥ {_number(low)}" if high is None else f"{_number(low)} … {_number(high)}"


def _number(bound: Decimal) -> str:
    return f"{bound.normalize():f}"
