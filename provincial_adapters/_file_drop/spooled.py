"""Folders that files of a server are spooled to while they are read, named for the process that owns them.

Whoever is killed leaves one behind, of up to the largest file; the next who spools takes it away.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "nengshu-spool-"
_OWNED = re.compile(rf"{PREFIX}(\d{{1,10}})-")


@contextmanager
def spool() -> Iterator[Path]:
    """A folder of our own, gone at the end."""
    sweep()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        yield Path(folder)


def sweep() -> None:
    """Take away what processes left that are no more. What is somebody else's stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = _OWNED.match(folder.name)
        if owner is not None and not _lives(int(owner[1])) and folder.lstat().st_uid == os.getuid():
            shutil.rmtree(folder, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
