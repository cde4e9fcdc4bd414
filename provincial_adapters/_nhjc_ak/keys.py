"""What the hub gives a device and what proves the device: a key, a password that is never kept, a token nobody stores.

All of it is derived from one secret of the hub, the unit and the link, so that nothing has to be kept but a digest of
what a device's password makes.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import CBC

from graph.errors import InvalidInput, MalformedCode
from graph.model.credit_code import CreditCode

KEY_LETTERS = 16  # of a secretKey as text: the bytes of an SM4 key
PROOF_DIGITS = 32  # of the ciphertext, kept by clients (read): its first block
PASSWORD_BYTES_MAX = 256  # of which the first block alone counts
TOKEN_LETTERS_MAX = 1_024  # a link's key of 200 characters fits, whatever its script
SECRET_BYTES_MIN = 16  # shorter, and keys could be guessed
_MAC_DIGITS = 32  # 128 bits


class KeyForm(StrEnum):
    """How a secretKey stands for the sixteen bytes of an SM4 key: their letters, or hexadecimal digits."""

    TEXT = "text"
    HEX = "hex"


def check_secret(secret: bytes) -> None:
    """Raise InvalidInput for a secret too short to derive keys from."""
    if len(secret) < SECRET_BYTES_MIN:
        raise InvalidInput(f"{len(secret)} bytes, expected {SECRET_BYTES_MIN} or more", "device secret")


def secret_key(secret: bytes, unit: CreditCode, link: str, form: KeyForm = KeyForm.TEXT) -> str:
    """The secretKey of a unit's device, which only this hub can derive."""
    derived = _mac(secret, "ak-key", unit.text, link)
    return b32encode(derived)[:KEY_LETTERS].decode() if form is KeyForm.TEXT else derived[:KEY_LETTERS].hex()


def proof_of(key: str, unit: CreditCode, password: str, form: KeyForm = KeyForm.TEXT) -> str:
    """The 32 digits a device sends for its password. Raises InvalidInput for a password that is none."""
    clear = password.encode()
    if not 0 < len(clear) <= PASSWORD_BYTES_MAX:
        raise InvalidInput(f"{len(clear)} bytes, expected 1 to {PASSWORD_BYTES_MAX}", "password")
    pad = padding.PKCS7(SM4.block_size).padder()
    raw = key.encode() if form is KeyForm.TEXT else bytes.fromhex(key)
    cipher = Cipher(SM4(raw), CBC(unit.text[:KEY_LETTERS].encode())).encryptor()
    return (cipher.update(pad.update(clear) + pad.finalize()) + cipher.finalize()).hex()[:PROOF_DIGITS]


def digest_of(proof: str) -> bytes:
    """What is kept of a proof: who reads it cannot show the proof."""
    return hashlib.sha256(f"ak-proof\n{proof.lower()}".encode("utf-8", "replace")).digest()


def is_proof(proof: str, kept: bytes) -> bool:
    """Whether a proof is the one of this digest; takes as long for a wrong one."""
    return hmac.compare_digest(digest_of(proof), kept)


@dataclass(frozen=True)
class Token:
    """Whose device holds it, on which link, until when (seconds since 1970), and with which HTTP status it is told so."""

    unit: CreditCode
    link: str
    until_s: int
    status: int = 200


def token_text(secret: bytes, token: Token) -> str:
    """What the device is given."""
    said = f"{token.unit.text}\n{token.until_s}\n{token.status}\n{token.link}"
    return f"{urlsafe_b64encode(said.encode()).decode().rstrip('=')}.{_token_mac(secret, said)}"


def read_token(secret: bytes, text: str) -> Token | None:
    """The token of a text this hub made, ended or not; None for anything else."""
    body, dot, mac = text.rpartition(".")
    if not dot or len(text) > TOKEN_LETTERS_MAX:
        return None
    try:
        said = urlsafe_b64decode(f"{body}{'=' * (-len(body) % 4)}").decode()
    except (NotBase64, ValueError):
        return None
    if not hmac.compare_digest(_token_mac(secret, said).encode(), mac.encode("utf-8", "replace")):
        return None
    try:
        unit, until_s, status, link = said.split("\n", 3)
        return Token(CreditCode(unit), link, int(until_s), int(status))
    except (MalformedCode, ValueError):
        return None


def _token_mac(secret: bytes, said: str) -> str:
    return _mac(secret, "ak-token", said).hex()[:_MAC_DIGITS]


def _mac(secret: bytes, *said: str) -> bytes:
    return hmac.new(secret, "\n".join(said).encode(), hashlib.sha256).digest()
