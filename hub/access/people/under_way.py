"""Logins under way at the provider (登录途中): sealed into their browser's cookie, for anybody can begin one.

Nothing of them is kept here until one comes back, and then only that it has.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from graph.errors import StoreError
from graph.ports import Clock
from hub.access.ports import Once, Sealing

KIND = "login"  # of what is sealed, and of what counts once
LIVES = dt.timedelta(minutes=10)  # to find password and telephone at the provider


@dataclass(frozen=True)
class Login:
    """What the provider's answer is read with, and the page it leads to."""

    session: dict[str, Any] = field(repr=False)
    page: dict[str, str]


class UnderWay:
    """Gives logins to browsers to keep, and takes each back once."""

    def __init__(self, sealing: Sealing, once: Once, clock: Clock) -> None:
        self._sealing, self._once, self._clock = sealing, once, clock

    def begin(self, session: Mapping[str, Any], page: Mapping[str, str]) -> str:
        """A cookie's value."""
        until = self._clock.now() + LIVES
        said = {
            "name": secrets.token_urlsafe(),
            "until": until.isoformat(),
            "session": dict(session),
            "page": dict(page),
        }
        return self._sealing.seal(orjson.dumps(said), KIND)

    def end(self, sealed: str | None) -> Login | None:
        """The login of a cookie, the first time it is shown before its end; else None."""
        said = None if sealed is None else self._opened(sealed)
        if said is None:
            return None
        until = dt.datetime.fromisoformat(said["until"])
        if until <= self._clock.now() or not self._once.use(KIND, said["name"], until):
            return None
        return Login(said["session"], said["page"])

    def _opened(self, sealed: str) -> dict[str, Any] | None:
        try:
            said: dict[str, Any] = orjson.loads(self._sealing.open(sealed, KIND))
        except StoreError:  # whatever a browser may send
            return None
        return said
