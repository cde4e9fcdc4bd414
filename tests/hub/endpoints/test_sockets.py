"""A real server on a real socket: bodies without end, without haste, or never meant, cost the sender its connection."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.hub.invented_hub import ALL, JIA, fill, of_province, reading
from tests.hub.members import token_at
from tests.hub.served_hub import PATIENCE_S, ROOT, served

pytestmark = pytest.mark.slow
BYTES_MAX, SECONDS_MAX = 100_000, 0.5
FLOOD_BYTES = 64 * 1024 * 1024  # far more than the kernel's buffers between two ends hold
SOON_S = 3.0


@dataclass(frozen=True)
class Server:
    """A hub as a process of its own, with a token that may do everything in one province."""

    process: subprocess.Popen[str]
    port: int
    token: str

    @property
    def base(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def check_alive(self, key: str, day: int) -> None:
        """It answers, and takes a good batch."""
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        with httpx.Client(trust_env=False, base_url=self.base, timeout=PATIENCE_S) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            body = json.dumps([reading(day=day)]).encode()
            reply = client.post("/sync/v1/batches", content=body, headers=headers)
        assert (reply.status_code, reply.json()["accepted"]) == (201, 1)

    def begin(self, path: str, *headers: str) -> socket.socket:
        """A connection on which a POST has begun."""
        head = (
            f"POST {path} HTTP/1.1", "Host: hub", f"Authorization: Bearer {self.token}", "Idempotency-Key: endless",
            f"Content-Type: {'application/json' if path == '/graphql' else 'text/csv'}", *headers,
        )  # fmt: skip
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S)
        opened.sendall(("\r\n".join(head) + "\r\n\r\n").encode())
        return opened


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, and a sender it knows."""
    data = tmp_path_factory.mktemp("served")
    fill(data, JIA)
    bounds = {"NENGSHU_BODY_BYTES_MAX": str(BYTES_MAX), "NENGSHU_BODY_SECONDS_MAX": str(SECONDS_MAX)}
    with served(data, bounds) as (process, port):
        yield Server(
            process, port, token_at(data, f"http://127.0.0.1:{port}", "sender", of_province(JIA), ALL)
        )


def answer_of(opened: socket.socket) -> tuple[int, bytes]:
    """Status and text of the answer; the server must close behind it."""
    with opened:
        said = b""
        while piece := opened.recv(65_536):
            said += piece
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head.split()[1]), body


def flood(opened: socket.socket, piece: bytes) -> int:
    """Send until the other end has had enough; how many bytes went."""
    sent = 0
    try:
        while sent < FLOOD_BYTES:
            opened.sendall(piece)
            sent += len(piece)
    except OSError:
        return sent
    return sent


@pytest.mark.parametrize(
    ("day", "path"), [(1, "/sync/v1/batches"), (2, "/graphql"), (3, "/enterprise/register")]
)
def test_a_body_announced_as_huge_is_refused_at_once_and_unread(server: Server, day: int, path: str) -> None:
    begun = time.monotonic()
    status, body = answer_of(server.begin(path, "Content-Length: 10000000000"))
    assert status == 413, body
    assert time.monotonic() - begun < SOON_S
    with server.begin(path, "Content-Length: 10000000000") as opened:
        assert flood(opened, b"x" * 65_536) < FLOOD_BYTES
    server.check_alive(f"huge {path}", day)


@pytest.mark.parametrize(("day", "path"), [(4, "/sync/v1/batches"), (5, "/graphql")])
def test_a_body_without_end_is_cut_at_the_limit(server: Server, day: int, path: str) -> None:
    with server.begin(path, "Transfer-Encoding: chunked") as opened:
        assert flood(opened, b"10000\r\n" + b"x" * 65_536 + b"\r\n") < FLOOD_BYTES
    server.check_alive(f"endless {path}", day)


@pytest.mark.parametrize(
    ("day", "path"), [(6, "/sync/v1/batches"), (7, "/graphql"), (8, "/enterprise/uploadEnergyData")]
)
def test_a_body_that_stalls_gets_a_timeout(server: Server, day: int, path: str) -> None:
    begun = time.monotonic()
    opened = server.begin(path, "Content-Length: 1000")
    opened.sendall(b"abc")
    status, body = answer_of(opened)
    assert status == 408
    assert b"0.5 s" in body
    assert SECONDS_MAX <= time.monotonic() - begun < SOON_S
    server.check_alive(f"stalled {path}", day)


def test_a_sender_that_goes_away_leaves_nothing_behind(server: Server) -> None:
    opened = server.begin("/sync/v1/batches", "Content-Length: 1000")
    opened.sendall(b"unit,data_code")
    opened.close()
    server.check_alive("gone", 9)


def test_many_slow_senders_do_not_keep_the_others_out(server: Server) -> None:
    slow = [server.begin("/sync/v1/batches", "Content-Length: 1000") for _ in range(20)]
    server.check_alive("beside slow ones", 10)
    assert {answer_of(opened)[0] for opened in slow} == {408}


@pytest.mark.parametrize(("day", "token"), [(11, "sender.wrong"), (12, "")])
def test_a_stranger_is_refused_before_its_body(server: Server, day: int, token: str) -> None:
    stranger = Server(server.process, server.port, token)
    status, _ = answer_of(stranger.begin("/sync/v1/batches", "Content-Length: 90000"))
    assert status == 401
    server.check_alive(f"stranger {day}", day)


@pytest.mark.parametrize("length", ["-1", "1e3", "²", "99999999999999999999999", "1, 2"])
def test_a_length_that_is_none_is_refused(server: Server, length: str) -> None:
    with server.begin("/sync/v1/batches", f"Content-Length: {length}") as opened:
        status = int(opened.recv(65_536).split()[1])
    assert status in (400, 413)
    assert server.process.poll() is None


def test_a_second_process_on_the_same_stores_is_told_why_it_cannot(server: Server, tmp_path: Path) -> None:
    data = server.process.args[5]  # type: ignore[index] # the words it was started with
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "query", "{ nation { unitsTotal } }", "--data", str(data)],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    said = " ".join(done.stderr.split())
    assert done.returncode == 1
    assert "STORE_ERROR" in said
    assert "another process holds it" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_told_in_a_sentence(server: Server, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub.cli", "serve", "--data", str(tmp_path), "--port", str(server.port)],
        cwd=ROOT, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "cannot listen" in done.stderr
