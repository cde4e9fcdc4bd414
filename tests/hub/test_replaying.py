"""A source changes overnight: what fits is in, the rest waits, and once it is mended the end is as if nothing had been."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import ConfigurationError, InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.quarantine import QuarantineState
from graph.model.sync_run import RunState
from graph.ports import Delivery, Judged
from hub.replaying import Replay, book, chosen_files, judge, settle_drift
from hub.simulate.nation import ELECTRICITY
from provincial_adapters.nengshu_batches import NDJSON, decode
from tests.hub.invented_hub import WHO
from tests.hub.replay_stage import (
    HEAT,
    MAPPING,
    OTHER,
    UNIT,
    Stage,
    columns_of,
    days,
    stage_in,
    with_power_in,
)

NEWCOMER = str(CreditCode.of_body("91990100MA0000777"))  # a unit that the roster does not have yet


def joins(stage: Stage) -> None:
    """The newcomer comes onto the roster."""
    (like,) = [row for row in stage.listed("unit") if row["credit_code"] == UNIT]
    columns = ("region", "industry", "tier", "roster_batch")
    row = {"credit_code": NEWCOMER, "name": "后来的企业", **{name: like[name] for name in columns}}
    stage.hub.registry.upsert("unit", [row], WHO)
    points = [
        {"unit": NEWCOMER, "code": code, "granularity": "day", "since": "2026-01-01"}
        for code in (ELECTRICITY, HEAT)
    ]
    stage.hub.registry.upsert("data_point", points, WHO)


def maps(mapping: Mapping[str, Any]) -> Callable[[Stage], None]:
    """The mapping is mended."""
    return lambda stage: stage.map(mapping)


@dataclasses.dataclass(frozen=True)
class Night:
    """What a source sends the next day, how it is mended, and what a run says meanwhile."""

    file: str
    columns: dict[str, list[Any]]
    mend: Callable[[Stage], None]
    drift: str | None
    fitting: int
    waiting: int


NIGHTS = {
    "a renamed column": Night(
        "2.csv", columns_of("用电量"), maps(with_power_in("用电量")),
        "drift: column 电量 missing, column 用电量 new; 3 rows wait in quarantine", 3, 3,
    ),
    "a retyped column": Night(
        "2.parquet", columns_of() | {"日期": [20261004, 20261005, 20261006]},
        maps({**MAPPING, "date_format": "%Y%m%d"}),
        "drift: column 日期 retyped as int64; 3 rows wait in quarantine", 0, 3,
    ),
    "a new date format": Night(
        "2.csv", columns_of() | {"日期": ["04/10/2026", "05/10/2026", "06/10/2026"]},
        maps({**MAPPING, "date_format": "%d/%m/%Y"}), None, 0, 3,
    ),
    "a unit that is not on the roster yet": Night(
        "2.csv", {name: cells + columns_of(unit=NEWCOMER)[name] for name, cells in columns_of().items()},
        joins, None, 6, 3,
    ),
}  # fmt: skip


def replayed(stage: Stage) -> list[Replay]:
    """Book everything that waits, as the command does."""
    hub, link = stage.hub, stage.link
    files = chosen_files(hub.quarantine, link, None)
    replays = [book(hub.intake, hub.quarantine, link, file, "tester") for file in files]
    settle_drift(hub.quarantine, link, replays, "tester")
    return replays


def first_day(stage: Stage) -> None:
    """A file as the mapping says, and its run."""
    stage.lay_down("1.csv", {"企业": [UNIT, OTHER], "日期": days(1, 1), "电量": [10, 11], "热力": [1, 2]})
    assert stage.run().state is RunState.SUCCEEDED


@pytest.mark.parametrize("night", NIGHTS.values(), ids=NIGHTS)
def test_once_it_is_mended_the_store_is_as_if_it_had_been_right_all_along(
    tmp_path: Path, night: Night
) -> None:
    with stage_in(tmp_path / "right") as stage:
        first_day(stage)
        night.mend(stage)
        stage.lay_down(night.file, night.columns)
        run = stage.run()
        assert (run.state, run.rejected, run.quarantined) == (
            RunState.SUCCEEDED,
            0,
            3 if "retyped" in str(run.drift) else 0,
        )
        right, sums = stage.current(), stage.summed()
        assert sums
    with stage_in(tmp_path / "drifting") as stage:
        first_day(stage)
        before = len(stage.current())
        stage.lay_down(night.file, night.columns)
        run = stage.run()
        assert (run.state, run.error, run.drift, run.quarantined) == (
            RunState.SUCCEEDED, None, night.drift, night.waiting,
        )  # fmt: skip
        assert len(stage.current()) == before + night.fitting
        assert stage.listed("sync_run")[-1]["drift"] == night.drift
        night.mend(stage)
        (replay,) = replayed(stage)
        assert replay.waiting == 0
        assert replay.receipt is not None
        assert replay.receipt.accepted == len(right) - before - night.fitting
        assert (stage.current(), stage.summed()) == (right, sums)
        (file,) = stage.listed("quarantined")
        assert (file["state"], file["waiting"], file["settled_by"]) == (QuarantineState.BOOKED, 0, "tester")
        assert replayed(stage) == []


def test_drift_is_settled_by_the_replay_that_ends_it_and_opened_by_nothing_else(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        replayed(stage)
        assert {row["settled_at"] for row in stage.listed("column_drift")} == {None}
        stage.map(with_power_in("用电量"))
        replayed(stage)
        assert {row["settled_by"] for row in stage.listed("column_drift")} == {"tester"}
        (link,) = [row for row in stage.listed("link") if row["key"] == "files"]
        assert (link["open_drift"], link["rows_waiting"]) == (0, 0)


def test_what_is_refused_again_waits_on_and_the_same_replay_twice_is_the_same_receipt(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        stage.lay_down("2.csv", columns_of() | {"电量": ["viel", 50, "mehr"]})
        assert stage.run().quarantined == 2
        (once,), (again,) = replayed(stage), replayed(stage)
        assert once.receipt is not None
        assert again.receipt == once.receipt
        assert again.receipt.repeated
        assert [(refused.row, refused.code) for refused in once.receipt.rejected] == [
            (2, "not-a-number"), (4, "not-a-number"),
        ]  # fmt: skip
        assert (once.receipt.accepted, once.receipt.duplicate, once.waiting) == (0, 2, 2)
        assert stage.listed("quarantined")[0]["state"] == QuarantineState.WAITING


def test_a_roster_that_was_mended_makes_the_same_rows_another_replay(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        stage.lay_down("1.csv", columns_of(unit=NEWCOMER))
        stage.run()
        (early,) = replayed(stage)
        joins(stage)
        (late,) = replayed(stage)
        assert early.receipt is not None
        assert late.receipt is not None
        assert (early.receipt.accepted, late.receipt.accepted, late.waiting) == (0, 6, 0)
        assert early.receipt.key != late.receipt.key


def say_later(stage: Stage) -> None:
    """Somebody's word on a day that waits, behind its rows."""
    later = (
        f'{{"unit":"{UNIT}","data_code":"{ELECTRICITY}","granularity":"day",'
        f'"start":"2026-10-05T00:00:00+08:00","value":"7"}}'
    )
    stage.hub.intake.take(Delivery("somebody", "k", "d", decode(later.encode(), NDJSON)))


def test_a_replay_holds_no_row_for_many_files_may_wait(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        (replay,) = replayed(stage)
        assert not [value for value in vars(replay).values() if isinstance(value, pa.Table | Judged)]


def test_a_replay_never_beats_what_came_after_the_rows_it_books(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        say_later(stage)
        stage.map(with_power_in("用电量"))
        (replay,) = replayed(stage)
        assert replay.receipt is not None
        assert (replay.receipt.accepted, replay.receipt.superseded, replay.receipt.duplicate) == (2, 1, 3)
        values = [row[3] for row in stage.current() if row[1] == ELECTRICITY and row[0] == UNIT]
        assert values == [Decimal(10), Decimal(40), Decimal(7), Decimal(60)]


def test_the_older_of_two_files_does_not_win_by_being_replayed(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.lay_down("3.csv", columns_of() | {"电量": [7, 8, 9]})
        for name, second in (("2.csv", 1), ("3.csv", 2)):
            os.utime(stage.folder / name, (1_790_000_000 + second,) * 2)
        stage.run()
        stage.map(with_power_in("用电量"))
        (replay,) = replayed(stage)
        assert replay.receipt is not None
        assert (replay.receipt.superseded, replay.receipt.duplicate) == (3, 3)
        assert [row[3] for row in stage.current() if row[1] == ELECTRICITY] == [Decimal(n) for n in (7, 8, 9)]


def test_a_version_of_a_wrong_clock_counts_as_when_its_row_first_came(tmp_path: Path) -> None:
    versioned = {"version_column": "写于", "version_format": "%Y-%m-%d"}
    with stage_in(tmp_path, {**MAPPING, **versioned}) as stage:
        stage.lay_down("2.csv", columns_of("用电量") | {"写于": ["2099-01-01"] * 3})
        stage.run()
        stage.map({**with_power_in("用电量"), **versioned})
        say_later(stage)
        (replay,) = replayed(stage)
        assert replay.receipt is not None
        assert (replay.receipt.accepted, replay.receipt.superseded) == (2, 1)


def test_judging_a_replay_writes_nothing(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        stage.map(with_power_in("用电量"))
        before = (stage.current(), stage.hub.registry.version(), stage.hub.store.last_batch())
        (file,) = chosen_files(stage.hub.quarantine, stage.link, None)
        replay = judge(stage.hub.intake, stage.hub.quarantine, stage.link, file)
        assert (replay.fits, replay.waiting, replay.receipt) == (6, 0, None)
        assert (stage.current(), stage.hub.registry.version(), stage.hub.store.last_batch()) == before


def test_a_column_that_is_missing_under_the_mended_mapping_too_keeps_all_rows_waiting(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        stage.map(with_power_in("总电量"))
        (replay,) = replayed(stage)
        assert replay.waiting == 3
        assert [drift.column for drift in replay.drift if drift.keeps_rows_out] == ["总电量"]


def test_rows_of_another_number_or_of_a_dialect_that_reads_nothing_twice_are_told(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        with pytest.raises(
            InvalidInput, match="no rows of link files wait under the number 7; there waits nothing"
        ):
            chosen_files(stage.hub.quarantine, stage.link, 7)
        stage.lay_down("2.csv", columns_of("用电量"))
        stage.run()
        (file,) = chosen_files(stage.hub.quarantine, stage.link, None)
        called = dataclasses.replace(stage.link, dialect="nengshu_batches")
        with pytest.raises(ConfigurationError, match="'nengshu_batches' reads no rows a second time"):
            judge(stage.hub.intake, stage.hub.quarantine, called, file)


def test_a_new_column_that_nobody_kept_stays_open_until_a_run_says_otherwise(tmp_path: Path) -> None:
    with stage_in(tmp_path) as stage:
        first_day(stage)
        stage.lay_down("2.csv", columns_of() | {"电量": ["viel", 50, 60], "备注": ["a", "b", "c"]})
        assert stage.run().drift == "drift: column 备注 new; 1 rows wait in quarantine"
        replayed(stage)
        assert [row["settled_at"] for row in stage.listed("column_drift")] == [None]
        stage.map({**MAPPING, "ignored_columns": ["备注"]})
        stage.lay_down("3.csv", columns_of() | {"备注": ["a", "b", "c"]})
        assert stage.run().drift is None
        assert [row["settled_by"] for row in stage.listed("column_drift")] == ["sync run 3"]
