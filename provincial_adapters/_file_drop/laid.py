"""Files as a folder lists them, here or on a server: which are ready, and in which order they are taken.

Only names decide and only regular files count: whoever can write into the folder must not be able to make the hub read
another file through a link.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

UNFINISHED = ".part"  # a writer renames when the file is whole


@dataclass(frozen=True)
class Laid:
    """A regular file that was laid down (投递文件): its name, its size and when it was last written, since 1970."""

    name: str
    bytes: int
    modified_ns: int


class Order(StrEnum):
    """What makes a file the newest, which is taken first: its name, or when it was written."""

    NAME = "name"
    MODIFIED = "modified"

    def newest_first(self, laid: list[Laid]) -> list[Laid]:
        """So that today never waits behind what is left of an outage."""
        if self is Order.NAME:
            return sorted(laid, key=lambda each: each.name, reverse=True)
        return sorted(laid, key=lambda each: (each.modified_ns, each.name), reverse=True)


def is_meant(name: str, pattern: str) -> bool:
    """Whether a name matches and is not hidden or unfinished."""
    return not name.startswith(".") and not name.endswith(UNFINISHED) and fnmatch.fnmatchcase(name, pattern)


Listing = Mapping[str, Laid]
