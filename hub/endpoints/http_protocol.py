"""Uvicorn's side of a connection that answers requests: an answer may be broken off, and too many are told when to come.

It rests on what uvicorn keeps to itself, so `pyproject.toml` holds uvicorn to the version this was written for.
"""

from __future__ import annotations

import secrets
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.endpoints.ak_devices import RECORDS, Records
from hub.endpoints.headers import SAFE
from hub.endpoints.problems import BREAK_OFF, CODES, problem
from hub.endpoints.request_ids import HEADER, request_id

RETRY_AFTER_S_MAX = 4  # most answers take less; by chance, or all who were refused at once came back at once
HEALTH = "/healthz"  # whoever watches the hub is told that it lives, the more when it is full
ARRIVING_MAX = (
    1_000  # bodies on their way that take no place: a province's devices at once, a buffer of 64 KiB each
)
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
        if self.scope["path"] == RECORDS and (records := self._records()) is not None:
            return records.counted(self._app)
        if self.scope["path"] == HEALTH or self._has_room():
            return self._app
        self.logger.warning("Exceeded concurrency limit.")
        return overloaded

    @app.setter
    def app(self, app: Any) -> None:
        self._app = app

    def _has_room(self) -> bool:
        """Whether one more may be answered. A body that is still on its way takes nobody's place: who sends it slowly would
        else keep out all others."""
        most = self._requests_max
        under_way = len(self.tasks) - self._records_under_way()
        return most is None or under_way < most or under_way - min(self._arriving(), ARRIVING_MAX) < most

    def _arriving(self) -> int:
        cycles = (getattr(each, "cycle", None) for each in self.connections)
        return sum(1 for each in cycles if each and each.more_body and not each.response_complete)

    def _records(self) -> Records | None:
        """Where devices' records go: they wait for a commit, are bounded by themselves and take nobody's place."""
        state = getattr(self.config.app, "state", None)
        found: Records | None = getattr(state, "records", None)
        return found

    def _records_under_way(self) -> int:
        records = self._records()
        return 0 if records is None else records.tasks

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
    wait_s = 1 + secrets.randbelow(RETRY_AFTER_S_MAX)
    headers = {**SAFE, HEADER: request_id(scope), "Retry-After": str(wait_s), "Connection": "close"}
    why = "too many requests at once; nothing of this one was done, send it again"
    await problem(request, 503, CODES[429], why, headers)(scope, receive, send)
