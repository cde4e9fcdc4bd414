"""What provincial hubs say is told on without where they are and what they are asked with."""

from __future__ import annotations

import json

import httpx
import pytest

from graph.model.live import LiveState
from tests.hub.asked_hubs import JSON, QUESTION, TOKEN, hubs, link, told

pytestmark = pytest.mark.anyio


async def test_neither_addresses_nor_the_token_are_told_on() -> None:
    message = "it was refused by https://10.0.0.7:8424/graphql?key=x for 'http://other'"
    answered = await told({"errors": [{"message": message}]})
    assert [fault.message for fault in answered.faults] == [
        "it was refused by (an address) for '(an address)'"
    ]
    refusal = httpx.Response(403, content=f"Bearer {TOKEN} {message}".encode())
    refused = await hubs(lambda _: refusal).ask(link(), QUESTION)
    assert refused.why == f"answered 403: Bearer (a token) {answered.faults[0].message}"


async def test_an_address_without_a_scheme_is_told_on_as_little() -> None:
    message = "upstream 10.1.2.3:8424 (db.inner.gov.cn) is down"
    answered = await told({"errors": [{"message": message}]})
    assert answered.faults[0].message == "upstream (an address) ((an address)) is down"
    refused = await hubs(lambda _: httpx.Response(502, content=message.encode())).ask(link(), QUESTION)
    assert refused.why == f"answered 502: {answered.faults[0].message}"


@pytest.mark.parametrize("is_escaped", [False, True])
@pytest.mark.parametrize(
    "said",
    [
        {"data": {"name": TOKEN}},
        {"data": {"names": [{f"a {TOKEN}": 1}]}},
        {"errors": [{"message": f"who is {TOKEN}?"}]},
    ],
    ids=str,
)
async def test_an_answer_that_holds_the_token_is_not_read(said: object, *, is_escaped: bool) -> None:
    body = json.dumps(said)
    if is_escaped:
        body = body.replace(TOKEN, "".join(f"\\u{ord(letter):04x}" for letter in TOKEN))
    answer = httpx.Response(200, headers=JSON, content=body.encode())
    answered = await hubs(lambda _: answer).ask(link(), QUESTION)
    assert (answered.state, answered.data, answered.faults) == (LiveState.LYING, None, ())
    assert answered.why == "the answer holds the token it was asked with"
