"""A provincial hub that answers trusted documents alone: it is pulled as before, and live questions need a role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graph.model.live import LiveAnswer, LiveQuestion, LiveState
from graph.model.principal import NATION, Role
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from hub.app import build_app
from hub.live import LiveHubs
from hub.settings import Questions
from hub.wiring import Hub
from provincial_adapters import Bounds
from provincial_adapters._hub_graphql.nouns import NOUNS
from provincial_adapters.hub_graphql import HubPuller
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, asking, hub_of, post, reading, token_of

pytestmark = pytest.mark.anyio
LINK = Link("jia", "hub_graphql", RegionCode(JIA), "http://hub")
QUESTION = LiveQuestion("query Live{nation{unitsTotal}}", {}, None)


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Hub]:
    with hub_of(tmp_path, questions=Questions.TRUSTED) as hub:
        yield hub


async def test_another_hub_pulls_it_without_anything_registered(trusting: Hub) -> None:
    async with asking(trusting, token_of(trusting, "sender")) as client:
        assert (await post(client, json.dumps([reading()]).encode(), "one")).status_code == 201
    token = token_of(trusting, "puller", NATION, (Role.READ, Role.SYNC))
    nouns, readings = [], 0
    async with asking(trusting) as client:
        async for delivery in HubPuller(client, FixedTokens(token).token).pull(LINK):
            if isinstance(delivery, NounDelivery):
                nouns.append(delivery.noun)
            elif isinstance(delivery, Delivery):
                readings += 1
    assert set(nouns) >= {"unit", "data_point"}
    assert set(nouns) <= {noun.name for noun in NOUNS}
    assert readings == 1


async def told(hub: Hub, *roles: Role) -> LiveAnswer:
    """What becomes of a live question of a client with these roles."""
    token = token_of(hub, "-".join(roles), NATION, roles)
    live = LiveHubs(
        lambda: [LINK], FixedTokens(token), Bounds(1_000_000, 5), httpx.ASGITransport(build_app(hub))
    )
    try:
        return await live.ask(LINK, QUESTION)
    finally:
        await live.aclose()


async def test_a_live_question_needs_the_role_to_explore(trusting: Hub) -> None:
    refused = await told(trusting, Role.READ, Role.SYNC)
    assert (refused.state, [fault.code for fault in refused.faults]) == (LiveState.REFUSED, ["FORBIDDEN"])
    answered = await told(trusting, Role.READ, Role.EXPLORE)
    assert answered.state is LiveState.ANSWERED
    assert answered.data is not None
    assert answered.data["nation"]["unitsTotal"] > 0
