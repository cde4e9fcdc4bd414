"""Values that a device encrypts one by one, by the cipher that its link names and a secret of its own.

One province does so (read); by which algorithm was not to be had. So a cipher is a file of an open folder, and a link says
which: `encryption = "sm4_cbc"` is the one there is, an example whose form is assumed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import pyarrow as pa

from graph.discover import modules_in
from graph.model.credit_code import CreditCode
from provincial_adapters._toolkit.dialect import Quirk

NONE = "none"
SECRET_DIGITS = 32  # hexadecimal, of the `secretKey` that a device is given: the form of its deviceId (assumed)


@dataclass(frozen=True)
class Opened:
    """A column of texts as they were before they were encrypted; null where `faults` says, by place, why not."""

    texts: pa.StringArray
    faults: Mapping[int, str]


class Cipher(Protocol):
    """How values are encrypted. A module of provincial_adapters/_nhjc04/ciphers/ has one as CIPHER."""

    def open(self, texts: pa.StringArray, secret: str, unit: CreditCode) -> Opened:
        """Texts of one device, decrypted with its secret. A text that is none of this cipher's costs itself alone."""
        ...


@cache
def ciphers() -> Mapping[str, Cipher]:
    """Every cipher of the open folder, by the name of its file."""
    found = modules_in("provincial_adapters._nhjc04.ciphers")
    return {name: module.CIPHER for name, module in found.items()}


def secret_key(secret: bytes, unit: CreditCode, link: str) -> str:
    """A device's own secret, derived of the hub's as its identity is, so that none is stored."""
    said = f"secretKey\n{unit.text}\n{link}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()[:SECRET_DIGITS]


def _fault(name: Any) -> str | None:
    known = (NONE, *ciphers())
    return None if isinstance(name, str) and name in known else f"came {name!r:.64}, expected one of {', '.join(known)}"


ENCRYPTION = Quirk(
    "encryption",
    "by which cipher each dataValue is encrypted on its own; a device is then given its `secretKey` when it registers",
    NONE,
    fault=_fault,
)
