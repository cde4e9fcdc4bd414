"""What a device of the AK dialect shows in place of its password, what SM4 makes of it, and what else may differ.

Source: CBC, the key from secretKey, the IV from the credit code, the first 32 hexadecimal digits kept (read); padding, the
letters' encoding and case, and that a key is text are assumed. GB/T 32907 is SM4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC

from graph.errors import InvalidInput

PROOF_DIGITS = 32  # of the ciphertext: its first block
BLOCK_BITS = 128


class KeyForm(StrEnum):
    """How a secretKey stands for the sixteen bytes of an SM4 key: their letters, or hexadecimal digits."""

    TEXT = "text"
    HEX = "hex"


@dataclass(frozen=True)
class Manner:
    """What of the dialect is assumed and may differ: the key's form, the token's header.

    `coefficients` are those to coal equivalent that the unit goes by, by variety (convertRation); none is sent of others.
    """

    key_form: KeyForm = KeyForm.TEXT
    header: str = "token"
    coefficients: Mapping[str, str] = field(default_factory=dict)


USUAL = Manner()


def proof_of(password: str, secret_key: str, unit: str, form: KeyForm = KeyForm.TEXT) -> str:
    """What is shown in place of a password. Raises InvalidInput for a key that is none."""
    try:
        key = bytes.fromhex(secret_key) if form is KeyForm.HEX else secret_key.encode("ascii")
        cipher = Cipher(SM4(key), CBC(unit[:16].encode("ascii")))
    except ValueError as fault:  # whose words may quote the key
        raise InvalidInput(f"expected a key of 16 bytes, as {form}", "secretKey") from fault
    padder = padding.PKCS7(BLOCK_BITS).padder()
    padded = padder.update(password.encode()) + padder.finalize()
    encryptor = cipher.encryptor()
    return (encryptor.update(padded) + encryptor.finalize()).hex()[:PROOF_DIGITS]
