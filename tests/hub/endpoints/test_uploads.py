"""Uploads in parts: gone on with where they broke off, booked as batches, shown to nobody but their owner."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.requests import ClientDisconnect

from hub.app import build_app
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import ARROW, CSV, NDJSON, PARQUET
from tests.bodies import PACKED, written
from tests.hub.invented_hub import (
    JIA,
    asking,
    hub_of,
    is_problem,
    of_province,
    post,
    reading,
    serving,
    token_of,
)

pytestmark = pytest.mark.anyio
UPLOADS = "/sync/v1/uploads"
PARTIAL = "application/partial-upload"


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of province Jia."""
    return token_of(hub, "parts", of_province(JIA))


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a hub that books."""
    app = build_app(hub)
    async with app.router.lifespan_context(app), serving(app, token) as found:
        yield found


def digest_of(body: bytes) -> str:
    """As Content-Digest and Repr-Digest say it."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


async def create(
    client: httpx.AsyncClient, key: str, body: bytes = b"", *, last: bool = False, **headers: str
) -> httpx.Response:
    """A new upload with its first bytes."""
    return await created(client, key, body, headers, last=last)


async def created(
    client: httpx.AsyncClient, key: str, body: bytes, headers: Mapping[str, str], *, last: bool = False
) -> httpx.Response:
    """The same, whatever the headers."""
    said = {"Idempotency-Key": key, "Content-Type": NDJSON, "Upload-Complete": f"?{int(last)}"}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post(UPLOADS, content=body, headers=said)


async def go_on(
    client: httpx.AsyncClient, where: str, offset: int, body: bytes, *, last: bool = False, **headers: str
) -> httpx.Response:
    """More bytes."""
    said = {"Upload-Offset": str(offset), "Upload-Complete": f"?{int(last)}", "Content-Type": PARTIAL}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.patch(where, content=body, headers=said)


async def over(client: httpx.AsyncClient, where: str) -> dict[str, Any]:
    """What an upload came to, once it did."""
    with anyio.fail_after(20):
        while True:
            said: dict[str, Any] = (await client.get(where)).json()
            if said["state"] in ("done", "failed"):
                return said
            await anyio.lowlevel.checkpoint()


def lines(month: int, *more: dict[str, object]) -> bytes:
    """A month's days of a unit, and other rows."""
    days = [reading(start=f"2026-{month:02d}-{day:02d}T00:00:00+08:00") for day in range(1, 28)]
    return written([*days, *more], NDJSON)


async def test_parts_become_one_content_whose_batches_and_receipt_are_told(client: httpx.AsyncClient) -> None:
    body = lines(1, reading(value="n/a"))
    made = await create(client, "whole", body[:100], Upload_Length=str(len(body)))
    assert (made.status_code, made.headers["upload-offset"], made.headers["upload-complete"]) == (
        201,
        "100",
        "?0",
    )
    where = made.headers["location"]
    more = await go_on(client, where, 100, body[100:1000])
    assert (more.status_code, more.headers["upload-offset"], more.content) == (204, "1000", b"")
    looked = await client.head(where)
    assert (looked.headers["upload-offset"], looked.headers["upload-length"]) == ("1000", str(len(body)))
    assert looked.headers["cache-control"] == "no-store"
    last = await go_on(client, where, 1000, body[1000:], last=True)
    assert (last.status_code, last.headers["upload-complete"]) == (202, "?1")
    said = await over(client, where)
    receipt = said["receipt"]
    assert (said["state"], said["fault"], len(said["batches"])) == ("done", None, 1)
    assert (receipt["rows"], receipt["accepted"], receipt["rejectedCount"]) == (28, 27, 1)
    assert [(row["row"], row["code"]) for row in receipt["rejected"]] == [(28, "not-a-number")]
    batch = (await client.get(f"/sync/v1/batches/{said['batches'][0]}")).json()
    assert (batch["key"], batch["accepted"]) == ("whole#1", 27)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "zstd"])
@pytest.mark.parametrize(("month", "media_type"), [(2, ARROW), (3, PARQUET), (4, CSV), (5, NDJSON)])
async def test_every_format_may_come_in_one_part_packed_or_not(
    client: httpx.AsyncClient, month: int, media_type: str, encoding: str
) -> None:
    rows = [reading(start=f"2026-{month:02d}-{day:02d}T00:00:00+08:00", value="2.5") for day in range(1, 11)]
    body = PACKED[encoding](written(rows, media_type))
    made = await create(
        client, f"{media_type} {encoding}", body, last=True, Content_Type=media_type, Content_Encoding=encoding,
        Repr_Digest=digest_of(body),
    )  # fmt: skip
    said = await over(client, made.headers["location"])
    assert (made.status_code, said["state"], said["receipt"]["rows"]) == (202, "done", 10), said


async def test_created_again_under_its_key_it_is_the_same_one_and_otherwise_a_conflict(
    client: httpx.AsyncClient,
) -> None:
    first = await create(client, "again", b"{", Upload_Length="10")
    second = await create(client, "again", b"ignored", Upload_Length="10")
    assert (second.status_code, second.headers["upload-offset"]) == (200, "1")
    assert second.headers["location"] == first.headers["location"]
    for other in ({"Upload_Length": "11"}, {"Content_Type": CSV}, {"Content_Encoding": "gzip"}):
        assert is_problem(await created(client, "again", b"", other), 409, "CONFLICT")
    assert (await client.delete(first.headers["location"])).status_code == 204
    assert is_problem(await client.get(first.headers["location"]), 404, "NOT_FOUND")


async def test_created_again_before_any_byte_came_it_takes_the_first_ones(client: httpx.AsyncClient) -> None:
    await create(client, "nothing yet")
    again = await create(client, "nothing yet", b"123")
    assert (again.status_code, again.headers["upload-offset"]) == (200, "3")
    await client.delete(again.headers["location"])


async def test_sent_again_after_it_was_forgotten_it_is_booked_once(client: httpx.AsyncClient) -> None:
    body, told = lines(6), []
    for _ in range(2):
        made = await create(client, "twice", body, last=True)
        told.append(await over(client, made.headers["location"]))
        await client.delete(made.headers["location"])
    assert told[0]["batches"] == told[1]["batches"]
    assert told[0]["receipt"] == told[1]["receipt"]
    made = await create(client, "twice", lines(7), last=True)
    said = await over(client, made.headers["location"])
    assert (said["state"], said["fault"]["code"], said["batches"]) == ("failed", "CONFLICT", [])
    assert is_problem(await post(client, lines(7), "twice#1", NDJSON), 409, "CONFLICT")


async def test_a_wrong_offset_is_a_conflict_that_says_the_right_one(client: httpx.AsyncClient) -> None:
    where = (await create(client, "offset", b"12345")).headers["location"]
    for offset in (0, 4, 6):
        reply = await go_on(client, where, offset, b"x")
        assert is_problem(reply, 409, "CONFLICT")
        assert (reply.headers["upload-offset"], reply.headers["upload-complete"]) == ("5", "?0")
    await client.delete(where)
    body = lines(8)
    where = (await create(client, "complete", body, last=True)).headers["location"]
    reply = await go_on(client, where, len(body), b"x")
    assert (reply.status_code, reply.headers["upload-complete"]) == (409, "?1")


async def test_a_part_with_a_wrong_digest_counts_not_at_all_and_the_right_one_does(
    client: httpx.AsyncClient,
) -> None:
    where = (await create(client, "digest", b"123")).headers["location"]
    wrong = await go_on(client, where, 3, b"456", Content_Digest=digest_of(b"45"))
    assert is_problem(wrong, 400, "MALFORMED_BODY")
    assert (await client.head(where)).headers["upload-offset"] == "3"
    right = await go_on(client, where, 3, b"456", Content_Digest=digest_of(b"456"))
    assert (right.status_code, right.headers["upload-offset"]) == (204, "6")
    await client.delete(where)


async def test_a_whole_with_another_digest_than_was_said_is_booked_not_at_all(
    client: httpx.AsyncClient,
) -> None:
    made = await create(client, "repr", lines(9), last=True, Repr_Digest=digest_of(b"other"))
    said = await over(client, made.headers["location"])
    assert (said["state"], said["fault"]["code"], said["receipt"]["rows"]) == ("failed", "MALFORMED_BODY", 0)
    assert "Repr-Digest" in said["fault"]["why"]


async def test_a_part_that_breaks_off_counts_as_far_as_it_came(client: httpx.AsyncClient) -> None:
    where = (await create(client, "broken")).headers["location"]

    async def broken() -> AsyncIterator[bytes]:
        yield b"12345"
        raise ClientDisconnect

    headers = {"Upload-Offset": "0", "Upload-Complete": "?1", "Content-Type": PARTIAL}
    assert is_problem(await client.patch(where, content=broken(), headers=headers), 400, "MALFORMED_BODY")
    looked = await client.head(where)
    assert (looked.headers["upload-offset"], looked.headers["upload-complete"]) == ("5", "?0")
    await client.delete(where)


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Upload_Length": "2"}, 400, "INVALID_INPUT"),  # more came
        ({"Upload_Length": "x"}, 400, "INVALID_INPUT"),
        ({"Upload_Complete": "1"}, 400, "INVALID_INPUT"),
        ({"Upload_Length": "999999999999999"}, 413, "TOO_LARGE"),
        ({"Content_Type": "application/json"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Content_Encoding": "br"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
        ({"Repr_Digest": "md5=:x:"}, 400, "MALFORMED_BODY"),
        ({"Idempotency_Key": "k" * 121}, 400, "INVALID_INPUT"),
    ],
)
async def test_a_head_that_does_not_fit_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    assert is_problem(await created(client, "unfit", b"123", headers), status, code)
    again = await create(client, "unfit")
    if "location" in again.headers:
        await client.delete(again.headers["location"])


async def test_the_last_part_of_less_than_was_said_leaves_it_open(client: httpx.AsyncClient) -> None:
    made = await create(client, "short", b"123", last=True, Upload_Length="5")
    assert is_problem(made, 400, "INVALID_INPUT")
    again = await create(client, "short", Upload_Length="5")
    assert (again.headers["upload-offset"], again.headers["upload-complete"]) == ("3", "?0")
    await client.delete(again.headers["location"])


async def test_an_upload_is_shown_to_its_owner_alone(hub: Hub, client: httpx.AsyncClient) -> None:
    where = (await create(client, "own")).headers["location"]
    async with asking(hub, token_of(hub, "neighbour", of_province(JIA))) as other:
        for reply in (
            await other.get(where), await go_on(other, where, 0, b"x"), await other.delete(where),
        ):  # fmt: skip
            assert is_problem(reply, 404, "NOT_FOUND")
    await client.delete(where)


async def test_beyond_so_many_of_a_client_and_of_all_one_has_to_come_again(tmp_path: Path) -> None:
    with hub_of(tmp_path, uploads_max=3, uploads_each_max=2) as hub:
        async with asking(hub, token_of(hub, "a")) as a, asking(hub, token_of(hub, "b")) as b:
            first = await create(a, "1")
            replies = [await create(a, "2"), await create(a, "3"), await create(b, "1"), await create(b, "2")]
            assert [reply.status_code for reply in replies] == [201, 429, 201, 429]
            assert is_problem(replies[1], 429, "BUSY")
            assert int(replies[1].headers["retry-after"]) > 0
            await a.delete(first.headers["location"])
            assert (await create(b, "2")).status_code == 201


async def test_bytes_beyond_the_largest_upload_or_the_last_of_the_disk_are_not_taken(tmp_path: Path) -> None:
    with hub_of(tmp_path, upload_bytes_max=10) as hub:
        async with asking(hub, token_of(hub, "large")) as client:
            assert is_problem(await create(client, "k", b"x" * 11), 413, "TOO_LARGE")
    with hub_of(tmp_path / "full", disk_free_min=2**60) as hub:
        async with asking(hub, token_of(hub, "full")) as client:
            reply = await create(client, "k", b"x")
            assert is_problem(reply, 429, "BUSY")
            assert "disk" in reply.json()["detail"]
