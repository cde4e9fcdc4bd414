"""The questions a store is asked: now, as of earlier batches, and while it is written to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import StoreError
from graph.model.period import Granularity, Month, Period
from graph.model.principal import NATION
from graph.ports import NOW, AsOf, BalanceAsk, BalanceOrder, CompletenessAsk, Dimension, ReadingAsk
from hub.stores.readings.store import ReadingsStore
from scripts.benchmarks._figure import Figure, Wanted, best_seconds
from scripts.benchmarks._store_nation import PLANT_POINTS, POINTS, PROVINCES
from scripts.benchmarks._store_subject import FIRST_DAY, Subject

BALANCE = "balance by kind and month"
BY_DAY = "month by province and day"
UNIT_YEAR = "year of a plant"
UNIT_MONTH = "month of a unit"
ONE_DAY = "completeness of a day"
TARGETS_MS = {BALANCE: 10, BY_DAY: 10, UNIT_YEAR: 15, ONE_DAY: 10}
MIXED = (UNIT_MONTH, BALANCE, ONE_DAY)  # what pages ask while readings come in

TOP = 20
PULLED = 170_000  # rows of the first answer to a hub that comes back
CORRECTED_SHARE = 100  # one reading in so many
AS_OF_RATIO_MAX = 3  # the past may cost more, and is still a page's question

Ask = BalanceAsk | CompletenessAsk | ReadingAsk


def asks(subject: Subject) -> Mapping[str, Ask]:
    """The questions by name, over what is stored at this time."""
    everything = Period.of_days(FIRST_DAY, subject.last_day)
    day = _middle_day(subject)
    month, year = Month.of(day).period, Period.of_days(dt.date(day.year, 1, 1), dt.date(day.year, 12, 31))
    unit = subject.nation.units // 2
    points = [(unit, place + 1) for place in range(POINTS)]
    return {
        BALANCE: BalanceAsk(everything, (Dimension.KIND, Dimension.MONTH)),
        BY_DAY: BalanceAsk(month, (Dimension.PROVINCE, Dimension.DAY)),
        UNIT_YEAR: ReadingAsk(points[:PLANT_POINTS], year, Granularity.DAY),
        UNIT_MONTH: ReadingAsk(points, month, Granularity.DAY),
        ONE_DAY: CompletenessAsk(Period.of_days(day, day), (Dimension.PROVINCE,)),
    }


def answer(store: ReadingsStore, ask: Ask, as_of: AsOf = NOW) -> pa.Table:
    """What the store says to it."""
    match ask:
        case BalanceAsk():
            return store.balance(replace(ask, as_of=as_of))
        case CompletenessAsk():
            return store.completeness(replace(ask, as_of=as_of))
        case ReadingAsk():
            return store.readings(replace(ask, as_of=as_of))


def question_figures(subject: Subject, at: str) -> Iterator[Figure]:
    """Every question, the best of some answers."""
    _check(subject)
    for name, ask in asks(subject).items():
        seconds = best_seconds(partial(answer, subject.store, ask), subject.rounds)
        yield Figure(f"{at}: {name}", seconds * 1000, "ms", TARGETS_MS.get(name), Wanted.AT_MOST)
    month = Month.of(_middle_day(subject)).period
    top_s = best_seconds(lambda: _top_units(subject.store, month), subject.rounds)
    yield Figure(f"{at}: largest units of a month", top_s * 1000, "ms")
    pull_s = best_seconds(lambda: _pulled(subject), subject.rounds)
    yield Figure(f"{at}: changes after a batch", pull_s * 1000, "ms")


def as_of_figures(subject: Subject, at: str) -> Iterator[Figure]:
    """One reading in a hundred is corrected, day after day; then the past is asked beside the present."""
    corrections = _corrected(subject)
    moments = {
        "mid corrections": AsOf(batch=corrections[len(corrections) // 2]),
        "mid readings": AsOf(batch=subject.batches[len(subject.batches) // 2]),
    }
    for name in (BALANCE, ONE_DAY, UNIT_YEAR):
        ask = asks(subject)[name]
        now_s = best_seconds(partial(answer, subject.store, ask), subject.rounds)
        for moment, as_of in moments.items():
            then_s = best_seconds(partial(answer, subject.store, ask, as_of), subject.rounds)
            yield Figure(f"{at}: {name}, {moment}", then_s * 1000, "ms")
            told = f"{at}: {name}, {moment} to now"
            yield Figure(told, then_s / now_s, "x", AS_OF_RATIO_MAX, Wanted.AT_MOST)


def _middle_day(subject: Subject) -> dt.date:
    return subject.whole_days[len(subject.whole_days) // 2]


def _corrected(subject: Subject) -> list[int]:
    """Numbers of the batches that corrected a share of each filled day, other units each day."""
    share = max(1, subject.nation.units // CORRECTED_SHARE)
    numbers = []
    for index, day in enumerate(subject.whole_days):
        round_, place = divmod(index, PROVINCES)
        province = subject.nation.province(place)
        since = round_ * share % (len(province) - share)
        batch = subject.day(province[since : since + share], day, next(subject.revisions))
        numbers.append(subject.commit(batch, "corrected").batch)
    return numbers


def _top_units(store: ReadingsStore, month: Period) -> pa.Table:
    largest = BalanceAsk(month, (Dimension.UNIT,), order=BalanceOrder.TCE, descending=True, first=TOP)
    return store.balance(largest)


def _pulled(subject: Subject) -> int:
    after = subject.batches[len(subject.batches) // 2]
    return sum(piece.num_rows for piece in subject.store.changes(NATION, after, PULLED).pieces)


def _check(subject: Subject) -> None:
    """Raise StoreError when an answer misses readings that were stored, for then its time says nothing."""
    asked = asks(subject)
    told = pc.sum(answer(subject.store, asked[BALANCE])["readings"]).as_py()
    if told != PLANT_POINTS * subject.unit_days:
        raise StoreError(f"{BALANCE}: expected {PLANT_POINTS * subject.unit_days} readings, came {told}")
    day = answer(subject.store, asked[ONE_DAY])
    if pc.sum(day["received"]).as_py() != POINTS * subject.nation.units:
        raise StoreError(f"{ONE_DAY}: expected all points of {subject.nation.units} units, came {day}")
    if answer(subject.store, asked[UNIT_YEAR]).num_rows < PLANT_POINTS * len(subject.whole_days):
        raise StoreError(f"{UNIT_YEAR}: fewer readings than days that were stored")
