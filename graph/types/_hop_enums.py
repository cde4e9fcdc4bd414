"""Hops between a meter and this hub as GraphQL's, each described."""

from __future__ import annotations

from enum import StrEnum

from graph.execution.enumerations import described as _described
from graph.model.hop import SlotState
from graph.ports import HopDimension

__all__ = ["HopDimension", "MissingAt"]


class MissingAt(StrEnum):
    """The states of graph.model.hop of which something may be known."""

    METER = SlotState.MISSING_AT_METER.value
    PROBE = SlotState.MISSING_AT_PROBE.value
    PROVINCE = SlotState.MISSING_AT_PROVINCE.value
    LINK = SlotState.MISSING_AT_LINK.value


_described(
    HopDimension,
    "What completeness by hop can be grouped by.",
    {
        HopDimension.PROVINCE: "The unit's province (省).",
        HopDimension.UNIT: "The unit (用能单位).",
        HopDimension.DATA_CODE: "The point's data code (数据编码).",
        HopDimension.DAY: "The Beijing day (日).",
    },
)
_described(
    MissingAt,
    "A hop between a meter and this hub (环节).",
    {
        MissingAt.METER: "The meter, or its counter (表计).",
        MissingAt.PROBE: "The unit's probe or device (采集端).",
        MissingAt.PROVINCE: "The province's platform, or what lies below it (省级平台).",
        MissingAt.LINK: "The link between the province's platform and this hub (链路).",
    },
)
