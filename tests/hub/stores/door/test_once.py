"""What counts once counts once: in any order, in any thread, in any process, and after a restart."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.stores.door.door import FILE, Door
from tests.hub.stores.door.doors import LATER, opened
from tests.hub.stores.killing import ROOT
from tests.hub.stores.registry_fakes import NOON, StillClock

VALUES = 60
PROCESSES = 3


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A door that many cases share."""
    with opened(tmp_path_factory.mktemp("once")) as door:
        yield door


_CASE = iter(range(10**9))


@given(st.lists(st.tuples(st.sampled_from(["jti", "proof"]), st.text(max_size=8)), max_size=12))
def test_only_the_first_use_of_a_value_counts(kept: Door, uses: list[tuple[str, str]]) -> None:
    case = next(_CASE)
    said = [kept.once.use(f"{case} {kind}", value, LATER) for kind, value in uses]
    assert said == [use not in uses[:place] for place, use in enumerate(uses)]


def test_what_was_used_stays_used_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        assert door.once.use("jti", "a", LATER)
    with opened(tmp_path) as door:
        assert not door.once.use("jti", "a", LATER)


def test_half_a_character_and_a_long_text_are_values_as_others(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        for value in ("\ud800", "\0", "x" * 100_000):
            assert [door.once.use("jti", value, LATER) for _ in range(2)] == [True, False]


def test_a_value_is_kept_until_its_moment_whatever_is_swept(tmp_path: Path) -> None:
    clock = StillClock()
    with opened(tmp_path, clock) as door:
        door.once.use("jti", "a", LATER)
        door.sweep()
        assert not door.once.use("jti", "a", LATER)
        clock.moment = LATER
        door.sweep()
        assert door.once.use("jti", "a", LATER)


def test_threads_that_come_together_are_told_apart(tmp_path: Path) -> None:
    threads = 8
    together = Barrier(threads)
    with opened(tmp_path) as door, ThreadPoolExecutor(threads) as pool:

        def use(_: int) -> list[int]:
            together.wait()
            return [each for each in range(VALUES) if door.once.use("jti", str(each), LATER)]

        first = [each for found in pool.map(use, range(threads)) for each in found]
    assert Counter(first) == Counter(range(VALUES))


@pytest.mark.slow
def test_processes_that_come_together_are_told_apart(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    words = [sys.executable, "-m", "tests.hub.stores.door.using_once", str(tmp_path / FILE), str(VALUES)]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(words, cwd=ROOT, text=True, stdin=pipe, stdout=pipe) for _ in range(PROCESSES)
    ]
    for each in running:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in running:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    first = [int(word) for each in running for word in each.communicate(timeout=60)[0].split()]
    assert Counter(first) == Counter(range(VALUES))


def test_the_time_is_the_clocks(tmp_path: Path) -> None:
    with opened(tmp_path, StillClock(NOON)) as door:
        assert door.once.use("jti", "a", NOON)
        assert not door.once.use("jti", "a", NOON)
        door.sweep()
        assert door.once.use("jti", "a", NOON)
