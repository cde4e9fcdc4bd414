"""Numbers of verdicts are larger than GraphQL's Int, from the first batch on."""

from __future__ import annotations

import orjson
import pytest

from hub.wiring import Hub
from tests.hub.invented_hub import asking, post, reading, token_of

pytestmark = pytest.mark.anyio
INT_MAX = 2**31 - 1


async def test_a_verdict_tells_its_number(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "verdicts")) as client:
        receipt = (await post(client, orjson.dumps([reading(day=3, value="-5")]), "negative")).json()
        assert receipt["suspect"] == 1
        reply = await client.post("/graphql", json={"query": "{ verdicts(first: 1) { nodes { id batch } } }"})
    (verdict,) = reply.json()["data"]["verdicts"]["nodes"]
    assert verdict["batch"] == receipt["batch"]
    assert verdict["id"] > INT_MAX
