"""Pauses between attempts (尝试限速) that grow with what failed, for each account and each address."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
from dataclasses import dataclass

from graph.errors import AccessDenied
from graph.ports import Clock
from hub.access.people._ports import Attempts

ACCOUNT_FREE = 5  # failures of an account before the first pause: everybody mistypes
ADDRESS_FREE = 20  # of an address, behind which a whole office may sit
PAUSE_S_MAX = 900  # so that nobody is kept out for longer by who knows their account's name
FORGOTTEN = dt.timedelta(hours=24)  # after so long without a failure all are forgotten


class TooManyAttempts(AccessDenied):
    """Too much failed here; `wait_s` says when it may be tried again. It says nothing about any account."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many attempts failed: try again in {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True)
class Tried:
    """What an attempt is counted by: the account as it was typed, where one was, and where it came from.

    A `browser` that this account signed in with before is counted by itself, and waits for nobody else's failures.
    """

    account: str | None
    address: str | None
    browser: str | None = None

    @property
    def of_account(self) -> str | None:
        """The account as attempts are kept by it, whether there is one or not."""
        if self.account is None or self.browser is None:
            return None if self.account is None else f"account:{self.account}"
        return f"account:{self.account} browser:{self.browser}"

    @property
    def of_address(self) -> str:
        """The address as attempts are kept by it."""
        return f"address:{network_of(self.address)}"


class Pauses:
    """Keeps attempts apart."""

    def __init__(self, attempts: Attempts, clock: Clock) -> None:
        self._attempts, self._clock = attempts, clock

    def begin(self, tried: Tried) -> None:
        """Raises TooManyAttempts where one has to wait, and that attempt is not counted.

        Else it counts as failed for its account until it succeeds, so that many at once count too.
        """
        wait_s = 0.0 if tried.browser is not None else self._wait_s(tried.of_address, ADDRESS_FREE)
        if tried.of_account is not None:
            wait_s = max(wait_s, self._wait_s(tried.of_account, ACCOUNT_FREE))
        if wait_s > 0:
            raise TooManyAttempts(math.ceil(wait_s))
        if tried.of_account is not None:
            self._attempts.failed(tried.of_account)

    def failed(self, tried: Tried) -> None:
        """Count it for the address, too."""
        self._attempts.failed(tried.of_address)

    def succeeded(self, tried: Tried) -> None:
        """What failed before was mistyped. Of the address nothing is forgotten: others may try from there."""
        if tried.of_account is not None:
            self._attempts.forget(tried.of_account)

    def _wait_s(self, subject: str, free: int) -> float:
        failed, last = self._attempts.count(subject)
        if last is None:
            return 0
        since = self._clock.now() - last
        if since > FORGOTTEN:
            self._attempts.forget(subject)
            return 0
        return pause_s(failed, free) - since.total_seconds()


def pause_s(failed: int, free: int) -> int:
    """Seconds that have to lie between the last of so many failures and the next attempt."""
    return 0 if failed < free else int(min(2.0 ** min(failed - free, 32), PAUSE_S_MAX))


def network_of(address: str | None) -> str:
    """An IPv4 address as it is, of an IPv6 address the network, for each has as many as it likes."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or ipaddress.ip_network((int(found) >> 64 << 64, 64)))
