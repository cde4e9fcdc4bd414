"""Divisions (行政区划, GB/T 2260): six digits, two for the province, two for the city, two for the county.

The 31 provinces, regions and municipalities of the order and 新疆生产建设兵团 stand here, because the order names
them; cities and counties, abolished ones included, come from python-stdnum's table. The Corps has no division
code of its own in GB/T 2260: 66 is what predecessor lists use (unverified), so it is a setting of the tree.
Provinces 90 to 99 exist nowhere: they are kept for simulation, so that an invented province can never be
mistaken for a real one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from stdnum import numdb

from graph.errors import InvalidInput, MalformedCode, NotFound

CORPS = "66"  # 新疆生产建设兵团, unverified
SIMULATED = "9"  # provinces whose code starts with it are invented
_STILL = 9999  # sorts a division of today after every abolished one of the same code

# code, Chinese name, short name, English name, column and row on the tile map
_PROVINCES = """
11 北京市 京 Beijing 7 2|12 天津市 津 Tianjin 8 2|13 河北省 冀 Hebei 7 3|14 山西省 晋 Shanxi 6 3
15 内蒙古自治区 蒙 Inner-Mongolia 6 2|21 辽宁省 辽 Liaoning 9 2|22 吉林省 吉 Jilin 9 1|23 黑龙江省 黑 Heilongjiang 9 0
31 上海市 沪 Shanghai 9 5|32 江苏省 苏 Jiangsu 8 4|33 浙江省 浙 Zhejiang 8 5|34 安徽省 皖 Anhui 7 4
35 福建省 闽 Fujian 8 6|36 江西省 赣 Jiangxi 7 5|37 山东省 鲁 Shandong 8 3|41 河南省 豫 Henan 6 4
42 湖北省 鄂 Hubei 6 5|43 湖南省 湘 Hunan 6 6|44 广东省 粤 Guangdong 7 6|45 广西壮族自治区 桂 Guangxi 6 7
46 海南省 琼 Hainan 6 8|50 重庆市 渝 Chongqing 5 5|51 四川省 川 Sichuan 4 5|52 贵州省 黔 Guizhou 5 6
53 云南省 滇 Yunnan 4 6|54 西藏自治区 藏 Tibet 2 5|61 陕西省 陕 Shaanxi 5 4|62 甘肃省 甘 Gansu 4 3
63 青海省 青 Qinghai 3 4|64 宁夏回族自治区 宁 Ningxia 5 3|65 新疆维吾尔自治区 新 Xinjiang 2 3
66 新疆生产建设兵团 兵团 XPCC 2 2
"""


class RegionLevel(StrEnum):
    """How fine a division is (区划级别)."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


@dataclass(frozen=True, order=True)
class RegionCode:
    """Six digits of a division; whether it exists is the tree's affair. Raises MalformedCode."""

    digits: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9]{6}", self.digits):
            raise MalformedCode("region code", self.digits, "whole", "expected six digits")
        if self.digits[:2] == "00":
            raise MalformedCode("region code", self.digits, "province (1-2)", "00 is no province")

    @property
    def level(self) -> RegionLevel:
        """Province, city or county by its trailing zeros."""
        if self.digits[2:] == "0000":
            return RegionLevel.PROVINCE
        return RegionLevel.CITY if self.digits[4:] == "00" else RegionLevel.COUNTY

    @property
    def province(self) -> RegionCode:
        """The province it lies in."""
        return RegionCode(self.digits[:2] + "0000")

    @property
    def city(self) -> RegionCode | None:
        """The city it lies in; None for a province and for a county right below one (Hainan until 2002)."""
        return None if self.digits[2:4] == "00" else RegionCode(self.digits[:4] + "00")

    @property
    def parent(self) -> RegionCode | None:
        """One level up; None for a province."""
        if self.level is RegionLevel.PROVINCE:
            return None
        return self.province if self.level is RegionLevel.CITY else self.city or self.province

    @property
    def is_simulated(self) -> bool:
        """Whether it belongs to an invented province."""
        return self.digits.startswith(SIMULATED)

    def holds(self, other: RegionCode) -> bool:
        """Whether `other` is this division or lies in it."""
        significant = {RegionLevel.PROVINCE: 2, RegionLevel.CITY: 4, RegionLevel.COUNTY: 6}[self.level]
        return other.digits[:significant] == self.digits[:significant]

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True)
class Region:
    """A division with its names; `abolished` is the year it ceased, kept because old codes live on."""

    code: RegionCode
    name: str
    short_name: str
    english: str
    abolished: int | None = None
    tile: tuple[int, int] | None = field(default=None, compare=False)


def _provinces(corps: str = CORPS) -> dict[RegionCode, Region]:
    found = {}
    for line in re.split(r"[\n|]", _PROVINCES.strip()):
        digits, name, short, english, column, row = line.split()
        code = RegionCode((corps if digits == CORPS else digits) + "0000")
        found[code] = Region(code, name, short, english.replace("-", " "), tile=(int(column), int(row)))
    return found


PROVINCES: Mapping[RegionCode, Region] = _provinces()


class DivisionTree:
    """Divisions by code: the provinces above, stdnum's cities and counties, and any a deployment adds."""

    def __init__(self, extra: Iterable[Region] = (), corps: str = CORPS) -> None:
        """`corps` is the province number under which this deployment keeps the Corps. Raises InvalidInput."""
        self._extra = {region.code: region for region in extra}
        self._provinces = _provinces(corps)
        if len(self._provinces) != len(PROVINCES) or corps.startswith(SIMULATED):
            raise InvalidInput(f"{corps} is another province's number, or an invented one's", "corps")

    def provinces(self) -> tuple[Region, ...]:
        """Every province, in code order."""
        both = {
            **self._provinces,
            **{c: r for c, r in self._extra.items() if c.level is RegionLevel.PROVINCE},
        }
        return tuple(both[code] for code in sorted(both))

    def __getitem__(self, code: RegionCode) -> Region:
        """The region of a code, abolished ones included. Raises NotFound."""
        found = self._extra.get(code) or self._provinces.get(code) or _table().get(code)
        if found is None:
            raise NotFound(f"no division has the code {code}")
        return found

    def __contains__(self, code: RegionCode) -> bool:
        return code in self._extra or code in self._provinces or code in _table()

    def children(self, code: RegionCode) -> tuple[Region, ...]:
        """The divisions of today right below `code`, in code order."""
        below = {region.code: region for region in _table_below().get(code, ())}
        below |= {c: region for c, region in self._extra.items() if c.parent == code}
        return tuple(below[c] for c in sorted(below) if below[c].abolished is None)


@cache
def _table() -> dict[RegionCode, Region]:
    """stdnum's cities and counties. A name reads `[1986-2010]崇文区` where the division has not always been."""
    found: dict[RegionCode, Region] = {}
    for _, province, _, _, counties in numdb.get("cn/loc").prefixes:
        for _, rest, _, properties, _ in counties:
            if rest == "0000":
                continue
            code = RegionCode(province + rest)
            entries = [_entry(text) for text in properties["county"].split(",")]
            name, abolished = max(entries, key=lambda entry: entry[1] or _STILL)
            found[code] = Region(code, name, name, name, abolished)
    return found


@cache
def _table_below() -> dict[RegionCode | None, list[Region]]:
    """The same divisions under their parents."""
    below: dict[RegionCode | None, list[Region]] = {}
    for code, region in _table().items():
        below.setdefault(code.parent, []).append(region)
    return below


def _entry(text: str) -> tuple[str, int | None]:
    """One name of a division and the year it was abolished, if it was."""
    dated = re.match(r"\[(?:\d{4})?-(\d{4})?\](.+)", text)
    if not dated:
        return text, None
    return dated[2], int(dated[1]) if dated[1] else None
