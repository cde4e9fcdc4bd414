"""The device was told of another version of the dictionary, and never fetched it."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Step


def _finds(evidence: Evidence) -> Iterator[Found]:
    told = [message for message in evidence.of(Step.VERSION) if message.told and "dicVersion" in message.told]
    fetched = [message.number for message in evidence.of(Step.BASE_DATA)]
    if told and not any(number > told[0].number for number in fetched):
        yield Found(f"dicVersion {_version(told[-1].told)}", "dicVersion", told[-1].number)
    current = _version(told[-1].told) if told else None
    said = [(message, message.text("dicVersion")) for message in evidence.of(Step.RECORD)]
    known = current or max((version for _, version in said), default="")
    old = [(message, version) for message, version in said if version and version != known]
    if old:
        message, version = old[0]
        yield Found(f"dicVersion {version} ≠ {known}", "dicVersion", message.number, None, len(old))


def _version(told: object) -> str:
    return str(told["dicVersion"]) if isinstance(told, dict) else ""


CHECK = Check(
    "old-dictionary",
    (13,),
    Severity.ERROR,
    Words(
        "得知新的 dicVersion 后没有重新下载基础数据，仍用旧版本",
        "told of a new dicVersion, it did not fetch the base data again",
        "每天先做版本校验；dicVersion 变化时先下载基础数据再上传",
        "check versions every day, and fetch the base data before uploading where dicVersion is another",
    ),
    _finds,
)
