"""The states of an access device as GraphQL's, each described."""

from __future__ import annotations

from graph.execution.enumerations import described as _described
from graph.model.access_device import DeviceState

__all__ = ["DeviceState"]

_described(
    DeviceState,
    "Whether what a device sends counts (接入端设备状态).",
    {
        DeviceState.AWAITING: "It waits for its province: what it sends is kept and does not count (待审核).",
        DeviceState.APPROVED: "Its readings are booked as they come, and what waited is (已通过).",
        DeviceState.REFUSED: "It is told that it is refused, and why (已拒绝).",
    },
)
