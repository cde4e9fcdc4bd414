"""Seals what only this hub may read again (封存): keys to sign with, what one-time codes are made of."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from binascii import Error as Unreadable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from graph.errors import StoreError

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D, 8.2.2: random ones of this length, for far fewer than 2^32 sealings


class Seal:
    """AES-256-GCM under one key. `what` is bound to what is sealed, so that no sealed text can stand for another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, what: str) -> str:
        """A text that tells nothing of the secret."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return b64encode(nonce + self._cipher.encrypt(nonce, secret, what.encode())).decode()

    def open(self, sealed: str, what: str) -> bytes:
        """The secret again. Raises StoreError where it was sealed under another key, as something else, or changed."""
        try:
            raw = b64decode(sealed, validate=True)
            return self._cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], what.encode())
        except (InvalidTag, Unreadable, ValueError) as fault:
            raise StoreError(
                f"{what} was sealed with another key than the one of this data folder"
            ) from fault


def key_of(path: Path) -> bytes:
    """A secret of this hub, made once and readable by its owner alone."""
    if not path.exists():
        unfinished = path.with_suffix(".part")  # a key that is there is whole
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(secrets.token_bytes(KEY_BYTES))
        unfinished.rename(path)
    return path.read_bytes()
