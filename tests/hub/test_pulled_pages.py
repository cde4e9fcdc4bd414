"""A page of nouns that says what stands is looked at once, and again as soon as something else may stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from graph.errors import InvalidInput
from graph.model.principal import Reach
from graph.model.region import RegionCode
from hub.pulled import PAGES_MAX, PulledNouns
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import WHO, invented_registry, listed, point, unit

LINK, REACH = "link trial", Reach(region=RegionCode("970000"))
PAGE = [unit(1), unit(2)]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from invented_registry(tmp_path)


class Looks:
    """How often the registry was opened for writing."""

    def __init__(self, registry: Registry) -> None:
        self.count = 0
        event.listen(registry._engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.count += statement == "BEGIN IMMEDIATE"

    def of(self, pulled: PulledNouns, rows: list[dict[str, Any]], noun: str = "unit", who: str = LINK) -> int:
        """How often it was for one page more."""
        before = self.count
        pulled.upsert(noun, rows, who, REACH)
        return self.count - before


def test_a_page_that_says_what_stands_is_looked_at_once(registry: Registry) -> None:
    pulled, looks = PulledNouns(registry), Looks(registry)
    assert looks.of(pulled, PAGE) == 1  # it is new,
    assert looks.of(pulled, PAGE) == 1  # then it changes nothing,
    assert [looks.of(pulled, PAGE) for _ in range(3)] == [0, 0, 0]
    told = pulled.upsert("unit", iter(PAGE), LINK, REACH)
    assert (told.added, told.changed, told.same) == (0, 0, 2)
    assert looks.of(pulled, PAGE, who="link other") == 1
    assert looks.of(pulled, [*PAGE, unit(3)]) == 1


def test_what_was_changed_here_is_set_right_by_the_next_pull(registry: Registry) -> None:
    pulled, looks = PulledNouns(registry), Looks(registry)
    for _ in range(3):
        pulled.upsert("unit", PAGE, LINK, REACH)
    registry.upsert("unit", [unit(1, tier="hundred")], WHO)
    assert looks.of(pulled, PAGE) == 1
    assert {row["tier"] for row in listed(registry, "unit")} == {"thousand"}


def test_a_page_of_another_noun_is_looked_at_again_when_a_unit_moves(registry: Registry) -> None:
    pulled, looks = PulledNouns(registry), Looks(registry)
    pulled.upsert("unit", PAGE, LINK, REACH)
    for expected in (1, 1, 0):
        assert looks.of(pulled, [point(1)], "data_point") == expected
    registry.upsert("unit", [unit(1, "980200")], WHO)
    with pytest.raises(InvalidInput, match="outside"):
        pulled.upsert("data_point", [point(1)], LINK, REACH)


def test_a_page_that_is_refused_is_refused_each_time(registry: Registry) -> None:
    pulled = PulledNouns(registry)
    for _ in range(3):
        with pytest.raises(InvalidInput):
            pulled.upsert("unit", [unit(1, "980200")], LINK, REACH)


def test_pages_have_a_bound() -> None:
    assert PAGES_MAX * 16 < 10e6
