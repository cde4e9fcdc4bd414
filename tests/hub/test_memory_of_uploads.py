"""A hub's memory stays within its bound whatever is uploaded: its own process, a real socket, the system's own count."""

from __future__ import annotations

import datetime as dt
import platform
from itertools import count
from pathlib import Path

import pytest

from hub.settings import Settings
from scripts.benchmarks._links_memory import AT_ONCE, Largest, memory_figures
from scripts.benchmarks._links_nation import provinces, register
from scripts.benchmarks._links_sender import Sender, sending_machines
from scripts.benchmarks._links_served import serving

ROWS = 100_000
ROUNDS = 2  # what is not given back adds up
# DuckDB's 0.5 GB and a hub's 0.25, and two bodies at once, of each row two kilobytes of text and of what is made of it.
BOUND_GB = 0.8 + AT_ONCE * ROWS * 2_000 / 1e9


@pytest.mark.slow
@pytest.mark.skipif(platform.system() != "Linux", reason="only Linux tells what a process held at most")
def test_many_batches_of_every_format_and_two_at_once_stay_within_the_bound(tmp_path: Path) -> None:
    folder, told = tmp_path / "hub", provinces(AT_ONCE, 40)
    register(Settings(data_dir=folder), told)
    credentials = sending_machines(folder, told)
    days = (dt.date(1990, 1, 1) + dt.timedelta(days=number) for number in count())
    with serving(folder) as hub:
        senders = {code: Sender(hub.base, credential) for code, credential in credentials.items()}
        largest = Largest(hub, told, senders, days, ROWS, BOUND_GB)
        for _ in range(ROUNDS):
            found = list(memory_figures(largest))
            missed = [(figure.name, figure.value) for figure in found if not figure.ok]
            assert not missed, [(figure.name, round(figure.value, 3)) for figure in found]
