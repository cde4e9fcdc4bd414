"""Rows asked for by their values are known until anything is written, by whatever process, and are within reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from graph.errors import InvalidInput
from graph.model.principal import NATION
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.registry.among import Among
from hub.stores.registry.database import open_engine
from hub.stores.registry.registry import PAGES_MAX, Registry
from hub.stores.registry.rows import SOME
from tests.hub.stores.registry_fakes import UNITS, StillClock, code_of, fill, invented_registry, of_region

WHO = "tester"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path):
        fill(registry)
        yield registry


def units(*numbers: int) -> Ask:
    """These units by their codes."""
    return Ask("unit", NATION, (Condition("credit_code", tuple(map(code_of, numbers)), Compare.IN),))


def test_what_was_asked_for_is_known_until_something_is_written(registry: Registry) -> None:
    ask = units(0, 1)
    assert registry.known(ask) is None
    asked = registry.rows(ask)
    known = registry.known(ask)
    assert known is not None
    assert known.table == asked.table
    registry.upsert("unit", [{"credit_code": code_of(0), "name": "改名虚构厂"}], WHO)
    assert registry.known(ask) is None
    assert "改名虚构厂" in registry.rows(ask).table["name"].to_pylist()


def test_what_another_process_writes_ends_it_too(registry: Registry, tmp_path: Path) -> None:
    ask = units(0)
    registry.rows(ask)
    other = Registry(open_engine(f"sqlite:///{tmp_path / 'registry.db'}"), StillClock())
    other.upsert("unit", [{"credit_code": code_of(0), "name": "别处改名"}], WHO)
    other.close()
    assert registry.known(ask) is None
    assert registry.rows(ask).table["name"].to_pylist() == ["别处改名"]


def test_what_is_not_there_is_known_to_be_missing_until_it_comes(registry: Registry) -> None:
    ask = units(UNITS + 5)
    assert registry.rows(ask).table.num_rows == 0
    known = registry.known(ask)
    assert known is not None
    assert known.table.num_rows == 0


def test_each_reach_knows_its_own(registry: Registry) -> None:
    far = replace(units(0), reach=of_region("980000"))
    near = replace(units(0), reach=of_region("970000"))
    assert [registry.rows(ask).table.num_rows for ask in (near, far, near, far)] == [1, 0, 1, 0]
    known = [registry.known(ask) for ask in (near, far)]
    assert [page.table.num_rows for page in known if page] == [1, 0]


@pytest.mark.parametrize(
    "ask",
    [
        Ask("unit"),
        replace(units(0), first=1),
        replace(units(0), order=Order("name")),
        replace(units(0), want_total=True),
        replace(units(0), as_of=dt.datetime(2026, 11, 23, 5, tzinfo=dt.UTC)),
        units(*range(SOME + 1)),
        units(*range(UNITS, UNITS + SOME + 1)),
        Ask("unit", NATION, (Condition("province", ("970000",), Compare.IN),)),
        Ask("access_end", NATION, (Condition("unit", (code_of(0),), Compare.IN),)),
    ],
    ids=[
        "all",
        "a page",
        "in an order",
        "with its total",
        "as of then",
        "many texts",
        "many unknown",
        "many rows",
        "of today",
    ],
)
def test_lists_pages_and_what_changes_by_itself_are_asked_for_each_time(registry: Registry, ask: Ask) -> None:
    registry.rows(ask)
    assert registry.known(ask) is None


def test_what_is_no_tuple_of_texts_is_refused_as_before(registry: Registry) -> None:
    registry.rows(units(0))
    wrong: list[Any] = [[code_of(0)], (7,), (True,)]
    for value in wrong:
        with pytest.raises(InvalidInput):
            registry.rows(Ask("unit", NATION, (Condition("credit_code", value, Compare.IN),)))


def test_only_so_many_are_known(registry: Registry) -> None:
    for number in range(PAGES_MAX + 3):
        registry.rows(units(number % UNITS, number))
    known = [registry.known(units(number % UNITS, number)) for number in range(PAGES_MAX + 3)]
    assert sum(page is not None for page in known) == PAGES_MAX


# ---- many values at once --------------------------------------------------------------------------------

MANY = 60
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)


def test_many_codes_find_what_few_find(registry: Registry) -> None:
    few = [row for number in range(UNITS) for row in registry.rows(units(number)).table.to_pylist()]
    many = registry.rows(units(*range(UNITS + MANY))).table.to_pylist()
    assert many == sorted(few, key=lambda row: row["id"])
    assert len(many) == UNITS


@given(names=st.lists(texts, min_size=MANY, max_size=MANY + 9))
def test_whatever_the_texts_they_are_compared_as_they_are(known_names: Registry, names: list[str]) -> None:
    among = (*names, "虚构'厂\"\\", None)
    found = known_names.rows(Ask("unit", NATION, (Condition("name", among, Compare.IN),))).table["name"]
    assert set(found.to_pylist()) == {"虚构'厂\"\\"}


@pytest.fixture(scope="module")
def known_names(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path_factory.mktemp("names")):
        fill(registry)
        registry.upsert("unit", [{"credit_code": code_of(0), "name": "虚构'厂\"\\"}], WHO)
        yield registry


@pytest.mark.parametrize("bad", ["a\0", "\ud800", 7])
def test_among_many_the_one_that_cannot_be_kept_is_named(registry: Registry, bad: object) -> None:
    among: Any = (*[code_of(number) for number in range(MANY)], bad)
    with pytest.raises(InvalidInput) as refused:
        registry.rows(Ask("unit", NATION, (Condition("credit_code", among, Compare.IN),)))
    assert refused.value.place == "credit_code"


def test_postgresql_is_sent_one_value_too() -> None:
    dialect: Any = postgresql.dialect  # without types
    said = str(Among(["a"]).compile(dialect=dialect()))
    assert said.startswith("(SELECT json_array_elements_text(CAST(")
