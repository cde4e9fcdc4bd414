"""Whether a browser's request comes from the hub's own pages: what a cookie alone does not say."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from graph.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Own:
    """The hub's own origin: that of its public address; without one that of the name it was called by."""

    def __init__(self, public_url: str | None) -> None:
        self._origin = None if public_url is None else origin_of(public_url)

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach it by https."""
        return self._origin is not None and self._origin.startswith("https:")

    def require(self, headers: Mapping[str, str]) -> None:
        """Raise Forbidden unless a page of the hub's own asks.

        A browser that hides the origin ("null") or names none says in Sec-Fetch-Site where a request comes from.
        """
        origin = headers.get("origin")
        if origin is None or origin == "null":
            is_own = headers.get("sec-fetch-site") == "same-origin"
        else:
            is_own = origin == (self._origin or f"http://{headers.get('host', '')}".lower())
        if not is_own:
            raise Forbidden("a request with a session's cookie has to come from the hub's own pages")

    def require_where_it_matters(
        self, headers: Mapping[str, str], method: str, *, is_websocket: bool
    ) -> None:
        """The same for what changes something, and for a socket, which any page may open and read."""
        if is_websocket or method not in SAFE_METHODS:
            self.require(headers)


def origin_of(url: str) -> str:
    """The origin of an address as browsers write it."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    standard = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, standard) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"
