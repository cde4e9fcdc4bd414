"""Agencies, responsible persons and provincial platforms (牵头部门、建设单位、责任人、省级平台)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput
from graph.model.region import RegionCode


class AgencyRole(StrEnum):
    """What an agency is in the programme (424号, 一 and 五)."""

    NDRC = "ndrc"
    SAMR = "samr"
    NECC = "necc"
    NIM = "nim"
    LEAD = "lead"
    CONSTRUCTION = "construction"
    AUDITOR = "auditor"


@dataclass(frozen=True)
class Agency:
    """A body with a duty; `region` is None for national ones. `mechanism` is its 工作机制 in words."""

    key: str
    name: str
    role: AgencyRole
    region: RegionCode | None = None
    mechanism: str | None = None

    def __post_init__(self) -> None:
        provincial = self.role in (AgencyRole.LEAD, AgencyRole.CONSTRUCTION)
        if provincial and self.region is None:
            raise InvalidInput(f"agency {self.key} is {self.role.value} of no region", "region")


class PlatformMode(StrEnum):
    """How a province's readings reach the nation (自建平台, 分批次接入国家平台)."""

    PLATFORM = "platform"
    DIRECT = "direct"


class PlatformStage(StrEnum):
    """Stages of a platform's construction, in order (建设阶段; our own list, the order names none)."""

    PLANNED = "planned"
    APPROVED = "approved"
    CONTRACTED = "contracted"
    BUILT = "built"
    TRIAL = "trial"
    ACCEPTED = "accepted"


@dataclass(frozen=True)
class Platform:
    """A province's platform plan; `operation_assured`: upkeep is funded and staffed (运维保障机制)."""

    region: RegionCode
    name: str
    mode: PlatformMode
    operation_assured: bool = False
    filed_on: dt.date | None = None
