"""A run whose source drifts: told, kept, settled once it is over, and no failure."""

from __future__ import annotations

import pytest

from graph.errors import SourceUnreachable
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.sync_run import RunState
from national_sync.drifting import TOLD_MAX
from tests.national_sync.test_pull import GONE, TURNED, Keeping, Log, Source, readings, run

pytestmark = pytest.mark.anyio


async def test_a_source_that_drifts_is_told_of_and_its_run_has_succeeded() -> None:
    keeping = Keeping()
    ended = await run(Source(readings("a", "6", GONE), readings("b", "7", GONE, TURNED)), keeping=keeping)
    assert (ended.state, ended.error, ended.cursor, ended.quarantined) == (RunState.SUCCEEDED, None, "7", 4)
    assert ended.drift == (
        "drift: column 时间 missing, column 值 [2J retyped as bool; 4 rows wait in quarantine"
    )
    assert (keeping.kept, keeping.settled) == (["a", "b"], [({GONE.column, TURNED.column}, "sync run 7")])


async def test_without_drift_nothing_is_told_and_what_was_open_is_settled() -> None:
    keeping = Keeping()
    ended = await run(Source(readings("a")), keeping=keeping)
    assert (ended.drift, keeping.settled) == (None, [(set(), "sync run 7")])


@pytest.mark.parametrize(
    "source", [Source(), Source(readings("a", None, GONE), fault=SourceUnreachable("gone"))]
)
async def test_a_run_that_brought_nothing_or_not_all_settles_no_drift(source: Source) -> None:
    keeping = Keeping()
    await run(source, keeping=keeping)
    assert keeping.settled == []


async def test_a_run_whose_rows_find_no_room_fails_before_its_cursor_moves() -> None:
    log = Log()
    ended = await run(
        Source(readings("a", "6"), readings("b", "7", GONE)), log=log, keeping=Keeping(full_at="b")
    )
    assert (ended.state, ended.cursor, ended.rows) == (RunState.FAILED, "6", 4)
    assert ended.error == "STORE_ERROR: quarantine is full"


async def test_a_run_names_no_more_columns_than_somebody_reads() -> None:
    drift = [ColumnDrift(f"c{number}", DriftKind.NEW, "string") for number in range(TOLD_MAX + 5)]
    ended = await run(Source(readings("a", None, *drift)), keeping=Keeping())
    assert ended.drift is not None
    assert "c19 new, 5 more; 2 rows wait" in ended.drift
    assert "c20" not in ended.drift
