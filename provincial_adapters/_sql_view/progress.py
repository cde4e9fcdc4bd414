"""How far a view was read: newest first where much is waiting, with what is left below it, as a link's cursor keeps it.

A view is read by its watermark, in order within a window. Without a backlog the window is all there is; with one it is
the newest day, then the day before it, until nothing is left. What is left stands in the cursor after every piece, so
that a run that was cut off loses nothing. A window goes on with the last watermark that was read, not after it: rows of
the same watermark may be still to come.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Protocol, TypeAlias, TypeVar

from graph.errors import InvalidInput
from graph.model.period import MICROSECOND, UTC

DAY_US = 24 * 60 * 60 * 1_000_000
SPANS_MAX = 100  # windows left to read in one cursor: each stands for an outage within an outage
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
Mark: TypeAlias = int | Decimal  # a watermark: a number, or microseconds since 1970 by the column's own clock


class Clock(StrEnum):
    """What a watermark's values are: instants, moments of a clock without a zone, or numbers."""

    UTC = "utc"
    LOCAL = "local"
    NUMBER = "number"

    @property
    def window(self) -> int | None:
        """What is read before anything older; numbers say nothing of days."""
        return None if self is Clock.NUMBER else DAY_US


@dataclass(frozen=True)
class Span:
    """Watermarks from `begin` to before `until`; None: no bound."""

    begin: Mark | None = None
    until: Mark | None = None


class Piece(Protocol):
    """Some consecutive rows: the watermark of the last one, and whether no further one of their window follows."""

    @property
    def reached(self) -> Mark: ...

    @property
    def is_last(self) -> bool: ...


P = TypeVar("P", bound=Piece)
P_co = TypeVar("P_co", bound=Piece, covariant=True)


class View(Protocol[P_co]):
    """What can be asked for a window of its rows."""

    def newest(self, span: Span) -> Mark | None:
        """The largest watermark in it; None where there is no row."""
        ...

    def pieces(self, span: Span) -> Iterator[P_co]:
        """Its rows in the watermark's order."""
        ...


@dataclass(frozen=True)
class Progress:
    """The largest watermark that is durable, and what is still to be read below it, oldest first."""

    clock: Clock
    reached: Mark | None = None
    left: tuple[Span, ...] = ()

    @property
    def cursor(self) -> str:
        """As a link keeps it."""
        said: dict[str, Any] = {"clock": self.clock, "reached": _text(self.reached, self.clock)}
        if self.left:
            said["left"] = [
                [_text(span.begin, self.clock), _text(span.until, self.clock)] for span in self.left
            ]
        return json.dumps(said)

    @classmethod
    def of_cursor(cls, cursor: str | None, clock: Clock) -> Progress:
        """From a link's cursor. Raises InvalidInput for one of another dialect, or of a watermark of another kind."""
        if cursor is None:
            return cls(clock)
        try:
            said = json.loads(cursor)
            kept = Clock(said["clock"])
            left = tuple(
                Span(_mark(begin, kept), _mark(until, kept)) for begin, until in said.get("left", [])
            )
            progress = cls(kept, _mark(said["reached"], kept), left)
        except (ValueError, KeyError, TypeError, InvalidOperation) as fault:
            raise InvalidInput(f"{cursor[:64]!r} is none of this dialect", "cursor") from fault
        if kept is not clock:
            raise InvalidInput(f"is of a watermark of kind {kept}, the view's is {clock}", "cursor")
        return progress

    def due(self, overlap: Mark) -> list[Span]:
        """What is to be read now, oldest first: what was left, and all from the overlap on."""
        if self.reached is None:
            return [Span()]
        return merged([*self.left, Span(self.reached - overlap)])


def read_on(view: View[P], progress: Progress, overlap: Mark) -> Iterator[tuple[P, Progress]]:
    """Every piece that is due, newest window first, each with the progress that holds once it is durable."""
    due, reached = progress.due(overlap), progress.reached
    known: Mark | None = None  # the newest of the last that is due, where it was asked for already
    while due:
        span = due.pop()
        newest = view.newest(span) if known is None else known
        known = None
        if newest is None:
            continue
        window, older = _split(span, newest, progress.clock.window)
        if older is not None and (known := view.newest(older)) is not None:
            due.append(older)
        for piece in view.pieces(window):
            reached = piece.reached if reached is None else max(reached, piece.reached)
            done = piece.is_last or window.until is None
            rest = [] if done else [Span(piece.reached, window.until)]
            yield piece, Progress(progress.clock, reached, tuple(merged([*due, *rest])))


def _split(span: Span, newest: Mark, length: int | None) -> tuple[Span, Span | None]:
    """The newest window of a span, and what is older."""
    begin = None if length is None else newest - length
    if begin is None or (span.begin is not None and begin <= span.begin):
        return span, None
    return Span(begin, span.until), Span(span.begin, begin)


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same watermarks in spans that do not touch, oldest first; too many become fewer that hold more."""
    whole: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.begin is not None, span.begin or 0)):
        last = whole[-1] if whole else None
        if last is None or (last.until is not None and (span.begin is not None and span.begin > last.until)):
            whole.append(span)
        else:
            whole[-1] = Span(last.begin, _later(last.until, span.until))
    beyond = len(whole) - SPANS_MAX
    return whole if beyond <= 0 else [Span(whole[0].begin, whole[beyond].until), *whole[beyond + 1 :]]


def _later(one: Mark | None, other: Mark | None) -> Mark | None:
    return None if one is None or other is None else max(one, other)


def moment_of(mark: Mark) -> dt.datetime:
    """The moment of a clock, told as if its zone were UTC."""
    return EPOCH + int(mark) * MICROSECOND


def mark_of(moment: dt.datetime) -> int:
    """The watermark of a moment; one without a zone is told as if it had UTC's."""
    zoned = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (zoned - EPOCH) // MICROSECOND


def _text(mark: Mark | None, clock: Clock) -> str | None:
    if mark is None or clock is Clock.NUMBER:
        return None if mark is None else str(mark)
    said = moment_of(mark)
    return (said if clock is Clock.UTC else said.replace(tzinfo=None)).isoformat()


def _mark(text: str | None, clock: Clock) -> Mark | None:
    if text is None:
        return None
    if clock is Clock.NUMBER:
        number = Decimal(text)
        return int(number) if number == number.to_integral_value() else number
    return mark_of(dt.datetime.fromisoformat(text))
