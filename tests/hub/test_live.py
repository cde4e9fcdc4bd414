"""Provincial hubs, each a process of its own: one is killed, one stalls, others lie, and the nation reads the rest whole."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.model.principal import Role
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, asking, token_of
from tests.hub.live_stage import Province, link, lying_hub, national_hub, provinces
from tests.hub.served_hub import ROOT

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
BING, DING = "930000", "940000"
DEADLINE_S = 2.0
SLACK_S = 2.0  # of a machine that others use, too
BYTES_MAX = 200_000

BELOW = """
  nation { unitsTotal dataVersion } units(first: 3) { nodes { creditCode name tier regionDetail { name } } totalCount }
  completeness(period: { month: "2026-10" }, groupBy: [PROVINCE]) { rows { province due received } }
"""
LINE = "liveCoverage { link state why bytes seconds dataVersion }"
ALL = f"{{ provinces(first: 4) {{ nodes {{ code live {{ {BELOW} }} {LINE} }} }} }}"


@pytest.fixture(scope="module")
def hubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Province]]:
    with provinces(tmp_path_factory.mktemp("provinces"), (JIA, YI, BING)) as running:
        yield running


@pytest.fixture(scope="module")
def liar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with lying_hub(tmp_path_factory.mktemp("liar")) as address:
        yield address


@pytest.fixture
def nation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NENGSHU_SECRET_LIAR", "a-very-secret-token")
    with national_hub(tmp_path, live_seconds=DEADLINE_S, live_bytes_max=BYTES_MAX) as hub:
        yield hub


def link_to(hub: Hub, province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"NENGSHU_SECRET_HUB_{province.code}", province.token)
    link(hub, province.code, province.address, f"hub-{province.code}")


async def asked(hub: Hub, question: str, **variables: Any) -> Any:
    """The whole answer of the national hub."""
    async with asking(hub, token_of(hub, f"asker-{time.monotonic_ns()}", roles=(Role.READ,))) as client:
        message = {"query": question, "variables": variables}
        said = (await client.post("/graphql", json=message)).json()
    await hub.live.aclose()
    return said


async def directly(province: Province) -> Any:
    """What a provincial hub says where it is asked itself."""
    headers = {"Authorization": f"Bearer {province.token}"}
    async with httpx.AsyncClient(trust_env=False, headers=headers) as client:
        return (await client.post(f"{province.address}/graphql", json={"query": f"{{ {BELOW} }}"})).json()[
            "data"
        ]


async def test_one_hub_is_killed_and_one_stalls_and_one_lies_and_the_rest_is_whole(
    nation: Hub, hubs: dict[str, Province], liar: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for province in hubs.values():
        link_to(nation, province, monkeypatch)
    link(nation, DING, f"{liar}/wrong_types", "liar")
    whole = await directly(hubs[JIA])
    assert whole["units"]["totalCount"] > 3
    hubs[BING].stall()
    hubs[YI].stall()  # so that it has the question in hand when it is killed
    began = time.monotonic()
    question = asyncio.create_task(asked(nation, ALL))
    await asyncio.sleep(DEADLINE_S / 4)
    assert not question.done()
    hubs[YI].kill()
    said = await question
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    hubs[BING].go_on()

    jia, yi, bing, ding = said["data"]["provinces"]["nodes"]
    assert jia["live"] == whole
    assert [part["live"] for part in (yi, bing, ding)] == [None] * 3
    lines = [part["liveCoverage"] for part in (jia, yi, bing, ding)]
    assert [line["link"] for line in lines] == ["hub-91", "hub-92", "hub-93", "hub-94"]
    assert [line["state"] for line in lines] == ["ANSWERED", "UNREACHABLE", "SLOW", "LYING"]
    assert lines[0]["bytes"] > 100
    assert lines[0]["dataVersion"] == whole["nation"]["dataVersion"]
    assert lines[2]["why"] == "no whole answer within 2 s"
    assert lines[2]["seconds"] >= DEADLINE_S
    codes = {tuple(error["path"][:4]): error["extensions"]["code"] for error in said["errors"]}
    assert codes == {
        ("provinces", "nodes", 1, "live"): "SOURCE_UNREACHABLE",
        ("provinces", "nodes", 2, "live"): "SOURCE_UNREACHABLE",
        ("provinces", "nodes", 3, "live"): "SOURCE_MALFORMED",
    }
    assert "127.0.0.1" not in str(said)

    again = await asked(nation, ALL)
    states = [part["liveCoverage"]["state"] for part in again["data"]["provinces"]["nodes"]]
    assert states == ["ANSWERED", "UNREACHABLE", "ANSWERED", "LYING"]


async def test_the_query_of_the_pages_is_answered(
    nation: Hub, hubs: dict[str, Province], monkeypatch: pytest.MonkeyPatch
) -> None:
    link_to(nation, hubs[JIA], monkeypatch)
    query = (ROOT / "docs/queries/live_of_provinces.graphql").read_text(encoding="utf-8")
    days = {"from": "2026-10-01", "to": "2026-10-31"}
    said = await asked(nation, query, **days, provinces=[JIA, DING])
    assert "errors" not in said
    jia, ding = said["data"]["provinces"]["nodes"]
    assert jia["live"]["nation"]["unitsTotal"] > 3
    ((row,),) = [jia["live"]["completeness"]["rows"]]
    assert row["due"] > row["received"] == 0
    assert (jia["liveCoverage"]["state"], jia["liveCoverage"]["dataVersion"]) == ("ANSWERED", "0")
    assert (ding["live"], ding["liveCoverage"]["state"]) == (None, "NO_LINK")
    later = await asked(nation, query, **days, provinces=[JIA], asOf={"batch": 7})
    (error,) = later["errors"]
    assert error["extensions"]["code"] == "INVALID_INPUT"  # of its ledger, which has no batch 7
    assert error["message"] == f"province {JIA} says: asOf.batch: came 7, the ledger ends at batch 0"
    assert error["path"][:4] == ["provinces", "nodes", 0, "live"]


LIES = {
    "huge": ("LYING", "SOURCE_MALFORMED", f"the answer is longer than {BYTES_MAX} bytes"),
    "bomb": ("LYING", "SOURCE_MALFORMED", "unpacks to more than"),
    "not_json": ("LYING", "SOURCE_MALFORMED", "the answer is not JSON"),
    "no_answer": ("LYING", "SOURCE_MALFORMED", "expected a GraphQL answer, came a list"),
    "nothing": ("LYING", "SOURCE_MALFORMED", "neither data nor errors"),
    "deep": ("LYING", "SOURCE_MALFORMED", ""),
    "no_http": ("LYING", "SOURCE_MALFORMED", "the answer broke HTTP"),
    "redirect": ("LYING", "SOURCE_MALFORMED", "redirects (307)"),
    "refuses": ("REFUSED", "SOURCE_REFUSED", "answered 403: "),
    "echo": ("LYING", "SOURCE_MALFORMED", "the answer holds the token it was asked with"),
    "breaks_off": ("UNREACHABLE", "SOURCE_UNREACHABLE", "it cannot be reached, or broke off"),
    "silent": ("SLOW", "SOURCE_UNREACHABLE", "no whole answer within 2 s"),
    "trickle": ("SLOW", "SOURCE_UNREACHABLE", "no whole answer within 2 s"),
}


@pytest.mark.parametrize("way", LIES)
async def test_a_hub_that_lies_is_null_with_its_reason_and_leaks_nothing(
    nation: Hub, liar: str, way: str
) -> None:
    link(nation, DING, f"{liar}/{way}", "liar")
    began = time.monotonic()
    said = await asked(nation, f'{{ province(code: "{DING}") {{ name live {{ {BELOW} }} {LINE} }} }}')
    assert time.monotonic() - began < DEADLINE_S + SLACK_S
    state, code, why = LIES[way]
    province = said["data"]["province"]
    assert (province["name"], province["live"]) == ("虚构丁省", None)
    assert province["liveCoverage"]["state"] == state
    assert why in province["liveCoverage"]["why"]
    (error,) = said["errors"]
    assert error["path"] == ["province", "live"]
    assert error["extensions"]["code"] == code
    for hidden in ("127.0.0.1", "10.1.2.3", "elsewhere", "a-very-secret-token"):
        assert hidden not in str(said)


async def test_a_link_whose_secret_is_not_set_asks_nobody(nation: Hub, liar: str) -> None:
    for credential in ("nowhere", None):
        link(nation, DING, f"{liar}/silent", credential)
        said = await asked(nation, f'{{ province(code: "{DING}") {{ live {{ {BELOW} }} {LINE} }} }}')
        line = said["data"]["province"]["liveCoverage"]
        assert (line["state"], line["why"]) == ("UNREACHABLE", "this hub has no credential to ask it with")
        assert "NENGSHU" not in str(said)
