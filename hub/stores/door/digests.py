"""Secrets that somebody else keeps: what is handed out, and the digest by which it is found again."""

from __future__ import annotations

import hashlib
import secrets

SECRET_BYTES = 32
SECRET_MAX = 64  # characters of one that comes back: 32 bytes are 43; a longer one is none of ours


def made() -> str:
    """A new secret, fit for a cookie or a URL."""
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(kind: str, secret: str) -> str:
    """What is stored instead; one kind's secret is no other's. Half a character is told from every other."""
    return hashlib.sha256(f"{kind}\0{secret}".encode(errors="surrogatepass")).hexdigest()


def key(kind: str, secret: str) -> bytes:
    """What only who has the secret can open with."""
    return hashlib.sha256(f"key of {kind}\0{secret}".encode()).digest()
