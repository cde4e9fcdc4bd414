"""What else is asked of readings: gaps, the last value, a value's history, digests, the largest, and who waits for whom."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Conflict
from graph.model.credit_code import CreditCode
from graph.model.period import UTC, Granularity, Period
from graph.model.principal import Reach
from graph.model.reading import Origin
from graph.model.region import RegionCode
from graph.ports import NOW, AsOf, BalanceAsk, DigestAsk, Dimension, FreshnessAsk, HistoryAsk, ReadingAsk
from hub.stores.readings import figures
from hub.stores.readings.lanes import lanes
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import POINTS, START, UNITS, FakeDimensions, Said, StillClock, batch_of
from tests.hub.stores.test_readings_as_of import ChangingRegistry

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
JANUARY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 31))
FIRST_DAY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
POINT = POINTS[0][:2]
DAY = dt.timedelta(days=1)


def opened() -> ReadingsStore:
    """An empty store."""
    return ReadingsStore(None, FakeDimensions(), StillClock())


def test_gaps_are_shown_slot_by_slot() -> None:
    store = opened()
    store.commit(batch_of([Said(0, 0, Decimal(1)), Said(0, 3, Decimal(4))], "a", T0))
    asked = ReadingAsk([POINT], FIRST_DAY, Granularity.QUARTER_HOUR, gaps=True)
    values = store.readings(asked)["value"].to_pylist()
    assert (len(values), values[:5]) == (96, [Decimal(1), None, None, Decimal(4), None])


@pytest.mark.parametrize(("granularity", "slots"), [(Granularity.DAY, 31), (Granularity.MONTH, 1)])
def test_gaps_follow_beijings_calendar(granularity: Granularity, slots: int) -> None:
    store = opened()
    store.commit(batch_of([Said(0, 5, Decimal(1))], "a", T0, Granularity.DAY, DAY))
    rows = store.readings(ReadingAsk([POINT], JANUARY, granularity, gaps=True)).to_pylist()
    assert (len(rows), rows[0]["start"]) == (slots, START)
    assert sum(row["value"] is not None for row in rows) == 1


def test_a_stream_says_what_the_table_says_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "ROWS_PER_PIECE", 2048)
    store = opened()
    store.commit(batch_of([Said(0, slot, Decimal(slot) / 4) for slot in range(6000)], "a", T0))
    asked = ReadingAsk([POINT], Period(START, START + 100 * DAY), Granularity.QUARTER_HOUR)
    pieces = list(store.stream(asked))
    assert len(pieces) > 1
    assert pa.Table.from_batches(pieces).equals(store.readings(asked).combine_chunks())


def test_sums_are_the_same_to_the_last_digit_whatever_the_threads_and_the_split() -> None:
    rows = [Said(n % 3, n // 3, Decimal(10**13 - n * n) / 10**4) for n in range(3000)]
    sums = set()
    for threads, split in ((1, 3000), (2, 700), (4, 41)):
        store = opened()
        with store._database.writing() as cursor:
            cursor.execute(f"SET threads = {threads}")
        for begin in range(0, len(rows), split):
            store.commit(batch_of(rows[begin : begin + split], f"{begin}", T0))
        found = store.balance(BalanceAsk(Period(START, START + 100 * DAY), (Dimension.UNIT, Dimension.KIND)))
        sums.add(str(found.select(["unit", "kind", "quantity", "tce"]).to_pylist()))
        store.close()
    assert len(sums) == 1
    electricity = sum(row.value for row in rows if row.point == 0)
    assert str(electricity) in sums.pop()


def test_a_changed_coefficient_changes_what_is_said_now_and_nothing_that_was_said() -> None:
    registry = ChangingRegistry()
    store = ReadingsStore(None, registry, StillClock(T0))
    store.commit(batch_of([Said(0, 0, Decimal(1000)), Said(2, 0, Decimal(1000))], "a", T0))

    def tce(as_of: AsOf = NOW) -> list[tuple[Decimal, str]]:
        found = store.balance(BalanceAsk(JANUARY, (Dimension.UNIT,), as_of=as_of)).to_pylist()
        return [(row["tce"], row["edition"]) for row in found]

    reference = (Decimal("0.1229"), "GB/T 2589-2020 A")
    assert tce() == [reference, reference]
    registry.change("coefficient", 2)
    assert tce() == [(Decimal(2), "measured"), reference]
    assert tce(AsOf(batch=1)) == [reference, reference]
    assert [found for step in store.check() for found in step.differences] == []


def test_the_last_value_of_each_point_is_known_now_and_as_of_then() -> None:
    store = opened()
    store.commit(batch_of([Said(0, 0, Decimal(1)), Said(2, 9, Decimal(2))], "a", T0, suspects=[2]))
    store.commit(batch_of([Said(0, 7, Decimal(3))], "b", T0))
    points = [(unit, point) for unit, point, _ in POINTS]
    assert store.latest(points)["value"].to_pylist() == [Decimal(3), Decimal(2)]
    assert store.latest(points, AsOf(batch=1))["value"].to_pylist() == [Decimal(1), Decimal(2)]
    assert set(store.latest(points)["granularity"].to_pylist()) == {"quarter_hour"}
    assert store.latest(points)["suspect"].to_pylist() == [False, True]
    assert store.latest([(1, 2)]).num_rows == store.latest([]).num_rows == 0


def test_a_values_history_names_batches_what_became_of_it_and_why() -> None:
    store = opened()
    store.commit(batch_of([Said(0, 0, Decimal(1), 5)], "first", T0))
    store.commit(batch_of([Said(0, 0, Decimal(2), 9)], "corrected", T0))
    store.commit(batch_of([Said(0, 0, Decimal(7), 3, Origin.MANUAL)], "late", T0))
    told = [
        (row["value"], row["batch"], row["state"], row["replaced_by"])
        for row in store.history(HistoryAsk([POINT], FIRST_DAY)).to_pylist()
    ]
    assert told == [
        (Decimal(7), 3, "outdated", None),
        (Decimal(1), 1, "replaced", 2),
        (Decimal(2), 2, "holds", None),
    ]


def test_two_stores_that_came_to_the_same_have_the_same_digests_and_others_do_not() -> None:
    one, other = opened(), opened()
    rows = [Said(point, slot, Decimal(slot * 7 + point) / 8, 1) for point in range(3) for slot in range(96)]
    one.commit(batch_of(rows, "all", T0))
    other.commit(batch_of([Said(0, 5, Decimal(99), 0), *rows[100:]], "part", T0))
    asked = DigestAsk(JANUARY)
    assert one.digests(asked).to_pylist() != other.digests(asked).to_pylist()
    other.commit(batch_of(rows[::-1], "rest", T0))
    assert one.digests(asked).to_pylist() == other.digests(asked).to_pylist()
    assert one.digests(DigestAsk(JANUARY, as_of=AsOf(batch=0))).num_rows == 0
    (row,) = one.digests(DigestAsk(JANUARY, units=(UNITS[1],))).to_pylist()
    assert (row["readings"], row["total"]) == (96, sum(said.value for said in rows if said.point == 2))


words = st.integers(0, 2**64 - 1)


@given(words, words, words)
def test_a_lane_is_what_its_specification_says(code: int, start: int, value: int) -> None:
    def mix(z: int) -> int:
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
        return z ^ (z >> 31)

    def lane(seed: int) -> int:
        x = mix((seed + code) % 2**64)
        x = mix((x + start * 8 + 3) % 2**64)
        return mix((x + value) % 2**64)

    found = lanes(*(np.array([word], np.uint64) for word in (code, start, 3, value)))
    assert [int(each[0]) for each in found] == [lane(0x9E3779B97F4A7C15), lane(0xD1B54A32D192ED03)]


def test_folding_makes_few_rows_of_many_and_changes_no_answer_of_any_moment() -> None:
    store = opened()
    for number in range(12):
        rows = [Said(number % 3, slot, Decimal(number), number) for slot in range(0, 96, 5)]
        store.commit(batch_of(rows, f"{number}", T0 + dt.timedelta(hours=3 * number)))
    asks = [BalanceAsk(JANUARY, (Dimension.PROVINCE,), as_of=AsOf(batch=batch)) for batch in range(13)]
    before = [store.balance(ask).to_pylist() for ask in asks]
    folded = store.fold()
    assert folded.after < folded.before
    assert [store.balance(ask).to_pylist() for ask in asks] == before
    assert [found for step in store.check() for found in step.differences] == []


def test_uploads_that_come_together_each_get_their_own_receipt(tmp_path: Path) -> None:
    store = ReadingsStore(tmp_path / "readings.duckdb", FakeDimensions(), StillClock())
    sent = [batch_of([Said(n % 3, n, Decimal(n))], f"{n}", T0) for n in range(60)]
    with ThreadPoolExecutor(16) as senders:
        receipts = list(senders.map(store.commit, sent))
    assert sorted(receipt.batch for receipt in receipts) == list(range(1, 61))
    assert {(receipt.key, receipt.accepted) for receipt in receipts} == {(f"{n}", 1) for n in range(60)}
    assert [found for step in store.check() for found in step.differences] == []
    store.close()


def test_a_faulty_batch_costs_none_of_those_it_came_with() -> None:
    store = opened()
    store.commit(batch_of([Said(0, 0, Decimal(1))], "known", T0))
    fine = [batch_of([Said(n % 3, n, Decimal(n))], f"{n}", T0) for n in range(1, 20)]
    faulty = batch_of([Said(1, 1, Decimal(1))], "known", T0)
    object.__setattr__(faulty, "digest", "other bytes")
    begin, faults = threading.Barrier(20), []

    def send(batch: object) -> None:
        begin.wait()
        try:
            store.commit(batch)  # type: ignore[arg-type] # a Judged
        except Conflict as fault:
            faults.append(fault)

    with ThreadPoolExecutor(20) as senders:
        list(senders.map(send, [*fine, faulty]))
    assert len(faults) == 1
    assert store.readings(ReadingAsk([POINT], FIRST_DAY, Granularity.QUARTER_HOUR)).num_rows == 7


def test_how_far_a_province_has_come_is_known_now_and_as_of_then() -> None:
    """Point 0 is of the first province, point 2 of the second; a correction is told later and of no later day."""
    store = opened()
    store.commit(batch_of([Said(0, 0, Decimal(1)), Said(0, 3, Decimal(1))], "a", T0, Granularity.DAY, DAY))
    store.commit(batch_of([Said(2, 1, Decimal(1))], "b", T0 + DAY, Granularity.DAY, DAY))
    store.commit(batch_of([Said(0, 0, Decimal(2))], "c", T0 + 2 * DAY, Granularity.DAY, DAY))

    def told(**asked: Any) -> list[tuple[str, int, dt.datetime]]:
        found = store.freshness(FreshnessAsk(JANUARY, **asked)).to_pylist()
        return [(row["province"], row["last_day"].day, row["told_at"]) for row in found]

    first, second = ("970000", 4, T0 + 2 * DAY), ("980000", 2, T0 + DAY)
    assert told() == [first, second]
    assert told(as_of=AsOf(batch=1)) == [("970000", 4, T0)]
    assert told(as_of=AsOf(moment=T0 + DAY)) == [("970000", 4, T0), second]
    assert told(provinces=("980000",)) == told(reach=Reach(region=RegionCode("980000"))) == [second]
    assert told(reach=Reach(unit=CreditCode(UNITS[0]))) == [first]
    assert store.freshness(FreshnessAsk(Period(JANUARY.end, JANUARY.end + DAY))).num_rows == 0


def test_nothing_is_told_of_a_province_by_a_change_of_the_registry() -> None:
    registry, clock = ChangingRegistry(granularity="day"), StillClock(T0)
    store = ReadingsStore(None, registry, clock)
    store.commit(batch_of([Said(0, 3, Decimal(1))], "a", T0, Granularity.DAY, DAY))
    registry.change("until", 1)
    registry.until, clock.moment = dt.date(2026, 1, 2), T0 + DAY  # its fourth of January is owed no longer
    assert store.balance(BalanceAsk(JANUARY, ())).num_rows == 1
    assert store.freshness(FreshnessAsk(JANUARY))["told_at"].to_pylist() == [T0]
    store.commit(batch_of([Said(0, 3, Decimal(0))], "b", T0 + 2 * DAY, Granularity.DAY, DAY))
    assert store.freshness(FreshnessAsk(JANUARY))["told_at"].to_pylist() == [T0 + 2 * DAY]
