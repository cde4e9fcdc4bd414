"""Seals what only this hub may read again (封存): keys to sign with, what one-time codes are made of."""

from __future__ import annotations

import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error as Unreadable
from contextlib import suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from graph.errors import StoreError
from hub.stores.readings.whole_files import sync_folder

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
    """A secret of this hub, made once whoever asks at the same time, and readable by its owner alone.

    Raises StoreError where the file holds no key.
    """
    if not path.exists():
        _make(path)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise StoreError(f"{path.name} holds {len(key)} bytes, expected the {KEY_BYTES} of a key")
    return key


def _make(path: Path) -> None:
    """Under a name of its own first: a link is there whole, and the first of several stays."""
    unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(opened, "wb") as written:
            written.write(secrets.token_bytes(KEY_BYTES))
            written.flush()
            os.fsync(written.fileno())
        with suppress(FileExistsError):  # somebody was faster, whose key it is
            os.link(unfinished, path)
        sync_folder(path.parent)
    finally:
        unfinished.unlink()
