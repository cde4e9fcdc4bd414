"""Two threads work on one transaction: each one's error is heard, and neither outlives the block."""

from __future__ import annotations

import threading
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from hub.stores.readings.meanwhile import meanwhile

LONG_S = 10


def test_work_runs_while_the_block_does_and_has_ended_after_it() -> None:
    block_runs, work_runs = threading.Event(), threading.Event()
    done = []

    def work() -> None:
        work_runs.set()
        done.append(block_runs.wait(LONG_S))

    with meanwhile(work):
        assert work_runs.wait(LONG_S)
        block_runs.set()
    assert done == [True]


def no_thread() -> Executor:
    """An executor that starts no thread any more, as all do when the process ends."""
    ended = ThreadPoolExecutor(1)
    ended.shutdown()
    return ended


def test_where_no_thread_is_to_be_had_the_work_runs_before_the_block() -> None:
    done = []
    with meanwhile(lambda: done.append("work"), no_thread):
        done.append("block")
    assert done == ["work", "block"]


def test_an_error_of_the_work_is_raised_after_the_block() -> None:
    def work() -> None:
        raise ValueError("disk full")

    reached = False
    with pytest.raises(ValueError, match="disk full"), meanwhile(work):
        reached = True
    assert reached


def test_an_error_of_the_block_is_raised_once_the_work_has_ended() -> None:
    failed = threading.Event()
    done = []

    def work() -> None:
        failed.wait(LONG_S)
        done.append(True)

    def block() -> None:
        with meanwhile(work):
            failed.set()
            raise KeyError("unit")

    with pytest.raises(KeyError, match="unit"):
        block()
    assert done == [True]
