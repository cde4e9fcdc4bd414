"""Settings of uploads that come in parts."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

MEGABYTE = 1024 * 1024


class UploadSettings(BaseSettings):
    """How much may wait on the disk, and how long."""

    upload_bytes_max: int = Field(
        default=16 * 1024 * MEGABYTE,
        description="Largest upload that comes in parts, in bytes, packed or unpacked.",
        gt=0,
    )
    uploads_max: int = Field(
        default=64, description="Uploads in parts that are not booked yet; more get 429.", gt=0
    )
    uploads_each_max: int = Field(default=8, description="The same of one client.", gt=0)
    upload_hours: float = Field(
        default=72,
        description="Hours an upload in parts is kept that nobody goes on with, and one that is booked is told of.",
        gt=0,
    )
    disk_free_min: int = Field(
        default=1024 * MEGABYTE,
        description="Bytes of disk that uploads in parts leave free; where they would not, 429.",
        ge=0,
    )
