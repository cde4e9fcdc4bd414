"""The benchmark of the probe reads true meters in a process of their own, and measures nothing that was read wrongly."""

from __future__ import annotations

import asyncio
import os

import pytest

from graph.errors import StoreError
from scripts.benchmarks import probe


@pytest.mark.slow
def test_all_figures_come_and_the_requests_are_as_planned() -> None:
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    found = {figure.name: figure for figure in probe.figures(quick=True)}
    assert found["one meter, 200 points: requests of a pass"].value == 7
    assert found["one meter, 200 points: a pass"].value < found["one meter, 200 points: one by one"].value
    assert len(found) == 14
    assert all(figure.value > 0 for figure in found.values())
    assert not hasattr(os, "sched_getaffinity") or os.sched_getaffinity(0) == cores


@pytest.mark.slow
def test_a_meter_that_cannot_be_read_whole_is_no_measurement() -> None:
    registers = probe.POINTS_OF_ONE * probe.STRIDE // 2
    with probe._meters(1, registers) as (port,), pytest.raises(StoreError, match="was not read as it is"):
        asyncio.run(probe._one_meter(port))
