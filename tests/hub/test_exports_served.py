"""A hub's real server before readers of exports who hang up, take nothing or speak an old protocol, and at its own end."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from graph.model.principal import NATION
from hub.simulate.nation import ELECTRICITY
from tests.hub.invented_hub import ALL, JIA, YI, fill, units_of
from tests.hub.members import token_at
from tests.hub.served_hub import served

DAYS = 700
QUARTERS = "/export/readings?from=2024-01-01&to=2025-11-30&granularity=quarter_hour"
QUESTION = {"query": "{ nation { unitsTotal } }"}
SOON_S = 8.0
ROWS = DAYS * 96


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two years of quarter-hours, more than the system keeps between two ends."""
    folder = tmp_path_factory.mktemp("served")
    fill(folder, JIA, YI)
    begin, unit = dt.datetime(2024, 1, 1), units_of(JIA)[1].code  # noqa: DTZ001 - the offset is written below
    lines = [
        f"{unit},{ELECTRICITY},quarter_hour,{begin + n * dt.timedelta(minutes=15):%Y-%m-%dT%H:%M:%S}+08:00,{n}.25"
        for n in range(ROWS)
    ]
    body = "\n".join(["unit,data_code,granularity,start,value", *lines, ""])
    with served(folder, {}) as (_, port), asker(port, token_of(folder, port)) as client:
        headers = {"Idempotency-Key": "all", "Content-Type": "text/csv"}
        assert client.post("/sync/v1/batches", content=body, headers=headers).status_code == 201
    return folder


def token_of(folder: Path, port: int) -> str:
    """A token of somebody who hands in and reads."""
    return token_at(folder, f"http://127.0.0.1:{port}", "reader", NATION, ALL)


def asker(port: int, token: str) -> httpx.Client:
    """Somebody with a token."""
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60, trust_env=False)


def deaf(port: int, token: str, path: str = QUARTERS) -> socket.socket:
    """A reader who asks for an export and takes nothing of it."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    opened.connect(("127.0.0.1", port))
    opened.sendall(f"GET {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return opened


def read_to_the_end(reader: socket.socket) -> None:
    """Take everything that still comes."""
    reader.settimeout(SOON_S)
    while reader.recv(1_000_000):
        pass


def becomes_free(client: httpx.Client) -> None:
    """Wait until a small export is answered, but not for ever."""
    until = time.monotonic() + SOON_S
    while client.get("/export/readings?month=2024-01").status_code == 429:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_who_takes_nothing_is_left_and_their_connection_ends(filled: Path) -> None:
    with (
        served(filled, {"NENGSHU_SEND_SECONDS": "1"}) as (_, port),
        asker(port, token_of(filled, port)) as client,
    ):
        readers = [deaf(port, token_of(filled, port)) for _ in range(2)]
        time.sleep(0.5)
        third = client.get(QUARTERS)
        assert (third.status_code, third.json()["code"]) == (429, "BUSY")
        assert int(third.headers["retry-after"]) > 0
        assert client.post("/graphql", json=QUESTION).status_code == 200
        becomes_free(client)
        time.sleep(3)
        for reader in readers:
            with reader, pytest.raises(ConnectionResetError):
                read_to_the_end(reader)
    told = (filled / "log").read_text()
    assert (told.count("broke off"), told.count("took nothing in time"), told.count("Traceback")) == (2, 2, 0)
    assert "ASGI callable" not in told


def test_a_hub_ends_soon_while_exports_wait_for_readers_who_take_nothing(filled: Path) -> None:
    sheet = f"{QUARTERS}&format=xlsx"
    with (
        served(filled, {}) as (process, port),
        deaf(port, token_of(filled, port)),
        deaf(port, token_of(filled, port), sheet),
    ):
        time.sleep(0.5)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) == 0
        assert time.monotonic() - begin < 5


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
def test_who_hangs_up_leaves_nothing(filled: Path, format_: str) -> None:
    with (
        served(filled, {"NENGSHU_EXPORTS_EACH_MAX": "1"}) as (_, port),
        asker(port, token_of(filled, port)) as client,
    ):
        for _ in range(3):
            deaf(port, token_of(filled, port), f"{QUARTERS}&format={format_}").close()
            becomes_free(client)
        assert list((filled / "exports").iterdir()) == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_curl_says_which_export_is_whole(filled: Path, tmp_path: Path) -> None:

    def curl(port: int, *words: str) -> list[str]:
        link = f"http://127.0.0.1:{port}{QUARTERS}"
        return [
            "curl",
            "-fsS",
            "-H",
            f"Authorization: Bearer {token_of(filled, port)}",
            "-o",
            str(tmp_path / "got"),
            *words,
            link,
        ]

    with served(filled, {}) as (process, port):
        assert subprocess.run(curl(port, "--http1.1"), check=False).returncode == 0
        assert (tmp_path / "got").read_text().count("\n") == ROWS + 1
        refused = subprocess.run(curl(port, "--http1.0"), check=False, capture_output=True, text=True)
        assert (refused.returncode, "505" in refused.stderr) == (22, True)
        slowly = subprocess.Popen(curl(port, "--limit-rate", "500k"), stderr=subprocess.DEVNULL)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(SOON_S) == 0
        ended = slowly.wait(SOON_S * 4)
        is_whole = (tmp_path / "got").read_text().count(
            "\n"
        ) == ROWS + 1  # what lay in the system's buffers already
        assert (ended == 0, ended == 22) == (is_whole, False)
