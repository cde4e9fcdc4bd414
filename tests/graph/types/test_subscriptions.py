"""What is told as it happens: each batch and run to whoever may see it, read again as it is told, and nothing left open."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types import ExecutionResult

from graph.errors import StoreError
from graph.model.principal import NATION, Reach
from graph.model.region import RegionCode
from graph.model.sync_run import RunState
from graph.ports import Event
from tests.graph.fakes import NOON, FakeRows, FakeSources, schema
from tests.graph.samples import Row

JIA, YI = "970000", "980000"
IDS = "subscription { batchAccepted { id province } }"
TWENTY = " ".join(f"{letter}: row" for letter in "abcdefghijklmnopqrst")
COSTLY = f"subscription {{ batchAccepted {{ rejections(first: 10000) {{ nodes {{ {TWENTY} code }} }} }} }}"
STATES = "{ syncRunChanged%s { id link state accepted } }"


def batch(province: str, **more: object) -> Row:
    counts = dict.fromkeys(
        ("rows", "accepted", "duplicate", "corrected", "superseded", "rejected", "suspect"), 0
    )
    named = {
        "source": "geng",
        "key": "k",
        "digest": "d",
        "head": "h",
        "province": province,
        "received_at": NOON,
    }
    return {**named, **counts, **more}


def run(province: str, link: str, **more: object) -> Row:
    counts = dict.fromkeys(("rows", "accepted", "duplicate", "corrected", "rejected"), 0)
    return {"link": link, "province": province, "state": "running", "started_at": NOON, **counts, **more}


def batches(**more: Any) -> FakeSources:
    """A ledger of four batches, each told of, the last two together."""
    ledger = FakeRows({"batch": [batch(JIA), batch(YI, source="xin"), batch(JIA, rejected=2), batch(YI)]})
    found = FakeSources(ledger=ledger, **more)
    found.events.told = [[Event("batch", 1)], [Event("batch", 2)], [Event("batch", 3), Event("batch", 4)]]
    return found


async def results(sources: FakeSources, subscription: str, **variables: Any) -> list[ExecutionResult]:
    """All that is said until nothing more happens."""
    stream: Any = await schema().subscribe(subscription, variables, context_value=sources.context())
    return [result async for result in stream]


async def told(sources: FakeSources, subscription: str, **variables: Any) -> list[Any]:
    """The data of all that is said."""
    said = await results(sources, subscription, **variables)
    assert [result.errors for result in said] == [None] * len(said)
    return [next(iter((result.data or {}).values())) for result in said]


@pytest.mark.anyio
async def test_every_batch_is_told_once_in_the_order_it_came() -> None:
    sources = batches()
    assert [row["id"] for row in await told(sources, IDS)] == [1, 2, 3, 4]
    assert sources.ledger.asked("batch") == 3  # those that came together are read together
    assert sources.events.listened == ["batch"]


@pytest.mark.anyio
async def test_a_province_never_hears_of_anothers_batch() -> None:
    sources = batches(reach=Reach(region=RegionCode(JIA)))
    assert await told(sources, IDS) == [{"id": 1, "province": JIA}, {"id": 3, "province": JIA}]
    assert {ask.reach for ask in sources.ledger.asks} == {sources.reach}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        ('source: ["xin"]', [2]),
        (f'province: ["{YI}"]', [2, 4]),
        ("withRejections: true", [3]),
        ("source: []", []),
    ],
)
async def test_only_what_the_filter_says_is_told(condition: str, ids: list[int]) -> None:
    found = await told(batches(), f"subscription {{ batchAccepted(filter: {{ {condition} }}) {{ id }} }}")
    assert [row["id"] for row in found] == ids


@pytest.mark.anyio
async def test_what_is_told_of_another_noun_is_none_of_its_business() -> None:
    sources = batches()
    sources.events.told = [[Event("sync_run", 1)]]
    assert await told(sources, IDS) == []


@pytest.mark.anyio
async def test_a_run_is_told_as_it_stood_though_it_has_gone_on() -> None:
    sources = FakeSources(registry=FakeRows({"sync_run": [run(JIA, "jia", state="succeeded", accepted=9)]}))
    begun = Event("sync_run", 1, {"state": RunState.RUNNING, "accepted": 0})
    ended = Event("sync_run", 1, {"state": RunState.SUCCEEDED, "accepted": 9})
    sources.events.told = [[begun, ended]]
    found = await told(sources, f"subscription {STATES % ''}")
    assert [(row["state"], row["accepted"]) for row in found] == [("RUNNING", 0), ("SUCCEEDED", 9)]
    only = await told(sources, f"subscription {STATES % '(filter: { state: [RUNNING] })'}")
    assert [(row["state"], row["accepted"]) for row in only] == [("RUNNING", 0)]
    assert await told(sources, f"subscription {STATES % '(filter: { state: [FAILED] })'}") == []
    assert await told(sources, f"subscription {STATES % '(filter: { state: [] })'}") == []


@pytest.mark.anyio
async def test_what_hangs_on_a_row_is_read_anew_with_each_event() -> None:
    link = {
        "key": "jia",
        "dialect": "nengshu",
        "province": JIA,
        "address": "a",
        "quirks": "{}",
        "enabled": True,
    }
    sources = FakeSources(registry=FakeRows({"sync_run": [run(JIA, "jia")], "link": [link]}))
    sources.events.told = [[Event("sync_run", 1)], [Event("sync_run", 1)]]
    stream: Any = await schema().subscribe(
        "subscription { syncRunChanged { linkDetail { enabled } } }", {}, context_value=sources.context()
    )
    said = []
    async for result in stream:
        said.append(result.data["syncRunChanged"]["linkDetail"]["enabled"])
        link["enabled"] = False
    assert said == [True, False]


@pytest.mark.anyio
async def test_what_was_loaded_for_one_event_is_not_kept_for_the_next() -> None:
    sources = batches()
    context = sources.context()
    stream: Any = await schema().subscribe(IDS, {}, context_value=context)
    async with aclosing(stream):
        await anext(stream)
        context.loaders["of the first event"] = object()
        await anext(stream)
        assert "of the first event" not in context.loaders


@pytest.mark.anyio
async def test_who_stops_listening_is_forgotten_at_once() -> None:
    for subscription in (IDS, f"subscription {STATES % ''}"):
        sources = batches()
        sources.registry = FakeRows({"sync_run": [run(JIA, "jia")]})
        sources.events.told.append([Event("sync_run", 1)])
        stream: Any = await schema().subscribe(subscription, {}, context_value=sources.context())
        async with aclosing(stream):
            await anext(stream)
            assert sources.events.listening == 1
        assert sources.events.listening == 0


@pytest.mark.anyio
async def test_a_store_that_fails_ends_the_subscription_and_says_why() -> None:
    sources = batches()
    sources.ledger.fault = StoreError("the file is gone")
    (only,) = await results(sources, IDS)
    assert only.errors is not None
    assert only.errors[0].extensions == {"code": "STORE_ERROR"}
    assert sources.events.listening == 0


@pytest.mark.anyio
async def test_what_nobody_foresaw_is_masked_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    sources = batches()
    sources.ledger.fault = KeyError("a secret of the store")
    (only,) = await results(sources, IDS)
    assert only.errors is not None
    assert only.errors[0].extensions == {"code": "INTERNAL"}
    assert "secret" not in only.errors[0].message
    assert "a secret of the store" in caplog.text


@given(
    provinces=st.lists(st.sampled_from([JIA, YI]), max_size=12),
    groups=st.lists(st.lists(st.integers(1, 12), max_size=4), max_size=6),
    reach=st.sampled_from([NATION, Reach(region=RegionCode(JIA)), Reach(region=RegionCode(YI))]),
)
def test_what_is_told_is_what_a_list_would_show(
    provinces: list[str], groups: list[list[int]], reach: Reach
) -> None:
    ledger = FakeRows({"batch": [batch(province) for province in provinces]})
    sources = FakeSources(ledger=ledger, reach=reach)
    sources.events.told = [[Event("batch", number) for number in group] for group in groups]

    async def both() -> tuple[list[Any], set[int]]:
        listed = await sources.data("{ batches(first: 100) { nodes { id } } }")
        return await told(sources, IDS), {row["id"] for row in listed["batches"]["nodes"]}

    found, listed = asyncio.run(both())
    happened = [number for group in groups for number in group]
    assert [row["id"] for row in found] == [number for number in happened if number in listed]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("subscription", "code"),
    [
        ("subscription { batchAccepted { id } syncRunChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __schema { types { name } } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { batchAccepted { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { batchAccepted(filter: { province: ["97"] }) { id } }', "MALFORMED_CODE"),
        (COSTLY, "QUERY_TOO_COMPLEX"),
        (f"subscription {{ batchAccepted {{ id }} }} #{'x' * 50_000}", "QUERY_TOO_COMPLEX"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
    ],
)
async def test_a_subscription_that_is_refused_is_told_why_and_never_listens(
    subscription: str, code: str
) -> None:
    sources = batches()
    (only,) = await results(sources, subscription)
    assert only.errors is not None
    assert (only.errors[0].extensions or {})["code"] == code
    assert sources.events.listened == []
