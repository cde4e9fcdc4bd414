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

import msgspec
import pyarrow as pa

from graph.discover import modules_in
from graph.errors import MalformedBody
from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc04.answers import Refused
from provincial_adapters._nhjc04.messages import UNREADABLE
from provincial_adapters._toolkit.dialect import Quirk

NONE = "none"
SECRET_DIGITS = (
    32  # hexadecimal, of the `secretKey` that a device is given: the form of its deviceId (assumed)
)
_ROWS = msgspec.json.Decoder(list[Any], float_hook=str)


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


def plain(data: bytes, encryption: str, secret: str, unit: CreditCode) -> tuple[bytes, Mapping[int, str]]:
    """The rows of a JSON array with their values decrypted, and by a row's number why its value could not be.

    Raises Refused where none of them could, MalformedBody when `data` is no array.
    """
    if encryption == NONE:
        return data, {}
    try:
        rows = _ROWS.decode(data)
    except UNREADABLE as fault:
        raise MalformedBody(str(fault), "data") from fault
    values = [row.get("dataValue") if isinstance(row, dict) else None for row in rows]
    texts = pa.array([value if isinstance(value, str) else None for value in values], pa.string())
    opened = ciphers()[encryption].open(texts, secret, unit)
    faults = {place + 1: why for place, why in opened.faults.items() if isinstance(rows[place], dict)}
    if rows and len(opened.faults) == len(rows):
        raise Refused(f"解密失败：第 1 条 {opened.faults[0]}")
    for row, text in zip(rows, opened.texts.to_pylist(), strict=True):
        if text is not None:
            row["dataValue"] = text
    return msgspec.json.encode(rows), faults


def secret_key(secret: bytes, unit: CreditCode, link: str) -> str:
    """A device's own secret, derived of the hub's as its identity is, so that none is stored."""
    said = f"secretKey\n{unit.text}\n{link}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()[:SECRET_DIGITS]


def _fault(name: Any) -> str | None:
    known = (NONE, *ciphers())
    return (
        None
        if isinstance(name, str) and name in known
        else f"came {name!r:.64}, expected one of {', '.join(known)}"
    )


ENCRYPTION = Quirk(
    "encryption",
    "by which cipher each dataValue is encrypted on its own; a device is then given its `secretKey` when it registers",
    NONE,
    fault=_fault,
)
