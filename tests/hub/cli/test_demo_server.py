"""The demo's own web server: when it fails, the demo ends at once and says why."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import uvicorn

from graph.errors import SourceUnreachable
from hub.cli.demo import _serve, _serving
from hub.cli.serve import listening
from hub.settings import Settings
from hub.wiring import Hub, open_hub

pytestmark = pytest.mark.anyio
LONG_S = 30


async def test_a_server_that_fails_ends_what_runs_beside_it(tmp_path: Path) -> None:
    closed = listening("127.0.0.1", 0)
    closed.close()

    async def waiting(hub: Hub) -> None:
        async with _serving(hub, closed):
            await asyncio.sleep(LONG_S)

    with open_hub(Settings(data_dir=tmp_path)) as hub, pytest.raises(OSError):
        await asyncio.wait_for(waiting(hub), LONG_S / 2)


async def test_a_start_that_fails_is_an_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    async def app(_scope: object, _receive: object, _send: object) -> None:
        raise RuntimeError("no such thing")

    server = uvicorn.Server(uvicorn.Config(app, lifespan="on", log_config=None))
    with listening("127.0.0.1", 0) as listener, pytest.raises(SourceUnreachable, match="did not start"):
        await _serve(server, listener)
    assert "no such thing" in caplog.text


async def test_the_server_ends_with_the_block(tmp_path: Path) -> None:
    with open_hub(Settings(data_dir=tmp_path)) as hub, listening("127.0.0.1", 0) as listener:
        async with _serving(hub, listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b"200" in await reader.readline()
            writer.close()
