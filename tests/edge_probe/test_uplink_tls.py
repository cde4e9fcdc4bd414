"""A platform that asks for a client certificate gets it, from this uplink alone; a key that others may read is refused."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest

from edge_probe import wiring
from edge_probe.board import Board
from edge_probe.config import ProbeConfig
from edge_probe.config_file import load_config
from edge_probe.timekeeping import Timekeeper
from edge_probe.uplink_clients import Translating, uplink_clients
from edge_probe.uplink_tls import TlsPlan, shown_by, tls_context
from graph.errors import ConfigurationError
from tests.certificates import certificate_of_127
from tests.edge_probe.fakes import HandClock, beijing
from tests.edge_probe.test_config import SOUND

pytestmark = pytest.mark.anyio
TLS = """
[uplinks.tls]
authority_file = "server/tls.pem"
certificate_file = "own/tls.pem"
key_file = "own/tls.pem"
"""
OTHER = """
[[uplinks]]
name = "nation"
url = "https://other.example"
credential_env = "PROBE"
"""


class _Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on the console."""


@contextmanager
def mutual(server_file: Path, client_file: Path) -> Iterator[str]:
    """A server that lets in only who shows this certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_file)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(server_file)
    server = HTTPServer(("127.0.0.1", 0), _Answers)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("server", "own"):
        (tmp_path / name).mkdir()
        certificate_of_127(tmp_path / name).chmod(0o600)
    return tmp_path


def configured(folder: Path, text: str = SOUND + TLS + OTHER) -> ProbeConfig:
    (folder / "probe.toml").write_text(text, "utf-8")
    return load_config(folder / "probe.toml", {"modbus_tcp"}, {"nengshu"})


async def test_the_certificate_is_shown_and_only_by_the_uplink_that_has_it(folder: Path) -> None:
    config = configured(folder)
    with mutual(folder / "server/tls.pem", folder / "own/tls.pem") as address:
        board = Board(HandClock(beijing("10:00")))
        async with uplink_clients(config, Timekeeper(time.monotonic, board.heard)) as clients:
            assert (await clients["province"].get(address)).status_code == 200
            with pytest.raises(httpx.ConnectError):
                await clients["nation"].get(address)
    offset_s = board.now().offset_s
    assert offset_s is not None
    assert abs(offset_s) < 5


async def test_without_a_certificate_the_platform_lets_nobody_in(folder: Path) -> None:
    bare = "\n".join(line for line in TLS.splitlines() if not line.startswith(("certificate", "key")))
    config = configured(folder, SOUND + bare)
    with mutual(folder / "server/tls.pem", folder / "own/tls.pem") as address:
        async with uplink_clients(config) as clients:
            with pytest.raises(httpx.TransportError, match=r"broke off.*; no certificate was shown to it"):
                await clients["province"].get(address)


async def test_an_alert_of_tls_that_comes_late_is_an_error_of_the_transport() -> None:
    def alert(_: httpx.Request) -> httpx.Response:
        fault = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]")
        fault.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
        raise fault

    async with httpx.AsyncClient(transport=Translating(httpx.MockTransport(alert))) as client:
        with pytest.raises(httpx.ReadError, match="TLS broke off: TLSV13_ALERT_CERTIFICATE_REQUIRED"):
            await client.get("https://platform.example")


async def test_a_platform_that_breaks_off_without_a_word_makes_the_certificate_be_told(folder: Path) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("")

    shown = shown_by(configured(folder).uplinks[0].tls)
    async with httpx.AsyncClient(transport=Translating(httpx.MockTransport(broken), shown)) as client:
        with pytest.raises(httpx.ReadError, match=r"without a word; .*tls\.pem, valid until 20\d\d-"):
            await client.get("https://platform.example")


def test_a_key_that_others_may_read_or_that_is_none_is_a_fault_of_the_configuration(folder: Path) -> None:
    key = folder / "own/tls.pem"
    key.chmod(0o640)
    with pytest.raises(ConfigurationError, match="others may read it: chmod 600"):
        tls_context("province", TlsPlan(None, key, key))
    key.chmod(0o600)
    key.write_text("none", "utf-8")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        tls_context("province", TlsPlan(None, key, key))
    with pytest.raises(ConfigurationError, match=r"tls: [^,]*gone\.pem: cannot be used: No such file"):
        tls_context("province", TlsPlan(folder / "gone.pem", key, key))
    assert tls_context("province", TlsPlan()) is None


def test_certificate_and_key_go_together_and_every_fault_is_told(folder: Path) -> None:
    with pytest.raises(ConfigurationError) as told:
        configured(folder, SOUND + '\n[uplinks.tls]\ncertificate_file = "own/tls.pem"\npin = "x"\n')
    assert [fault.split(": ")[1] for fault in told.value.faults] == ["key_file", "pin"]


def test_loading_tells_a_faulty_key_with_the_uplink(folder: Path) -> None:
    configured(folder)
    (folder / "own/tls.pem").chmod(0o644)
    with pytest.raises(ConfigurationError) as told:
        wiring.load(folder / "probe.toml", {"PROBE": ""})
    assert any("uplink province.tls: key_file" in fault for fault in told.value.faults)
