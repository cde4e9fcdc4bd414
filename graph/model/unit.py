"""Key energy-using units (重点用能单位), their tier and industry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from graph.errors import InvalidInput, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.region import RegionCode

# GB/T 4754-2017, sections (门类)
SECTIONS = {
    "A": ("农、林、牧、渔业", "agriculture"),
    "B": ("采矿业", "mining"),
    "C": ("制造业", "manufacturing"),
    "D": ("电力、热力、燃气及水生产和供应业", "power, heat, gas and water"),
    "E": ("建筑业", "construction"),
    "F": ("批发和零售业", "trade"),
    "G": ("交通运输、仓储和邮政业", "transport and storage"),
    "H": ("住宿和餐饮业", "hotels and catering"),
    "I": ("信息传输、软件和信息技术服务业", "information services"),
    "J": ("金融业", "finance"),
    "K": ("房地产业", "real estate"),
    "L": ("租赁和商务服务业", "business services"),
    "M": ("科学研究和技术服务业", "research and technical services"),
    "N": ("水利、环境和公共设施管理业", "water and environment"),
    "O": ("居民服务、修理和其他服务业", "household services"),
    "P": ("教育", "education"),
    "Q": ("卫生和社会工作", "health"),
    "R": ("文化、体育和娱乐业", "culture and sports"),
    "S": ("公共管理、社会保障和社会组织", "public administration"),
    "T": ("国际组织", "international organisations"),
}


class Tier(StrEnum):
    """The 百千万 tiers: supervised by the nation, the province, the city (百家、千家、万家)."""

    HUNDRED = "hundred"
    THOUSAND = "thousand"
    TEN_THOUSAND = "ten_thousand"


@dataclass(frozen=True, order=True)
class Industry:
    """An industry code (行业代码, GB/T 4754-2017): section letter, then up to four digits."""

    code: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-T]([0-9]{2,4})?", self.code):
            raise MalformedCode(
                "industry code", self.code, "whole", "expected a letter A to T and 2 to 4 digits"
            )

    @property
    def section(self) -> str:
        """The section letter."""
        return self.code[0]

    @property
    def section_names(self) -> tuple[str, str]:
        """The section in Chinese and in English."""
        return SECTIONS[self.section]


@dataclass(frozen=True)
class Unit:
    """A key energy-using unit. `roster_batch` is the batch (纳入批次) in which its province listed it."""

    credit_code: CreditCode
    name: str
    region: RegionCode
    industry: Industry
    tier: Tier
    roster_batch: int = 1

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidInput(f"unit {self.credit_code} has no name", "name")
        if self.roster_batch < 1:
            raise InvalidInput(f"came {self.roster_batch}, expected 1 or more", "rosterBatch")
