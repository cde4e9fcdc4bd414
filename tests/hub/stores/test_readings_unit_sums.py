"""All units are summed once for as many as ask about a part of them, and again once anything was written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pytest

from graph.model.period import UTC, Period
from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import AsOf, DigestAsk, DigestLevel
from hub.stores.readings.store import ReadingsStore
from hub.stores.readings.unit_sums import UnitSums
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of
from tests.hub.stores.test_readings_as_of import ChangingRegistry

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
DAY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))


def test_a_question_is_summed_once_until_another_comes() -> None:
    asked: list[str] = []

    def summed(name: str) -> pa.Table:
        asked.append(name)
        return pa.table({"name": [name]})

    sums = UnitSums()
    for name in ("a", "a", "b", "b", "a"):
        assert sums.of(name, partial(summed, name))["name"].to_pylist() == [name]
    assert asked == ["a", "b", "a"]


def test_what_failed_is_summed_again() -> None:
    def fails() -> pa.Table:
        raise OSError("full")

    sums = UnitSums()
    with pytest.raises(OSError, match="full"):
        sums.of("a", fails)
    assert sums.of("a", lambda: pa.table({"n": [1]})).num_rows == 1


def readings(store: ReadingsStore, reach: Reach, as_of: AsOf | None = None) -> int:
    """How many a division has."""
    ask = DigestAsk(DAY, DigestLevel.PROVINCE, reach=reach, as_of=as_of or AsOf())
    return sum(store.digests(ask)["readings"].to_pylist())


def test_each_division_is_told_its_own_and_what_was_written_since() -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    own, other = (Reach(region=RegionCode(code)) for code in ("970000", "980000"))
    store.commit(batch_of([Said(0, n, Decimal(1)) for n in range(4)] + [Said(2, 0, Decimal(1))], "1", T0))
    assert (readings(store, own), readings(store, other)) == (4, 1)
    store.commit(batch_of([Said(2, 1, Decimal(1))], "2", T0))
    assert (readings(store, own), readings(store, other)) == (4, 2)
    assert readings(store, other, AsOf(batch=1)) == 1


def test_a_unit_that_moved_is_told_with_its_new_province() -> None:
    registry = ChangingRegistry()
    store = ReadingsStore(None, registry, StillClock(T0))
    store.commit(batch_of([Said(0, 0, Decimal(1))], "1", T0))
    before = {row["unit"]: row["province"] for row in told(store)}
    registry.change("move", 1)
    after = {row["unit"]: row["province"] for row in told(store)}
    assert before.keys() == after.keys()
    assert before != after


def told(store: ReadingsStore) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = store.digests(DigestAsk(DAY, DigestLevel.UNIT)).to_pylist()
    return rows
