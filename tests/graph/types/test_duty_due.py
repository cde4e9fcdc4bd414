"""Duties as they become due: first what is owed now, then what comes to be, each once and only to whoever may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from graph.model.principal import Reach
from graph.model.region import RegionCode
from graph.ports import Event
from tests.graph.fakes import NOON, FakeClock, FakeRows, FakeSources, schema
from tests.graph.samples import Row

pytestmark = pytest.mark.anyio
JIA, YI = "970000", "980000"
TODAY = NOON.date()
LOOK = [Event("duty", 0)]


def duty(key: str, days: int, province: str = JIA, done: bool = False) -> Row:
    """Due so many days from today."""
    due = TODAY + dt.timedelta(days=days)
    return {
        "key": key, "kind": "quarterly_report", "province": province, "unit": None, "subject": key,
        "clause": "c", "due_on": due, "done_on": TODAY if done else None,
    }  # fmt: skip


def owing(*duties: Row, looks: int = 0, **more: Any) -> FakeSources:
    """A registry of these duties, looked at again so many times."""
    sources = FakeSources(registry=FakeRows({"duty": list(duties)}), **more)
    sources.events.told = [LOOK] * looks
    return sources


@asynccontextmanager
async def subscribed(sources: FakeSources, arguments: str = "") -> AsyncIterator[AsyncIterator[str]]:
    """The keys of the duties told."""
    asked = f"subscription {{ dutyDue{arguments} {{ key dueOn }} }}"
    stream: Any = await schema().subscribe(asked, {}, context_value=sources.context())

    async def keys() -> AsyncIterator[str]:
        async for result in stream:
            assert not result.errors, result.errors
            yield result.data["dutyDue"]["key"]

    yield keys()
    await stream.aclose()


async def told(sources: FakeSources, arguments: str = "") -> list[str]:
    """All keys until nothing more happens."""
    async with subscribed(sources, arguments) as keys:
        return [key async for key in keys]


async def test_what_is_due_or_overdue_and_not_done_is_told_at_once_the_oldest_first() -> None:
    sources = owing(duty("today", 0), duty("late", -9), duty("tomorrow", 1), duty("done", -3, done=True))
    assert await told(sources) == ["late", "today"]
    assert await told(sources, "(withinDays: 1)") == ["late", "today", "tomorrow"]


async def test_each_is_told_once_however_often_one_looks() -> None:
    assert await told(owing(duty("late", -9), looks=5)) == ["late"]


async def test_what_becomes_due_is_told_when_its_day_has_come() -> None:
    sources = owing(duty("late", -1), duty("tomorrow", 1), looks=2)
    context = sources.context()
    asked = "subscription { dutyDue { key } }"
    stream: Any = await schema().subscribe(asked, {}, context_value=context)
    said = [(await anext(stream)).data["dutyDue"]["key"]]
    tomorrow = FakeClock(NOON + dt.timedelta(days=1))
    object.__setattr__(context.sources, "clock", tomorrow)
    said += [result.data["dutyDue"]["key"] async for result in stream]
    assert said == ["late", "tomorrow"]


async def test_a_duty_that_comes_to_be_is_told_and_one_done_and_owed_again_is_not() -> None:
    sources = owing(duty("late", -1), looks=3)
    async with subscribed(sources) as keys:
        assert await anext(keys) == "late"
        sources.registry.nouns["duty"] = [duty("late", -1, done=True), duty("new", -2)]
        assert await anext(keys) == "new"
        sources.registry.nouns["duty"] = [duty("late", -1), duty("new", -2)]
        assert [key async for key in keys] == []


async def test_a_province_hears_only_of_what_it_owes() -> None:
    both = (duty("ours", -1), duty("theirs", -1, YI))
    assert await told(owing(*both, reach=Reach(region=RegionCode(JIA)))) == ["ours"]
    assert await told(owing(*both), f'(province: ["{YI}"])') == ["theirs"]


async def test_who_stops_listening_is_forgotten() -> None:
    sources = owing(duty("late", -1), looks=2)
    async with subscribed(sources) as keys:
        await anext(keys)
        assert sources.events.listening == 1
    assert sources.events.listening == 0


@pytest.mark.parametrize("days", [-1, 367])
async def test_days_that_are_no_alert_are_refused(days: int) -> None:
    sources = owing(duty("late", -1))
    asked = f"subscription {{ dutyDue(withinDays: {days}) {{ key }} }}"
    stream: Any = await schema().subscribe(asked, {}, context_value=sources.context())
    (only,) = [result async for result in stream]
    assert only.errors[0].extensions == {"code": "INVALID_INPUT", "place": "withinDays"}
    assert sources.registry.asks == []


async def test_more_than_a_page_of_duties_is_too_many_to_tell() -> None:
    sources = owing(*(duty(f"d{number}", -1) for number in range(10_001)))
    stream: Any = await schema().subscribe(
        "subscription { dutyDue { key } }", {}, context_value=sources.context()
    )
    (only,) = [result async for result in stream]
    assert only.errors[0].extensions == {"code": "TOO_LARGE"}
