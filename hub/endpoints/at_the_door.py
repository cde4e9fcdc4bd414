"""What keeps every address of a hub: where its door opens for some only, nothing comes out before it has opened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph.errors import ConfigurationError
from hub.doors import DOORS, SOCKET, Door, check_doors

REFUSALS = 400  # from here on a status lets nobody have anything
_ANSWERS = {"http.response.start", "websocket.http.response.start"}
_PONG = '{"type":"pong"}'  # the protocol answers strangers' pings


def kept(routes: Iterable[BaseRoute], doors: Mapping[str, Door] = DOORS) -> list[BaseRoute]:
    """The routes, each behind its doors. Raises ConfigurationError where one has none."""
    found = list(routes)
    check_doors(found, doors)
    for route in found:
        if isinstance(route, Route | WebSocketRoute):
            route.app = AtTheDoor(route.app, route.path, doors)
    return found


@dataclass(frozen=True)
class AtTheDoor:
    """One address. Who asks is let in by what answers there (hub/endpoints/asking.py); that it did is seen to here."""

    app: ASGIApp
    path: str
    doors: Mapping[str, Door]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and break off with ConfigurationError what would come out to somebody who was not let in."""
        name = f"{_method(scope)} {self.path}"
        door = self.doors.get(name)
        if door is not None and not door.roles:
            await self.app(scope, receive, send)
            return

        async def checked(message: Message) -> None:
            if _gives(message) and scope.get("state", {}).get("let_in") != name:
                raise ConfigurationError("doors", [f"{name} answers without having let anybody in"])
            await send(message)

        await self.app(scope, receive, checked)


def _method(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return SOCKET
    return "GET" if scope["method"] == "HEAD" else str(scope["method"])


def _gives(message: Message) -> bool:
    """Whether a message gives anything out: a refusal does not, nor an empty greeting."""
    if message["type"] == "websocket.send":
        return message.get("text") != _PONG
    return message["type"] in _ANSWERS and message["status"] < REFUSALS
