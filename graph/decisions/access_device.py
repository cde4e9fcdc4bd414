"""Access devices (接入端设备): whether what one sends counts, as its province decides."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.types._device_enums import DeviceState
from graph.types.access_device import NOUN, AccessDevice


@strawberry.input(
    description="What is decided of a device that registered; what is not given keeps what stands."
)
class AccessDeviceInput:
    """Cells of the noun access_device."""

    unit: str = strawberry.field(description="Credit code of the unit: with the link, which device.")
    link: str = strawberry.field(description="Key of the link it registered on.")
    state: DeviceState | None = given(
        "APPROVED: what waited is booked by itself; REFUSED, which needs a reason; AWAITING takes a decision back."
    )
    why: str | None = given(
        "Why (审核意见), at most 500 characters; a refused device is told it. It goes with a new state where none is given."
    )
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of access devices.")
class AccessDeviceMutation:
    """Decides access devices."""

    @saving(
        "accessDevices",
        "Decide of access devices (接入端设备), by unit and link: approve, refuse, or take back. A unit's province does; "
        "only a device's own call makes a new one.",
    )
    async def save_access_devices(
        self, info: Info, access_devices: Annotated[list[AccessDeviceInput], Rows]
    ) -> list[Saved[AccessDevice]]:
        return await saved(info, NOUN, "accessDevices", access_devices)


MUTATION = AccessDeviceMutation
