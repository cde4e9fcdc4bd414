"""Devices that send slowly keep nobody out, and one that is turned away is told so in its own words."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.ak_devices import LINK as AK
from tests.hub.invented_hub import WHO, YI, fill, units_of
from tests.hub.served_hub import PATIENCE_S, served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]
PLACES = 8
SETTINGS = {"NENGSHU_CONCURRENCY_MAX": str(PLACES), "NENGSHU_STREAMS_MAX": "1", "NENGSHU_SYNC_SECONDS": "0"}
REGISTER = "/enterprise/register"


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a hub serves that answers few at once."""
    fill(tmp_path, YI)
    registry = open_registry(Settings(data_dir=tmp_path))
    links = [{"key": "devices", "dialect": "nhjc04", "province": YI, "address": "devices call"}, AK]
    registry.upsert("link", [{**link, "quirks": "{}"} for link in links], WHO)
    registry.close()
    with served(tmp_path, SETTINGS) as (_, number):
        yield number


def half_sent(stack: ExitStack, port: int, path: str = REGISTER) -> socket.socket:
    """A request whose body has come to the half of it."""
    sender = stack.enter_context(socket.create_connection(("127.0.0.1", port), PATIENCE_S))
    head = (
        f"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: 64\r\n\r\n"
    )
    sender.sendall(head.encode() + b'{"enterpriseCode":')
    return sender


def test_bodies_that_are_still_on_their_way_take_nobodys_place(port: int) -> None:
    unit = units_of(YI)[1].code
    with ExitStack() as stack, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        slow = [half_sent(stack, port) for _ in range(4 * PLACES)]
        for _ in range(3):
            assert client.get("/healthz").status_code == 200
            said = client.post(REGISTER, json={"enterpriseCode": unit})
            assert (said.status_code, said.json()["responseCode"]) == (200, "0")
        for sender in slow:
            sender.sendall(b"x" * 46)
            assert sender.recv(64).startswith(b"HTTP/1.1 200")  # malformed, and told so as the dialect has it


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        (REGISTER, "GET", 405, "1"),
        ("/enterprise/nothing", "POST", 404, "1"),
        ("/YNEnergy/requestAK", "GET", 405, "405"),
        ("/YNEnergy/nothing", "POST", 404, "404"),
    ],
)
def test_what_is_no_step_is_refused_in_words_a_device_reads(
    port: int, path: str, method: str, status: int, code: str
) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        said = client.request(method, path)
    assert (said.status_code, said.json()["responseCode"]) == (status, code)
    assert any("一" <= letter <= "鿿" for letter in said.json()["responseMessage"])
    assert json.loads(said.content).keys() <= {"responseCode", "responseMessage", "data"}
