"""Options that commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option("--data", help="Folder of this hub's stores. [default: $NENGSHU_DATA_DIR or nengshu-data]"),
]
