"""The settings of the quarantine: how much of what could not be booked is kept, and for how long."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from hub.stores.quarantine.bounds import DEVICE_BYTES_MAX, Bounds

MEGABYTE = 1024 * 1024


class QuarantineSettings(BaseSettings):
    """Bounds of what waits."""

    quarantine_bytes_max: int = Field(
        default=4096 * MEGABYTE,
        description="Bytes of rows that wait in quarantine; with more a run fails and says so.",
        gt=0,
    )
    quarantine_link_bytes_max: int = Field(
        default=1024 * MEGABYTE, description="The same of one link, so that it crowds out no other.", gt=0
    )
    quarantine_device_bytes_max: int = Field(
        default=DEVICE_BYTES_MAX,
        description="The same of one access device, so that it crowds out no other of its link.",
        gt=0,
    )
    quarantine_days: int = Field(
        default=90, description="Days rows are still kept after they were all booked or given up.", ge=0
    )

    @property
    def quarantine_bounds(self) -> Bounds:
        """All of them."""
        return Bounds(
            self.quarantine_bytes_max,
            self.quarantine_link_bytes_max,
            self.quarantine_days,
            self.quarantine_device_bytes_max,
        )
