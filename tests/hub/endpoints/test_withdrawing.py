"""Another hub has readings taken back over HTTP; nobody else may, and nothing but what holds as it was named goes."""

from __future__ import annotations

import datetime as dt

import orjson
import pytest

from graph.model.period import Period
from graph.model.principal import Role
from graph.ports import DigestAsk, DigestLevel
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import JSON
from tests.hub.invented_hub import JIA, YI, asking, is_problem, of_province, post, reading, token_of, units_of

pytestmark = pytest.mark.anyio
GONE = {"Nengshu_Withdraws": "?1"}


@pytest.fixture(scope="module")
def jia(hub: Hub) -> str:
    """A token of province Jia's hub."""
    return token_of(hub, "jia-hub", of_province(JIA))


def held(hub: Hub, day: int) -> int:
    """How many readings of a day of October the province holds."""
    one = Period.of_days(dt.date(2026, 10, day), dt.date(2026, 10, day))
    ask = DigestAsk(one, DigestLevel.PROVINCE, reach=of_province(JIA))
    return sum(hub.store.digests(ask)["readings"].to_pylist())


async def test_a_hub_has_taken_back_what_holds_as_it_names_it(hub: Hub, jia: str) -> None:
    said = [reading(JIA, 3, "1.5"), reading(JIA, 4, "2.5")]
    async with asking(hub, jia) as client:
        await post(client, orjson.dumps(said), "said")
        gone = [reading(JIA, 3, "1.5"), reading(JIA, 4, "9")]
        reply = await post(client, orjson.dumps(gone), "gone", **GONE)
        again = await post(client, orjson.dumps(gone), "gone", **GONE)
    assert (reply.status_code, reply.json()["corrected"], reply.json()["duplicate"]) == (201, 1, 1)
    assert (again.status_code, again.json()) == (200, reply.json())
    assert (held(hub, 3), held(hub, 4)) == (0, 1)


async def test_who_is_no_hub_may_not(hub: Hub) -> None:
    token = token_of(hub, "uploader", of_province(JIA), (Role.UPLOAD,))
    async with asking(hub, token) as client:
        reply = await post(client, orjson.dumps([reading(JIA, 4, "2.5")]), "mine", **GONE)
    assert is_problem(reply, 403, "FORBIDDEN")


async def test_another_provinces_values_stay(hub: Hub, jia: str) -> None:
    yi = token_of(hub, "yi-hub", of_province(YI))
    async with asking(hub, jia) as client:
        await post(client, orjson.dumps([reading(JIA, 6, "1")]), "of jia")
    async with asking(hub, yi) as client:
        reply = await post(client, orjson.dumps([reading(JIA, 6, "1")]), "of another", **GONE)
    assert (reply.json()["corrected"], held(hub, 6)) == (0, 1)


async def test_rows_that_can_mean_no_reading_are_named(hub: Hub, jia: str) -> None:
    stranger = {**reading(JIA, 7, "1"), "unit": units_of(YI)[0].code}
    rows = [stranger, reading(JIA, 7, "n/a"), reading(JIA, 7, "1")]
    async with asking(hub, jia) as client:
        said = (await post(client, orjson.dumps(rows), "a stranger", **GONE)).json()
    assert [(row["row"], row["code"]) for row in said["rejected"]] == [
        (1, "unknown-unit"),
        (2, "not-a-number"),
    ]
    assert (said["rows"], said["corrected"], said["duplicate"]) == (3, 0, 1)


@pytest.mark.parametrize(
    ("word", "content_type"), [("?2", JSON), ("true", JSON), ("?1", "application/x-ndjson; kind=unit")]
)
async def test_a_word_that_says_neither_or_rows_of_the_registry_are_refused(
    hub: Hub, jia: str, word: str, content_type: str
) -> None:
    async with asking(hub, jia) as client:
        reply = await post(client, b"[]", "neither", content_type, Nengshu_Withdraws=word)
    assert is_problem(reply, 400, "INVALID_INPUT")
