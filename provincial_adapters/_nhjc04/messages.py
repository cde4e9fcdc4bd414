"""The messages of NHJC-04 as access devices send them, decoded by msgspec.

Numbers arrive as numbers or as text, depending on who wrote the device; both are taken. Fields that a
conversation does not need are not named here and are ignored.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias, TypeVar

import msgspec

from graph.errors import MalformedBody, TooLarge

# A row is some 180 bytes: a day of quarter-hours of a thousand points is 17 MB, a month of a hundred 54 MB.
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # some clients write one before their JSON
GZIP = b"\x1f\x8b"  # how a compressed body begins
BODY_BYTES_MAX = 64 * 1024 * 1024
CONFIG_ITEMS_MAX = 20_000  # a plant has some hundred points at up to four statistics each

# What msgspec raises for bytes that are not the message; the last one for arrays nested a thousand deep.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_PACKED = "是 gzip 压缩的；平台不解压，请发送未压缩的 JSON"
_NO_UTF_8 = "不是 UTF-8 编码；请以 UTF-8 发送，或在 Content-Type 中写明 charset=gbk"

Word: TypeAlias = int | str


class Register(msgspec.Struct, frozen=True, rename="camel"):
    """Step 1: a device asks where to send (注册)."""

    enterprise_code: str
    region: Word | None = None


class VersionCheck(msgspec.Struct, frozen=True, rename="camel"):
    """Step 2: a device asks whether its tables are still those of the platform (版本校验)."""

    device_id: str


class BaseDataAsk(msgspec.Struct, frozen=True, rename="camel"):
    """A device asks for the base data (基础数据下载)."""

    device_id: str | None = None


class ConfigItem(msgspec.Struct, frozen=True, rename="camel"):
    """One thing a device collects, at one statistic (采集项配置); its other fields are kept as said."""

    stat_type: Word
    energy_class_code: Word | None = None
    energy_type_code: Word | None = None
    data_usage_code: Word | None = None
    process_code: Word | None = None
    process_unit_code: Word | None = None
    equipment_code: Word | None = None
    equipment_unit_code: Word | None = None
    input_type: Word | None = None
    data_value_max: Any = None
    data_value_min: Any = None
    scope: Word | None = None


class ConfigUpload(msgspec.Struct, frozen=True, rename="camel"):
    """Step 3: a device says what it will send (配置上传), and of the plant it stands in whatever it knows."""

    device_id: str
    enterprise_code: str
    collect_item_config: list[msgspec.Raw] | None = None
    enterprise: Any = None
    process: Any = None
    process_unit: Any = None
    group: Any = None
    instruments: Any = None
    instrument: Any = None

    @property
    def beside(self) -> dict[str, Any]:
        """All but the items, by the protocol's words."""
        return {
            "enterprise": self.enterprise,
            "process": self.process,
            "processUnit": self.process_unit,
            "group": self.group,
            "instruments": self.instruments,
            "instrument": self.instrument,
        }


class DataUpload(msgspec.Struct, frozen=True, rename="camel"):
    """Step 4: the readings (能耗数据上传); `data` stays bytes until the sender is known."""

    device_id: str
    enterprise_code: str
    data: msgspec.Raw


class DataRow(msgspec.Struct, gc=False, rename="camel"):
    """One reading on the wire. It lives only until its columns are made.

    `dataValue` and `valid` are whatever came, so that a number keeps the digits it was written with.
    """

    data_code: str
    data_value: Any
    input_type: Word
    stat_type: Word
    stat_date: str
    upload_date: Any = None
    scope: Word | None = None
    valid: Any = None


M = TypeVar("M")


def decoded(body: bytes, kind: type[M]) -> M:
    """A message of this kind. Raises MalformedBody naming the field, TooLarge."""
    if len(body) > BODY_BYTES_MAX:
        raise TooLarge(f"{len(body)} bytes, at most {BODY_BYTES_MAX} are read", "body")
    try:
        return msgspec.json.decode(body.removeprefix(BYTE_ORDER_MARK), type=kind)
    except UNREADABLE as fault:
        raise MalformedBody(why_unreadable(body, fault), kind.__name__) from fault


def why_unreadable(body: bytes, fault: Exception) -> str:
    """What a body is that cannot be read."""
    if body.startswith(GZIP):
        return _PACKED
    return _NO_UTF_8 if _is_no_utf_8(body) else str(fault)


def _is_no_utf_8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def digest_of(body: bytes) -> str:
    """SHA-256 of a body's bytes."""
    return hashlib.sha256(body).hexdigest()
