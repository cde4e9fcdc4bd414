"""Deny by default: what forgot to let anybody in answers nobody, and what has no door is no address."""

from __future__ import annotations

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Host, Mount, Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from graph.errors import ConfigurationError
from graph.model.principal import Role
from hub.doors import SOCKET, Door
from hub.endpoints.at_the_door import kept
from hub.endpoints.problems import HANDLERS

pytestmark = pytest.mark.anyio
FIGURES = "4.2 tce"  # no number of a request is written so
SOME = Door(frozenset({Role.READ}))
DOORS = {
    "GET /forgets": SOME,
    "GET /lets-in": SOME,
    "GET /another": SOME,
    "GET /refuses": SOME,
    "GET /open": Door(why="everybody may"),
    f"{SOCKET} /forgets": SOME,
}


async def figures(_: Request) -> Response:
    """What nobody was let in for."""
    return Response(FIGURES)


async def lets_in(request: Request) -> Response:
    """As the hub's own let in."""
    request.state.let_in = "GET /lets-in"
    return Response(FIGURES)


async def refuses(_: Request) -> Response:
    """A refusal needs nobody let in."""
    return Response("no", 401)


async def talks(socket: WebSocket) -> None:
    """Answers a stranger's ping, and then whatever comes."""
    await socket.accept()
    await socket.send_text('{"type":"pong"}')
    await socket.send_text(FIGURES)


ROUTES: list[BaseRoute] = [
    Route("/forgets", figures),
    Route("/lets-in", lets_in),
    Route("/another", lets_in),
    Route("/refuses", refuses),
    Route("/open", figures),
    WebSocketRoute("/forgets", talks),
]


@pytest.fixture(scope="module")
def app() -> Starlette:
    return Starlette(routes=kept(ROUTES, DOORS), exception_handlers=HANDLERS)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/forgets", 500), ("/lets-in", 200), ("/another", 500), ("/refuses", 401), ("/open", 200)],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_nothing_comes_out_of_a_door_that_was_not_opened(
    app: Starlette, method: str, path: str, status: int
) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.invalid") as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    if status >= 400:
        assert FIGURES not in answer.text


async def test_a_socket_tells_nothing_to_whom_it_did_not_let_in(app: Starlette) -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": "/forgets", "headers": [], "query_string": b"", "app": app}
    await app(scope, receive, send)
    assert [message.get("text") for message in sent[:2]] == [None, '{"type":"pong"}']
    assert FIGURES not in str(sent[2:])
    assert [message.get("status", 500) for message in sent[2:]] == [500, 500]  # a refusal, as HTTP has it


@pytest.mark.parametrize(
    "route",
    [
        Route("/new", figures),
        Route("/open", figures, methods=["DELETE"]),
        WebSocketRoute("/open", talks),
        Mount("/open", routes=[Route("/", figures)]),
        Host("open", Starlette()),
    ],
)
async def test_what_has_no_door_of_its_own_is_no_address(route: BaseRoute) -> None:
    with pytest.raises(ConfigurationError):
        kept([route], DOORS)
