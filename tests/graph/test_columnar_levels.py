"""Levels are one question each, however few rows they have and however the lists above them were completed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from strawberry.types import ExecutionResult

from graph.execution.budget import ROWS_PER_QUESTION_MAX
from graph.execution.live import LiveExecutor
from graph.ports import GraphContext
from graph.schema import Schema, build_schema
from tests.graph.fakes import FakeFigures, FakeRows, FakeSources, schema
from tests.graph.made_rows import sources
from tests.graph.made_up import settled
from tests.graph.samples import code_of, point_row, province_row, reading_row, unit_row

T = TypeVar("T")
UNITS, POINTS = 15, 20
OCTOBER = 'period: {month: "2026-10"}'
QUARTER_HOURS = 'period: {from: "2026-10-01", to: "2026-10-21"}, granularity: QUARTER_HOUR'


def few_units_of_many_points() -> FakeSources:
    """Fewer units than are worth columns, each with more points than that."""
    units = [unit_row(number) for number in range(UNITS)]
    points = [point_row(place % UNITS, place, unit=code_of(place % UNITS)) for place in range(UNITS * POINTS)]
    start = dt.datetime(2026, 10, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    readings = [reading_row(place % UNITS, place, start, place) for place in range(UNITS * POINTS)]
    rows = FakeRows({"region": [province_row(91)], "unit": units, "data_point": points})
    return FakeSources(rows, figures=FakeFigures(readings))


def answered(of: Schema, context: GraphContext, question: str) -> ExecutionResult:
    """An answer; what graphql-core settles behind errors is waited for."""

    async def asked() -> ExecutionResult:
        result = await of.execute(question, context_value=context)
        await settled()
        return result

    return asyncio.run(asked())


def data_of(result: ExecutionResult) -> Any:
    """What was answered."""
    assert result.data is not None
    return result.data


@pytest.mark.parametrize("coverage", ["", "units(first: 1) { coverage { name } }"])
def test_levels_below_few_rows_are_one_question_each(coverage: str) -> None:
    """With coverage below rows the list of regions is graphql-core's, and what is below it still by columns."""
    found = few_units_of_many_points()
    points = f"dataPoints {{ code owner {{ name }} readings({OCTOBER}) {{ value }} }}"
    question = f"{{ regions(first: 10) {{ nodes {{ {coverage} all: units(first: 15) {{ nodes {{ {points} }} }} }} }} }}"
    context = found.context()
    result = answered(schema(), context, question)
    assert not result.errors
    assert len(data_of(result)["regions"]["nodes"][0]["all"]["nodes"][0]["dataPoints"]) == POINTS
    assert len(found.figures.asks) == 1
    assert found.registry.asked("data_point") == 1
    assert context.completion.lists > 0
    assert bool(context.completion.left) == bool(coverage)


def test_lists_completed_apart_are_asked_together() -> None:
    found = few_units_of_many_points()
    units = " ".join(
        f'u{n}: unit(creditCode: "{code_of(n)}") {{ dataPoints {{ readings({OCTOBER}) {{ value }} }} }}'
        for n in range(3)
    )
    result = answered(schema(), found.context(), f"{{ {units} }}")
    assert not result.errors
    assert [len(data_of(result)[f"u{n}"]["dataPoints"]) for n in range(3)] == [POINTS] * 3
    assert len(found.figures.asks) == 1


def test_readings_of_two_granularities_have_their_verdicts_asked_together() -> None:
    found = few_units_of_many_points()
    asked = " ".join(
        f"{kind}: readings({OCTOBER}, granularity: {kind}) {{ value verdicts {{ rule }} }}"
        for kind in ("DAY", "QUARTER_HOUR")
    )
    context = found.context()
    result = answered(schema(), context, f"{{ dataPoints(first: 20) {{ nodes {{ {asked} }} }} }}")
    assert not result.errors
    assert not context.completion.left


def test_one_of_two_lists_below_has_a_total_and_the_other_needs_none() -> None:
    found = few_units_of_many_points()
    below = "a: units(first: 1) { nodes { name } } b: units(first: 1) { totalCount }"
    result = answered(schema(), found.context(), f"{{ regions(first: 1) {{ nodes {{ {below} }} }} }}")
    assert data_of(result)["regions"]["nodes"][0]["b"] == {"totalCount": UNITS}


@pytest.mark.parametrize("bad", ["", "bad: dataPoints(first: 20) { nodes { owner { name industry } } }"])
@pytest.mark.parametrize("executor", [LiveExecutor, None])
def test_what_a_question_may_read_is_not_given_back_where_a_list_is_left(
    bad: str, executor: type[LiveExecutor] | None
) -> None:
    found = few_units_of_many_points()
    if bad:
        found.registry.nouns["unit"][0]["industry"] = None
    roots = " ".join(
        f"r{n}: dataPoints(first: 20) {{ nodes {{ readings({QUARTER_HOURS}) {{ value }} }} }}"
        for n in range(3)
    )
    context = found.context()
    of = build_schema(executor=executor) if executor else schema()
    result = answered(of, context, f"{{ {roots} {bad} }}")
    assert "TOO_LARGE" in {error.extensions["code"] for error in result.errors or () if error.extensions}
    assert context.rows_read > ROWS_PER_QUESTION_MAX


def test_what_is_asked_again_because_a_list_was_left_counts_once() -> None:
    found = few_units_of_many_points()
    for point in found.registry.nouns["data_point"]:
        point["scope"] = None
    question = f"{{ dataPoints(first: 20) {{ nodes {{ scope readings({QUARTER_HOURS}) {{ value }} }} }} }}"
    context = found.context()
    answered(schema(), context, question)
    assert context.completion.left
    assert 0 < context.rows_read < ROWS_PER_QUESTION_MAX / 2


def test_much_below_few_rows_is_written_beside_the_event_loop() -> None:
    lent: list[str] = []

    async def lending(call: Callable[[], T]) -> T:
        lent.append(getattr(getattr(call, "func", call), "__name__", ""))
        return call()

    def written(question: str) -> list[str]:
        lent.clear()
        context: Any = sources(1, dirty=False).context()
        context.run_blocking = lending
        assert not answered(schema(), context, question).errors
        return [name for name in lent if name == "_whole"]

    few = few_units_of_many_points()
    wide = " ".join(f"a{n}: value" for n in range(20))
    context: Any = few.context()
    context.run_blocking = lending
    question = f"{{ units(first: 15) {{ nodes {{ dataPoints {{ readings({OCTOBER}) {{ {wide} }} }} }} }} }}"
    assert not answered(schema(), context, question).errors
    assert "_whole" in lent
    assert written("{ units(first: 24) { nodes { name } } }") == []


@pytest.mark.parametrize("gap", [None, 40, 0, 98])
def test_periods_without_a_gap_say_their_ends_as_graphql_core_does(gap: int | None) -> None:
    """The ends are the next ones' starts but for the last, and where a period is missing."""
    start = dt.datetime(2026, 10, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    step = dt.timedelta(minutes=15)
    readings = [reading_row(1, 1, start + step * place, place) for place in range(100) if place != gap]
    found = FakeSources(FakeRows({"data_point": [point_row(1, 1)]}), figures=FakeFigures(readings))
    rows = f"readings({QUARTER_HOURS}) {{ first: start end value last: end again: start }}"
    question = f'{{ dataPoint(unit: "{code_of(1)}", code: "0000000102330011") {{ {rows} }} }}'
    context = found.context()
    by_columns = answered(build_schema(), context, question)
    one_by_one = answered(build_schema(executor=LiveExecutor), found.context(), question)
    assert by_columns.data == one_by_one.data
    assert context.completion.lists == 1
    ends = [row["end"] for row in data_of(by_columns)["dataPoint"]["readings"]]
    assert len(ends) == len(readings)
    assert ends[-1] == (start + step * (100 if gap != 99 else 99)).isoformat()
