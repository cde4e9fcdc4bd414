"""A run of a link that pushes: what the hub above made of each batch is counted, and each refusal is told in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from graph.model.sync_run import Link, RunFault, RunState
from graph.ports import Handed
from national_sync.cadence import Ended
from national_sync.drifting import NothingKept
from national_sync.pull import Runner, how_it_ended
from tests.national_sync.test_pull import LINK, BackwardClock, Log, Nouns, Taking, directly

pytestmark = pytest.mark.anyio
FAULT = RunFault("invalid-row", "tier: came '?'", "unit, batch 7", 3, "tier", is_end=False)


class Above:
    """What a hub above makes of what it is handed."""

    def __init__(self, *handed: Handed) -> None:
        self._handed = handed

    async def pull(self, link: Link) -> AsyncIterator[Handed]:
        """One after another."""
        assert link == LINK
        for each in self._handed:
            yield each


async def test_what_was_handed_over_is_counted_and_moves_the_cursor_and_nothing_is_stored_here() -> None:
    taking, log = Taking(), Log()
    runner = Runner(taking, Nouns(), log, BackwardClock(), directly, quarantine=NothingKept())
    first = Handed(rows=5, accepted=2, duplicate=1, corrected=1, rejected=1, cursor="a", bytes_read=10)
    run = await runner.run(LINK, Above(first, Handed(cursor="b", bytes_read=1), Handed(rows=1, superseded=1)))
    assert (run.state, run.cursor, run.bytes) == (RunState.SUCCEEDED, "b", 11)
    counts = (run.rows, run.accepted, run.duplicate, run.corrected, run.superseded, run.rejected)
    assert counts == (6, 2, 1, 1, 1, 1)
    assert [each.cursor for each in log.told[1:]] == ["a", "b", "b", "b"]
    assert taking.taken == []


async def test_a_refused_row_is_told_with_its_kind_its_field_and_why_and_does_not_break_the_run_off() -> None:
    runner = Runner(Taking(), Nouns(), Log(), BackwardClock(), directly, quarantine=NothingKept())
    run = await runner.run(LINK, Above(Handed(refused=(FAULT,)), Handed(rows=1, accepted=1, cursor="c")))
    assert (run.error, run.faults) == ("invalid-row: unit, batch 7, row 3: tier: came '?'", (FAULT,))
    assert (run.state, run.accepted, run.cursor) == (RunState.FAILED, 1, "c")
    assert how_it_ended(LINK, run) is Ended.NOTED
