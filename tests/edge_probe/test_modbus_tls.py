"""Modbus within TLS: the probe shows its certificate, and why it and a gateway do not come together is told at once."""

from __future__ import annotations

import asyncio
import dataclasses
import socketserver
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import TypeAlias

import pytest

from edge_probe import wiring
from edge_probe.ports import Fault, Meter
from edge_probe.reaching import TlsFiles
from tests.certificates import certificate_of_127
from tests.edge_probe.modbus_stages import reached
from tests.edge_probe.test_modbus_line import answer_of

pytestmark = pytest.mark.anyio

TIMEOUT_S = 3.0  # long enough to see that nobody waits for it
VERSIONS = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]

Refusing: TypeAlias = Callable[[ssl.SSLContext], AbstractAsyncContextManager[int]]
Talks: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A gateway's talk: the counter is 500, whenever it is asked."""
    while request := await reader.read(12):
        writer.write(request[:4] + b"\0\7" + answer_of(1, 500)[:-2])


class Certificates:
    """Who is who: a gateway, a probe that it knows, and a stranger."""

    def __init__(self, folder: Path) -> None:
        self.gateway, self.probe, self.stranger = (
            certificate_of_127(folder / name) for name in ("gateway", "probe", "stranger")
        )

    def context(self, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
        """A gateway's: it shows a certificate and wants the probe's."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.gateway)
        made.load_verify_locations(self.probe)
        made.verify_mode, made.maximum_version = ssl.CERT_REQUIRED, version
        return made


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(tmp_path)


@asynccontextmanager
async def gateway(context: ssl.SSLContext | None, talk: Talks = answering) -> AsyncIterator[int]:
    """The port on which it listens; at the end everybody has left."""
    talks = set[asyncio.Task[None]]()

    async def talked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            await talk(reader, writer)
        writer.transport.abort()

    def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.create_task(talked(reader, writer)))

    server = await asyncio.start_server(come, "127.0.0.1", 0, ssl=context)
    yield int(server.sockets[0].getsockname()[1])
    server.close()
    await asyncio.gather(*talks)


@asynccontextmanager
async def alerting(context: ssl.SSLContext) -> AsyncIterator[int]:
    """The same by the ssl module alone, which says in an alert why it refuses; asyncio's server just ends the connection."""

    class Talk(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError), context.wrap_socket(self.request, server_side=True) as secure:
                while secure.recv(12):
                    pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk) as server:
        serving = asyncio.create_task(asyncio.to_thread(server.serve_forever, 0.02))
        try:
            yield int(server.server_address[1])
        finally:
            await asyncio.to_thread(server.shutdown)
            await serving


def met(port: int, files: TlsFiles, timeout_s: float = TIMEOUT_S) -> Meter:
    """A meter behind the gateway."""
    found = dataclasses.replace(reached("modbus_tls", port, "", Path(), timeout_s), tls=files)
    return wiring.protocols()["modbus_tls"].reach(found, found.map)


async def answer_at(port: int, files: TlsFiles) -> Decimal | Fault:
    """What one look says, which takes no timeout."""
    meter, began = met(port, files), time.monotonic()
    answer = (await meter.read())["import_energy"]
    await meter.close()
    assert time.monotonic() - began < TIMEOUT_S
    return answer


def why(answer: Decimal | Fault) -> str:
    """Of a fault for which no meter was reached."""
    assert isinstance(answer, Fault)
    assert answer.kind == "silent"
    return answer.detail


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_gateway_that_wants_the_probes_certificate_and_gets_it_answers(
    certificates: Certificates, version: ssl.TLSVersion
) -> None:
    files = TlsFiles(certificates.gateway, certificates.probe, certificates.probe)
    async with gateway(certificates.context(version)) as port:
        assert await answer_at(port, files) == 500


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("refusing", [alerting, gateway])
async def test_a_gateway_that_wants_a_certificate_and_gets_none_says_what_is_missing(
    certificates: Certificates, refusing: Refusing, version: ssl.TLSVersion
) -> None:
    async with refusing(certificates.context(version)) as port:
        told = why(await answer_at(port, TlsFiles(certificates.gateway)))
    assert f"127.0.0.1:{port} device 1" in told
    assert (
        "it wants a certificate of the probe, and none is shown: name certificate_file and key_file" in told
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("refusing", [alerting, gateway])
async def test_a_certificate_that_the_gateway_does_not_accept_is_named(
    certificates: Certificates, refusing: Refusing, version: ssl.TLSVersion
) -> None:
    files = TlsFiles(certificates.gateway, certificates.stranger, certificates.stranger)
    async with refusing(certificates.context(version)) as port:
        told = why(await answer_at(port, files))
    assert "it does not accept the certificate that the probe shows (certificate_file)" in told


async def test_a_gateway_for_which_nobody_vouches_is_not_asked(certificates: Certificates) -> None:
    files = TlsFiles(certificates.stranger, certificates.probe, certificates.probe)
    async with gateway(certificates.context()) as port:
        assert "its certificate is not vouched for by ca_file" in why(await answer_at(port, files))


async def test_who_speaks_no_tls_is_told_so(certificates: Certificates) -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\0\0\0\0\0\3\1\x84\1")
        await writer.drain()

    async with gateway(None, plain) as port:
        assert "it does not speak TLS" in why(await answer_at(port, TlsFiles(certificates.gateway)))


async def test_a_key_that_is_not_the_certificates_is_told_before_anybody_is_asked(
    certificates: Certificates, unused_port: int
) -> None:
    files = TlsFiles(certificates.gateway, certificates.probe, certificates.stranger)
    assert "certificates cannot be read" in why(await answer_at(unused_port, files))


async def test_a_gateway_that_ends_the_connection_in_place_of_an_answer_is_not_waited_for(
    certificates: Certificates,
) -> None:
    async def ending(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(12)

    files = TlsFiles(certificates.gateway, certificates.probe, certificates.probe)
    async with gateway(certificates.context(), ending) as port:
        assert "the gateway ended the connection" in why(await answer_at(port, files))


async def test_a_gateway_that_hangs_is_left_without_waiting_for_its_goodbye(
    certificates: Certificates,
) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def hanging(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read(12)
        asked.set()
        await left.wait()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes octets on until the question was heard, and none from then on, a goodbye neither."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        back = asyncio.create_task(passed(far_reader, writer))
        with suppress(ConnectionError):
            while octets := await reader.read(4096):
                if not asked.is_set():
                    far_writer.write(octets)
        left.set()
        await back
        far_writer.transport.abort()

    files = TlsFiles(certificates.gateway, certificates.probe, certificates.probe)
    async with gateway(certificates.context(), hanging) as port, gateway(None, between) as near:
        meter = met(near, files, 0.3)
        assert "No response" in why((await meter.read())["import_energy"])
        async with asyncio.timeout(TIMEOUT_S):
            await left.wait()
        await meter.close()


async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hand octets through until there are no more."""
    with suppress(ConnectionError):
        while octets := await reader.read(4096):
            writer.write(octets)
