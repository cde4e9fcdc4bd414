"""The national hub that pulls: `python -m scripts.benchmarks._links_national FOLDER`.

It runs all links for each line it reads, and tells each run as a line of JSON. It is the hub's own machinery
(`hub.cadence`), whose ports note how long they took.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hub.cadence import run_links
from hub.links import chosen
from hub.settings import Settings
from hub.wiring import Hub, open_hub

NOUNS, POINTS, TAKING, WRITING, RUNS = "nouns", "points", "taking", "writing", "runs"


@dataclass
class Watch:
    """What each stage took so far: seconds of whoever waited for it, and of the CPU of the thread that did it."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    cpu_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def over(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        """The same, noted."""

        def noted(*given: Any, **named: Any) -> Any:
            began, cpu = time.perf_counter(), time.thread_time()
            try:
                return act(*given, **named)
            finally:
                self.seconds[name] += time.perf_counter() - began
                self.cpu_s[name] += time.thread_time() - cpu

        return noted


class Noted:
    """A port of which some calls are noted; of the others nothing is seen."""

    def __init__(self, port: Any, watch: Watch, names: Mapping[str, str]) -> None:
        self._port = port
        self._noted = {call: watch.over(name, getattr(port, call)) for call, name in names.items()}

    def __getattr__(self, name: str) -> Any:
        return self._noted.get(name) or getattr(self._port, name)


def noted(hub: Hub, watch: Watch) -> Hub:
    """The hub, its ports on the way of what is pulled noted."""
    directory: Any = Noted(hub.registry, watch, {"points": POINTS})
    sink: Any = Noted(hub.intake.sink, watch, {"commit": WRITING})
    intake: Any = Noted(replace(hub.intake, directory=directory, sink=sink), watch, {"take": TAKING})
    registry: Any = Noted(hub.registry, watch, {"begin": RUNS, "update": RUNS})
    pulled: Any = Noted(hub.pulled, watch, {"upsert": NOUNS})
    return replace(hub, registry=registry, intake=intake, pulled=pulled)


def told(hub: Hub) -> dict[str, Any]:
    """A run of every link, and what it took."""
    watch = Watch()
    links = chosen(hub.registry.links(), [])
    wall, cpu, loop = time.perf_counter(), time.process_time(), time.thread_time()
    runs = asyncio.run(run_links(noted(hub, watch), links))
    return {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "loop_cpu_s": time.thread_time() - loop,
        "stages_cpu_s": watch.cpu_s,
        "stages_s": watch.seconds,
        "accepted": sum(run.accepted for run in runs),
        "rows": sum(run.rows for run in runs),
        "errors": [run.error for run in runs if run.error],
    }


def main(folder: Path) -> None:
    """Run all links for each line that comes."""
    with open_hub(Settings(data_dir=folder, sync_seconds=0)) as hub:
        for _ in sys.stdin:
            sys.stdout.write(json.dumps(told(hub)) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
