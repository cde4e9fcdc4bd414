"""The spool's statements, each in a file of its own that is named for what it does."""

from __future__ import annotations

import functools
import importlib.resources


@functools.cache
def statement(name: str) -> str:
    """The text of one."""
    return (importlib.resources.files("edge_probe") / "sql" / f"{name}.sql").read_text("utf-8")
