"""Lists counted by a column's values: what counting the rows of the list in Python gives, for both stores and any reach."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.period import UTC
from graph.model.principal import NATION, Reach
from graph.model.sync_run import RunState, SyncRun
from graph.ports import Ask, Compare, Condition, Order, RowSource
from hub.stores.readings.store import ReadingsStore
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.registry import Registry
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of
from tests.hub.stores.registry_fakes import (
    NOON,
    empty_registry,
    fill,
    invented_registry,
    of_region,
    of_unit,
)

REACHES = [NATION, *map(of_region, ("970000", "980000", "970101", "990000")), of_unit(0), of_unit(99)]
WITH_PROVINCE = sorted(name for name, noun in NOUNS.items() if "province" in noun.columns)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    for made in invented_registry(tmp_path_factory.mktemp("counts")):
        fill(made)
        for number, link in enumerate([*made.links()] * 3):
            begun = NOON + dt.timedelta(hours=number)
            run = made.begin(link, begun)
            ended = begun + dt.timedelta(minutes=number)
            made.update(
                run, SyncRun(link.key, begun, ended, RunState.SUCCEEDED, rows=number % 4, accepted=number % 4)
            )
        yield made


def counted(source: RowSource, ask: Ask, by: str, latest: str | None = None) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = source.counts(ask, by, latest).to_pylist()
    return rows


def in_python(source: RowSource, ask: Ask, by: str) -> dict[Any, int]:
    return dict(Counter(source.rows(ask).table.column(by).to_pylist()))


@pytest.mark.parametrize("reach", REACHES, ids=str)
@pytest.mark.parametrize("noun", WITH_PROVINCE)
def test_the_registrys_rows_by_province_are_those_of_the_list(
    registry: Registry, noun: str, reach: Reach
) -> None:
    ask = Ask(noun, reach)
    found = {row["province"]: row["rows"] for row in counted(registry, ask, "province")}
    assert found == in_python(registry, ask, "province")


@given(
    st.sets(st.sampled_from(("970000", "980000", "990000"))),
    st.sampled_from((None, 1, 2, 3)),
    st.sampled_from(REACHES),
    st.sampled_from(("province", "region", "roster_batch", "name")),
)
def test_conditions_are_applied_and_order_and_page_left_aside(
    registry: Registry, provinces: set[str], roster: int | None, reach: Reach, by: str
) -> None:
    where = [Condition("province", tuple(provinces), Compare.IN)]
    where += [] if roster is None else [Condition("roster_batch", roster)]
    whole = Ask("unit", reach, tuple(where))
    paged = Ask("unit", reach, tuple(where), Order("name", descending=True), first=2)
    found = {row[by]: row["rows"] for row in counted(registry, paged, by)}
    assert found == in_python(registry, whole, by)
    assert sum(found.values()) == registry.rows(Ask("unit", reach, tuple(where), want_total=True)).total


def test_the_latest_of_a_column_is_its_largest_in_each_group(registry: Registry) -> None:
    where = (Condition("rows", 1, Compare.GE),)
    runs = registry.rows(Ask("sync_run", where=where)).table.to_pylist()
    found = {
        row["link"]: row["ended_at"]
        for row in counted(registry, Ask("sync_run", where=where), "link", "ended_at")
    }
    assert found == {
        key: max(run["ended_at"] for run in runs if run["link"] == key) for key in ("trial", "mimic")
    }
    last = {row["link"]: row["id"] for row in counted(registry, Ask("sync_run"), "link", "id")}
    assert last == {"mimic": 5, "trial": 6}


@pytest.mark.parametrize(
    ("noun", "by", "latest"),
    [("nothing", "province", None), ("unit", "secret", None), ("unit", "province", "secret")],
)
def test_an_unknown_noun_or_column_is_refused(
    registry: Registry, noun: str, by: str, latest: str | None
) -> None:
    for source in (registry, ReadingsStore(None, FakeDimensions(), StillClock())):
        with pytest.raises(InvalidInput):
            source.counts(Ask(noun), by, latest)


def test_a_registry_without_rows_counts_none(tmp_path_factory: pytest.TempPathFactory) -> None:
    for made in empty_registry(tmp_path_factory.mktemp("empty")):
        table = made.counts(Ask("sync_run"), "province", "ended_at")
        assert (table.column_names, table.num_rows) == (["province", "rows", "ended_at"], 0)


def test_the_ledgers_rows_are_counted_within_reach_too() -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    at = dt.datetime(2026, 6, 1, tzinfo=UTC)
    for number, region in enumerate(("970100", "970100", "980100", None)):
        point = 2 if region == "980100" else 0
        said = [Said(point, number, Decimal(-1))]
        store.commit(
            batch_of(said, f"k{number}", at + dt.timedelta(hours=number), suspects=[1], region=region)
        )
    for noun in ("batch", "verdict", "rejection"):
        for reach in (NATION, of_region("970000"), of_region("980000"), of_region("990000")):
            found = {row["province"]: row["rows"] for row in counted(store, Ask(noun, reach), "province")}
            assert found == in_python(store, Ask(noun, reach), "province")
    latest = counted(store, Ask("batch", of_region("970000")), "province", "received_at")
    assert latest == [{"province": "970000", "rows": 2, "received_at": at + dt.timedelta(hours=1)}]
