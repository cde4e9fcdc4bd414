"""Which identity provider can be trusted to be itself."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_fit(issuer: str) -> bool:
    """Whether an issuer is reached by https, or on this machine."""
    parts = urlsplit(issuer)
    is_plain = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
    return is_plain and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK))
