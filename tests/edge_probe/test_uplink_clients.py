"""A platform is asked at the address of the configuration and nowhere else."""

from __future__ import annotations

import asyncio

import pytest

from edge_probe.uplink_clients import client_of

pytestmark = pytest.mark.anyio


async def test_a_platform_sends_nobody_elsewhere() -> None:
    async def moved(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 307 Gone\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(moved, "127.0.0.1", 0) as server, client_of(True) as client:
        port = server.sockets[0].getsockname()[1]
        assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 307
