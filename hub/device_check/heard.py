"""What was heard of a device: its messages in their order, what each is, and how it was answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from graph.errors import MalformedBody

# What msgspec raises for bytes that are not the message; the last one for arrays nested a thousand deep.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NO_ROWS = msgspec.Raw(b"null")
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Step(StrEnum):
    """What a message is for, in either dialect (报文类型)."""

    REGISTER = "register"
    VERSION = "version"
    BASE_DATA = "base_data"
    CONFIG = "config"
    DATA = "data"
    KEY = "key"
    AK = "ak"
    RECORD = "record"
    ENTERPRISE = "enterprise"
    ITEMS = "items"
    GAUGES = "gauges"
    REPLACEMENT = "replacement"
    OTHER = "other"
    UNREADABLE = "unreadable"


class Fate(StrEnum):
    """How a message was answered; in an export nobody knows (应答)."""

    TAKEN = "taken"
    REFUSED = "refused"
    LOST = "lost"  # it was taken, and the answer was kept back on purpose
    UNAUTHORIZED = "unauthorized"


_BY_PATH = {
    "/enterprise/register": Step.REGISTER,
    "/enterprise/versionCheck": Step.VERSION,
    "/enterprise/downloadBaseData": Step.BASE_DATA,
    "/enterprise/downloadConfigData": Step.CONFIG,
    "/enterprise/uploadEnergyData": Step.DATA,
    "/YNEnergy/enterpriseInfo/rwk": Step.KEY,
    "/YNEnergy/enterpriseInfo/apply": Step.ENTERPRISE,
    "/YNEnergy/enterpriseInfo/update": Step.ENTERPRISE,
    "/YNEnergy/platformAccessURL": Step.KEY,
    "/YNEnergy/requestAK": Step.AK,
    "/YNEnergy/checkVersion": Step.VERSION,
    "/YNEnergy/dataDownload": Step.BASE_DATA,
    "/YNEnergy/collectItemConfigure": Step.ITEMS,
    "/YNEnergy/gaugeConfigure": Step.GAUGES,
    "/YNEnergy/gaugeReplaceConfigure": Step.REPLACEMENT,
    "/YNEnergy/dataEnterpriseEnergy": Step.RECORD,
}
_BASES = ("/enterprise/", "/YNEnergy/")
# The first line whose fields a message has says what it is, where no path does.
_BY_FIELDS = (
    ({"collectItemConfig"}, Step.CONFIG),
    ({"enterprise"}, Step.CONFIG),
    ({"data"}, Step.DATA),
    ({"dataCode", "dataValue"}, Step.RECORD),
    ({"newGaugeCode"}, Step.REPLACEMENT),
    ({"enterpriseCode", "password"}, Step.AK),
    ({"enterpriseCode", "region"}, Step.REGISTER),
    ({"deviceId"}, Step.VERSION),
)


@dataclass(frozen=True)
class Heard:
    """One message: its place in the conversation from 1, its fields as they came, and what is known of its way.

    `at_given_address` is None where no address was given before, or nobody looked. `told` is what the answer said.
    """

    number: int
    step: Step
    said: Mapping[str, msgspec.Raw]
    path: str = ""
    fate: Fate | None = None
    at_given_address: bool | None = None
    told: Mapping[str, Any] | None = None
    token: str = ""
    fault: str = ""  # why it cannot be read, and where it stands
    moment: dt.datetime | None = None

    def text(self, name: str) -> str:
        """A field as text; empty where it is none."""
        raw = self.said.get(name)
        value = None if raw is None else msgspec.json.decode(raw)
        return str(value).strip() if isinstance(value, str | int | float) else ""

    @property
    def rows(self) -> bytes:
        """The rows of an upload as they came; nothing at all is none."""
        return bytes(self.said.get("data", _NO_ROWS))

    @cached_property
    def content(self) -> bytes:
        """What makes two uploads the same, in few bytes: a digest of their rows, or of all fields of a record."""
        if "data" in self.said:
            return sha256(self.said["data"]).digest()
        fields = (name.encode() + b"\1" + bytes(raw) for name, raw in sorted(self.said.items()))
        return sha256(b"\0".join(fields)).digest()


def heard(number: int, body: bytes, path: str = "", **known: Any) -> Heard:
    """A message of these bytes. Raises MalformedBody for what is no JSON object."""
    said = fields_of(body, f"message {number}")
    return Heard(number, step_of(path, said), said, path, **known)


def unreadable(number: int, fault: MalformedBody, path: str = "") -> Heard:
    """A message of which nothing can be read."""
    return Heard(number, Step.UNREADABLE, {}, path, fault=str(fault))


def fields_of(body: bytes, what: str) -> dict[str, msgspec.Raw]:
    """The fields of an object, each as it came. Raises MalformedBody."""
    try:
        return _OBJECT.decode(in_unicode(body).removeprefix(BYTE_ORDER_MARK))
    except UNREADABLE as fault:
        raise MalformedBody(str(fault), what) from fault


def in_unicode(content: bytes) -> bytes:
    """As UTF-8: what is none is GB 18030, as older programs in China write, or UTF-16 where it begins with its mark."""
    if content.isascii():
        return content
    if content.startswith(_UTF_16):
        return content.decode("utf-16", "replace").encode()
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.decode("gb18030", "replace").encode()
    return content


def step_of(path: str, said: Mapping[str, Any]) -> Step:
    """What a message is, by where it was sent or else by its fields."""
    for known, step in _BY_PATH.items():
        if path.rstrip("/").endswith(known):
            return step
    if any(base in path for base in _BASES):
        return Step.OTHER
    return next((step for fields, step in _BY_FIELDS if fields <= said.keys()), Step.OTHER)
