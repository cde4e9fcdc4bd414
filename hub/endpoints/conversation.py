"""What is said over one socket, by the protocol graphql-transport-ws.

Strawberry's handler keeps the protocol's state. What it takes on trust is checked here: the form of each message, how
many operations are under way, and that an error is told as everywhere else, with its code, not by closing the socket.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from datetime import timedelta
from typing import Any, cast

import anyio
import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState
from strawberry.http.async_base_view import AsyncWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
    Operation,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    Message,
    PingMessage,
    SubscribeMessage,
)
from strawberry.types.unset import UNSET

from graph.errors import NengshuError, TooLarge
from graph.model.principal import Principal
from hub.endpoints.answers import Question, answers, context_of, masked, refusal
from hub.endpoints.documents import PLACE, text_of
from hub.endpoints.request_ids import request_id
from hub.endpoints.streams import Noticing, Stream
from hub.wiring import Hub

ID_MAX = 128  # characters of what an asker calls an operation
REASON_MAX = 123  # bytes of a close frame's reason
BEGIN_S_MAX = 1.0  # a ping waits no longer for what was asked before it to be under way
PONGS_MAX = 20  # that wait so at once; with one more, what is said after it waits too
SUBSCRIPTION = "subscription"  # a document without the word has none

Admit = Callable[[Mapping[str, Any]], Awaitable[Principal]]


class Wire(AsyncWebSocketAdapter):
    """JSON texts over a socket; whoever takes nothing in time is given up."""

    def __init__(self, socket: WebSocket, stream: Stream) -> None:
        self.socket, self.stream = socket, stream

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:  # noqa: ARG002 - strawberry's signature
        """What comes, until either side has closed."""
        while self.socket.application_state is not WebSocketState.DISCONNECTED:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is None:
                raise NonTextMessageReceived
            try:
                yield orjson.loads(message["text"])
            except orjson.JSONDecodeError as fault:
                raise NonJsonMessageReceived from fault

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send one message. Raises WebSocketDisconnected when the other side has gone."""
        await self._in_time(self.socket.send_text(orjson.dumps(message).decode()))

    async def close(self, code: int, reason: str) -> None:
        """Close it, once."""
        if self.socket.application_state is WebSocketState.CONNECTED:
            short = reason.encode()[:REASON_MAX].decode(errors="ignore")
            await self._in_time(self.socket.close(code, short))

    async def _in_time(self, sending: Awaitable[None]) -> None:
        try:
            with anyio.fail_after(self.stream.send_s_max):
                await sending
        except TimeoutError as fault:
            self.stream.give_up()
            raise WebSocketDisconnected from fault
        except (
            WebSocketDisconnect,
            RuntimeError,
        ) as fault:  # starlette's words for a socket closed meanwhile
            raise WebSocketDisconnected from fault


class Conversation(BaseGraphQLTransportWSHandler[Any, None]):
    """One socket's messages, from hello to the end."""

    def __init__(self, hub: Hub, wire: Wire, admit: Admit, init_wait: timedelta) -> None:
        """`admit` says who listens from the payload of their hello, and raises AccessDenied."""
        super().__init__(
            view=cast("Any", self),  # of which strawberry asks `on_ws_connect` alone
            websocket=wire,
            context={},
            root_value=None,
            schema=hub.schema,
            connection_init_wait_timeout=init_wait,
        )
        self._hub, self._admit, self._came, self._stream = hub, admit, wire.socket, wire.stream
        self._asker: Principal | None = None
        self._begun: defaultdict[Operation[Any, None], anyio.Event] = defaultdict(anyio.Event)
        self._pongs: set[asyncio.Task[None]] = set()

    async def on_ws_connect(self, context: Mapping[str, Any]) -> Any:
        """Know who listens before anything is acknowledged."""
        self._asker = await self._admit(context["connection_params"])
        return UNSET

    async def handle_task_exception(self, error: Exception) -> None:
        """Who says no hello may have gone before they are told so."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    async def handle_message(self, message: Message) -> None:
        """Take a message of the protocol; any other closes the socket."""
        if fault := _fault_of(message):
            await self.handle_invalid_message(fault)
        else:
            await super().handle_message(message)

    async def shutdown(self) -> None:
        """Leave nothing under way, pongs neither."""
        for pong in self._pongs:
            pong.cancel()
        await super().shutdown()

    async def handle_ping(self, message: PingMessage) -> None:  # noqa: ARG002 - it says nothing that is answered
        """Answer once the subscriptions asked for before are under way: what happens after the pong is missed by none.

        What is said meanwhile is heard, unless too many pings wait.
        """
        before = [self._begun[asked] for asked in self.operations.values() if SUBSCRIPTION in asked.query]
        unbegun = [begun for begun in before if not begun.is_set()]
        if not unbegun or len(self._pongs) >= PONGS_MAX:
            await self._pong(unbegun)
            return
        pong = asyncio.create_task(self._pong(unbegun))
        self._pongs.add(pong)
        pong.add_done_callback(self._pongs.discard)
        pong.add_done_callback(self._task_done)  # who has gone meanwhile needs none

    async def _pong(self, unbegun: Sequence[anyio.Event]) -> None:
        with anyio.move_on_after(BEGIN_S_MAX):
            for begun in unbegun:
                await begun.wait()
        await self.send_message({"type": "pong"})

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin an operation, unless too many are under way or the asker counts no longer: then all is over."""
        most = self._hub.settings.operations_max
        if len(self.operations) >= most and message["id"] not in self.operations:
            fault = TooLarge(f"at most {most} operations at once on one socket")
            await self._send(message["id"], "error", refusal(self._came, fault))
            return
        # Strangers, and who says one id twice, have their socket closed by strawberry.
        if self._asker is not None and message["id"] not in self.operations:
            await self._stream.look()
            if self._stream.is_over:
                return
            came = message["payload"]
            try:
                text = await text_of(self._hub, self._asker, came.get("query"), came.get(PLACE))
            except NengshuError as fault:
                await self._send(message["id"], "error", refusal(self._came, fault))
                return
            message = {**message, "payload": {**came, "query": text or ""}}
        await super().handle_subscribe(message)

    async def cleanup_operation(self, operation_id: str) -> None:
        """End an operation; a pong waits no longer for one that was ended before it began."""
        ended = self.operations.get(operation_id)
        await super().cleanup_operation(operation_id)
        if ended is not None:
            self._begun.pop(ended, anyio.Event()).set()

    async def run_operation(self, operation: Operation[Any, None]) -> None:
        """All answers of an operation; whatever goes wrong is told, and nothing of it is left."""
        try:
            await self._answer(operation)
        except WebSocketDisconnected:
            pass
        except Exception as fault:  # noqa: BLE001 - told to the log and the asker
            with suppress(WebSocketDisconnected):
                await self._send(operation.id, "error", masked(self._came, fault))
        finally:
            self._begun.pop(operation, anyio.Event()).set()

    async def _answer(self, operation: Operation[Any, None]) -> None:
        if self._asker is None:
            return  # strawberry lets nobody ask before
        events = Noticing(self._hub.events, self._begun[operation])
        context = context_of(self._hub, self._asker, request_id(self._came.scope), events)
        question = Question(operation.query, operation.variables, operation.operation_name)
        async with aclosing(answers(self._hub, question, context, self._came)) as said:
            async for answer in said:
                if answer.is_refusal:
                    await self._send(operation.id, "error", answer.payload["errors"])
                    return
                await self._send(operation.id, "next", answer.payload)
        await self._send(operation.id, "complete")

    async def _send(self, operation: str, kind: str, payload: object = None) -> None:
        """Send a message of an operation; after `error` and `complete` its name is free again."""
        if kind != "next":
            self.operations.pop(operation, None)
        message = {"id": operation, "type": kind}
        await self.websocket.send_json(message if payload is None else {**message, "payload": payload})


def _fault_of(message: object) -> str | None:
    """What is wrong with the form of a message."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "expected an object with a type"
    if message["type"] not in ("subscribe", "complete"):
        return None
    name, payload = message.get("id"), message.get("payload", {})
    if not isinstance(name, str) or not 0 < len(name) <= ID_MAX:
        return f"id: expected 1 to {ID_MAX} characters"
    if message["type"] == "subscribe" and not (
        isinstance(payload, dict)
        and any(isinstance(payload.get(name), str) for name in ("query", PLACE))
        and isinstance(payload.get("query"), str | None)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    ):
        return "payload: expected a query or a documentId, perhaps with variables and an operationName"
    return None
