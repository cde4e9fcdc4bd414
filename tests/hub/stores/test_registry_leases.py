"""Leases of links: one holder at a time whatever the clocks say, and none that outlives its holder for long."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.errors import InvalidInput, LeaseLost, NotFound
from graph.model.sync_run import Breaker, RunState, SyncRun
from hub.leasing import Onlooker
from hub.stores.registry.leases import Lease, Standing
from hub.stores.registry.registry import Registry
from national_sync.cadence import LinkState
from tests.hub.stores.killing import ROOT
from tests.hub.stores.registry_fakes import NOON, WHO, invented_registry, link, listed, of_region

LATER = NOON + dt.timedelta(minutes=1)
LINKS, ROUNDS, PROCESSES = 12, 12, 3
PATIENCE_S = 60.0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    """An invented nation with links."""
    for made in invented_registry(tmp_path):
        made.upsert("link", [link(f"link-{number:02d}") for number in range(LINKS)], WHO)
        yield made


def standing(registry: Registry, number: int = 0) -> Standing:
    return registry.leases.standing()[number]


def taken(registry: Registry, holder: str = "jia#1", key: str = "link-00") -> Lease:
    lease = registry.leases.take(key, holder, NOON, LATER)
    assert lease is not None
    return lease


def test_a_link_that_is_held_is_nobody_elses_until_it_is_given_back(registry: Registry) -> None:
    lease = taken(registry)
    assert registry.leases.take("link-00", "yi#2", NOON, LATER) is None
    assert registry.leases.take("link-00", "jia#1", NOON, LATER) is None
    assert standing(registry).lease == lease
    assert registry.leases.give_back(lease, lambda _: LinkState(LATER, 2))
    assert standing(registry) == Standing(standing(registry).link, LinkState(LATER, 2))
    assert taken(registry, "yi#2").number == lease.number + 1


def test_the_newest_that_a_link_ever_brought_stays(registry: Registry) -> None:
    for newest in (NOON, LATER, NOON, None):
        lease = taken(registry)
        number = registry.begin(standing(registry).link, NOON, lease)
        registry.update(number, SyncRun("link-00", NOON, newest=newest))
        assert registry.leases.give_back(lease, lambda state: state)
        assert standing(registry).newest == (NOON if number == 1 else LATER)


def test_a_run_behind_an_open_breaker_is_the_trial(registry: Registry) -> None:
    opened = LinkState(LATER, 5, Breaker.OPEN, NOON, LATER)
    registry.leases.give_back(taken(registry), lambda _: opened)
    assert standing(registry).state == opened
    taken(registry)
    assert standing(registry).state == LinkState(LATER, 5, Breaker.HALF_OPEN, NOON)


def test_a_link_that_was_seen_due_is_not_run_once_somebody_switched_it_off(registry: Registry) -> None:
    first, second = standing(registry), standing(registry, 1)
    registry.upsert("link", [link("link-00", enabled=False)], WHO)
    registry.pause("link-01", "改造", WHO)
    assert registry.leases.take("link-00", "jia#1", NOON, LATER, first) is None
    assert registry.leases.take("link-01", "jia#1", NOON, LATER, second) is None


def test_a_pause_says_who_why_and_since_when_until_it_is_over_and_is_audited(registry: Registry) -> None:
    registry.pause("link-00", "改造", WHO)
    (row,) = listed(registry, "link", key="link-00")
    assert (row["paused_by"], row["paused_why"], row["paused_since"]) == (WHO, "改造", NOON)
    assert not standing(registry).link.is_run
    registry.resume("link-00", "other")
    (row,) = listed(registry, "link", key="link-00")
    assert (row["paused_by"], row["paused_why"], row["paused_since"]) == (None, None, None)
    assert standing(registry).link.is_run
    assert [row["who"] for row in listed(registry, "audit", noun="link", subject="link-00")][-2:] == [
        WHO,
        "other",
    ]


def test_a_pause_names_a_link_and_a_reason(registry: Registry) -> None:
    with pytest.raises(NotFound, match="no link 'nowhere'; there are link-00"):
        registry.pause("nowhere", "改造", WHO)
    with pytest.raises(InvalidInput, match="paused_why"):
        registry.pause("link-00", " ", WHO)
    with pytest.raises(InvalidInput, match="given together"):
        registry.upsert("link", [{"key": "link-00", "paused_by": WHO}], WHO)
    with pytest.raises(InvalidInput, match="outside 980000"):
        registry.pause("link-00", "改造", WHO, of_region("980000"))


def test_a_link_that_was_seen_due_is_not_run_again_by_who_comes_later(registry: Registry) -> None:
    seen = standing(registry)
    registry.leases.give_back(taken(registry), lambda _: LinkState(LATER))
    assert registry.leases.take("link-00", "yi#2", NOON, LATER, seen) is None
    seen = standing(registry)
    assert registry.leases.take("link-00", "yi#2", NOON, LATER, seen) is not None


def test_a_lease_that_stands_still_is_taken_over_once_and_its_holder_loses_everything(
    registry: Registry,
) -> None:
    lost = taken(registry)
    number = registry.begin(standing(registry).link, NOON, lost)
    seen = standing(registry)
    over = registry.leases.take("link-00", "yi#2", NOON, LATER, seen, is_dead=True)
    assert over == Lease("link-00", "yi#2", lost.number + 1)
    assert registry.leases.take("link-00", "bing#3", NOON, LATER, seen, is_dead=True) is None
    with pytest.raises(LeaseLost, match="link-00"):
        registry.leases.renew(lost, LATER)
    assert not registry.leases.give_back(lost, lambda _: LinkState(NOON, 99))
    run = SyncRun("link-00", NOON, rows=3, cursor="9")
    with pytest.raises(LeaseLost, match="another hub"):
        registry.update(number, run)
    (row,) = listed(registry, "sync_run")
    assert (row["state"], row["rows"], "yi#2 took the link over" in row["error"]) == ("failed", 0, True)
    registry.update(
        number, SyncRun("link-00", NOON, LATER, RunState.FAILED, 3, cursor="9", error="LEASE_LOST")
    )
    (row,) = listed(registry, "sync_run")
    assert (row["rows"], standing(registry).link.cursor, standing(registry).lease) == (3, None, over)


def test_a_lease_that_beats_is_not_taken_over(registry: Registry) -> None:
    lease = taken(registry)
    seen = standing(registry)
    registry.leases.renew(lease, LATER)
    assert registry.leases.take("link-00", "yi#2", NOON, LATER, seen, is_dead=True) is None
    registry.leases.renew(lease, LATER)


def test_who_looks_on_counts_by_a_clock_of_their_own_and_begins_anew_with_each_beat() -> None:
    moments = iter([0.0, 89.0, 90.0, 179.0, 180.0, 300.0])
    onlooker = Onlooker(90.0, lambda: next(moments))
    first, beaten, again = Lease("a", "x", 1), Lease("a", "x", 1, 1), Lease("a", "x", 2)
    found = [onlooker.is_dead(lease) for lease in (first, first, beaten, beaten, beaten, again)]
    assert found == [False, False, False, False, True, False]


def test_a_hub_that_is_back_on_its_own_folder_frees_what_it_held_and_closes_its_runs_alone(
    registry: Registry,
) -> None:
    mine, others = taken(registry, "jia#1"), taken(registry, "yi#2", "link-01")
    for lease, number in ((mine, 0), (others, 1)):
        registry.begin(standing(registry, number).link, NOON, lease)
    registry.begin(standing(registry, 2).link, NOON)
    assert registry.leases.let_go("jia#1") == 1
    assert registry.close_orphans(NOON, "jia#1") == 2
    states = {row["link"]: row["state"] for row in listed(registry, "sync_run")}
    assert states == {"link-00": "failed", "link-01": "running", "link-02": "failed"}
    taken(registry, "bing#3")


def test_a_link_that_nobody_registered_has_no_lease(registry: Registry) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        registry.leases.take("nowhere", "jia#1", NOON, LATER)


@pytest.mark.parametrize("cells", [{"slot": "25:00-01:00"}, {"every_seconds": 0}, {"deadline_seconds": 0}])
def test_a_pace_without_sense_is_refused(registry: Registry, cells: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match=next(iter(cells))):
        registry.upsert("link", [link("link-00", **cells)], WHO)


def program(database: Path, holder: str, rounds: int, marks: Path) -> subprocess.Popen[str]:
    """Another process on the same registry."""
    words = ["-m", "tests.hub.stores.leasing_program", str(database), holder, str(rounds), str(marks)]
    return subprocess.Popen([sys.executable, *words], cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_processes_that_race_for_many_links_under_clocks_that_jump_never_hold_one_twice(
    registry: Registry, tmp_path: Path
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    racing = [program(tmp_path / "registry.db", f"{name}#1", ROUNDS, marks) for name in ("jia", "yi", "bing")]
    said = [process.communicate(timeout=PATIENCE_S)[0].splitlines() for process in racing]
    assert [process.returncode for process in racing] == [0] * PROCESSES
    assert not [line for lines in said for line in lines if line.startswith("twice")]
    held = sum(map(len, said))
    assert held == sum(each.state.failures for each in registry.leases.standing())
    assert all(len(lines) > LINKS for lines in said)


@pytest.mark.slow
def test_what_a_killed_process_held_is_taken_over_after_its_lease_and_not_before(
    registry: Registry, tmp_path: Path
) -> None:
    now_s = 0.0
    onlooker = Onlooker(90.0, lambda: now_s)
    with program(tmp_path / "registry.db", "jia#1", 0, tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held link-00\n"
        process.kill()
    seen = standing(registry)
    assert seen.lease is not None
    assert not onlooker.is_dead(seen.lease)
    now_s = 89.9
    assert not onlooker.is_dead(seen.lease)
    assert registry.leases.take("link-00", "yi#2", NOON, LATER, seen) is None
    now_s = 90.0
    assert onlooker.is_dead(seen.lease)
    assert registry.leases.take("link-00", "yi#2", NOON, LATER, seen, is_dead=True) is not None
