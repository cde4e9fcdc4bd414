"""The registry as the hub holds it: one object that lists, writes, resolves points, logs runs and knows clients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import pyarrow as pa
from sqlalchemy import Engine

from graph.errors import NotFound
from graph.model.period import beijing_day
from graph.model.principal import NATION, Principal, Reach
from graph.model.region import DivisionTree
from graph.model.sync_run import Link, SyncRun
from graph.ports import Ask, Clock, Decision, Decisions, Page, Upserted
from hub.stores.registry import cells, deciding, directory, past, rows, runs, writes
from hub.stores.registry.accounts import Accounts
from hub.stores.registry.audit import Author
from hub.stores.registry.clients import Clients
from hub.stores.registry.database import Watch, reading, told_of_writes, writing
from hub.stores.registry.days import LinkDays
from hub.stores.registry.deciding import Check, unopposed
from hub.stores.registry.device_passwords import DevicePasswords
from hub.stores.registry.device_rows import DeviceRows
from hub.stores.registry.documents import Documents
from hub.stores.registry.leases import Leases
from hub.stores.registry.link_cells import PAUSED
from hub.stores.registry.point_book import NOUNS, PointBook
from hub.stores.registry.probe_rows import ProbeRows
from hub.stores.registry.received import ReceivedBatches
from hub.stores.registry.reconciliation_rows import ReconciliationRows
from hub.stores.registry.remembered import Remembered
from hub.stores.registry.revoked_tokens import RevokedTokens
from hub.stores.registry.rows import OnDay
from hub.stores.registry.signing_keys import SigningKeys
from hub.stores.registry.waiting_rows import WaitingRows
from hub.stores.registry.writes import Settle, as_it_came

PAGES_MAX = 2_000  # by the texts of their rows: some megabytes
ROWS_OF_A_PAGE = 16
REVISIONS_MAX = 20  # sets of nouns whose revision is asked for: there are a dozen
ACCESS = ("organisation", "client", "account", "unit", "signing_key", "revoked_token")  # all are audited


class Registry:
    """Lists, writes, points and runs over one database; any thread may call, connections live as long as a call.

    `checks` say by noun what a decision must keep beside the rules of its row.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        tree: DivisionTree | None = None,
        checks: Mapping[str, Check] | None = None,
    ) -> None:
        self._engine, self._clock, self._checks = engine, clock, checks or {}
        self._tree = DivisionTree() if tree is None else tree
        self.clients = Clients(engine, clock, self._tree)
        self.accounts = Accounts(engine, clock, self._tree)
        self.documents = Documents(engine, clock)
        self.link_days = LinkDays(engine)
        self.signing_keys = SigningKeys(engine, clock)
        self.revoked_tokens = RevokedTokens(engine, clock)
        self.received = ReceivedBatches(engine, clock, self._tree)
        self.waiting_rows = WaitingRows(engine, clock)
        self.reconciliations = ReconciliationRows(engine)
        self.probe_spans = ProbeRows(engine)
        self.devices = DeviceRows(engine, clock)
        self.device_passwords = DevicePasswords(engine, clock)
        self.leases = Leases(engine)
        self._watch = Watch(engine)
        self._revisions = Remembered(self._revision, self.version, REVISIONS_MAX)
        self._points = PointBook(engine, partial(self.revision, NOUNS))
        self._pages = Remembered(
            self._rows, self.version, PAGES_MAX, lambda page: page.table.num_rows <= ROWS_OF_A_PAGE
        )

    def rows(self, ask: Ask) -> Page:
        """One page of a noun, within the asker's reach. Raises InvalidInput."""
        if rows.is_by_values(ask) and (found := self._pages.find(ask)) is not None:
            return found
        return self._rows(ask)

    def known(self, ask: Ask) -> Page | None:
        """The page of some rows that were asked for by their values since anything was written. Raises InvalidInput."""
        return self._pages.known(ask) if rows.is_by_values(ask) else None

    def _rows(self, ask: Ask) -> Page:
        with self._today() as today:
            return rows.page(today, ask) if ask.as_of is None else past.page(today.connection, ask)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """Pages of a noun that differ in their conditions alone. Raises InvalidInput."""
        with self._today() as today:
            return rows.pages(today, asks)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Rows of a noun by a column's values, within the asker's reach. Raises InvalidInput."""
        with self._today() as today:
            if ask.as_of is None:
                return rows.counts(today, ask, by, latest)
            return past.counts(today.connection, ask, by, latest)

    def upsert(
        self,
        noun: str,
        rows: Iterable[Mapping[str, Any]],
        who: str,
        reach: Reach = NATION,
        settle: Settle = as_it_came,
    ) -> Upserted:
        """Insert or change by the noun's natural key, all rows or none, audited. Raises InvalidInput.

        A row outside the writer's `reach` is faulty. `settle` makes of what stands and a row what is to be written.

        A column that a row does not give keeps what is stored, or takes its default in a new row; columns that
        are computed (province, city, section, variety, kind, scope, point_id, …) are never taken from a row.
        """
        given = list(rows)
        with writing(self._engine) as connection:
            author = self._author(who)
            return writes.upsert(connection, author, noun, given, self._tree, reach, settle)

    def decide(self, noun: str, decisions: Sequence[Decision], asker: Principal) -> Decisions:
        """The same for what people decide, and what each decision changed. Raises FaultyRows with every fault.

        What stands out of the asker's reach is not there for them.
        """
        check = self._checks.get(noun, unopposed)
        with writing(self._engine) as connection:
            author = self._author(asker.client)
            return deciding.decide(connection, author, noun, decisions, self._tree, asker, check)

    def _author(self, who: str) -> Author:
        """Who changes something now that no other writer is before them: what is as of a moment rests on this one."""
        return Author(cells.words()(who), self._clock.now())

    def points(self, units: Sequence[str]) -> pa.Table:
        """The points of these credit codes' units, as PointDirectory promises."""
        return self._points.points(units)

    def dimensions(self) -> tuple[int, pa.Table, pa.Table, pa.Table]:
        """The revision with all units, points and coefficients of it, as the readings store mirrors them."""
        with reading(self._engine) as connection:
            return directory.dimensions(connection)

    def revision(self, nouns: Iterable[str] = directory.MIRRORED) -> int:
        """A number that grows whenever one of these nouns changes; looked up once anything was written."""
        return self._revisions.find(tuple(nouns)) or 0

    def _revision(self, nouns: Sequence[str]) -> int:
        with reading(self._engine) as connection:
            return directory.revision(connection, nouns)

    def access_version(self) -> int:
        """Another number than before once anything changed that access rests on; one look after any write."""
        return self.revision(ACCESS)

    def version(self) -> int:
        """Another number than before once anything at all was written in between, audited or not, by any process."""
        return self._watch.version()

    def told_of_writes(self, listener: Callable[[], None]) -> AbstractContextManager[None]:
        """Calls the listener after each write of this process, in the thread that wrote; of others' `version` knows."""
        return told_of_writes(self._engine, listener)

    def links(self) -> tuple[Link, ...]:
        """Every link, in the order of their keys."""
        with reading(self._engine) as connection:
            return runs.links(connection)

    def link(self, key: str) -> Link:
        """The link of a key. Raises NotFound."""
        links = self.links()
        for link in links:
            if link.key == key:
                return link
        raise NotFound(f"no link {key[:64]!r}; there are {', '.join(each.key for each in links) or 'none'}")

    def pause(self, key: str, why: str, who: str, reach: Reach = NATION) -> None:
        """Have a link not run until somebody resumes it, audited. Raises NotFound, InvalidInput."""
        since = {"paused_by": who, "paused_why": why, "paused_since": self._clock.now()}
        self._turn(key, since, who, reach)

    def resume(self, key: str, who: str, reach: Reach = NATION) -> None:
        """Have a link run again when it is due, audited. Raises NotFound, InvalidInput."""
        self._turn(key, dict.fromkeys(PAUSED), who, reach)

    def _turn(self, key: str, cells: Mapping[str, Any], who: str, reach: Reach) -> None:
        self.upsert("link", [{"key": self.link(key).key, **cells}], who, reach)

    def begin(self, link: Link, at: dt.datetime, held: runs.Held | None = None) -> int:
        """Store a running sync run and return its number. Raises NotFound."""
        with writing(self._engine) as connection:
            return runs.begin(connection, link, at, held)

    def update(self, number: int, run: SyncRun) -> None:
        """Replace what is known of a run; a cursor in it becomes the link's. Raises NotFound, LeaseLost."""
        with writing(self._engine) as connection:
            runs.replace(connection, number, run, self._clock.now())

    def close_orphans(self, at: dt.datetime, holder: str | None = None) -> int:
        """Mark runs whose holder is gone as failed, and say how many; gone is also `holder`, whose place the caller took."""
        with writing(self._engine) as connection:
            return runs.close_orphans(connection, at, holder)

    @contextmanager
    def _today(self) -> Iterator[OnDay]:
        with reading(self._engine) as connection:
            yield OnDay(connection, beijing_day(self._clock.now()))

    def close(self) -> None:
        """Let go of the database."""
        self._watch.close()
        self._engine.dispose()
