"""Questions that would ask other hubs too often, in a chain, or by a mutation, are refused before any hub is asked."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
import strawberry
from graphql import parse
from strawberry.schema.config import StrawberryConfig

from graph.errors import TooComplex
from graph.execution.guard import LIVES_MAX, check
from graph.execution.scalars import SCALARS
from graph.schema import queries
from graph.types.region import Region
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.live_fakes import FakeHubs, says
from tests.graph.samples import province_row

LIVE = "live { nation { unitsTotal } }"


def _lives(number: int) -> str:
    asked = " ".join(f"l{n}: {LIVE}" for n in range(number))
    return f'{{ province(code: "910000") {{ {asked} }} }}'


HOSTILE = {
    "one hub after another": (
        f'{{ province(code: "910000") {{ live {{ province(code: "910000") {{ {LIVE} }} }} }} }}',
        "live fields within live: at most 0, came 1",
    ),
    "one hub after another, by fragments": (
        f"""{{ provinces {{ nodes {{ ...A }} }} }}
            fragment A on Region {{ live {{ ...B }} }} fragment B on Live {{ regions {{ nodes {{ ...C }} }} }}
            fragment C on Region {{ divisions {{ {LIVE} }} }}""",
        "live fields within live: at most 0, came 1",
    ),
    "too many": (_lives(LIVES_MAX + 1), f"live fields: at most {LIVES_MAX}, came {LIVES_MAX + 1}"),
    "too many by fragments": (
        f"""{{ provinces {{ nodes {{ ...A ...A ...A }} }} }}
            fragment A on Region {{ a: {LIVE} b: {LIVE} }}""",
        f"live fields: at most {LIVES_MAX}, came 6",
    ),
    "of every division": (f"{{ regions(first: 10000) {{ nodes {{ {LIVE} }} }} }}", "cost: at most "),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("query", "words"), HOSTILE.values(), ids=HOSTILE.keys())
async def test_what_asks_hubs_too_often_is_refused_before_any_is_asked(query: str, words: str) -> None:
    hubs = FakeHubs({"910000": says({"nation": {"unitsTotal": 1}})})
    sources = FakeSources(FakeRows({"region": [province_row(91)]}), live=hubs)
    error = await sources.error(query)
    assert error["extensions"] == {"code": "QUERY_TOO_COMPLEX"}
    assert words in error["message"]
    assert hubs.asked == []


@pytest.mark.anyio
async def test_as_many_as_the_limit_says_are_answered() -> None:
    hubs = FakeHubs({"910000": says({"nation": {"unitsTotal": 1}})})
    sources = FakeSources(FakeRows({"region": [province_row(91)]}), live=hubs)
    data = await sources.data(_lives(LIVES_MAX))
    assert len(data["province"]) == LIVES_MAX
    assert len(hubs.asked) == 1  # they asked the same


FIGURES = 'completeness(period: {month: "2026-10"}) { rows { due received rate } }'


@pytest.mark.anyio
async def test_what_a_figure_costs_its_store_is_the_other_hubs_affair_and_what_is_said_is_ours() -> None:
    hubs = FakeHubs({"910000": says({"completeness": {"rows": []}})})
    sources = FakeSources(FakeRows({"region": [province_row(91)]}), live=hubs)
    await sources.data(f"{{ provinces {{ nodes {{ live {{ {FIGURES} }} }} }} }}")
    assert len(hubs.asked) == 1
    pages = " ".join(f"p{n}: {FIGURES}" for n in range(2))
    error = await sources.error(f"{{ provinces {{ nodes {{ live {{ {pages} }} }} }} }}")
    assert "cost: at most " in error["message"]


@strawberry.type
class Changes:
    """A mutation that answers with a division."""

    @strawberry.mutation
    def touch(self) -> Region | None:
        """Touch it."""
        return None


@strawberry.type
class News:
    """A subscription that tells of divisions."""

    @strawberry.subscription
    async def touch(self) -> AsyncGenerator[Region, None]:
        """Never any."""
        for region in list[Region]():
            yield region


@pytest.mark.parametrize("kind", ["mutation", "subscription"])
def test_only_a_query_asks_other_hubs(kind: str) -> None:
    schema: Any = strawberry.federation.Schema(
        query=queries()["region"],
        mutation=Changes,
        subscription=News,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    check(parse(f"{kind} {{ touch {{ code }} }}"), schema._schema, {})
    with pytest.raises(TooComplex, match=f"live fields of a {kind}: at most 0, came 1"):
        check(parse(f"{kind} {{ touch {{ {LIVE} }} }}"), schema._schema, {})
