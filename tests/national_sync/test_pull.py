"""A run of a link keeps what it stored, moves the cursor only behind it, and says how it ended."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa
import pytest

from graph.errors import (
    Conflict,
    InvalidInput,
    NengshuError,
    SourceUnreachable,
    StoreError,
)
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.principal import NATION, Reach
from graph.model.quarantine import Kept
from graph.model.region import RegionCode
from graph.model.sync_run import Link, Receipt, RunState, SyncRun
from graph.ports import RAW_ROW, Clock, Delivery, NounDelivery, Puller, Upserted
from national_sync.drifting import NothingKept
from national_sync.pull import CANCELLED, ERROR_CHARACTERS_MAX, Runner
from tests.national_sync.fakes import NOW, arrived

pytestmark = pytest.mark.anyio
T = TypeVar("T")
RAW = pa.table({RAW_ROW: pa.array([1], pa.int32())})
GONE, TURNED = ColumnDrift("时间", DriftKind.MISSING), ColumnDrift("值\x1b[2J", DriftKind.RETYPED, "bool")
LINK = Link("jia", "trial", RegionCode("970000"), "somewhere", cursor="5")


@dataclass
class Taking:
    """Each delivery is four rows, each of its own fate. Fails at the keys it is told to, and knows some."""

    fails_at: Mapping[str, NengshuError] = field(default_factory=dict)
    repeats: Collection[str] = ()
    taken: list[str] = field(default_factory=list)

    def take(self, delivery: Delivery) -> Receipt:
        """A receipt, or the fault of this key."""
        if delivery.key in self.fails_at:
            raise self.fails_at[delivery.key]
        self.taken.append(delivery.key)
        return Receipt(
            len(self.taken), delivery.source, delivery.key, NOW, rows=4, accepted=1, duplicate=1, corrected=1,
            superseded=0, suspect=0, digest="", head="", rejected_count=1,
            repeated=delivery.key in self.repeats,
        )  # fmt: skip


@dataclass
class Nouns:
    """Keeps what is written and by whom; refuses nouns called `bad`."""

    written: list[tuple[str, str, Reach]] = field(default_factory=list)

    def upsert(
        self, noun: str, rows: Iterable[Mapping[str, Any]], who: str, reach: Reach = NATION
    ) -> Upserted:
        """Keep it."""
        if noun == "bad":
            raise InvalidInput("row 1: region: belongs to 980000, outside 970000", "unit")
        self.written.append((noun, who, reach))
        return Upserted(added=len(list(rows)))


@dataclass
class Log:
    """Every state of a run it was told."""

    told: list[SyncRun] = field(default_factory=list)
    fails: bool = False

    def begin(self, link: Link, at: dt.datetime) -> int:
        """Run 7."""
        if self.fails:
            raise StoreError("the registry is locked")
        self.told.append(SyncRun(link.key, at))
        return 7

    def update(self, number: int, run: SyncRun) -> None:
        """Keep it."""
        assert number == 7
        self.told.append(run)


class BackwardClock:
    """A clock that somebody sets back while a run is on."""

    def __init__(self) -> None:
        self._moment = NOW

    def now(self) -> dt.datetime:
        """An hour earlier each time."""
        self._moment -= dt.timedelta(hours=1)
        return self._moment


class Source:
    """Hands over what it is given, then fails if it is told to."""

    def __init__(self, *deliveries: Delivery | NounDelivery, fault: Exception | None = None) -> None:
        self._deliveries, self._fault = deliveries, fault

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """One after another."""
        assert link == LINK
        for delivery in self._deliveries:
            yield delivery
        if self._fault is not None:
            raise self._fault


class Silent(Source):
    """Hands over what it is given, then says nothing more."""

    def __init__(self, *deliveries: Delivery | NounDelivery) -> None:
        super().__init__(*deliveries)
        self.silent = asyncio.Event()

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """One after another, then never an end."""
        async for delivery in super().pull(link):
            yield delivery
        self.silent.set()
        await asyncio.Event().wait()


def readings(key: str, cursor: str | None = None, *drift: ColumnDrift) -> Delivery:
    """A delivery under a key."""
    return Delivery("jia", key, key, arrived({}), cursor=cursor, raw=RAW, drift=drift)


def nouns(noun: str = "unit") -> NounDelivery:
    """A delivery of one noun."""
    return NounDelivery(noun, [{}])


async def directly(call: Callable[[], T], /) -> T:
    """A blocking call, made here."""
    return call()


@dataclass
class Keeping:
    """Two rows of each delivery wait, and all drift is worth telling; full at the keys it is told."""

    full_at: str = ""
    kept: list[str] = field(default_factory=list)
    settled: list[tuple[set[str], str]] = field(default_factory=list)

    def keep(self, link: Link, delivery: Delivery, receipt: Receipt) -> Kept:
        """Keep it."""
        assert (link, receipt.rejected_count) == (LINK, 1)
        if delivery.key == self.full_at:
            raise StoreError("quarantine is full")
        self.kept.append(delivery.key)
        return Kept(2, delivery.drift)

    def settle(self, link: Link, seen: Collection[ColumnDrift], who: str) -> None:
        """What a run saw, and which."""
        assert link == LINK
        self.settled.append(({each.column for each in seen}, who))


async def run(
    source: Puller,
    taking: Taking | None = None,
    log: Log | None = None,
    registry: Nouns | None = None,
    keeping: Keeping | None = None,
    clock: Clock | None = None,
) -> SyncRun:
    """One run over fakes."""
    fakes = (taking or Taking(), registry or Nouns(), log or Log(), clock or BackwardClock(), directly)
    runner = Runner(*fakes, quarantine=keeping or NothingKept())
    return await runner.run(LINK, source)


async def test_a_run_adds_up_what_its_receipts_say() -> None:
    ended = await run(Source(readings("a", "6"), readings("b", "7")))
    counts = (ended.rows, ended.accepted, ended.duplicate, ended.corrected, ended.rejected)
    assert counts == (8, 2, 2, 2, 2)
    assert (ended.state, ended.cursor, ended.error) == (RunState.SUCCEEDED, "7", None)


async def test_a_source_with_nothing_new_is_a_run_that_succeeded_where_it_stood() -> None:
    ended = await run(Source())
    assert (ended.state, ended.rows, ended.cursor) == (RunState.SUCCEEDED, 0, "5")


async def test_a_source_that_breaks_off_keeps_what_was_stored_and_its_cursor() -> None:
    log = Log()
    ended = await run(Source(readings("a", "6"), fault=SourceUnreachable("jia: no answer")), log=log)
    assert (ended.state, ended.cursor, ended.accepted) == (RunState.FAILED, "6", 1)
    assert ended.error == "SOURCE_UNREACHABLE: jia: no answer"
    assert log.told[-1] == ended


@pytest.mark.parametrize("fault", [StoreError("disk full"), Conflict("the key stood for other bytes")])
async def test_the_cursor_stays_before_a_delivery_that_was_not_stored(fault: NengshuError) -> None:
    taking = Taking({"b": fault})
    ended = await run(Source(readings("a", "6"), readings("b", "7"), readings("c", "8")), taking)
    assert (ended.cursor, taking.taken) == ("6", ["a"])
    assert ended.error == f"{fault.code}: {fault}"


async def test_a_delivery_without_a_cursor_moves_none() -> None:
    assert (await run(Source(readings("a"), nouns(), readings("b")))).cursor == "5"


async def test_nouns_go_to_the_registry_under_the_links_name_and_reach() -> None:
    registry = Nouns()
    ended = await run(Source(nouns("unit"), nouns("data_point")), registry=registry)
    reach = Reach(region=RegionCode("970000"))
    assert registry.written == [("unit", "link jia", reach), ("data_point", "link jia", reach)]
    assert (ended.cursor, ended.rows, ended.state) == ("5", 0, RunState.SUCCEEDED)


async def test_a_noun_the_registry_refuses_is_told_and_costs_only_itself() -> None:
    registry = Nouns()
    ended = await run(Source(nouns("bad"), nouns("unit"), readings("a", "6")), registry=registry)
    assert (ended.state, ended.rows, ended.cursor) == (RunState.FAILED, 4, "6")
    assert ended.error == "INVALID_INPUT: bad: unit: row 1: region: belongs to 980000, outside 970000"
    assert [noun for noun, *_ in registry.written] == ["unit"]


async def test_a_run_tells_of_refused_nouns_and_of_how_it_broke_off_but_not_without_end() -> None:
    fault = SourceUnreachable("jia: no answer")
    ended = await run(Source(nouns("bad"), fault=fault))
    assert str(ended.error).startswith("INVALID_INPUT: bad: ")
    assert str(ended.error).endswith("; SOURCE_UNREACHABLE: jia: no answer")
    ended = await run(Source(*[nouns("bad")] * 100, fault=fault))
    assert len(str(ended.error)) == ERROR_CHARACTERS_MAX


async def test_every_step_is_stored_before_the_next_is_asked_for() -> None:
    log = Log()
    ended = await run(Source(readings("a", "6"), readings("b", "7")), log=log)
    assert [entry.cursor for entry in log.told] == [None, "6", "7", "7"]
    assert [entry.state for entry in log.told[:-1]] == [RunState.RUNNING] * 3
    assert log.told[-1] == ended


async def test_a_run_never_ends_before_it_began() -> None:
    ended = await run(Source(readings("a")))
    assert ended.ended_at is not None
    assert ended.ended_at >= ended.started_at


async def test_what_nobody_foresaw_ends_this_run_and_is_told_with_its_place() -> None:
    log = Log()
    ended = await run(Source(readings("a", "6"), fault=ZeroDivisionError("of 5")), log=log)
    assert (ended.state, ended.cursor, ended.accepted) == (RunState.FAILED, "6", 1)
    assert str(ended.error).startswith("INTERNAL: ZeroDivisionError: of 5 (test_pull.py:")
    assert log.told[-1] == ended


async def test_a_run_that_cannot_be_kept_is_no_run() -> None:
    with pytest.raises(StoreError):
        await run(Source(), log=Log(fails=True))


async def test_a_run_that_is_cancelled_is_closed_first() -> None:
    log = Log()
    source = Silent(readings("a", "6"))
    running = asyncio.create_task(run(source, log=log))
    await source.silent.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    last = log.told[-1]
    assert (last.state, last.cursor, last.accepted, last.error) == (RunState.FAILED, "6", 1, CANCELLED)


async def test_a_source_that_falls_silent_is_cut_off_and_keeps_what_it_brought() -> None:
    log = Log()
    runner = Runner(Taking(), Nouns(), log, BackwardClock(), directly, run_s_max=0.05)
    ended = await runner.run(LINK, Silent(readings("a", "6")))
    assert (ended.state, ended.cursor, ended.accepted) == (RunState.FAILED, "6", 1)
    assert ended.error == "SOURCE_UNREACHABLE: jia: not done after 0.05 s"
    assert log.told[-1] == ended


async def test_whoever_listens_hears_each_step_and_the_end() -> None:
    heard: list[SyncRun] = []
    runner = Runner(Taking(), Nouns(), Log(), BackwardClock(), directly)
    ended = await runner.run(LINK, Source(readings("a"), readings("b")), heard.append)
    assert [entry.rows for entry in heard] == [4, 8, 8]
    assert heard[-1] == ended
