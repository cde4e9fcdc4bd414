"""Messages become evidence: decoded by the dialect and judged by the rules, as a hub would, and nothing stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
import pyarrow as pa

from graph.errors import MalformedBody, MalformedCode, NengshuError
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import beijing_day
from graph.model.reading import Arrived
from graph.ports import Clock, Delivery
from hub.device_check.evidence import Evidence, Marked, Misfit
from hub.device_check.heard import Heard, Step
from hub.looking import NothingStored
from hub.stores.registry.point_book import POINTS
from national_sync import columns
from national_sync.intake import Intake, all_rules
from provincial_adapters import nhjc04
from provincial_adapters._nhjc04.config import proposal
from provincial_adapters._nhjc04.messages import ConfigUpload, decoded
from provincial_adapters._nhjc_ak import configs
from provincial_adapters.nhjc04 import Proposal

UNNAMED = CreditCode("91990000MA0000001B")  # an invented unit, for rows that do not say whose they are
_PREPARED = ("row", "unit", "data_code", "granularity", "start", "value", "said", "version", "valid", "label")
_NOTHING = msgspec.Raw(b'""')
CONFIGURING = (Step.CONFIG, Step.ENTERPRISE, Step.ITEMS, Step.GAUGES, Step.REPLACEMENT)


@dataclass
class _Directory:
    """The points a device configured, or all it speaks of where it configured none (graph.ports.PointDirectory)."""

    known: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    is_configured: bool = False

    def points(self, units: Sequence[str], /) -> pa.Table:
        """Every known point of these units; a unit without one is known all the same."""
        rows = []
        for number, unit in enumerate(dict.fromkeys(units), 1):
            mine = [
                {
                    "data_code": code,
                    "point_id": place,
                    "state": "active",
                    "due": bounds.get("granularity"),
                    "low": bounds.get("low"),
                    "high": bounds.get("high"),
                }
                for place, ((owner, code), bounds) in enumerate(self.known.items(), 1)
                if owner == unit
            ]
            place = {"unit": unit, "unit_id": number, "province": "990000", "region": "990000"}
            rows += [place | each for each in mine or [{}]]
        return pa.Table.from_pylist(rows, POINTS)

    def meet(self, unit: str, table: pa.Table) -> None:
        """Take the codes that are spoken of as configured, where nothing is."""
        if self.is_configured:
            return
        for code in table["data_code"].unique().to_pylist():
            try:
                self.known.setdefault((unit, DataCode.parse(code).digits), {})
            except (MalformedCode, TypeError, AttributeError):
                continue


@dataclass(frozen=True)
class Quirks:
    """What the province's link would say of the device; None: it says nothing of `valid`."""

    valid_means: str | None = None
    realtime_minutes: int = 15

    def settled(self) -> Mapping[str, Any]:
        """As the dialect wants them. Raises ConfigurationError."""
        said = {"valid_means": self.valid_means, "realtime_minutes": self.realtime_minutes}
        nhjc04.DIALECT.check(said)
        return nhjc04.DIALECT.settled(said)


def _unseen(_messages: int) -> None:
    """Nobody watches."""


def evidence_of(
    heard: Sequence[Heard],
    quirks: Quirks,
    clock: Clock,
    *,
    is_live: bool = False,
    judged: Callable[[int], None] = _unseen,
) -> Evidence:
    """Judge a conversation; `judged` hears how many messages more. Raises ConfigurationError for quirks there are not."""
    bench = _Bench(quirks, clock)
    for message in heard:
        if message.step in CONFIGURING:
            bench.configure(message)
    for some in _together(_once_each(heard)):
        bench.upload(some)
        judged(len(some))
    rows = pa.concat_tables(bench.tables, promote_options="permissive") if bench.tables else _no_rows()
    return Evidence(
        heard, rows, clock.now(), tuple(bench.refused), tuple(bench.suspected), tuple(bench.misfits),
        quirks.valid_means, is_live,
    )  # fmt: skip


def _no_rows() -> pa.Table:
    kinds = {"message": pa.int64(), "row": pa.int32(), "start": pa.timestamp("us", "UTC"),
             "version": pa.timestamp("us", "UTC"), "value": pa.decimal128(18, 4), "valid": pa.bool_()}  # fmt: skip
    names = ("message", *_PREPARED, "code_fault")
    return pa.table({name: pa.array([], kinds.get(name, pa.string())) for name in names})


def _once_each(heard: Iterable[Heard]) -> Iterator[Heard]:
    """Without uploads of the same bytes as one before: at a hub they are the same batch."""
    known = set[bytes]()
    for message in heard:
        if message.step in (Step.DATA, Step.RECORD):
            content = message.content
            if content in known:
                continue
            known.add(content)
        yield message


def _together(heard: Iterable[Heard]) -> Iterator[list[Heard]]:
    """Each upload alone; records, which come one by one, as many as follow each other of one unit."""
    records: list[Heard] = []
    for message in heard:
        if records and (message.step is not Step.RECORD or _owner(message) != _owner(records[0])):
            yield records
            records = []
        if message.step is Step.RECORD:
            records.append(message)
        elif message.step is Step.DATA:
            yield [message]
    if records:
        yield records


def _proposal(message: Heard, owner: CreditCode, minutes: int, today: dt.date) -> Proposal:
    """What a configuration says, as its dialect reads it. Raises InvalidInput, MalformedBody."""
    if message.step is Step.CONFIG:
        said = {"deviceId": _NOTHING, "enterpriseCode": _NOTHING, **message.said}
        return proposal(decoded(msgspec.json.encode(said), ConfigUpload), owner, minutes, today)
    fields = {name: msgspec.json.decode(raw) for name, raw in message.said.items()}
    if message.step is Step.ENTERPRISE:
        return configs.enterprise(fields, owner, today)
    rows, wrong = configs.rows_of(fields)
    if message.step is Step.ITEMS:
        found = configs.collect_items(rows, owner, minutes, today)
    else:
        found = (configs.instruments if message.step is Step.GAUGES else configs.replacements)(rows, owner)
    return replace(found, problems=(*wrong, *found.problems))


def _owner(message: Heard) -> CreditCode:
    try:
        return CreditCode.parse(message.text("enterpriseCode"))
    except MalformedCode:
        return UNNAMED


@dataclass(frozen=True)
class _InOne:
    """All rows stand in one message."""

    number: int

    def __call__(self, row: int) -> tuple[int, int]:
        """Message and row."""
        return self.number, row


@dataclass(frozen=True)
class _OneEach:
    """Each row is a message of its own."""

    numbers: Sequence[int]

    def __call__(self, row: int) -> tuple[int, int]:
        """Message and row."""
        return self.numbers[row - 1], 1


class _Bench:
    """Holds what was judged so far."""

    def __init__(self, quirks: Quirks, clock: Clock) -> None:
        self._settled, self._quirks, self._clock = quirks.settled(), quirks, clock
        self._directory = _Directory()
        self._intake = Intake(self._directory, NothingStored(), clock, all_rules())
        self.tables: list[pa.Table] = []
        self.refused: list[Marked] = []
        self.suspected: list[Marked] = []
        self.misfits: list[Misfit] = []

    def configure(self, message: Heard) -> None:
        """Take a configuration's points, and what of it cannot be used."""
        try:
            found = _proposal(message, _owner(message), self._quirks.realtime_minutes, self._today())
        except NengshuError as fault:
            self.misfits.append(Misfit(message.number, "collectItemConfig", str(fault)))
            return
        for point in found.points:
            self._directory.is_configured = True
            self._directory.known[found.unit.text, point["code"]] = {
                "low": point["low"],
                "high": point["high"],
                "granularity": point["granularity"],
            }
        for each in found.problems:
            place = f"{each.of}[{each.item}]." if each.item else ""
            self.misfits.append(Misfit(message.number, f"{place}{each.field}", each.why))

    def upload(self, messages: Sequence[Heard]) -> None:
        """Decode and judge one upload, or records that came one after another."""
        numbers = [message.number for message in messages]
        owner = _owner(messages[0])
        try:
            arrived = nhjc04.arrived(_rows_of(messages), owner, self._settled)
        except MalformedBody as fault:
            self.refused.append(Marked(numbers[0], 0, "malformed-row", str(fault)))
            return
        self._directory.meet(owner.text, arrived.table)
        in_one = messages[0].step is Step.DATA
        self._judge(arrived, owner, _InOne(numbers[0]) if in_one else _OneEach(numbers))

    def _judge(self, arrived: Arrived, owner: CreditCode, place: _InOne | _OneEach) -> None:
        judged = self._intake.judge(Delivery("bench", owner.text, "", arrived))
        rejections = judged.rejections.to_pylist()
        self.refused += [Marked(*place(row["row"]), row["code"], row["why"]) for row in rejections]
        self.suspected += [
            Marked(*place(row["row"]), row["rule"], row["detail"]) for row in judged.verdicts.to_pylist()
        ]
        prepared = columns.with_codes(columns.with_values(columns.complete(arrived.table)))
        where = [place(row) for row in prepared["row"].to_pylist()]
        kept = {name: _plain(prepared[name]) for name in (*_PREPARED[1:], "code_fault")}
        self.tables.append(
            pa.table(
                {
                    "message": pa.array([message for message, _ in where], pa.int64()),
                    "row": pa.array([row for _, row in where], pa.int32()),
                    **kept,
                }
            )
        )

    def _today(self) -> dt.date:
        return beijing_day(self._clock.now())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def _rows_of(messages: Sequence[Heard]) -> bytes:
    if messages[0].step is Step.DATA:
        return messages[0].rows
    return b"[" + b",".join(msgspec.json.encode(message.said) for message in messages) + b"]"
