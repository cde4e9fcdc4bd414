"""The messages of the AK dialect as devices send them, decoded by msgspec.

Numbers arrive as numbers or as text; both are taken. Fields that a conversation does not need are not named here: those
of a configuration are kept as said, those of a record are ignored. What only informs, such as a version, is whatever came.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._nhjc04.messages import BYTE_ORDER_MARK, UNREADABLE, DataRow, why_unreadable

RECORD_BYTES_MAX = 16 * 1024  # one record is some 400 bytes; its remark is free text
KEPT_BYTES_MAX = (
    3 * RECORD_BYTES_MAX
)  # of one that waited: a byte that is no UTF-8 is kept as a sign of three
CONFIG_BYTES_MAX = 8 * 1024 * 1024  # 20 000 rows of 400 bytes
CONFIG_ROWS_MAX = 20_000  # a plant has some hundred points at up to four statistics each


class Asked(msgspec.Struct, frozen=True, rename="camel"):
    """What every message may say: whose device it is, and the token where no header holds it."""

    enterprise_code: str = ""
    token: str | None = None
    reg_version: Any = None
    dic_version: Any = None


class KeyAsk(msgspec.Struct, frozen=True, rename="camel"):
    """A device asks for its key (获取密钥), or where the platform is."""

    enterprise_code: str


class AkAsk(msgspec.Struct, frozen=True, rename="camel"):
    """A device shows what its password makes, and asks for a token (申请接入码)."""

    enterprise_code: str
    password: str


class Record(DataRow, gc=False, rename="camel"):
    """One reading on the wire (能耗数据上传), a POST each: a row of NHJC-04 with what this dialect adds."""

    enterprise_code: str | None = None
    token: str | None = None
    convert_ration: Any = None
    reg_version: Any = None
    dic_version: Any = None


M = TypeVar("M")


def decoded(body: bytes, kind: type[M], bytes_max: int = CONFIG_BYTES_MAX) -> M:
    """A message of this kind. Raises MalformedBody naming the field, TooLarge."""
    if len(body) > bytes_max:
        raise TooLarge(f"{len(body)} bytes, at most {bytes_max} are read", "body")
    try:
        # A number keeps the digits it was written with; through a float 0.1 + 0.2 would not.
        return msgspec.json.Decoder(kind, float_hook=str).decode(body.removeprefix(BYTE_ORDER_MARK))
    except UNREADABLE as fault:
        raise MalformedBody(why_unreadable(body, fault), kind.__name__) from fault


_RECORDS = msgspec.json.Decoder(Record, float_hook=str)


def record_of(body: bytes, bytes_max: int = RECORD_BYTES_MAX) -> Record:
    """One record. Raises MalformedBody naming the field, TooLarge."""
    if len(body) > bytes_max:
        raise TooLarge(f"{len(body)} bytes, at most {bytes_max} of a record are read", "body")
    try:
        return _RECORDS.decode(body.removeprefix(BYTE_ORDER_MARK))
    except UNREADABLE as fault:
        raise MalformedBody(why_unreadable(body, fault), "Record") from fault
