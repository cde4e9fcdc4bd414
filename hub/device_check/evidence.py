"""Everything checks look at: the messages, their rows as the hub decodes and judges them, and series in order of time.

The rows go through the same decoder and the same rules as at a hub, with a directory of points made of what the device
itself configured, so that nothing is judged here in another way than there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING, MICROSECOND, Granularity
from hub.device_check.heard import Heard, Step

OFFSET_US = BEIJING.utcoffset(None) // MICROSECOND
MINUTE_US = 60_000_000
DAY_US = 1440 * MINUTE_US
HALF_DAY = dt.timedelta(hours=12)
ABSURD = (
    "future",
    "too-old",
)  # rules about a label no device can have measured at: it begins no span of days
Numbers: TypeAlias = npt.NDArray[np.int64]
Places: TypeAlias = npt.NDArray[np.intp]


_KEYS = ("unit", "data_code", "granularity")
_SPOKEN = [*_KEYS, "start", "value", "said", "version", "message", "row"]


@dataclass(frozen=True)
class Marked:
    """A row some rule or decoder refused or suspected, with why."""

    message: int
    row: int
    code: str
    why: str


@dataclass(frozen=True)
class Found:
    """One thing a check found: the first place of it, `evidence` in no language, and how often."""

    evidence: str
    field: str = ""
    message: int | None = None
    row: int | None = None
    count: int = 1


@dataclass(frozen=True)
class Misfit:
    """What of a configuration cannot be used."""

    message: int
    field: str
    why: str


@dataclass(frozen=True)
class Series:
    """What one point said at one granularity, by label: local microseconds, values, and where each stands."""

    unit: str
    code: str
    granularity: Granularity
    local_us: Numbers
    values: npt.NDArray[np.float64]
    said: pa.StringArray
    uploaded_us: npt.NDArray[np.float64]  # not a number where the device did not say
    messages: Numbers
    rows: Numbers

    @property
    def days(self) -> Numbers:
        """Beijing days since 1970, one a reading."""
        return self.local_us // DAY_US

    @property
    def step_us(self) -> int | None:
        """Length of a period; None where the calendar decides."""
        minutes = self.granularity.minutes
        return None if minutes is None else minutes * MINUTE_US

    @property
    def is_within_day(self) -> bool:
        """Whether a day has several of them."""
        return self.step_us is not None and self.step_us < DAY_US

    @property
    def adds_up(self) -> bool:
        """Whether it is an amount that was used or made: classes 01 to 04."""
        return "01" <= self.code[8:10] <= "04"

    def at(self, place: int) -> str:
        """A reading in no language: code, label, value."""
        return f"{written(self.code)} {moment(int(self.local_us[place]))} = {self.said[place]}"

    def by_day(self) -> Iterator[tuple[int, Places]]:
        """Each day and the places of its readings."""
        days = self.days
        for day in np.unique(days).tolist():
            yield day, np.flatnonzero(days == day)


@dataclass(frozen=True)
class Evidence:
    """What is known of a device. `rows` are all that could be decoded (COLUMNS of `hub.device_check.judging`)."""

    heard: Sequence[Heard]
    rows: pa.Table
    now: dt.datetime
    refused: tuple[Marked, ...] = ()
    suspected: tuple[Marked, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    valid_means: str | None = None
    is_live: bool = False
    told_rules: frozenset[str] = frozenset()  # by checks of their own

    def by_rules(self, *codes: str) -> list[Marked]:
        """Rows that rules of these codes refused or suspected."""
        return [each for each in (*self.refused, *self.suspected) if each.code in codes]

    def first_of_each_point(
        self, rule: str, field: str, which: Callable[[Marked], bool] = lambda _: True
    ) -> Iterator[Found]:
        """Of each point the first row that a rule found, and how many there are."""
        marks: dict[str, list[Marked]] = {}
        for mark in filter(which, self.by_rules(rule)):
            place = self.places.get((mark.message, mark.row))
            code = "" if place is None else str(self.rows["data_code"][place])
            marks.setdefault(code, []).append(mark)
        for code, found in marks.items():
            first = found[0]
            yield Found(f"{written(code)} {self.said_in(first)}", field, first.message, first.row, len(found))

    def is_far_ahead(self, mark: Marked) -> bool:
        """Whether a label lies further ahead of now than 12 hours written for 24 could make it."""
        place = self.places.get((mark.message, mark.row))
        start = None if place is None else self.rows["start"][place].as_py()
        return start is not None and start - self.now > HALF_DAY

    def said_in(self, mark: Marked) -> str:
        """What stands in a row, in no language: label and value."""
        place = self.places.get((mark.message, mark.row))
        return mark.why if place is None else f"{self.rows['label'][place]} = {self.rows['said'][place]}"

    def of(self, *steps: Step) -> list[Heard]:
        """Messages of these kinds, in order."""
        return [each for each in self.heard if each.step in steps]

    @cached_property
    def places(self) -> dict[tuple[int, int], int]:
        """Where in `rows` the row of a message is."""
        keys = zip(self.rows["message"].to_pylist(), self.rows["row"].to_pylist(), strict=True)
        return {key: place for place, key in enumerate(keys)}

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """Readings that have a label, a value and a sound code, by point and granularity; none of a day that is absurd."""
        sound = pc.and_(pc.is_valid(self.rows["start"]), pc.is_null(self.rows["code_fault"]))
        sound = pc.and_(sound, pc.is_valid(self.rows["value"]))
        absurd = {self.places.get((each.message, each.row)) for each in self.by_rules(*ABSURD)}
        if absurd:
            sound = pc.and_(sound, pa.array([place not in absurd for place in range(len(self.rows))]))
        return tuple(_series(self.rows.select(_SPOKEN).filter(sound)))


def _series(rows: pa.Table) -> Iterator[Series]:
    ranks, names = zip(*(_ranked(rows[name]) for name in _KEYS), strict=True)
    local = rows["start"].cast(pa.int64()).to_numpy() + OFFSET_US
    messages, numbers = rows["message"].to_numpy(), rows["row"].to_numpy()
    order = np.lexsort((numbers, messages, local, *reversed(ranks)))
    values = rows["value"].cast(pa.float64()).to_numpy()
    uploaded = rows["version"].cast(pa.int64()).to_numpy() + OFFSET_US
    said = rows["said"].combine_chunks()
    for begin, end in pairwise([*_begins([rank[order] for rank in ranks]), len(order)]):
        part = order[begin:end]
        unit, code, granularity = (known[rank[part[0]]] for rank, known in zip(ranks, names, strict=True))
        yield Series(
            unit, code, Granularity(granularity), local[part], values[part], said.take(pa.array(part)), uploaded[part],
            messages[part], numbers[part],
        )  # fmt: skip


def _ranked(column: pa.ChunkedArray) -> tuple[Numbers, list[str]]:
    """Each text as its place among all there are, in order: in place of a million texts."""
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    known = encoded.dictionary.to_pylist()
    place = {text: number for number, text in enumerate(sorted(known))}
    return np.array([place[text] for text in known], np.int64)[encoded.indices.to_numpy()], sorted(known)


def _begins(columns: Sequence[Numbers]) -> list[int]:
    """Where a row has another value in one of these columns than the row before."""
    changes = np.any([np.diff(column, prepend=-1) != 0 for column in columns], axis=0)
    return [int(place) for place in np.flatnonzero(changes)]


def written(code: str) -> str:
    """Sixteen digits with their hyphens."""
    return f"{code[0:2]}-{code[2:4]}-{code[4:8]}-{code[8:14]}-{code[14:16]}" if len(code) == 16 else code


def moment(local_us: int) -> str:
    """Local microseconds as the protocol writes them."""
    return str(np.datetime64(local_us, "us").astype("datetime64[s]")).replace("T", " ")


def day_of(day: int) -> str:
    """A day since 1970 as it is written."""
    return str(np.datetime64(day, "D"))
