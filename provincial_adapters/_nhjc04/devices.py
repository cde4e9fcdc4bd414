"""What the hub gives a device: an identity derived, not stored, and a slot of the night to upload in."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode

DEVICE_ID_DIGITS = 32
NIGHT_BEGINS_S, NIGHT_ENDS_S = 30 * 60, 5 * 3600 + 30 * 60  # 00:30 to 05:30, when the day before is whole
SLOTS_A_NIGHT = 600  # one each half minute
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


def slot_of(identity: str) -> int:
    """A device's place among the slots of a night, evenly spread because identities are."""
    return int(identity[:8], 16) % SLOTS_A_NIGHT


def upload_time(number: int, count: int) -> str:
    """HH:mm:ss of the `number`-th (from 0) of `count` slots spread evenly over the night, Beijing time."""
    if not 0 <= number < count:
        raise InvalidInput(f"came slot {number} of {count}")
    second = NIGHT_BEGINS_S + (NIGHT_ENDS_S - NIGHT_BEGINS_S) * number // count
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def addresses(base_url: str) -> dict[str, str]:
    """The addresses of a register answer below the hub's public address."""
    return {name: base_url.rstrip("/") + path for name, path in PATHS.items()}
