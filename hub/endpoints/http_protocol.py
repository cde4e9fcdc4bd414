"""Uvicorn's side of a connection that answers requests: an answer may be broken off, and its end is told once.

It rests on what uvicorn keeps to itself, so `pyproject.toml` holds uvicorn to the version this was written for.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

from hub.endpoints.problems import BREAK_OFF

LAST_S_MAX = 1.0  # for the last of a broken answer to be taken


class HttpProtocol(H11Protocol):
    """A connection whose requests may break their answers off. Uvicorn would log each as a fault of the program."""

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.app_state = {**self.app_state, BREAK_OFF: self._break_off}  # the state each request begins with

    def _break_off(self) -> None:
        """Close the connection behind what was sent, as if the other end had: nothing more is said, nor missed.

        Who takes nothing of that is not waited for: a hub that ends would be held up by them.
        """
        self.cycle.disconnected = True
        self.transport.close()
        self.loop.call_later(LAST_S_MAX, self.transport.abort)
