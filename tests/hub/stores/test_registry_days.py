"""Days that a source was asked for are kept for each link, and what came of a day last is what stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import NotFound
from graph.model.region import RegionCode
from graph.model.sync_run import AskedDay, DayState, Link
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import NOON, WHO, invented_registry

DAY = dt.date(2026, 11, 22)
LATER = NOON + dt.timedelta(hours=1)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path):
        rows = [{"key": key, "dialect": "x", "province": "970000", "address": "somewhere"} for key in "ab"]
        registry.upsert("link", rows, WHO)
        yield registry


def link(key: str) -> Link:
    return Link(key, "x", RegionCode("970000"), "somewhere")


def test_what_came_of_a_day_last_stands_for_its_link_alone(registry: Registry) -> None:
    days = registry.link_days
    days.mark(link("a"), DAY, AskedDay(DayState.NOT_READY, NOON))
    days.mark(link("a"), DAY, AskedDay(DayState.BROUGHT, LATER, ("a:1", "a:2")))
    days.mark(link("b"), DAY, AskedDay(DayState.EMPTY, NOON))
    assert days.days(link("a")) == {DAY: AskedDay(DayState.BROUGHT, LATER, ("a:1", "a:2"))}
    assert days.days(link("b")) == {DAY: AskedDay(DayState.EMPTY, NOON)}


def test_a_link_nobody_registered_was_asked_for_nothing_and_keeps_nothing(registry: Registry) -> None:
    assert registry.link_days.days(link("none")) == {}
    with pytest.raises(NotFound, match="no link has the key 'none'"):
        registry.link_days.mark(link("none"), DAY, AskedDay(DayState.EMPTY, NOON))
