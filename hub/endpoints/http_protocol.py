"""Uvicorn's side of a connection that answers requests: an answer may be broken off, and too many are told when to come.

It rests on what uvicorn keeps to itself, so `pyproject.toml` holds uvicorn to the version this was written for.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.endpoints.ak_devices import RECORDS, Records
from hub.endpoints.arriving import Arriving, Place, is_arriving, retry_after_s
from hub.endpoints.headers import SAFE
from hub.endpoints.health import HEALTH
from hub.endpoints.problems import BREAK_OFF, CODES, problem
from hub.endpoints.request_ids import HEADER, request_id

LAST_S_MAX = 1.0  # for the last of a broken answer to be taken


class HttpProtocol(H11Protocol):
    """A connection whose requests may break their answers off. Uvicorn would log each as a fault of the program."""

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        # Uvicorn's own refusal says neither when to come again nor what it is, and counts connections that ask nothing:
        # when many connect at once it refuses all of them, and when they come back again all of them.
        self._requests_max, self.limit_concurrency = self.limit_concurrency, None
        self.app_state = {**self.app_state, BREAK_OFF: self._break_off}  # the state each request begins with

    @property
    def app(self) -> Any:
        """What answers the request that has come: the application, while there is room."""
        if self.scope["path"] == HEALTH:  # who looks whether the hub lives must not be told that it does not
            return self._app
        if self.scope["path"] == RECORDS and (records := self._records()) is not None:
            return records.counted(self._app)
        arriving = self._arriving() if is_arriving(self.scope, self.headers) else None
        if not self._has_room() or (arriving is not None and arriving.is_full):
            return self._full
        if arriving is None:
            return self._app
        return arriving.counted(self._app, Place(self._is_whole, self._has_room), self._full)

    @app.setter
    def app(self, app: Any) -> None:
        self._app = app

    def _records(self) -> Records | None:
        """Where devices' records go: they wait for a commit, are bounded by themselves and take nobody's place."""
        state = getattr(self.config.app, "state", None)
        found: Records | None = getattr(state, "records", None)
        return found

    def _arriving(self) -> Arriving | None:
        found: Arriving | None = getattr(getattr(self.config.app, "state", None), "arriving", None)
        return found

    def _has_room(self) -> bool:
        """Whether one more can be answered: devices' records and bodies on their way are bounded by themselves."""
        most, records, arriving = self._requests_max, self._records(), self._arriving()
        besides = (0 if records is None else records.tasks) + (0 if arriving is None else arriving.count)
        return most is None or len(self.tasks) - besides < most

    def _is_whole(self) -> bool:
        return not self.cycle.more_body

    async def _full(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.logger.warning("Exceeded concurrency limit.")
        await overloaded(scope, receive, send)

    def _break_off(self) -> None:
        """Close the connection behind what was sent, as if the other end had: nothing more is said, nor missed.

        Who takes nothing of that is not waited for: a hub that ends would be held up by them.
        """
        self.cycle.disconnected = True
        self.transport.close()
        self.loop.call_later(LAST_S_MAX, self.transport.abort)


async def overloaded(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuse a request of too many with when to come again; nothing of it was looked at."""
    request = HTTPConnection(scope)
    headers = {
        **SAFE, HEADER: request_id(scope), "Retry-After": str(retry_after_s()), "Connection": "close",
    }  # fmt: skip
    why = "too many requests at once; nothing of this one was done, send it again"
    await problem(request, 503, CODES[429], why, headers)(scope, receive, send)
