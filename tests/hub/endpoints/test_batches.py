"""The batch protocol: every format gets a receipt, a key gets one receipt for ever, and nobody crosses a border."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib

import pytest

from graph.model.principal import Role
from graph.model.sync_run import REJECTED_NAMED_MAX
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET
from tests.bodies import PACKED, written
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    is_problem,
    of_province,
    of_unit,
    post,
    reading,
    token_of,
    units_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def jia(hub: Hub) -> str:
    """A token of province Jia."""
    return token_of(hub, "jia", of_province(JIA))


@pytest.fixture(scope="module")
def yi(hub: Hub) -> str:
    """A token of province Yi."""
    return token_of(hub, "yi", of_province(YI))


@pytest.mark.parametrize(("month", "encoding"), [(9, "gzip"), (10, "zstd")])
@pytest.mark.parametrize(("day", "content_type"), list(enumerate((ARROW, PARQUET, CSV, NDJSON, JSON), 1)))
async def test_every_format_packed_gets_a_receipt_and_a_resend_the_same_one(
    hub: Hub, jia: str, day: int, content_type: str, month: int, encoding: str
) -> None:
    start = f"2026-{month:02d}-{day:02d}T00:00:00+08:00"
    body = written([reading(start=start), reading(day=day + 10, value="n/a")], content_type)
    packed, key = PACKED[encoding](body), f"{content_type} {encoding}"
    async with asking(hub, jia) as client:
        first = await post(client, packed, key, content_type, Content_Encoding=encoding)
        again = await post(client, packed, key, content_type, Content_Encoding=encoding)
        looked_up = await client.get(f"/sync/v1/batches/{first.json()['batch']}")
    said = first.json()
    assert (first.status_code, again.status_code, looked_up.status_code) == (201, 200, 200)
    assert said == again.json() == looked_up.json()
    assert (said["source"], said["rows"], said["accepted"], said["rejectedCount"]) == ("jia", 2, 1, 1)
    assert [(row["row"], row["code"]) for row in said["rejected"]] == [(2, "not-a-number")]


async def test_other_bytes_under_a_used_key_are_a_conflict_and_another_client_may_use_the_key(
    hub: Hub, jia: str, yi: str
) -> None:
    async with asking(hub, jia) as client:
        await post(client, written([reading(day=20)], JSON), "conflict")
        other = await post(client, written([reading(day=21)], JSON), "conflict")
    async with asking(hub, yi) as client:
        own = await post(client, written([reading(YI, day=21)], JSON), "conflict")
    assert is_problem(other, 409, "CONFLICT")
    assert own.status_code == 201


async def test_one_key_sent_many_times_at_once_is_one_batch(hub: Hub, jia: str) -> None:
    body = written([reading(day=22)], JSON)
    async with asking(hub, jia) as client:
        replies = await asyncio.gather(*(post(client, body, "at once") for _ in range(8)))
    assert sorted(reply.status_code for reply in replies) == [200] * 7 + [201]
    assert len({reply.content for reply in replies}) == 1


@pytest.mark.parametrize("key", ["", "k" * 129, "schlüssel", "a\tb"])
async def test_a_key_that_is_missing_long_or_not_ascii_is_refused(hub: Hub, jia: str, key: str) -> None:
    headers = [(b"Idempotency-Key", key.encode("latin-1"))] if key else []
    async with asking(hub, jia) as client:
        reply = await client.post("/sync/v1/batches", content=b"[]", headers=headers)
    assert is_problem(reply, 400, "INVALID_INPUT")
    assert "Idempotency-Key" in reply.json()["detail"]


async def test_a_key_of_128_characters_is_taken(hub: Hub, jia: str) -> None:
    async with asking(hub, jia) as client:
        assert (await post(client, b"[]", "k" * 128)).status_code == 201


async def test_the_digest_of_the_body_is_checked(hub: Hub, jia: str) -> None:
    body = written([reading(day=23)], JSON)
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    async with asking(hub, jia) as client:
        taken = await post(client, body, "right digest", Content_Digest=f"sha-256=:{right}:")
        refused = [
            await post(client, body, "wrong digest", Content_Digest=header)
            for header in (f"sha-256=:{'A' * 43}=:", "sha-256=:A:", "md5=:AAAA:", "")
        ]
    assert taken.status_code == 201
    assert all(is_problem(reply, 400, "MALFORMED_BODY") for reply in refused)


async def test_a_body_that_unpacks_beyond_the_bound_is_refused(hub: Hub, jia: str) -> None:
    async with asking(hub, jia) as client:
        bomb = await post(client, gzip.compress(b"0" * 50_000_000), "bomb", Content_Encoding="gzip")
        plain = await post(client, b"0" * 1_000_001, "large")
    assert is_problem(bomb, 413, "TOO_LARGE")
    assert is_problem(plain, 413, "TOO_LARGE")


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [("text/html", "identity"), ("", "identity"), (JSON, "br"), (JSON, "gzip, gzip")],
)
async def test_a_format_nobody_reads_is_refused_unread(
    hub: Hub, jia: str, content_type: str, encoding: str
) -> None:
    async with asking(hub, jia) as client:
        reply = await post(client, b"x", "format", content_type, Content_Encoding=encoding)
    assert is_problem(reply, 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_batch_without_a_content_type_says_so(hub: Hub, jia: str) -> None:
    async with asking(hub, jia) as client:
        reply = await client.post("/sync/v1/batches", content=b"[]", headers={"Idempotency-Key": "none"})
    assert is_problem(reply, 400, "MALFORMED_BODY")


async def test_a_province_cannot_speak_of_anothers_units(hub: Hub, jia: str) -> None:
    async with asking(hub, jia) as client:
        reply = await post(client, written([reading(YI, day=24), reading(day=24)], JSON), "border")
    said = reply.json()
    assert (said["accepted"], [row["code"] for row in said["rejected"]]) == (1, ["unknown-unit"])


async def test_a_unit_cannot_speak_of_its_neighbour(hub: Hub) -> None:
    own, neighbour = units_of(JIA)[1].code, units_of(JIA)[2].code
    token = token_of(hub, "unit", of_unit(own))
    async with asking(hub, token) as client:
        reply = await post(client, written([reading(day=25), reading(day=25, unit=neighbour)], JSON), "unit")
        looked_up = await client.get(f"/sync/v1/batches/{reply.json()['batch']}")
    assert looked_up.json() == reply.json()
    assert [row["row"] for row in reply.json()["rejected"]] == [2]


async def test_a_batch_of_another_province_does_not_exist(hub: Hub, jia: str, yi: str) -> None:
    async with asking(hub, jia) as client:
        number = (await post(client, written([reading(day=26)], JSON), "hidden")).json()["batch"]
    async with asking(hub, yi) as client:
        hidden = await client.get(f"/sync/v1/batches/{number}")
        absent = await client.get("/sync/v1/batches/999999")
    assert is_problem(hidden, 404, "NOT_FOUND")
    assert hidden.json()["detail"].replace(str(number), "") == absent.json()["detail"].replace("999999", "")


async def test_who_may_not_upload_is_refused_before_the_body_is_read(hub: Hub) -> None:
    token = token_of(hub, "reader", roles=(Role.READ, Role.SYNC))
    async with asking(hub, token) as client:
        reply = await post(client, b"0" * 1_000_001, "reader")
    assert is_problem(reply, 403, "FORBIDDEN")
    assert reply.headers["connection"] == "close"


async def test_a_number_no_batch_can_have_is_refused(hub: Hub, jia: str) -> None:
    async with asking(hub, jia) as client:
        reply = await client.get("/sync/v1/batches/99999999999999999999")
    assert is_problem(reply, 400, "INVALID_INPUT")


PAGES = """query ($id: Int!, $after: String) {
  batch(id: $id) { rejections(first: 500, after: $after) {
    nodes { row } pageInfo { hasNextPage endCursor } } } }"""


async def test_a_receipt_names_the_first_refused_rows_and_graphql_pages_all_of_them(
    hub: Hub, jia: str
) -> None:
    count = REJECTED_NAMED_MAX + 7
    body = gzip.compress(written([reading(day=27, value="n/a")] * count, NDJSON), mtime=0)
    rows: list[int] = []
    async with asking(hub, jia) as client:
        said = (await post(client, body, "all bad", NDJSON, Content_Encoding="gzip")).json()
        again = (await post(client, body, "all bad", NDJSON, Content_Encoding="gzip")).json()
        after, has_next = None, True
        while has_next:
            asked = {"query": PAGES, "variables": {"id": said["batch"], "after": after}}
            page = (await client.post("/graphql", json=asked)).json()["data"]["batch"]["rejections"]
            rows += [node["row"] for node in page["nodes"]]
            after, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert said == again
    assert said["rejectedCount"] == count
    assert [row["row"] for row in said["rejected"]] == list(range(1, REJECTED_NAMED_MAX + 1))
    assert rows == list(range(1, count + 1))


async def test_a_unit_asks_for_what_its_province_sent_of_it_and_its_neighbour_does_not(
    hub: Hub, jia: str
) -> None:
    own, neighbour = (token_of(hub, f"looks-{n}", of_unit(units_of(JIA)[n].code)) for n in (1, 2))
    body = written([reading(day=28), reading(day=28, value="n/a")], JSON)
    async with asking(hub, jia) as client:
        number = (await post(client, body, "of one unit")).json()["batch"]
    replies = []
    for token in (own, neighbour):
        async with asking(hub, token) as client:
            replies.append((await client.get(f"/sync/v1/batches/{number}")).status_code)
    assert replies == [200, 404]
