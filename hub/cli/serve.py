"""`nengshu serve`: run a hub."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from graph.errors import ConfigurationError
from hub.app import build_app
from hub.cli._options import PORT_MAX, DataDir, command_app
from hub.endpoints.graphql import QUESTION_BYTES_MAX
from hub.endpoints.http_protocol import HttpProtocol
from hub.endpoints.socket_protocol import SocketProtocol
from hub.settings import SEND_SECONDS, Settings, load_settings
from hub.wiring import Hub, open_hub

app = command_app()
KEEP_ALIVE_S = 5  # an idle connection is given back
# Made and kept before garbage is looked for: as many as a large page makes, and it is rid of them by then.
OBJECTS_UNLOOKED = 10_000
PONG_S_MAX = 20.0  # whoever answers no ping for that long has gone


@app.command()
def serve(
    data: DataDir = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port to listen on. [default: 8424]", min=0, max=PORT_MAX)
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Province this hub serves, six digits; none: the nation.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What this hub calls itself.")] = None,
) -> None:
    """Run a hub until it is told to stop (Ctrl-C or SIGTERM).

    On a terminal it shows how the first administrator signs in, while there is no account. Machines get tokens with a
    credential: nengshu client add analyst --organisation NECC --role read --new-key analyst.credential
    """
    settings = load_settings(data_dir=data, host=host, port=port, region=region, name=name)
    listener = listening(settings.host, settings.port, settings.send_seconds)
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    signal.signal(signal.SIGTERM, _end)
    with listener, open_hub(settings) as hub:
        server = server_of(hub, settings)
        with what_stands_stays():
            for line in (
                f"{settings.name} on {settings.base_url}/ with {settings.data_dir}",
                *_beginning(hub),
                *_advice(settings.data_dir),
            ):
                Console().print(line, markup=False, soft_wrap=True, highlight=False)
            asyncio.run(server.serve([listener]))


def _beginning(hub: Hub) -> Iterator[str]:
    """How the first administrator comes in; the code for it is shown on a terminal, and put into no log."""
    if not hub.registry.accounts.is_empty():
        return
    if sys.stdout.isatty() and (code := hub.people.first.make()) is not None:
        yield f"no account yet: the first administrator begins at {hub.settings.base_url}/welcome with {code}"
    else:
        yield "no account yet: `nengshu serve` on a terminal, or `nengshu user add` here, makes the first"


def _advice(folder: Path) -> Iterator[str]:
    """What is wrong with a folder that a hub did not make: its databases hold what is not everybody's to read."""
    if folder.stat().st_mode & stat.S_IRWXO:
        yield f"everybody on this machine may look into {folder}: chmod o= {folder}"


def listening(host: str, port: int, send_s_max: float = SEND_SECONDS) -> socket.socket:
    """A socket at this address; port 0 becomes a free one. Raises ConfigurationError.

    Who takes nothing of what is sent for twice `send_s_max` is disconnected, for a connection that is closed on our side
    alone would wait for them for ever. It is the system that does it, where it can (Linux), after who sends has given up.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as fault:
        raise ConfigurationError(
            "address", [f"cannot listen on {host} port {port}: {fault.strerror}"]
        ) from fault
    # Of every connection it takes: an answer's head and body are two writes, and the second would wait 40 ms for the
    # other end's word about the first. asyncio does this for sockets that say their protocol; those of a listener do not.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if sys.platform == "linux":
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, ceil(2 * send_s_max * 1000))
    return listener


def _end(*_: object) -> None:
    """Uvicorn hands the signal on once it is done; ended by it, or by a second one, we would leave the stores unclosed."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit


def server_of(hub: Hub, settings: Settings) -> HubServer:
    """The web server over an open hub, bounded in concurrency."""
    config = uvicorn.Config(
        build_app(hub),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        limit_concurrency=settings.concurrency_max,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=10,
        server_header=False,
        http=HttpProtocol,
        ws=SocketProtocol,
        ws_max_size=QUESTION_BYTES_MAX,
        ws_ping_interval=settings.stream_sign_seconds,
        ws_ping_timeout=PONG_S_MAX,
        ws_per_message_deflate=False,  # what is told is short, and each socket would keep a window for it
    )
    return HubServer(config)


@contextmanager
def what_stands_stays() -> Iterator[None]:
    """What stands before the block, the schema and all modules, is not looked through for garbage within it.

    Together with what requests leave behind, two hundred thousand objects would hold everybody up for a tenth of a second
    now and then. The last look takes as long, so it comes before anybody is told where to ask, or to end the server.
    """
    threshold = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_UNLOOKED)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()


class HubServer(uvicorn.Server):
    """A web server that ends what would stay open before it waits for the rest."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End it."""
        state = self.config.app.state  # type: ignore[union-attr] # build_app's
        state.streams.end()
        state.downloads.end()
        await super().shutdown(sockets)
