"""SM4 in CBC mode, each value by itself, written as hexadecimal digits: a worked example, assumed in every part.

The key is the sixteen bytes of `secretKey`, the initial vector the first sixteen letters of the credit code (as the
AK dialect has it for its password, read there), the padding that of PKCS 7. A device in the field may differ in any: then
copy this file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc04.ciphering import Opened

BLOCK = 16
BLOCKS_MAX = 8  # of one value: 127 letters, where a number has twenty
_SPELT = re.compile(rf"(?:[0-9A-Fa-f]{{{2 * BLOCK}}}){{1,{BLOCKS_MAX}}}")


def key_of(secret: str) -> bytes:
    """The key in a device's secret."""
    return bytes.fromhex(secret)


def vector_of(unit: CreditCode) -> bytes:
    """Where the chain of each value of a unit begins."""
    return unit.text[:BLOCK].encode()


@dataclass(frozen=True)
class _Sm4Cbc:
    """All blocks of all values are decrypted at once, and chained by arithmetic."""

    def open(self, texts: pa.StringArray, secret: str, unit: CreditCode) -> Opened:
        spelt = [text or "" for text in texts.to_pylist()]
        sound = [bool(_SPELT.fullmatch(text)) for text in spelt]
        packed = [bytes.fromhex(text) for text, is_sound in zip(spelt, sound, strict=True) if is_sound]
        opened = iter(_chained(packed, key_of(secret), vector_of(unit)))
        plain: list[str | None] = []
        faults = {}
        for place, is_sound in enumerate(sound):
            text = _text(next(opened)) if is_sound else None
            plain.append(text)
            if text is None:
                why = (
                    "is not what this device's secret encrypts"
                    if is_sound
                    else "is no SM4 in hexadecimal digits"
                )
                faults[place] = f"dataValue {spelt[place][:40]!r} {why}"
        return Opened(pa.array(plain, pa.string()), faults)


def _chained(packed: list[bytes], key: bytes, vector: bytes) -> list[bytes]:
    """Each value decrypted, with its padding."""
    if not packed:
        return []
    together = b"".join(packed)
    blocks = _blocks(Cipher(algorithms.SM4(key), modes.ECB()).decryptor().update(together))  # noqa: S305 - it is CBC, whose chain is undone below
    before = np.roll(_blocks(together), 1, axis=0)
    lengths = np.array([len(each) // BLOCK for each in packed])
    firsts = np.cumsum(lengths) - lengths
    before[firsts] = np.frombuffer(vector, np.uint8)
    plain = (blocks ^ before).tobytes()
    return [
        plain[first * BLOCK : (first + length) * BLOCK] for first, length in zip(firsts, lengths, strict=True)
    ]


def _blocks(data: bytes) -> npt.NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8).reshape(-1, BLOCK)


def _text(padded: bytes) -> str | None:
    """Without its padding; None where that is no padding, or the text none of plain letters: the secret is another."""
    size = padded[-1]
    if not 1 <= size <= BLOCK or padded[-size:] != bytes([size]) * size:
        return None
    try:
        return padded[:-size].decode("ascii")
    except UnicodeDecodeError:
        return None


CIPHER = _Sm4Cbc()
