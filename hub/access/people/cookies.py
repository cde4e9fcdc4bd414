"""Cookies (浏览器凭据) of a session and of a login that is under way: no script reads one, no other site sends one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

SECRET_MAX = 256  # characters; a longer one is none of ours
MARK_MAX = 512  # of a browser that is known: a name, an account and a moment, sealed
LOGIN_MAX = 3_000  # of a login under way, sealed; browsers keep 4 096 of a cookie with all that is said of it


class Cookie(Enum):
    """What a cookie is for, and how far browsers send it.

    That of a login under way comes along when the provider sends the browser back, which is another site's doing: it
    is `Lax`, lives for minutes and opens nothing by itself. The others are `Strict`. `KNOWN` outlives signing out.
    """

    SESSION = ("nengshu", "Strict", SECRET_MAX)
    LOGIN = ("nengshu-login", "Lax", LOGIN_MAX)
    PROVIDER = ("nengshu-provider", "Strict", SECRET_MAX)
    KNOWN = ("nengshu-known", "Strict", MARK_MAX)


@dataclass(frozen=True)
class Cookies:
    """Names and writes them; `is_secure` where browsers reach the hub by https."""

    is_secure: bool

    def name(self, cookie: Cookie) -> str:
        """With a prefix that browsers hold to: secure, of this host alone, for all its paths."""
        if self.is_secure:
            return f"__Host-{cookie.value[0]}"
        return "nengshu-session" if cookie is Cookie.SESSION else cookie.value[0]

    def secret(self, headers: Mapping[str, str], cookie: Cookie) -> str | None:
        """What the browser sent; None where it is nothing of ours or, of one name, several things."""
        name, found = self.name(cookie), set()
        for pair in headers.get("cookie", "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                found.add(value)
        secret = found.pop() if len(found) == 1 else ""
        return secret if 0 < len(secret) <= cookie.value[2] else None

    def given(self, cookie: Cookie, secret: str, lives: dt.timedelta) -> str:
        """A Set-Cookie header's value."""
        return self._said(cookie, secret, int(lives.total_seconds()))

    def taken_back(self, cookie: Cookie) -> str:
        """The same, so that the browser forgets it."""
        return self._said(cookie, "", 0)

    def _said(self, cookie: Cookie, secret: str, age_s: int) -> str:
        secure = "; Secure" if self.is_secure else ""
        site = cookie.value[1]
        return f"{self.name(cookie)}={secret}; Path=/; Max-Age={age_s}; HttpOnly; SameSite={site}{secure}"
