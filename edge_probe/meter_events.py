"""What happened to meters (计量器具变更): replaced, reset, rolled over, other transformers, calibrated; typed or detected.

A record that was detected waits to be confirmed; meanwhile the total goes by its figures, and what is booked across it is
flagged. What a person says of it, before the probe noticed or after, corrects the quarter-hour it happened in.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from edge_probe.counters import CounterState, Joint, Sample
from edge_probe.pieces import SETTLED, joined, moved
from edge_probe.spool_rows import moment_text, required
from edge_probe.statements import statement
from graph.errors import InvalidInput, NotFound
from graph.model.period import aware

NOTE_MAX = 500  # characters: who did it, a certificate's number, where the protocol lies
SHOWN_MAX = 200  # records of one list; a plant changes some meters a year


class Kind(StrEnum):
    """What happens to a meter: 换表, 清零, 翻转, 变比变更, 检定/校准."""

    REPLACED = "replaced"
    RESET = "reset"
    ROLLED_OVER = "rolled-over"
    CT_CHANGED = "ct-changed"
    CALIBRATED = "calibrated"


class State(StrEnum):
    """detected (待确认), confirmed (已确认), withdrawn (已撤销): the counter came back, and it was none."""

    DETECTED = "detected"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class MeterEvent:
    """One record. `point` is a point without its ratio; figures have the transformers' ratio applied.

    The total goes by the used ones; None: it does not go by this record yet.
    """

    point: str
    kind: Kind
    at: dt.datetime
    closing: Decimal | None
    opening: Decimal | None
    state: State
    note: str
    noted_at: dt.datetime
    used_closing: Decimal | None = None
    used_opening: Decimal | None = None
    number: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", aware(self.at))
        if (self.closing is None) != (self.opening is None):
            raise InvalidInput("a closing and an opening reading belong together", "closing")
        if any(figure is not None and figure < 0 for figure in (self.closing, self.opening)):
            raise InvalidInput(
                f"came {self.closing} and {self.opening}, expected no negative ones", "closing"
            )
        if len(self.note) > NOTE_MAX or not self.note.isprintable():
            raise InvalidInput(f"expected one line of at most {NOTE_MAX} characters", "note")
        if self.kind in (Kind.REPLACED, Kind.RESET) and self.closing is None:
            raise InvalidInput(f"{self.kind} has a closing and an opening reading", "closing")

    @property
    def adds(self) -> Decimal:
        """What the total is to grow by beyond what it goes by already."""
        return _size(self.closing, self.opening) - _size(self.used_closing, self.used_opening)

    @property
    def joint(self) -> Joint:
        """The same of a counter."""
        closing, opening = self.closing or Decimal(0), self.opening or Decimal(0)
        return Joint(self.kind, self.at, closing, opening, closing, confirmed=True)


def applied(state: CounterState, event: MeterEvent, *, can_correct: bool) -> tuple[CounterState, bool]:
    """A counter after a person's word, and whether the quarter-hour it happened in is to be so much more (`event.adds`).

    Where that cannot be corrected any more, what it adds is booked with what comes next.
    """
    last = state.last
    if event.closing is None or last is None:
        return state, False
    if event.used_closing is None and _goes_on_from(state, last, event):
        return joined(state, event.joint), False
    if not event.adds:
        return replace(state, joint=None), False
    corrects = can_correct and state.booked is not None and event.at < state.booked.at
    return moved(state, event.adds, is_booked=corrects), corrects


def _goes_on_from(state: CounterState, last: Sample, event: MeterEvent) -> bool:
    """Whether the counter goes on from here by a record: one of later, or one that says what is not believed now."""
    if last.at < event.at or state.strange is None or state.shown is None:
        return last.at < event.at
    is_of_now = last.at - event.at <= SETTLED
    joint, strange = event.joint, state.strange.latest.counter
    return is_of_now or (state.shown.counter <= joint.closing and joint.opening <= strange)


def detected(point: str, joint: Joint, at: dt.datetime) -> MeterEvent:
    """The record of a joint that a counter's figures made known."""
    figures = joint.closing, joint.opening
    return MeterEvent(point, Kind(joint.kind), joint.at, *figures, State.DETECTED, "", at, *figures)


@dataclass(frozen=True)
class MeterEventLog:
    """The spool's records of meters; every call is a transaction of its own."""

    transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]
    rows: Callable[..., list[sqlite3.Row]]

    def add(self, event: MeterEvent) -> int:
        """Write one down; its number."""
        with self.transaction() as db:
            return int(db.execute(statement("add_meter_event"), row_of(event)).lastrowid or 0)

    def confirm(self, event: MeterEvent) -> None:
        """Keep a record as a person confirmed it."""
        with self.transaction() as db:
            db.execute(statement("confirm_meter_event"), row_of(event))

    def one(self, number: int) -> MeterEvent:
        """A record by its number. Raises NotFound."""
        found = [event for event in self.all() if event.number == number]
        if not found:
            raise NotFound(f"event {number}: there is none among the newest {SHOWN_MAX}")
        return found[0]

    def all(self) -> tuple[MeterEvent, ...]:
        """The newest first."""
        return tuple(map(_event, self.rows("meter_events", limit=SHOWN_MAX)))

    def pending(self, points: Iterable[str], now: dt.datetime) -> tuple[MeterEvent, ...]:
        """Of these points what a person said and the total does not go by yet, in the order it happened."""
        wanted = set(points)
        found = map(_event, self.rows("pending_meter_events", now=moment_text(now)))
        return tuple(event for event in found if event.point in wanted)


def row_of(event: MeterEvent) -> dict[str, object]:
    """A record's columns."""
    figures = {
        name: _text(getattr(event, name)) for name in ("closing", "opening", "used_closing", "used_opening")
    }
    moments = {"at": moment_text(event.at), "noted_at": moment_text(event.noted_at)}
    said = {"number": event.number, "point": event.point, "kind": event.kind.value, "note": event.note}
    return {**said, **figures, **moments, "state": event.state.value}


def _event(row: sqlite3.Row | Mapping[str, str]) -> MeterEvent:
    return MeterEvent(
        row["point"],
        Kind(row["kind"]),
        required(row["at"]),
        _number(row["closing"]),
        _number(row["opening"]),
        State(row["state"]),
        row["note"],
        required(row["noted_at"]),
        _number(row["used_closing"]),
        _number(row["used_opening"]),
        int(row["number"]),
    )


def _size(closing: Decimal | None, opening: Decimal | None) -> Decimal:
    return (closing or Decimal(0)) - (opening or Decimal(0))


def _text(figure: Decimal | None) -> str | None:
    return None if figure is None else f"{figure:f}"


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
