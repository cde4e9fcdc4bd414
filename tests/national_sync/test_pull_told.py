"""What a run tells beside its counts: bytes, how new the newest is, where it went wrong, what follows for the next."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graph.errors import LeaseLost, SourceMalformed, SourceRefused, SourceUnreachable, StoreError
from graph.model.sync_run import FAULTS_KEPT_MAX, Link, RunState, SyncRun
from graph.ports import Delivery
from national_sync.cadence import Ended
from national_sync.pull import Runner, how_it_ended
from tests.national_sync.fakes import NOW, StillClock, arrived
from tests.national_sync.test_pull import (
    LINK,
    BackwardClock,
    Log,
    Nouns,
    Source,
    Taking,
    directly,
    nouns,
    readings,
    run,
)

pytestmark = pytest.mark.anyio


class LosingLog(Log):
    """A log of a link that is another hub's by now: only an end that says so is kept."""

    def update(self, number: int, run: SyncRun) -> None:
        """Keep it."""
        if run.state is not RunState.FAILED:
            raise LeaseLost("another hub runs it")
        super().update(number, run)


async def test_a_run_adds_up_bytes_of_readings_and_nouns_and_knows_how_new_the_newest_is() -> None:
    came = arrived({"start": NOW - dt.timedelta(hours=6)}, {"start": NOW + dt.timedelta(days=9)})
    pages = (
        replace(nouns(), bytes_read=7),
        replace(readings("a"), arrived=came, bytes_read=30),
        readings("b"),
    )
    ended = await run(Source(*pages), clock=StillClock())
    assert (ended.bytes, ended.newest) == (37, NOW - dt.timedelta(hours=5, minutes=45))
    assert ended.lag_s == 5.75 * 3_600
    assert ended.duration_ms is not None
    assert (await run(Source(nouns()))).lag_s is None


async def test_a_fault_keeps_place_row_and_field_and_which_one_the_run_broke_off_at() -> None:
    fault = SourceMalformed("jia: units[3].name: missing", place="jia: units", row=3, field="name")
    ended = await run(Source(nouns("bad"), fault=fault))
    noted, broke = ended.faults
    assert (noted.code, noted.place, noted.field, noted.is_end) == ("INVALID_INPUT", "bad", "unit", False)
    assert (broke.code, broke.place, broke.row, broke.field) == ("SOURCE_MALFORMED", "jia: units", 3, "name")
    assert ended.broke_off == broke


async def test_the_fault_at_which_a_run_broke_off_is_kept_whatever_was_noted_before() -> None:
    ended = await run(Source(*[nouns("bad")] * 100, fault=SourceUnreachable("jia: no answer")))
    assert len(ended.faults) == FAULTS_KEPT_MAX
    assert ended.broke_off is not None
    assert ended.broke_off.code == "SOURCE_UNREACHABLE"


@pytest.mark.parametrize(
    ("source", "how"),
    [
        (Source(), Ended.SUCCEEDED),
        (Source(nouns("bad"), readings("a", "6")), Ended.NOTED),
        (Source(readings("a", "6"), fault=SourceUnreachable("gone")), Ended.CUT),
        (Source(nouns(), fault=SourceUnreachable("gone")), Ended.BROKE),
        (Source(fault=ZeroDivisionError("of 5")), Ended.BROKE),
    ],
)
async def test_what_a_run_brought_and_where_it_ended_decide_of_the_next(source: Source, how: Ended) -> None:
    assert how_it_ended(LINK, await run(source)) is how


async def test_what_a_source_asks_for_is_known_after_the_run() -> None:
    ended = await run(Source(fault=SourceRefused("busy", retry_after_s=120)))
    assert ended.broke_off is not None
    assert ended.broke_off.retry_after_s == 120


async def test_a_run_that_may_write_no_more_books_nothing_and_says_so() -> None:
    taking, asked = Taking(), []

    async def guard() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise LeaseLost("jia: another hub runs it")

    runner = Runner(taking, Nouns(), Log(), BackwardClock(), directly, guard=guard)
    ended = await runner.run(LINK, Source(readings("a", "6"), readings("b", "7")))
    assert (taking.taken, ended.cursor) == (["a"], "6")
    assert str(ended.error).startswith("LEASE_LOST: ")


async def test_a_run_that_lost_its_lease_as_it_ended_did_not_succeed() -> None:
    log = LosingLog()
    runner = Runner(Taking(), Nouns(), log, BackwardClock(), directly)
    ended = await runner.run(LINK, Source())
    assert (ended.state, ended.faults[0].code, log.told[-1]) == (RunState.FAILED, "LEASE_LOST", ended)


async def test_what_was_taken_in_a_run_before_counts_as_known() -> None:
    ended = await run(Source(readings("a", "6")), Taking(repeats={"a"}))
    assert (ended.rows, ended.accepted, ended.corrected) == (4, 0, 0)
    assert (ended.duplicate, ended.rejected) == (3, 1)


async def test_a_source_has_let_go_of_everything_when_its_run_has_ended() -> None:
    let_go: list[bool] = []

    class Holding:
        async def pull(self, _link: Link) -> AsyncIterator[Delivery]:
            try:
                yield readings("a", "6")
            finally:
                let_go.append(True)

    ended = await run(Holding(), Taking({"a": StoreError("disk full")}))
    assert (ended.state, let_go) == (RunState.FAILED, [True])
