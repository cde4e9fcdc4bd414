"""One-time codes of people's telephones (动态码, RFC 6238): sealed secrets, their QR codes, each code used once."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re

import pyotp
import segno

from graph.ports import Clock
from hub.access.ports import Once, Sealing

STEP_S = 30  # what every telephone's program assumes
DRIFT = 1  # steps that a telephone's clock may be off
KIND = "totp"  # of what is used once
_CODE = re.compile(r"[0-9]{6}", re.ASCII)
_NOBODYS = pyotp.random_base32()  # so that an account without a telephone is looked at as long


class Telephones:
    """Makes secrets and tells whether a code is of one; `hub` is what the telephone shows beside the code."""

    def __init__(self, sealing: Sealing, once: Once, clock: Clock, hub: str) -> None:
        self._sealing, self._once, self._clock, self._hub = sealing, once, clock, hub

    def seal(self, account: str, secret: str) -> str:
        """A secret as the registry keeps it: of no use in another account's row."""
        return self._sealing.seal(secret.encode(), _what(account))

    def secret_of(self, account: str, sealed: str | None) -> str | None:
        """What was sealed."""
        return None if sealed is None else self._sealing.open(sealed, _what(account)).decode()

    def step_of(self, secret: str | None, code: str) -> int | None:
        """The step of time that a code belongs to; None where it is no code of now. It is not used up by this."""
        given = re.sub(r"\s", "", code[:16])
        plain = given if _CODE.fullmatch(given) else ""
        known = pyotp.TOTP(secret or _NOBODYS, interval=STEP_S)
        now = int(self._clock.now().timestamp()) // STEP_S
        steps = range(now - DRIFT, now + DRIFT + 1)
        found = [step for step in steps if hmac.compare_digest(known.generate_otp(step), plain)]
        return found[0] if found and secret is not None else None

    def use(self, account: str, secret: str, step: int) -> bool:
        """Whether this step's code is used for the first time."""
        until = dt.datetime.fromtimestamp((step + DRIFT + 1) * STEP_S, dt.UTC)
        which = hashlib.sha256(secret.encode()).hexdigest()[:16]
        return self._once.use(KIND, f"{account}:{which}:{step}", until)

    def drawing(self, account: str, secret: str) -> str:
        """The QR code that a telephone reads the secret from, as SVG without styles of its own."""
        address = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=account, issuer_name=self._hub)
        return segno.make(address, error="l").svg_inline(border=4, dark="#000", light="#fff", omitsize=True)


def fresh_secret() -> str:
    """160 random bits, as telephones take them."""
    return pyotp.random_base32()


def in_groups(secret: str) -> str:
    """A secret as it is typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _what(account: str) -> str:
    return f"totp of {account}"
