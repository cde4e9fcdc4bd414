"""The versions of both stores: whatever is written makes another one, so that one version stands for one state."""

from __future__ import annotations

import datetime as dt
import inspect
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import StoreError
from graph.model.period import Granularity, Period
from graph.model.principal import Role
from graph.model.region import DivisionTree
from graph.model.sync_run import SyncRun
from graph.ports import Ask, Decision, DigestAsk, Judged, ReadingAsk
from hub.stores.readings import ledger
from hub.stores.readings.store import ReadingsStore
from hub.stores.registry.clients import Clients
from hub.stores.registry.database import open_engine
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.registry import Registry
from hub.stores.registry.seed import seed
from tests.hub.stores.deciding import decider
from tests.hub.stores.readings_fakes import POINTS, QUARTER_HOUR, START, Said, StillClock, batch_of
from tests.hub.stores.registry_fakes import NOON, WHO, code_of, invented_registry, link, point, unit

PERIOD = Period(START, START + 4 * QUARTER_HOUR)


@dataclass
class Stores:
    """Both stores, and a number for names that were not used before."""

    registry: Registry
    store: ReadingsStore
    number: int = 100

    @property
    def version(self) -> tuple[int, int]:
        """What a tag is made of."""
        return self.registry.version(), self.store.version()

    def next(self) -> int:
        """A number nobody had."""
        self.number += 1
        return self.number

    def everything(self) -> str:
        """All that can be asked of them."""
        lists = [self.registry.rows(Ask(noun)).table for noun in NOUNS]
        lists += [self.store.rows(Ask(noun)).table for noun in ledger.NOUNS]
        asked = ReadingAsk([place[:2] for place in POINTS], PERIOD, Granularity.QUARTER_HOUR)
        return repr([table.to_pylist() for table in [*lists, self.store.readings(asked)]])


@contextmanager
def stores(folder: Path) -> Iterator[Stores]:
    """An invented nation with a unit, a point and a link."""
    for registry in invented_registry(folder):
        registry.upsert("unit", [unit(1)], WHO)
        registry.upsert("data_point", [point(1, granularity="quarter_hour")], WHO)
        registry.upsert("link", [link()], WHO)
        registry.upsert("organisation", [{"key": "any", "name": "试", "kind": "auditor"}], WHO)
        registry.clients.add("there", "any", [Role.READ], WHO)
        registry.begin(registry.links()[0], NOON)
        with closing(ReadingsStore(None, registry, StillClock())) as store:
            yield Stores(registry, store)


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Stores]:
    with stores(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """Those of many examples."""
    with stores(tmp_path_factory.mktemp("lasting")) as made:
        yield made


def _batch(both: Stores) -> Judged:
    number = both.next()
    return batch_of([Said(0, number % 4, Decimal(number))], f"key {number}", NOON)


def _upsert(both: Stores) -> None:
    both.registry.upsert("unit", [unit(1, name=f"又名{both.next()}")], WHO)


def _decide(both: Stores) -> None:
    both.registry.decide(
        "unit", [Decision({"credit_code": code_of(1), "name": f"定名{both.next()}"})], decider()
    )


def _begin(both: Stores) -> None:
    both.registry.begin(both.registry.links()[0], NOON)


def _update(both: Stores) -> None:
    both.registry.update(1, SyncRun("trial", NOON, rows=both.next()))


def _close_orphans(both: Stores) -> None:
    both.registry.begin(both.registry.links()[0], NOON)
    both.registry.close_orphans(NOON)


def _pause(both: Stores) -> None:
    both.registry.pause("trial", f"改造{both.next()}", WHO)


def _resume(both: Stores) -> None:
    _pause(both)
    both.registry.resume("trial", WHO)


def _add(both: Stores) -> None:
    both.registry.clients.add(f"client-{both.next()}", "any", [Role.READ], WHO)


def _revoke(both: Stores) -> None:
    key = f"leaving-{both.next()}"
    both.registry.clients.add(key, "any", [Role.READ], WHO)
    both.registry.clients.revoke(key, WHO)


def _change_keys(both: Stores) -> None:
    both.registry.clients.change_keys("there", {"keys": [{"kid": str(both.next())}]}, WHO)


def _recount(both: Stores) -> None:
    """A value is written into the file, of which nobody is told; counting it anew changes sums."""
    both.store.commit(_batch(both))
    with both.store._database.writing(follows=True) as cursor:
        cursor.execute("UPDATE reading SET value = value + 1 WHERE batch_id = (SELECT max(id) FROM batch)")
    before = both.store.version()
    whole = DigestAsk(Period.of_days(dt.date(2025, 1, 1), dt.date(2027, 1, 1)))
    assert both.store.recount(whole, lambda _done, _of: None, mend=True).days > 0
    assert both.store.version() != before


WRITES: dict[Any, Callable[[Stores], object]] = {
    Registry.upsert: _upsert,
    Registry.decide: _decide,
    Registry.begin: _begin,
    Registry.update: _update,
    Registry.close_orphans: _close_orphans,
    Registry.pause: _pause,
    Registry.resume: _resume,
    Clients.add: _add,
    Clients.revoke: _revoke,
    Clients.change_keys: _change_keys,
    ReadingsStore.commit: lambda both: both.store.commit(_batch(both)),
    ReadingsStore.commit_all: lambda both: both.store.commit_all([_batch(both)]),
    ReadingsStore.recount: _recount,
    ReadingsStore.submit: lambda both: both.store.submit(_batch(both)).result(),
}
CHANGES_NO_ANSWER = {ReadingsStore.fold}
READS = {
    *(Registry.rows, Registry.known, Registry.pages, Registry.counts, Registry.points, Registry.dimensions),
    *(Registry.revision, Registry.access_version, Registry.version, Registry.link, Registry.links),
    *(Clients.find, Clients.list),
    *(
        ReadingsStore.receipt,
        ReadingsStore.receipts,
        ReadingsStore.readings,
        ReadingsStore.stream,
        ReadingsStore.balance,
    ),
    *(
        ReadingsStore.last_batch,
        ReadingsStore.received_at,
        ReadingsStore.completeness,
        ReadingsStore.hops,
        ReadingsStore.evidence,
        ReadingsStore.freshness,
        ReadingsStore.latest,
        ReadingsStore.history,
    ),
    *(
        ReadingsStore.digests,
        ReadingsStore.held,
        ReadingsStore.monthly,
        ReadingsStore.monthly_by_province,
        ReadingsStore.digests_brought,
        ReadingsStore.rows,
        ReadingsStore.known,
        ReadingsStore.pages,
        ReadingsStore.counts,
    ),
    *(
        ReadingsStore.version,
        ReadingsStore.changes,
        ReadingsStore.flagged,
        ReadingsStore.backlog,
        ReadingsStore.check,
        ReadingsStore.held,
    ),
    Registry.told_of_writes,
}
ENDS = {Registry.close, ReadingsStore.close}


def test_every_method_of_the_stores_is_known_to_write_or_to_read() -> None:
    methods: set[object] = {
        found
        for kind in (Registry, Clients, ReadingsStore)
        for name, found in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }
    assert methods == {*WRITES, *CHANGES_NO_ANSWER, *READS, *ENDS}


@pytest.mark.parametrize("write", WRITES.values(), ids=[method.__qualname__ for method in WRITES])
def test_a_write_changes_what_can_be_asked_and_the_version(
    both: Stores, write: Callable[[Stores], object]
) -> None:
    said, version = both.everything(), both.version
    write(both)
    assert both.everything() != said
    assert both.version != version


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(list(WRITES.values())) | st.none(), min_size=2, max_size=8))
def test_one_version_stands_for_one_state(
    lasting: Stores, writes: Sequence[Callable[[Stores], object] | None]
) -> None:
    seen = {lasting.version: lasting.everything()}
    for write in writes:
        if write:
            write(lasting)
        version, said = lasting.version, lasting.everything()
        assert seen.setdefault(version, said) == said
        assert lasting.version == version


def test_asking_changes_no_version(both: Stores) -> None:
    before = both.version
    both.everything()
    assert both.version == before


def test_what_stands_already_changes_no_version(both: Stores) -> None:
    before = both.version
    both.registry.upsert("unit", [unit(1)], WHO)
    seed(both.registry, DivisionTree())
    seeded = both.version
    seed(both.registry, DivisionTree())
    assert before != seeded == both.version


def test_what_another_process_writes_is_noticed_whatever_it_is(both: Stores, tmp_path: Path) -> None:
    before = both.version
    with closing(sqlite3.connect(tmp_path / "registry.db")) as other:
        other.execute("UPDATE sync_run SET rows = 7")
        assert both.version == before
        other.rollback()
        assert both.version == before
        other.execute("UPDATE sync_run SET rows = 7")
        other.commit()
    assert both.version != before


def test_a_version_is_told_while_another_writes(both: Stores, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "registry.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert both.registry.version() == both.registry.version()
        other.execute("ROLLBACK")


def test_a_version_is_another_no_sooner_than_what_it_stands_for(both: Stores) -> None:
    before = both.store.version()
    with both.store._database.writing() as cursor:
        cursor.execute("DELETE FROM verdict")
        assert both.store.version() == before
    assert both.store.version() != before


def test_a_registry_that_cannot_be_asked_says_so(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    file.write_bytes(b"no database" * 100)
    registry = Registry(open_engine(f"sqlite:///{file}"), StillClock())
    with closing(registry), pytest.raises(StoreError, match="registry"):
        registry.version()
