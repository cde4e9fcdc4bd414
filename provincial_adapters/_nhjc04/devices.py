"""What the hub gives a device: an identity derived, not stored, and the addresses to go to."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from graph.errors import ConfigurationError, InvalidInput
from graph.model.credit_code import CreditCode
from graph.ports import Clock

DEVICE_ID_DIGITS = 32
LEARNED_AGAIN = dt.timedelta(minutes=1)  # between two looks at all devices, whatever identities are made up
SECRET_BYTES_MIN = 16  # shorter, and a device's identity could be guessed

# What a register answer calls an address, and the path that answers it. The first four were seen in use; for the
# others, which name downloads, our base data stands (assumed).
PATHS: Mapping[str, str] = {
    "centerInfoURL": "/enterprise/downloadConfigData",
    "centerDataURL": "/enterprise/uploadEnergyData",
    "loadDicVersionURL": "/enterprise/versionCheck",
    "downloadBaseDataURL": "/enterprise/downloadBaseData",
    "centerInfoDownloadURL": "/enterprise/downloadBaseData",
    "centerDataDownloadURL": "/enterprise/downloadBaseData",
    "loadConfigURL": "/enterprise/downloadBaseData",
}


def device_id(secret: bytes, unit: CreditCode, link: str) -> str:
    """32 hexadecimal digits that only this hub can derive from a unit and its link."""
    said = f"{unit.text}\n{link}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()[:DEVICE_ID_DIGITS]


def check_secret(secret: bytes) -> None:
    """Raise InvalidInput for a secret too short to derive identities from."""
    if len(secret) < SECRET_BYTES_MIN:
        raise InvalidInput(f"{len(secret)} bytes, expected {SECRET_BYTES_MIN} or more", "device secret")


def looks_like_device_id(text: str) -> bool:
    """Whether it has the form of one."""
    return re.fullmatch(rf"[0-9a-fA-F]{{{DEVICE_ID_DIGITS}}}", text) is not None


def addresses(base_url: str) -> dict[str, str]:
    """The addresses of a register answer below the hub's public address."""
    return {name: base_url.rstrip("/") + path for name, path in PATHS.items()}


class Identities:
    """Whose an identity is: a version check says nothing else. All are derived once, and each anew that is given."""

    def __init__(
        self, secret: bytes, units: Callable[[], Sequence[tuple[CreditCode, str]]], clock: Clock
    ) -> None:
        self._secret, self._units, self._clock = secret, units, clock
        self._known: dict[str, CreditCode] = {}
        self._looked: dt.datetime | None = None

    def learn(self, identity: str, unit: CreditCode) -> None:
        """An identity that was given to a unit's device."""
        self._known[identity] = unit

    def unit_of(self, identity: str) -> CreditCode | None:
        """The unit whose device has it; None for one that nobody was given."""
        word, now = identity.lower(), self._clock.now()
        if word not in self._known and (self._looked is None or now - self._looked >= LEARNED_AGAIN):
            self._looked = now
            self._known.update((device_id(self._secret, unit, link), unit) for unit, link in self._units())
        return self._known.get(word)


def check(base_url: str, secret: bytes) -> None:
    """Raise ConfigurationError when the hub's base address or its secret will not do."""
    faults = []
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        faults.append(f"base address: came {base_url!r:.64}, expected one such as https://hub.example")
    try:
        check_secret(secret)
    except InvalidInput as fault:
        faults.append(str(fault))
    if faults:
        raise ConfigurationError("access devices", faults)
