"""Browsers that somebody signed in with before (熟悉的浏览器), whom strangers' failures do not keep out."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass, field

import orjson

from graph.errors import StoreError
from graph.ports import Clock
from hub.access.ports import Sealing
from hub.stores.registry.account_rows import Account

WHAT = "browser"  # of what is sealed
LIVES = dt.timedelta(days=90)  # after so long away somebody is no better known than a stranger


@dataclass(frozen=True)
class Mark:
    """What a browser is known by, for one account alone and what that signs in with now."""

    browser: str = field(repr=False)
    account: str
    generation: int

    def is_of(self, account: Account) -> bool:
        """Whether it still says something of this account's person."""
        return (self.account, self.generation) == (account.key, account.generation)


class Browsers:
    """Marks browsers with a sealed cookie, which opens nothing by itself."""

    def __init__(self, sealing: Sealing, clock: Clock) -> None:
        self._sealing, self._clock = sealing, clock

    def mark(self, account: Account) -> str:
        """A cookie's value for who signed in as this account."""
        until = (self._clock.now() + LIVES).isoformat()
        said = [secrets.token_urlsafe(16), account.key, account.generation, until]
        return self._sealing.seal(orjson.dumps(said), WHAT)

    def read(self, sealed: str | None) -> Mark | None:
        """What a cookie says; None for what is none of ours, or is over."""
        if sealed is None:
            return None
        try:
            browser, account, generation, until = orjson.loads(self._sealing.open(sealed, WHAT))
        except StoreError:  # whatever a browser may send
            return None
        is_over = dt.datetime.fromisoformat(until) <= self._clock.now()
        return None if is_over else Mark(browser, account, generation)
