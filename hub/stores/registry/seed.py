"""The first rows of a new registry: provinces with their tiles, reference coefficients, the national agencies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graph.model.energy import reference_coefficients
from graph.model.platform import AgencyRole
from graph.model.region import DivisionTree, Region
from graph.ports import Ask, Upserted
from hub.stores.registry.registry import Registry

SEEDED_BY = "first rows"

# As the order's addressees and contacts name them (发改办环资〔2019〕424号).
NATIONAL_AGENCIES = (
    ("ndrc", "国家发展改革委（环资司）", AgencyRole.NDRC),
    ("samr", "市场监管总局（计量司）", AgencyRole.SAMR),
    ("necc", "国家节能中心", AgencyRole.NECC),
    ("nim", "中国计量科学研究院", AgencyRole.NIM),
)


def seed(registry: Registry, tree: DivisionTree) -> dict[str, Upserted]:
    """Write the first rows of each noun that has none yet; what people changed since is never put back."""
    firsts = {
        "region": [_region_row(region) for region in tree.provinces()],
        "agency": [{"key": key, "name": name, "role": role} for key, name, role in NATIONAL_AGENCIES],
        "coefficient": list(_coefficient_rows()),
    }
    return {
        noun: registry.upsert(noun, rows, SEEDED_BY)
        for noun, rows in firsts.items()
        if registry.rows(Ask(noun, first=1)).table.num_rows == 0
    }


def _region_row(region: Region) -> dict[str, Any]:
    column, row = region.tile or (None, None)
    return {
        "code": region.code,
        "name": region.name,
        "short_name": region.short_name,
        "english": region.english,
        "tile_column": column,
        "tile_row": row,
        "abolished": region.abolished,
    }


def _coefficient_rows() -> Iterator[dict[str, Any]]:
    for row in reference_coefficients():
        yield {
            "variety": row.variety,
            "basis": row.basis,
            "kgce": row.kgce,
            "edition": row.edition,
            "since": row.since,
            "until": row.until,
            "unit": row.unit,
            "source": row.source,
        }
