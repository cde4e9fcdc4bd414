"""The invented nation's devices: a link of each province by which they call, and each device's identity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import msgspec

from graph.errors import SourceRefused
from hub.settings import Settings
from hub.wiring import open_registry
from scripts.benchmarks._devices_bodies import said
from scripts.benchmarks._devices_caller import Answer, Connection, post
from scripts.benchmarks._links_nation import WHO, Province

REGISTER, CHECK, UPLOAD = "/enterprise/register", "/enterprise/versionCheck", "/enterprise/uploadEnergyData"
DIALECTS = ("nhjc04", "nhjc_ak")
SUCCESS = "RECEIVE SUCCESS"


@dataclass(frozen=True)
class Device:
    """A unit's device and what it was given."""

    unit: str
    identity: str


def let_call(settings: Settings, told: Sequence[Province], dialects: Sequence[str]) -> None:
    """Links for each province, by which devices of its units come in and count at once."""
    rows = [
        {
            "key": f"{dialect}-{each.code}", "dialect": dialect, "province": each.code, "address": "devices call",
            "quirks": {"valid_means": 0, "approval": "automatic"},
        }
        for each in told
        for dialect in dialects
    ]  # fmt: skip
    with closing(open_registry(settings)) as registry:
        registry.upsert("link", rows, WHO)


def units_of(told: Sequence[Province]) -> Iterator[str]:
    """Every unit's credit code, province after province."""
    for each in told:
        yield from each.credit_codes


async def registered(connection: Connection, base: str, unit: str) -> Device:
    """What a device is given. Raises SourceRefused."""
    answer = await connection.ask(post(base, REGISTER, said(enterpriseCode=unit, region=unit[2:8])))
    return Device(unit, accepted(answer)["deviceId"])


def accepted(answer: Answer) -> dict[str, Any]:
    """An answer that is success by the words devices look for. Raises SourceRefused."""
    found: dict[str, Any] = msgspec.json.decode(answer.body) if answer.status == 200 else {}
    if found.get("responseMessage") != SUCCESS:
        raise SourceRefused(f"answered {answer.status} {answer.body[:300]!r}")
    return found
