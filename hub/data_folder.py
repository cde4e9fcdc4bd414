"""The data folder: made for its owner alone, and rid of what a process left that was killed."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryFile

from graph.errors import ConfigurationError
from hub.exports._format import PREFIX


def make_usable(folder: Path) -> None:
    """Make it on first use and write in it once: databases' own words would not name it. Raises ConfigurationError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as fault:
        why = f"{folder} cannot be written in: {fault.strerror}"
        raise ConfigurationError("data folder", [why]) from fault


def clear_exports(folder: Path) -> None:
    """Delete exports that were under way when a hub was killed. Who holds the store is alone in the folder."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.glob(f"{PREFIX}*"):
        shutil.rmtree(left)
