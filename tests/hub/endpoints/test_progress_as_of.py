"""Construction progress over HTTP: what is entered or corrected later changes nothing of what was said before."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graph.errors import InvalidInput
from graph.model.principal import NATION, Reach
from graph.ports import Ask
from hub.wiring import Hub
from tests.hub.invented_hub import (
    JIA,
    WHO,
    YI,
    asking,
    of_province,
    post,
    reading,
    token_of,
    units_of,
)  # fmt: skip
from tests.hub.served_hub import ROOT

pytestmark = pytest.mark.anyio
QUERY = (ROOT / "docs/queries/progress_of_a_quarter.graphql").read_text(encoding="utf-8")


async def ask(hub: Hub, name: str, reach: Reach = NATION, **variables: Any) -> Any:
    """What somebody is told of the third quarter."""
    async with asking(hub, token_of(hub, name, reach)) as client:
        variables = {"quarter": "2026Q3", **variables}
        reply = await client.post("/graphql", json={"query": QUERY, "variables": variables})
    return reply.json()


async def handed_in(hub: Hub, day: int) -> int:
    """The number of a batch that a province hands in now."""
    async with asking(hub, token_of(hub, f"sender-{day}", of_province(JIA))) as client:
        reply = await post(client, json.dumps([reading(day=day)]).encode(), f"progress-{day}")
    assert reply.status_code == 201, reply.text
    return int(reply.json()["batch"])


def correct(hub: Hub) -> None:
    """A connected unit turns out not to be, the platform sends otherwise, and a stage is entered."""
    unit = {"unit": units_of(JIA)[0].code, "stage": "connected", "planned": "2026-07-01", "actual": None}
    hub.registry.upsert("access_end_milestone", [unit], WHO)
    (platform,) = hub.registry.rows(Ask("platform", of_province(JIA))).table.to_pylist()
    mode = {"direct": "platform"}.get(platform["mode"], "direct")
    hub.registry.upsert("platform", [{"province": JIA, "mode": mode}], WHO)
    accepted = {"stage": "accepted", "planned": "2026-09-01", "actual": "2026-09-02"}
    hub.registry.upsert("platform_milestone", [{"province": JIA, **accepted}], WHO)


async def test_progress_as_of_a_batch_is_what_was_answered_then(hub: Hub) -> None:
    then = await ask(hub, "reader")
    own = await ask(hub, "own-reader", of_province(JIA))
    batch = await handed_in(hub, 1)
    correct(hub)
    now = await ask(hub, "reader-now")
    assert await ask(hub, "reader-then", asOf={"batch": batch}) == then
    assert await ask(hub, "own-reader-then", of_province(JIA), asOf={"batch": batch}) == own
    later = await handed_in(hub, 2)
    assert await ask(hub, "reader-later", asOf={"batch": later}) == now
    assert (
        now["data"]["constructionProgress"]["connected"]
        == then["data"]["constructionProgress"]["connected"] - 1
    )
    rows = [answer["data"]["constructionProgress"]["provinces"] for answer in (then, now)]
    changed = [old["province"] for old, new in zip(*rows, strict=True) if old != new]
    assert changed == [JIA]
    assert rows[0][0]["mode"] != rows[1][0]["mode"] or rows[0][1]["mode"] != rows[1][1]["mode"]


async def test_before_anything_was_entered_a_province_has_an_empty_row(hub: Hub) -> None:
    progress = (await ask(hub, "reader-of-old", asOf={"day": "2020-01-01"}))["data"]["constructionProgress"]
    assert {row["mode"] for row in progress["provinces"]} == {None}
    assert (progress["unitsDue"], progress["connected"], progress["platformsOverdue"]) == (0, 0, 0)
    assert {JIA, YI} <= {row["province"] for row in progress["provinces"]}


async def test_a_batch_that_is_still_to_come_is_refused(hub: Hub) -> None:
    (fault,) = (await ask(hub, "reader-of-tomorrow", asOf={"batch": 1_000_000}))["errors"]
    assert fault["extensions"]["code"] == "INVALID_INPUT"
    assert fault["extensions"]["place"] == "asOf.batch"


def test_the_ledgers_lists_are_of_now_only(hub: Hub) -> None:
    past = Ask("batch", as_of=hub.clock.now())
    for asked in (lambda: hub.store.rows(past), lambda: hub.store.counts(past, "province")):
        with pytest.raises(InvalidInput, match="of now only"):
            asked()
