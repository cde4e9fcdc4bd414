"""What the spool keeps as rows of SQLite: moments as text in UTC, numbers as exact decimals."""

from __future__ import annotations

import datetime as dt
import sqlite3
from decimal import Decimal
from typing import Any

import msgspec

from edge_probe.counters import CounterState, Joint, Sample, Strange
from edge_probe.readings import Event, Reading, Spooled
from edge_probe.virtual import PartEnergy
from graph.model.period import UTC


def moment_text(moment: dt.datetime) -> str:
    """As a column holds it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def when(text: str | None) -> dt.datetime | None:
    """A moment of a column that may hold none."""
    return None if text is None else dt.datetime.fromisoformat(text)


def required(text: str) -> dt.datetime:
    """A moment of a column that always holds one."""
    return dt.datetime.fromisoformat(text)


def reading_row(reading: Reading) -> dict[str, str]:
    """A reading's columns."""
    return {
        "unit": reading.unit,
        "data_code": reading.data_code,
        "start": moment_text(reading.start),
        "value": f"{reading.value:f}",
        "origin": reading.origin,
        "written_at": moment_text(reading.written_at),
    }


def spooled(row: sqlite3.Row) -> Spooled:
    """A reading with its number, of a row."""
    start, written_at = required(row["start"]), required(row["written_at"])
    value = Decimal(row["value"])
    return Spooled(
        row["sequence"], Reading(row["unit"], row["data_code"], start, value, row["origin"], written_at)
    )


def part_row(part: PartEnergy) -> dict[str, str]:
    """A part's columns."""
    return {
        "data_code": part.data_code,
        "part": part.part,
        "start": moment_text(part.start),
        "value": f"{part.value:f}",
        "origin": part.origin,
    }


def event_row(event: Event) -> dict[str, str]:
    """An event's columns."""
    return {"at": moment_text(event.at), "source": event.source, "kind": event.kind, "detail": event.detail}


def counter_row(point: str, state: CounterState) -> dict[str, Any]:
    """A counter's columns."""
    pieces = _Pieces(state.carried, state.strange, state.joint, state.doubted)
    return {
        "point": point,
        "last_at": state.last and moment_text(state.last.at),
        "last_counter": state.last and f"{state.last.counter:f}",
        "booked_at": state.booked and moment_text(state.booked.at),
        "booked_counter": state.booked and f"{state.booked.counter:f}",
        "held": state.held,
        "pieces": None if pieces == _Pieces() else msgspec.json.encode(pieces).decode(),
    }


def counter_state(row: sqlite3.Row) -> CounterState:
    """What is known of a counter, of a row."""
    pieces = msgspec.json.decode(row["pieces"], type=_Pieces) if row["pieces"] else _Pieces()
    return CounterState(
        sample(row["last_at"], row["last_counter"]),
        sample(row["booked_at"], row["booked_counter"]),
        row["held"],
        pieces.carried,
        pieces.strange,
        pieces.joint,
        pieces.doubted,
    )


class _Pieces(msgspec.Struct, frozen=True, omit_defaults=True):
    """What few counters have: a counter that was never in pieces has none of it."""

    carried: Decimal = Decimal(0)
    strange: Strange | None = None
    joint: Joint | None = None
    doubted: bool = False


def sample(at: str | None, counter: str | None) -> Sample | None:
    """A sample of two columns; None where there was none."""
    return None if at is None or counter is None else Sample(required(at), Decimal(counter))
