"""The base data a device downloads: our code tables in the protocol's words.

The protocol's own form of this message was not to be had; the keys here are ours and documented (assumed). A
device that knows only the version number works without reading further.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any

import msgspec

from graph.model.data_code import DataClass, Scope
from graph.model.energy import VARIETIES

REG_VERSION = "1.0"  # of the register answer's form
_VERSION_DIGITS = 8  # of a digest, written as decimal digits: some clients read a number

CLASSES = {
    DataClass.PRIMARY_ENERGY: "一次能源",
    DataClass.SECONDARY_ENERGY: "二次能源",
    DataClass.WORKING_MEDIUM: "耗能工质",
    DataClass.NON_ENERGY_PRODUCT: "非能源产品",
    DataClass.PRIMARY_COEFFICIENT: "一次能源系数",
    DataClass.SECONDARY_COEFFICIENT: "二次能源系数",
    DataClass.WORKING_MEDIUM_COEFFICIENT: "耗能工质系数",
    DataClass.EFFICIENCY: "能效",
    DataClass.BUSINESS: "经营",
    DataClass.OTHER: "其他",
}
INPUT_TYPES = {
    1: "管理信息系统",
    2: "生产监控管理系统",
    3: "DCS",
    4: "现场仪表",
    5: "手工填报",
    6: "供应方",
    7: "其他",
}
STAT_TYPES = {0: "实时", 1: "日", 2: "月", 3: "年"}
SCOPES = {
    Scope.PLANT: "全厂",
    Scope.PROCESS: "生产工序",
    Scope.PROCESS_UNIT: "工序单元",
    Scope.EQUIPMENT: "重点耗能设备",
}


@cache
def base_data() -> dict[str, list[dict[str, Any]]]:
    """energyClass, energyType (with unit of measure), inputType, statType, scope: rows of code and name."""
    return {
        "energyClass": [{"code": f"{number:02d}", "name": name} for number, name in CLASSES.items()],
        "energyType": [
            {"classCode": row.code[:2], "code": row.code[2:], "name": row.name, "unit": row.unit.value}
            for row in VARIETIES.values()
        ],
        "inputType": _rows(INPUT_TYPES),
        "statType": _rows(STAT_TYPES),
        "scope": _rows({int(scope): name for scope, name in SCOPES.items()}),
    }


@cache
def dic_version() -> str:
    """Changes whenever a table does, so that no device keeps an old one."""
    digest = hashlib.sha256(msgspec.json.encode(base_data(), order="sorted")).hexdigest()
    return str(int(digest[:_VERSION_DIGITS], 16))


def _rows(table: dict[int, str]) -> list[dict[str, Any]]:
    return [{"code": str(number), "name": name} for number, name in table.items()]
