"""GraphQL over a WebSocket: the subprotocol graphql-transport-ws, and no other.

Who asks is told in the Authorization header, by the session's cookie, or, by a script that can set neither, in the payload
of `connection_init`. A page of another site is refused, so that none asks in its visitor's name. What changes something is
not asked for here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.http.websocket_origin import is_same_origin, normalize_origin
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from graph.errors import Forbidden, NengshuError
from graph.execution.errors import MASK
from graph.model.principal import Principal
from hub.doors import SOCKET
from hub.endpoints.asking import let_in_by
from hub.endpoints.conversation import Conversation, Wire
from hub.endpoints.leaving import until
from hub.endpoints.problems import on_http, on_ours, refused, unforeseen
from hub.endpoints.socket_protocol import KNOWN
from hub.endpoints.streams import SEND_S_MAX, STRANGER_S_MAX, Stream, Streams
from hub.wiring import Hub

INIT_WAIT = dt.timedelta(seconds=STRANGER_S_MAX)  # whoever has not said hello by then is closed with 4408
NOT_THE_PROTOCOL, SERVER_ENDS, UNFORESEEN = 4406, 1012, 1011
CLOSE_BUSY = 1013  # which clients try again by themselves
CLOSES = {"UNAUTHENTICATED": 4401, "FORBIDDEN": 4403, "STORE_ERROR": CLOSE_BUSY}


class SocketEndpoint:
    """`/graphql` as a WebSocket."""

    def __init__(
        self,
        hub: Hub,
        streams: Streams,
        send_s_max: float = SEND_S_MAX,
        init_wait: dt.timedelta = INIT_WAIT,
    ) -> None:
        self._hub, self._streams = hub, streams
        self._send_s_max, self._init_wait = send_s_max, init_wait

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a socket in and converse; who is refused before gets a problem as of any request."""
        socket = WebSocket(scope, receive, send)
        stream = Stream(self._hub, self._send_s_max)
        try:
            self._check_origin(socket)
            await self._converse(socket, stream, await self._known(socket, stream))
        except NengshuError as fault:
            await socket.send_denial_response(await on_ours(socket, fault))
        except HTTPException as fault:
            await socket.send_denial_response(await on_http(socket, fault))
        finally:
            self._streams.leave(stream)

    def _check_origin(self, socket: WebSocket) -> None:
        """Refuse pages of other sites; what is no browser names no origin. Raises Forbidden."""
        origin = socket.headers.get("origin")
        if origin is None or is_same_origin(origin, socket.headers.get("host")):
            return
        if normalize_origin(origin) != normalize_origin(self._hub.settings.base_url):
            raise Forbidden(f"a page of {origin[:100]!r} may not open a socket here")

    async def _known(self, socket: WebSocket, stream: Stream) -> Principal | None:
        """Who listens, where the header says it; else a stranger is let in. Raises as `_admit` does."""
        if self._hub.gatekeeper.is_known(socket.headers):
            return await self._admit(socket, stream, socket.headers)
        self._streams.let_in(stream)
        return None

    async def _admit(self, socket: WebSocket, stream: Stream, headers: Mapping[str, str]) -> Principal:
        """Who listens, if they may, as long as they may: a stranger takes nobody's place.

        Raises Unauthenticated, Forbidden; answers 429 where no place is left.
        """
        asker = await let_in_by(self._hub, socket, f"{SOCKET} /graphql", headers)
        self._streams.enter(stream)
        stream.admit(asker, headers)
        socket.scope.setdefault("state", {})[KNOWN] = True
        return asker

    async def _converse(self, socket: WebSocket, stream: Stream, known: Principal | None) -> None:
        """All that is said on a socket; once this returns it is closed, and everything that was asked has ended."""
        if GRAPHQL_TRANSPORT_WS_PROTOCOL not in socket["subprotocols"]:
            await socket.accept()
            await socket.close(NOT_THE_PROTOCOL, f"expected the subprotocol {GRAPHQL_TRANSPORT_WS_PROTOCOL}")
            return
        await socket.accept(GRAPHQL_TRANSPORT_WS_PROTOCOL)

        async def admit(hello: Mapping[str, Any]) -> Principal:
            return known or await self._admit(socket, stream, _headers(hello))

        wire = Wire(socket, stream)
        try:
            await until(stream.over, Conversation(self._hub, wire, admit, self._init_wait).handle())
        except NengshuError as fault:
            stream.end(fault)
        except HTTPException as fault:
            await self._close(wire, CLOSE_BUSY, f"BUSY: {fault.detail}")
        except Exception as fault:  # noqa: BLE001 - told to the log and the asker
            unforeseen(socket, fault)
            stream.end(NengshuError(MASK))
        if stream.is_over and not stream.is_deaf:
            await self._close(wire, *_last_word(socket, stream.why))

    async def _close(self, wire: Wire, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnected):
            await wire.close(code, reason)


def _headers(hello: Mapping[str, Any]) -> Mapping[str, str]:
    """What a hello says in place of a header."""
    said = [
        value for name, value in hello.items() if name.lower() == "authorization" and isinstance(value, str)
    ]
    return {"Authorization": said[0]} if said else {}


def _last_word(socket: WebSocket, why: NengshuError | None) -> tuple[int, str]:
    """Code and reason of a close; without a reason it is the server that ends."""
    if why is None:
        return SERVER_ENDS, "the server ends; connect again"
    refused(socket, why.code, str(why))
    return CLOSES.get(why.code, UNFORESEEN), f"{why.code}: {why}"
