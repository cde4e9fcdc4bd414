"""Passwords (口令): what one must be, and their argon2id digests, which say the same to a stranger as to a known account."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from dataclasses import astuple
from enum import StrEnum
from functools import cache
from typing import Any

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.profiles import RFC_9106_LOW_MEMORY

LETTERS_MIN = 12  # fewer can be tried out once a digest is lost
LETTERS_MAX = 128  # more is nobody's password, and each is read by a slow function
DIFFERENT_MIN = 5  # letters that differ: the same one twelve times is no password
AT_ONCE = 2  # digests made at a time: each takes 64 MiB and four threads for a twentieth of a second


@cache
def _nobodys(parameters: tuple[Any, ...]) -> str:
    """The digest of a password nobody has, one for each process: it takes as long to make as to check."""
    return PasswordHasher.from_parameters(Parameters(*parameters)).hash(secrets.token_urlsafe())


class Passwords:
    """Makes and checks digests, a few at a time; whoever calls waits in a thread of its own."""

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._nobodys = _nobodys(astuple(parameters))

    def hash(self, password: str) -> str:
        """The digest with its parameters."""
        with self._room:
            return self._hasher.hash(_composed(password))

    def matches(self, digest: str | None, password: str) -> bool:
        """Whether it is the password of this digest. Without one the answer is no, and takes as long."""
        is_possible = len(password) <= LETTERS_MAX
        with self._room:
            try:
                self._hasher.verify(digest or self._nobodys, _composed(password[:LETTERS_MAX]))
            except (Argon2Error, InvalidHashError):
                return False
        return digest is not None and is_possible

    def is_outdated(self, digest: str) -> bool:
        """Whether it was made with other parameters than it would be today."""
        return self._hasher.check_needs_rehash(digest)


class Weakness(StrEnum):
    """Why a text is no password here."""

    LENGTH = "passwordLength"
    ALIKE = "passwordAlike"
    NAME = "passwordName"


def weakness_of(password: str, *names: str) -> Weakness | None:
    """What is wrong with a password; None where nothing is. It must be none of these names."""
    given = _composed(password)
    if not LETTERS_MIN <= len(given) <= LETTERS_MAX:
        return Weakness.LENGTH
    if len(set(given)) < DIFFERENT_MIN:
        return Weakness.ALIKE
    if given.casefold() in {_composed(name).casefold() for name in names}:
        return Weakness.NAME
    return None


def _composed(password: str) -> str:
    """What looks alike is alike, whichever keyboard it came from."""
    return unicodedata.normalize("NFC", password)
