"""Uvicorn's side of a WebSocket, bounded where a stranger could make it keep, wait or write too much.

It rests on what uvicorn keeps to itself, so `pyproject.toml` holds uvicorn to the version this was written for.
"""

from __future__ import annotations

from asyncio import TimerHandle
from typing import Any

from starlette.requests import HTTPConnection
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from hub.endpoints.problems import refused

UNREAD_BYTES_MAX = 256 * 1024  # kept for who does not read it; what a hub says waits at a quarter of that
LAST_WORD_S_MAX = 10.0  # for the last of what was said to be taken, and for the closing to be answered
NOT_UTF8 = 1007
KNOWN = "is_known"  # in the state of a socket's scope, once it is known who listens


class SocketProtocol(WebSocketsSansIOProtocol):
    """A socket of the hub. Whoever does not read what they are sent is cut off instead of being waited for."""

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self._end_timer: TimerHandle | None = None

    def handle_ping(self) -> None:
        """Pongs go to who reads them. Others would pile up: uvicorn writes pongs whether or not they are taken."""
        if not self.writable.is_set():
            self.conn.data_to_send()  # which forgets them
        else:
            super().handle_ping()
        if self.transport.get_write_buffer_size() > UNREAD_BYTES_MAX:
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on; a text that is none closes the socket. Uvicorn would log where it found that out."""
        if self.curr_msg_data_type == "bytes" or self.close_sent or _is_text(b"".join(self.frames)):
            super().send_receive_event_to_app()
            return
        self.frames = []
        refused(HTTPConnection(dict(self.scope)), "MALFORMED_BODY", "a text on a socket that is not UTF-8")
        if not self.handshake_complete:
            self.close_sent = True  # so the next ones are not looked at
            self.transport.abort()  # they have not waited to be let in
            return
        self.conn.send_close(NOT_UTF8)
        self.handle_parser_exception()

    async def send(self, message: Any) -> None:
        """Send it; a stranger who does not read is told no last word."""
        if message["type"] == "websocket.close" and not self.writable.is_set() and not self._is_known:
            self.transport.abort()
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True  # uvicorn would log that it was not, though it was refused

    async def run_asgi(self) -> None:
        """All that is said. A stranger's connection ends with it, whether or not they answer the closing."""
        await super().run_asgi()
        if self._is_known:
            self._end()
        elif self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def keepalive_timeout(self) -> None:
        """Close it; what was not read until now will not be."""
        super().keepalive_timeout()
        self._end()

    def shutdown(self) -> None:
        """The server ends."""
        super().shutdown()
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        if self._end_timer is not None:
            self._end_timer.cancel()
        super().connection_lost(exc)

    def _end(self) -> None:
        if not self.writable.is_set():
            self.transport.abort()
        elif self._end_timer is None and not self.disconnected:
            self._end_timer = self.loop.call_later(LAST_WORD_S_MAX, self.transport.abort)

    @property
    def _is_known(self) -> bool:
        return bool(self.scope.get("state", {}).get(KNOWN))


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
