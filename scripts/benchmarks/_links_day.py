"""A nation's day pulled from provincial hubs, each a process of its own, by one national hub on the same machine."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.progress import track

from graph.errors import StoreError
from hub.settings import Settings
from hub.wiring import open_registry
from scripts.benchmarks import _links_national as national
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._graph_processes import begun, running
from scripts.benchmarks._links_bodies import PLAIN
from scripts.benchmarks._links_nation import WHO, Province, provinces, register
from scripts.benchmarks._links_provinces import Served, served_in
from scripts.benchmarks._links_sender import Sender
from scripts.benchmarks._links_served import Process
from scripts.benchmarks._store_nation import POINTS

DAY_S_MAX = 60.0
FIRST_DAY = dt.date(2026, 6, 1)
DAYS = 3  # the first is pulled with all nouns; of the others the median counts


def day_figures(folder: Path, many: int, units: int) -> Iterator[Figure]:
    """The first pull, which brings every noun, and then a day's."""
    told = provinces(many, units)
    settings = Settings(data_dir=folder / "national")
    register(settings, told)
    words = ["-m", "scripts.benchmarks._links_provinces", str(folder), str(many), str(units)]
    with running([sys.executable, *words]):
        served = served_in(folder, told)
        _link(settings, served)
        with _pulling(settings.data_dir, served) as hub:
            for number in range(DAYS):
                _upload(told, served, FIRST_DAY + dt.timedelta(days=number))
                name = "first pull, all nouns" if number == 0 else f"day {number}"
                yield from _figures(name, hub.run(), units, is_day=number > 0)
            yield Figure("memory of the national hub at most", hub.process.peak_bytes / 1e9, "GB")


def _link(settings: Settings, served: Sequence[Served]) -> None:
    rows = [
        {
            "key": f"hub-{each.code[:2]}", "dialect": "hub_graphql", "province": each.code, "address": each.base,
            "credential": f"bench-{each.code}",
        }
        for each in served
    ]  # fmt: skip
    with closing(open_registry(settings)) as registry:
        registry.upsert("link", rows, WHO)


def _upload(told: Sequence[Province], served: Sequence[Served], day: dt.date) -> None:
    """A province's day into its own hub, as it would come in; it is not timed."""
    pairs = list(zip(told, served, strict=True))
    for province, each in track(
        pairs, f"{day} into the provinces", console=Console(stderr=True), transient=True
    ):
        rows = province.day(day)
        Sender(each.base, each.own).send(PLAIN, PLAIN.body(rows), rows.num_rows).check("accepted")


@dataclass(frozen=True)
class Pulling:
    """The national hub's process, and those of the provinces."""

    process: Process
    program: subprocess.Popen[str]
    provinces: Sequence[Process]

    def run(self) -> dict[str, Any]:
        """All links once: what the hub tells of it, and what CPU the provinces used for it."""
        before, began = sum(each.cpu_s for each in self.provinces), perf_counter()
        if self.program.stdin and self.program.stdout:
            self.program.stdin.write("run\n")
            self.program.stdin.flush()
            line = self.program.stdout.readline()
        else:
            line = ""
        if not line:
            raise StoreError("the national hub ended")
        told = json.loads(line)
        if told["errors"]:
            raise StoreError(f"runs failed: {told['errors'][:3]}")
        cpu = sum(each.cpu_s for each in self.provinces) - before
        return {**told, "whole_s": perf_counter() - began, "provinces_cpu_s": cpu}


@contextmanager
def _pulling(folder: Path, served: Sequence[Served]) -> Iterator[Pulling]:
    secrets = {f"NENGSHU_SECRET_BENCH_{each.code}": each.nation for each in served}
    command = [sys.executable, "-m", "scripts.benchmarks._links_national", str(folder)]
    with begun(command, settings=secrets, stdin=subprocess.PIPE) as program:
        yield Pulling(Process("national", program.pid), program, [Process(e.base, e.number) for e in served])


def _figures(name: str, told: dict[str, Any], units: int, *, is_day: bool) -> Iterator[Figure]:
    if told["accepted"] != units * POINTS:
        raise StoreError(f"{name}: expected {units * POINTS} readings, came {told['accepted']}")
    target = DAY_S_MAX if is_day else None
    stages, waited = told["stages_cpu_s"], told["stages_s"]
    taking, points = stages.get(national.TAKING, 0), stages.get(national.POINTS, 0)
    nouns, runs = stages.get(national.NOUNS, 0), stages.get(national.RUNS, 0)
    rest = told["cpu_s"] - told["loop_cpu_s"] - taking - nouns - runs
    yield Figure(f"{name}: pulled, judged, rolled up", told["whole_s"], "s", target, Wanted.AT_MOST)
    for part, seconds in {
        "the national hub": told["cpu_s"],
        "the national hub: asking and decoding": told["loop_cpu_s"],
        "the national hub: registry nouns": nouns,
        "the national hub: looking up points": points,
        "the national hub: judging": taking - points,
        "the national hub: writing, with rollups": rest,
        "the national hub: keeping runs": runs,
        "the provinces' hubs": told["provinces_cpu_s"],
    }.items():
        yield Figure(f"{name}: CPU of {part}", seconds, "s")
    idle = told["wall_s"] * (os.cpu_count() or 1) - told["cpu_s"] - told["provinces_cpu_s"]
    yield Figure(f"{name}: cores that did none of it", idle, "s")
    yield Figure(f"{name}: batches that waited for the writer", waited.get(national.WRITING, 0), "s")
