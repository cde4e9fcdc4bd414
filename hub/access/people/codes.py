"""One-time codes that people type (邀请码): 120 random bits in groups, of which only a digest is kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

LIVES = dt.timedelta(hours=24)
LETTERS = 24  # of 5 bits each: nobody guesses one
GROUP = 4
TYPED_MAX = 100  # characters that are looked at
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def fresh_code() -> str:
    """A new one, as it is shown."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def digest_of(typed: str) -> str:
    """The digest of what somebody typed: small letters, blanks and look-alikes are no mistakes."""
    plain = "".join(letter for letter in typed[:TYPED_MAX].upper() if letter.isalnum()).translate(_ALIKE)
    return hashlib.sha256(f"nengshu one-time code {plain}".encode()).hexdigest()
