"""Dialects: one file each for a way in which readings come from outside, and what a hub needs to run them."""

from provincial_adapters._toolkit.bounded import ENCODINGS
from provincial_adapters._toolkit.devices import Enrolled, Proposal, Raw, Upload, only_new
from provincial_adapters._toolkit.dialect import (
    AGAIN_DAYS,
    DAYS_A_RUN,
    SINCE,
    Dialect,
    Direction,
    Means,
    Quirk,
    Reread,
)
from provincial_adapters._toolkit.fetch import Bounds, open_client
from provincial_adapters._toolkit.grouping import Full, Grouping

__all__ = [
    "AGAIN_DAYS", "DAYS_A_RUN", "ENCODINGS", "SINCE", "Bounds", "Dialect", "Direction", "Enrolled", "Full",
    "Grouping", "Means", "Proposal", "Quirk", "Raw", "Reread", "Upload", "only_new", "open_client",
]  # fmt: skip
