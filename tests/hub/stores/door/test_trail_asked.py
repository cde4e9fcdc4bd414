"""The question of docs/queries over a registry and a door: what an auditor of the nation and one of a province are told."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.model.principal import NATION, Reach
from graph.ports import Ask, Page, RowSource
from hub.stores.door.trail import NOUN
from tests.graph.fakes import FakeRows, FakeSources
from tests.hub.stores.door.doors import MINUTE
from tests.hub.stores.door.trails import PHONE, Both, followed
from tests.hub.stores.registry_fakes import NOON, code_of, of_region

pytestmark = pytest.mark.anyio
QUERY = (Path(__file__).parents[4] / "docs/queries/who_did_what.graphql").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Routed:
    """The registry's row source, with the trail in it."""

    others: RowSource
    trail: RowSource

    def _of(self, ask: Ask) -> RowSource:
        return self.trail if ask.noun == NOUN else self.others

    def rows(self, ask: Ask) -> Page:
        """One page."""
        return self._of(ask).rows(ask)

    def known(self, ask: Ask) -> Page | None:
        """What is known."""
        return self._of(ask).known(ask)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """Several."""
        return self._of(asks[0]).pages(asks)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """How many."""
        return self._of(ask).counts(ask, by, latest)


async def asked(stores: Both, text: str = QUERY, reach: Reach = NATION, **variables: Any) -> dict[str, Any]:
    """The answer to a question within a reach."""
    with followed(stores) as trail:
        sources = FakeSources(FakeRows(), reach=reach)
        sources.registry = Routed(stores.registry, trail)  # type: ignore[assignment]  # stores stand at the port too
        whole = {"from": (NOON - MINUTE).isoformat(), "to": (NOON + dt.timedelta(days=1)).isoformat()}
        data = await sources.data(text, **(whole if text is QUERY else {}), **variables)
    found: dict[str, Any] = data.get("auditEntries", data)
    return found


async def test_an_auditor_of_the_nation_is_told_of_all_the_latest_first(stores: Both) -> None:
    nodes = (await asked(stores, first=1000))["nodes"]
    assert {row["action"] for row in nodes} == {"INSERT", "UPDATE", "TOKEN", "LOGIN", "EXPORT", "DENIED"}
    assert [row["at"] for row in nodes] == sorted((row["at"] for row in nodes), reverse=True)
    assert PHONE not in json.dumps(nodes)


async def test_an_auditor_of_a_province_is_told_of_what_concerns_it(stores: Both) -> None:
    nodes = (await asked(stores, reach=of_region("970000"), first=1000))["nodes"]
    assert {row["province"] for row in nodes} == {"970000"}
    assert "DENIED" in {row["action"] for row in nodes}


async def test_filters_meet_in_both_halves(stores: Both) -> None:
    nodes = (await asked(stores, who=["trial"], units=[code_of(0)], actions=["INSERT", "TOKEN"]))["nodes"]
    assert [(row["action"], row["who"], row["subject"]) for row in nodes] == [
        ("TOKEN", "trial", "access token"),
        ("INSERT", "trial", code_of(0)),
    ]


async def test_pages_follow_one_another(stores: Both) -> None:
    whole = [row["id"] for row in (await asked(stores, first=1000))["nodes"]]
    read, after = list[int](), None
    for _ in range(len(whole)):
        page = await asked(stores, first=7, after=after)
        read += [row["id"] for row in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert read == whole


async def test_the_list_says_how_much_is_of_each_province(stores: Both) -> None:
    found = await asked(stores, "{ auditEntries { totalCount coverage { province rows } } }")
    rows = {row["province"]: row["rows"] for row in found["coverage"]}
    assert set(rows) == {"970000", "980000"}
    assert 0 < sum(rows.values()) < found["totalCount"]


async def test_an_entry_out_of_reach_is_as_none(stores: Both) -> None:
    other = (await asked(stores, provinces=["980000"], first=1))["nodes"][0]["id"]
    text = f"{{ auditEntry(id: {other}) {{ id }} }}"
    assert await asked(stores, text) == {"auditEntry": {"id": other}}
    assert await asked(stores, text, of_region("970000")) == {"auditEntry": None}
