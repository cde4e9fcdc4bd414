"""Whoever sends half a body and waits keeps nobody out, and is bounded nevertheless."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from hub.endpoints.arriving import Arriving, Place
from tests.hub.invented_hub import YI, hub_of, units_of
from tests.hub.served_hub import served

SETTINGS = {"NENGSHU_CONCURRENCY_MAX": "4", "NENGSHU_STREAMS_MAX": "1"}
SLOW = 12
PATHS = ("/enterprise/uploadEnergyData", "/YNEnergy/requestAK", "/oauth/token", "/graphql")


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A hub in which four requests are answered at once."""
    folder = tmp_path_factory.mktemp("slow")
    with hub_of(folder):
        pass
    with served(folder, SETTINGS) as (_, found):
        yield found


def half(port: int, path: str, *, last: bytes = b"") -> socket.socket:
    """A connection with a request whose body does not end."""
    sender = socket.create_connection(("127.0.0.1", port), timeout=10)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n"
    sender.sendall(head.encode() + b'{"a"' + last)
    return sender


@pytest.mark.parametrize("path", PATHS)
def test_many_half_bodies_keep_no_device_out(port: int, path: str) -> None:
    message = json.dumps({"enterpriseCode": units_of(YI)[1].code, "region": YI})
    with ExitStack() as slow, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        for _ in range(SLOW):
            slow.enter_context(half(port, path))
        for _ in range(SLOW):
            alive = client.get("/healthz")
            given = client.post("/enterprise/register", content=message)
            assert (alive.status_code, given.status_code, given.json()["responseCode"]) == (200, 200, "0")


def test_a_body_that_comes_slowly_is_answered_once_it_is_whole(port: int) -> None:
    with half(port, "/enterprise/register") as sender:
        sender.sendall(b" " * 996)
        answer = b"".join(iter(lambda: sender.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"responseCode":"1"' in answer


async def _never(*_: object) -> None:
    raise AssertionError


@pytest.mark.anyio
async def test_a_body_that_is_whole_takes_a_place_or_is_told_to_come_again() -> None:
    arriving, read = Arriving(100), []
    pieces = iter({"type": "http.request", "body": b"a", "more_body": more} for more in (True, False))

    async def receive() -> Message:
        return next(pieces)

    async def reading(_: Scope, receive: Receive, __: Send) -> None:
        read.append(await receive())
        assert (arriving.count, arriving.bytes) == (1, 1)
        await receive()

    one = arriving.counted(reading, Place(lambda: False, lambda: False), _never)
    with pytest.raises(HTTPException) as refused:
        await one({}, receive, _never)
    assert (refused.value.status_code, len(read)) == (503, 1)
    assert 1 <= int((refused.value.headers or {})["Retry-After"]) <= 4


def test_bodies_on_their_way_are_bounded_by_count_and_by_bytes() -> None:
    place = Place(lambda: False, lambda: True)
    few, small = Arriving(100, count_max=2), Arriving(100)
    for _ in range(2):
        assert not few.is_full
        few.counted(_never, place, _never)
    assert few.is_full
    assert not small.is_too_much(100)
    assert small.is_full
    assert small.is_too_much(1)
