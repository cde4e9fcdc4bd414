"""Addresses (地址) of sources as people may read them."""

from __future__ import annotations

from urllib.parse import urlsplit


def without_secrets(address: str) -> str:
    """An address with whatever may hold a secret left out: user, password, query, fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if not parts.netloc:
        return parts.path if parts.scheme in ("", "file") else f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
