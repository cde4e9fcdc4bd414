"""Lists as of a moment: what was read right after it, whatever was entered since."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from graph.errors import InvalidInput
from graph.model.platform import PlatformMode, PlatformStage
from graph.model.progress import AccessEndStage
from graph.model.unit import Tier
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.registry.database import migrate, open_engine
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.past import FEW, TOLD
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import (
    NOON,
    PLACES,
    REGIONS,
    WHO,
    StillClock,
    code_of,
    of_region,
    of_unit,
    region,
    unit,
)

HOUR = dt.timedelta(hours=1)
Upsert = tuple[str, list[dict[str, Any]]]


@dataclass
class Entered:
    """A registry, its clock, and the statements it executed."""

    registry: Registry
    clock: StillClock
    statements: list[str]

    def enter(self, *upserts: Upsert) -> dt.datetime:
        """Enter these an hour after the ones before, and say when."""
        self.clock.moment += HOUR
        for noun, rows in upserts:
            self.registry.upsert(noun, rows, WHO)
        return self.clock.moment

    def listed(self, noun: str, as_of: dt.datetime | None = None, **more: Any) -> pa.Table:
        """A whole list."""
        return self.registry.rows(Ask(noun, as_of=as_of, **more)).table


@contextmanager
def entered(template: Path) -> Iterator[Entered]:
    """A copy of a registry, which knows three units and the divisions they lie in."""
    with TemporaryDirectory() as folder:
        file = shutil.copy(template, folder)
        engine, clock, statements = open_engine(f"sqlite:///{file}"), StillClock(), list[str]()
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        registry = Registry(engine, clock)
        yield Entered(registry, clock, statements)
        registry.close()


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a registry with three units."""
    file = tmp_path_factory.mktemp("past") / "registry.db"
    engine = open_engine(f"sqlite:///{file}")
    migrate(engine)
    registry = Registry(engine, StillClock())
    registry.upsert("region", [region(code) for code in REGIONS], WHO)
    registry.upsert("unit", [unit(number) for number in range(3)], WHO)
    registry.close()
    return file


def _rows_of(key: dict[str, st.SearchStrategy[Any]], **cells: st.SearchStrategy[Any]) -> Any:
    """Rows of one upsert, each key once."""
    one = st.fixed_dictionaries({**key, **cells})
    return st.lists(one, min_size=1, max_size=3, unique_by=lambda row: tuple(row[name] for name in key))


DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 1, 5))
PLAN = {"planned": DAYS, "actual": st.none() | DAYS}
PROVINCE = {"province": st.sampled_from(["970000", "980000"])}
UPSERTS: st.SearchStrategy[Upsert] = st.one_of(
    st.tuples(
        st.just("unit"),
        _rows_of(
            {"credit_code": st.integers(0, 5).map(code_of)},
            name=st.sampled_from(["甲厂", "乙厂"]),
            region=st.sampled_from(PLACES),
            industry=st.sampled_from(["C311", "D441"]),
            tier=st.sampled_from([tier.value for tier in Tier]),
        ),
    ),
    st.tuples(
        st.just("platform"),
        _rows_of(
            PROVINCE,
            name=st.just("平台"),
            mode=st.sampled_from([mode.value for mode in PlatformMode]),
            operation_assured=st.booleans(),
            filed_on=st.none() | DAYS,
        ),
    ),
    st.tuples(
        st.just("platform_milestone"),
        _rows_of(
            {**PROVINCE, "stage": st.sampled_from([stage.value for stage in PlatformStage][:2])}, **PLAN
        ),
    ),
    st.tuples(
        st.just("access_end_milestone"),
        _rows_of(
            {
                "unit": st.integers(0, 2).map(code_of),
                "stage": st.sampled_from([stage.value for stage in AccessEndStage][:2]),
            },
            **PLAN,
        ),
    ),
)
DAY = dt.date(2026, 1, 3)
NARROWED = {
    "unit": [
        Condition("tier", Tier.THOUSAND.value),
        Condition("name", "甲", Compare.CONTAINS),
        Condition("city", None),
        Condition("city", ("970100", None), Compare.IN),
        Condition("credit_code", code_of(1)),
    ],
    "platform": [Condition("operation_assured", True), Condition("filed_on", DAY, Compare.LT)],
    "platform_milestone": [Condition("planned", DAY, Compare.GE), Condition("province", "970000")],
    "access_end_milestone": [Condition("actual", DAY, Compare.LT), Condition("actual", None)],
}
COUNTED = {
    "unit": "tier",
    "platform": "mode",
    "platform_milestone": "actual",
    "access_end_milestone": "stage",
}
OF_THE_UNIT = {"access_end_milestone": ["tier", "province"]}  # told as of now


def told(source: Entered, pick: int, as_of: dt.datetime | None) -> list[Any]:
    """What is read of the past, of now or as of a moment: each whole list, one narrowed, and one counted."""
    found: list[Any] = []
    for noun in TOLD:
        where = (NARROWED[noun][pick % len(NARROWED[noun])],)
        pages = [source.registry.rows(Ask(noun, where=each, as_of=as_of)) for each in ((), where)]
        found += [page.table.drop_columns(OF_THE_UNIT.get(noun, [])) for page in pages]
        counts = source.registry.counts(Ask(noun, where=where, as_of=as_of), COUNTED[noun]).to_pylist()
        found.append({row[COUNTED[noun]]: row["rows"] for row in counts})
    return found


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(UPSERTS, min_size=1, max_size=3), min_size=1, max_size=4), st.integers(0, 9))
def test_as_of_a_moment_stands_what_was_read_right_after_it(
    template: Path, steps: list[list[Upsert]], pick: int
) -> None:
    with entered(template) as source:
        read = {source.clock.moment: told(source, pick, None)}
        for upserts in steps:
            moment = source.enter(*upserts)
            read[moment] = told(source, pick, None)
        for moment, then in read.items():
            assert told(source, pick, moment + HOUR / 2) == then
        assert told(source, pick, source.clock.moment) == then


@pytest.fixture
def source(template: Path) -> Iterator[Entered]:
    with entered(template) as made:
        yield made


def test_before_anything_was_entered_there_is_nothing(source: Entered) -> None:
    assert source.listed("unit", NOON).num_rows == 3
    before = source.listed("unit", NOON - HOUR)
    assert (before.num_rows, before.schema) == (0, source.listed("unit").schema)


@pytest.mark.parametrize("units", [3, FEW + 1])
def test_a_list_of_the_past_is_two_statements_however_much_has_changed(source: Entered, units: int) -> None:
    then = source.enter(("unit", [unit(number, tier="hundred") for number in range(units)]))
    for tier in ("thousand", "ten_thousand"):
        source.enter(("unit", [unit(number, tier=tier) for number in range(units + 1)]))
    source.statements.clear()
    tiers = source.listed("unit", then).column("tier").to_pylist()
    assert tiers == ["hundred"] * units
    assert len([each for each in source.statements if each.startswith("SELECT")]) == 2


def test_a_row_is_seen_by_who_it_belongs_to_now_and_told_where_it_lay(source: Entered) -> None:
    source.enter(("unit", [unit(0, "980200")]))
    there, here = of_region("980000"), of_region("970000")
    moved = source.listed("unit", NOON, reach=there)
    assert moved.select(["credit_code", "province", "city"]).to_pylist() == [
        {"credit_code": code_of(0), "province": "970000", "city": "970100"}
    ]
    assert source.listed("unit", NOON, reach=here).column("credit_code").to_pylist() == [
        code_of(1),
        code_of(2),
    ]
    assert source.listed("unit", NOON, reach=of_unit(1)).column("credit_code").to_pylist() == [code_of(1)]


def test_a_milestone_tells_the_tier_its_unit_has_now(source: Entered) -> None:
    plan = {"unit": code_of(0), "stage": "connected", "planned": DAY, "actual": None}
    then = source.enter(("access_end_milestone", [plan]))
    source.enter(("access_end_milestone", [{**plan, "actual": DAY}]), ("unit", [unit(0, tier="hundred")]))
    (row,) = source.listed("access_end_milestone", then).to_pylist()
    assert (row["actual"], row["tier"]) == (None, "hundred")


def test_of_the_past_the_latest_of_a_column_is_counted_too(source: Entered) -> None:
    stages = [{"province": "970000", "stage": stage, "planned": DAY} for stage in ("approved", "built")]
    then = source.enter(("platform_milestone", stages))
    source.enter(("platform_milestone", [{**stages[0], "planned": DAY + dt.timedelta(1)}]))
    found = source.registry.counts(Ask("platform_milestone", as_of=then), "province", "planned")
    assert found.to_pylist() == [{"province": "970000", "rows": 2, "planned": DAY}]
    now = source.registry.counts(Ask("platform_milestone"), "province", "planned")
    assert found.schema == now.schema
    assert found != now


@pytest.mark.parametrize("noun", sorted(NOUNS.keys() - set(TOLD)))
def test_of_a_noun_whose_past_is_not_told_none_is_made_up(source: Entered, noun: str) -> None:
    with pytest.raises(InvalidInput, match=f"not {noun}"):
        source.listed(noun, NOON)
    with pytest.raises(InvalidInput, match=f"not {noun}"):
        source.registry.counts(Ask(noun, as_of=NOON), "id")


@pytest.mark.parametrize(
    "page", [{"first": 1}, {"last": 1}, {"after": "x"}, {"before": "x"}, {"order": Order("name")}], ids=str
)
def test_a_list_of_the_past_has_no_pages(page: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match="read whole"):
        Ask("unit", as_of=NOON, **page)


def test_lists_of_several_parents_are_of_now_only(source: Entered) -> None:
    with pytest.raises(InvalidInput, match="of now only"):
        source.registry.pages([Ask("unit", as_of=NOON)])


@pytest.mark.parametrize(
    ("where", "place"),
    [
        (Condition("tier", 1), "tier"),
        (Condition("height", 1), "column"),
        (Condition("tier", None, Compare.LT), "tier"),
    ],
)
def test_a_condition_that_now_refuses_is_refused_of_then(
    source: Entered, where: Condition, place: str
) -> None:
    for as_of in (None, NOON):
        with pytest.raises(InvalidInput) as fault:
            source.listed("unit", as_of, where=(where,))
        assert fault.value.place == place


def test_a_moment_without_its_offset_is_refused(source: Entered) -> None:
    with pytest.raises(InvalidInput, match="has no offset from UTC"):
        source.listed("unit", NOON.replace(tzinfo=None))


def test_a_total_is_counted_of_then(source: Entered) -> None:
    source.enter(("unit", [unit(number) for number in range(5)]))
    page = source.registry.rows(Ask("unit", want_total=True, as_of=NOON))
    assert (page.total, list(page.cursors), page.has_next) == (3, [], False)
