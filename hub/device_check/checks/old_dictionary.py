"""The device was told of another version of the dictionary, and never fetched it."""

from __future__ import annotations

from collections.abc import Iterator

from hub.device_check.evidence import Evidence
from hub.device_check.findings import Check, Found, Severity, Words
from hub.device_check.heard import Heard, Step


def _finds(evidence: Evidence) -> Iterator[Found]:
    told = _told(evidence)
    fetched = [message.number for message in evidence.of(Step.BASE_DATA)]
    uploads = [message.number for message in evidence.of(Step.DATA, Step.RECORD)]
    for message, version in told:
        first = next((number for number in uploads if number > message.number), None)
        if first and not any(message.number < number < first for number in fetched):
            yield Found(f"dicVersion {version}", "dicVersion", message.number)
            break
    yield from _old_records(evidence, told[-1][1] if told else "")


def _told(evidence: Evidence) -> list[tuple[Heard, str]]:
    """Each answer with a version other than the one before."""
    found: list[tuple[Heard, str]] = []
    for message in evidence.of(Step.VERSION):
        version = str((message.told or {}).get("dicVersion", ""))
        if version and (not found or found[-1][1] != version):
            found.append((message, version))
    return found


def _old_records(evidence: Evidence, current: str) -> Iterator[Found]:
    """Records say by which version they go; where nothing was told, the largest is the newest."""
    said = [(message, message.text("dicVersion")) for message in evidence.of(Step.RECORD)]
    known = current or max((version for _, version in said), key=lambda each: (len(each), each), default="")
    old = [(message, version) for message, version in said if version and version != known]
    if old:
        message, version = old[-1]
        yield Found(f"dicVersion {version} ≠ {known}", "dicVersion", message.number, None, len(old))


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
