"""A hub of this benchmark, a process of its own as `nengshu serve` has it: `python -m scripts.benchmarks._graph_hub`.

It says its address in a line and goes on until it is ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from graph.execution.live import LiveExecutor
from graph.schema import build_schema
from hub.cli.serve import listening, server_of, what_stands_stays
from hub.settings import Settings
from hub.wiring import open_hub

OURS, STRAWBERRY = "ours", "strawberry"
EXECUTORS: Mapping[str, Mapping[str, Any]] = {OURS: {}, STRAWBERRY: {"executor": LiveExecutor}}


def main(folder: Path, executor: str) -> None:
    """Serve the stores of this folder with one of EXECUTORS."""
    settings = Settings(data_dir=folder, port=0, sync_seconds=0)
    with listening(settings.host, settings.port) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        with open_hub(settings) as opened, what_stands_stays():
            schema = build_schema(is_open=settings.schema_open, **EXECUTORS[executor])
            server = server_of(replace(opened, make_schema=lambda: schema), settings)
            sys.stdout.write(f"{settings.base_url}\n")
            sys.stdout.flush()
            asyncio.run(server.serve([listener]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
