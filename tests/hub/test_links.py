"""Links: whose devices come in where, which the hub runs, and files that cost only themselves."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from graph.errors import ConfigurationError, InvalidInput, SourceMalformed
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from hub.links import DayAsking, check_links, chosen, days_of, puller_of
from hub.wiring import SystemClock
from national_sync.by_day import Days
from provincial_adapters import Dialect, Direction, Means
from provincial_adapters._toolkit.dialect import DAY_QUIRKS
from provincial_adapters.file_drop import FolderPuller
from provincial_adapters.hub_graphql import HubPuller
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, units_of
from tests.national_sync.kept_days import KeptDays

T = TypeVar("T")
MAPPING = {
    "unit_column": "unit", "label_column": "day", "date_format": "%Y-%m-%d", "label": "start", "granularity": "day",
    "files": "*.csv", "values": [{"column": "value", "data_code_column": "code"}],
}  # fmt: skip


def link(key: str, dialect: str, province: str = JIA, enabled: bool = True, address: str = "x") -> Link:
    """A link of a province."""
    return Link(key, dialect, RegionCode(province), address, quirks={"mapping": MAPPING}, enabled=enabled)


LINKS = (
    link("files", "file_drop"),
    link("hub", "hub_graphql"),
    link("idle", "file_drop", enabled=False),
    link("dev", "nhjc04"),
    replace(link("rests", "file_drop"), paused_why="they move"),
)


def test_without_a_name_all_links_that_can_be_run_are_chosen() -> None:
    assert [link.key for link in chosen(LINKS, [])] == ["files", "hub"]
    assert [link.key for link in chosen(LINKS, ["hub"])] == ["hub"]
    assert chosen((), []) == []


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("nothing", "no link nothing"),
        ("idle", "idle is disabled$"),
        ("rests", "rests is paused: they move$"),
        ("dev", "dev is not run, the other side calls$"),
    ],
)
def test_a_link_that_cannot_be_run_is_not_passed_over_in_silence(key: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        chosen(LINKS, ["files", key])


def test_each_dialect_the_hub_runs_has_its_puller() -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    means, asking = Means(client, FixedTokens("token").token), DayAsking(KeptDays(), SystemClock(), at_once)
    kinds = [type(puller_of(link, means, asking)) for link in LINKS[:2]]
    assert kinds == [FolderPuller, HubPuller]
    with pytest.raises(ConfigurationError, match="'nhjc04' is not pulled"):
        puller_of(LINKS[3], means, asking)
    asyncio.run(client.aclose())


def test_a_link_that_says_since_when_is_asked_day_by_day() -> None:
    assert days_of({"since": None}) is None
    said = {"since": "2026-01-31", "again_days": 2, "days_a_run": 9}
    assert days_of(said) == Days(dt.date(2026, 1, 31), again=2, most=9)
    with pytest.raises(ConfigurationError, match="again is 9 and most 2"):
        days_of({**said, "again_days": 9, "days_a_run": 2})


@pytest.mark.parametrize(
    ("quirk", "wrong"),
    [
        ("since", "31.1.2026"),
        ("since", 20260131),
        ("again_days", 0),
        ("days_a_run", 1.5),
        ("again_days", True),
    ],
)
def test_days_that_cannot_be_read_are_named(quirk: str, wrong: object) -> None:
    asked = Dialect("trial", "试", "trial", Direction.PULL, DAY_QUIRKS)
    with pytest.raises(ConfigurationError, match=f"{quirk}: came"):
        asked.check({quirk: wrong})


async def at_once(call: Callable[[], T]) -> T:
    return call()


async def pulled(folder: Path, into: list[Delivery]) -> None:
    """Everything a folder's link brings, kept as it comes."""
    async for delivery in FolderPuller().pull(link("files", "file_drop", address=str(folder))):
        assert isinstance(delivery, Delivery)
        into.append(delivery)


def lay_down(folder: Path, name: str, *lines: str) -> None:
    """A file of the mapping's columns."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("\n".join(["unit,day,code,value", *lines]) + "\n", encoding="utf-8")


def names(folder: Path) -> list[str]:
    """Files of a folder, if there is one."""
    return sorted(path.name for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []


@pytest.mark.anyio
async def test_a_file_that_cannot_be_read_is_put_aside_and_costs_only_itself(tmp_path: Path) -> None:
    good = f"{units_of(JIA)[0].code},2026-10-01,0000000002330011,5"
    lay_down(tmp_path, "a.csv", good)
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe nothing of ours\n")
    lay_down(tmp_path, "c.csv", good.replace("-01,", "-02,"))
    lay_down(tmp_path, "notes.txt")
    came: list[Delivery] = []
    with pytest.raises(SourceMalformed, match=r"1 files were put aside or are stuck: .*b\.csv"):
        await pulled(tmp_path, came)
    assert [delivery.arrived.rows for delivery in came] == [1, 1]
    assert (names(tmp_path), names(tmp_path / "done")) == (["notes.txt"], ["a.csv", "c.csv"])
    assert names(tmp_path / "failed") == ["b.csv", "b.csv.why.json"]
    why = json.loads((tmp_path / "failed" / "b.csv.why.json").read_text("utf-8"))
    assert why["file"] == "b.csv"
    assert why["why"]


@pytest.mark.anyio
async def test_an_empty_folder_brings_nothing_and_a_missing_one_is_a_fault(tmp_path: Path) -> None:
    came: list[Delivery] = []
    await pulled(tmp_path, came)
    assert came == []
    with pytest.raises(InvalidInput, match="nowhere"):
        await pulled(tmp_path / "nowhere", came)


@pytest.mark.anyio
async def test_a_file_whose_run_was_broken_off_stays_for_the_next_one(tmp_path: Path) -> None:
    lay_down(tmp_path, "a.csv", f"{units_of(JIA)[0].code},2026-10-01,0000000002330011,5")
    pulling = FolderPuller().pull(link("files", "file_drop", address=str(tmp_path)))
    await anext(aiter(pulling))
    await pulling.aclose()
    assert (names(tmp_path), names(tmp_path / "done")) == (["a.csv"], [])


def test_a_link_of_an_unknown_dialect_or_with_an_unknown_quirk_is_refused_before_it_is_kept() -> None:
    rows: list[dict[str, object]] = [
        {"key": "a", "dialect": "telex"},
        {"key": "b", "dialect": "nhjc04", "quirks": {"valid_means": "0", "polarity": 1}},
        {"key": "c", "dialect": "hub_graphql"},
    ]
    with pytest.raises(ConfigurationError) as caught:
        check_links(rows)
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["a", "b"]
