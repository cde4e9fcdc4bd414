"""Hands what this hub holds to the hub above it: registry rows that changed, then readings since the link's cursor.

    registry -> NDJSON, by kind, unless it was taken as it is -> receipt -> cursor
    ledger   -> Arrow, whole batches                          -> receipt -> cursor

The cursor moves only behind a receipt. A key names the link, what it speaks of and the content, so that what is sent again
after a lost reply is the same batch; what reaches the hub above by a pull too is a duplicate there, and counted as one.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import msgspec
import orjson
import pyarrow as pa
from anyio import to_thread

from edge_probe.hub_client import ARROW, NDJSON, Batch, HubClient, Receipt
from graph.errors import InvalidInput, SourceRefused
from graph.model.principal import Reach
from graph.model.reading import EXCHANGED
from graph.model.sync_run import Link, RunFault
from graph.ports import Ask, Handed
from hub.ledger_pages import ledger_page
from hub.wiring import Hub
from provincial_adapters import Means
from provincial_adapters.hub_push import KINDS

ROWS_A_BATCH = 10_000  # of the registry: a page of a list, some megabytes of NDJSON
READINGS_A_BATCH = 200_000  # about 20 MB before compression; whole ledger batches, so one alone may be larger
TOLD_MAX = 20  # refused rows of one batch told on a run: the ledger of the hub above names all
_KEY_DIGITS = 16  # of a digest
T = TypeVar("T")
COLUMNS = frozenset(column for _, columns, _ in KINDS for column in columns)


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """How a kind of rows was last sent: the registry's revision then, and how often in a row some were refused."""

    revision: int = -1
    refusals: int = 0


class Progress(msgspec.Struct, frozen=True):
    """How far a link has come (推送进度), as its cursor says it: the last ledger batch, and each kind of rows.

    `begun` is the revision of links it began at. Keys have it: what is sent anew is judged anew and gets no old receipt.
    """

    ledger: int = 0
    kinds: dict[str, Sent] = {}
    begun: int = 0

    @classmethod
    def parse(cls, cursor: str | None) -> Progress:
        """A cursor as it was written; without one, the beginning. Raises InvalidInput for what is none."""
        try:
            return cls() if not cursor else msgspec.json.decode(cursor, type=cls)
        except msgspec.MsgspecError as fault:
            raise InvalidInput(
                f"came {cursor!r:.80}, expected the cursor of a link that pushes", "cursor"
            ) from fault

    def with_kind(self, kind: str, sent: Sent) -> Progress:
        """The same with a kind of rows sent."""
        return msgspec.structs.replace(self, kinds={**self.kinds, kind: sent})

    def __str__(self) -> str:
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True)
class LinkBearer:
    """The tokens of a link, as the client of the protocol wants them (edge_probe.ports.Tokens)."""

    means: Means
    link: Link

    async def headers(self, _method: str, _url: str) -> Mapping[str, str]:
        """Those of one request. Raises ConfigurationError, SourceError."""
        return {"Authorization": f"Bearer {await self.means.token(self.link)}"}

    def refused(self) -> None:
        """The hub above took the last one no longer: the next is a new one."""
        self.means.refused(self.link)


@dataclass(frozen=True)
class Page:
    """Readings of whole ledger batches after one and up to another, packed."""

    body: bytes
    rows: int
    cursor: int
    has_more: bool


class Pusher:
    """Hands over by a link; what it yields is what the hub above made of each batch. Implements graph.ports.Puller."""

    def __init__(self, hub: Hub, means: Means, readings_a_batch: int = READINGS_A_BATCH) -> None:
        self._hub, self._means, self._readings_a_batch = hub, means, readings_a_batch

    async def pull(self, link: Link) -> AsyncIterator[Handed]:
        """What changed since the link's cursor, in order. Raises SourceError, InvalidInput."""
        above = HubClient(f"link {link.key}", link.address, LinkBearer(self._means, link), self._means.client)
        progress = Progress.parse(link.cursor)
        if not link.cursor:
            begun = await self._beside(partial(self._hub.registry.revision, ("link",)))
            progress = Progress(begun=begun)
        for kind, columns, only_with in KINDS:
            read = partial(self._bodies, link, kind, columns, only_with)
            handed, progress = await self._kind(above, link, kind, read, progress)
            if handed is not None:
                yield handed
        async for handed in self._readings(above, link, progress):
            yield handed

    async def _kind(
        self, above: HubClient, link: Link, kind: str, read: Callable[[], list[bytes]], progress: Progress
    ) -> tuple[Handed | None, Progress]:
        """All rows of a kind, where any was written since they were taken. A kind that is refused costs only itself.

        That they are what they were is no reason not to send them: the reply to what was sent in between may be lost.
        """
        before = progress.kinds.get(kind, Sent())
        revision = await self._beside(partial(self._hub.registry.revision, (kind,)))
        if before.revision == revision and not before.refusals:
            return None, progress
        named = f"{link.key}:{progress.begun}:{kind}:{revision}.{before.refusals}"
        bodies = await self._beside(read)
        try:
            refused = await self._hand_over(above, named, kind, bodies)
        except SourceRefused as fault:
            return Handed(refused=(RunFault.of(fault, kind, is_end=False),)), progress
        after = progress.with_kind(kind, Sent(revision, before.refusals + 1 if refused else 0))
        size = sum(map(len, bodies))
        return Handed(cursor=str(after), refused=tuple(refused[:TOLD_MAX]), bytes_read=size), after

    async def _hand_over(
        self, above: HubClient, named: str, kind: str, bodies: list[bytes]
    ) -> list[RunFault]:
        """Each page as a batch; what was refused. What was refused before comes under another key, to be judged anew."""
        refused: list[RunFault] = []
        for place, body in enumerate(bodies):
            key = f"{named}.{place}:{_digest(body)}"
            receipt = await above.send(Batch(key, body, NDJSON, "gzip", kind))
            refused += _refused(receipt, kind)
        return refused

    def _bodies(self, link: Link, kind: str, columns: tuple[str, ...], only_with: str | None) -> list[bytes]:
        """The province's rows of a kind, packed, a page each."""
        return [
            gzip.compress(b"".join(page), 1, mtime=0) for page in self._pages(link, kind, columns, only_with)
        ]

    def _pages(
        self, link: Link, kind: str, columns: tuple[str, ...], only_with: str | None
    ) -> Iterator[list[bytes]]:
        ask: Ask | None = Ask(kind, Reach(region=link.region), first=ROWS_A_BATCH)
        while ask is not None:
            page = self._hub.registry.rows(ask)
            rows = page.table.select(columns).to_pylist()
            lines = [_line(row) for row in rows if only_with is None or row[only_with] is not None]
            if lines:
                yield lines
            ask = replace(ask, after=page.cursors[-1]) if page.has_next else None

    async def _readings(self, above: HubClient, link: Link, progress: Progress) -> AsyncIterator[Handed]:
        more = True
        while more:
            page = await self._beside(partial(self._page, link, progress.ledger))
            if page.cursor == progress.ledger:
                return
            handed = Handed()
            if page.rows:
                place = f"{progress.begun}:{progress.ledger}-{page.cursor}"
                key = f"{link.key}:{place}:{_digest(page.body)}"
                handed = _handed(await above.send(Batch(key, page.body, ARROW)), len(page.body))
            progress, more = msgspec.structs.replace(progress, ledger=page.cursor), page.has_more
            yield replace(handed, cursor=str(progress))

    def _page(self, link: Link, after: int) -> Page:
        """The same bytes whenever the same readings are asked for: in the order of their places, packed by Arrow."""
        found = ledger_page(self._hub.store, Reach(region=link.region), after, self._readings_a_batch)
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, EXCHANGED, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
            stream.write_table(found.table)
        return Page(sink.getvalue(), found.table.num_rows, found.cursor, found.has_more)

    async def _beside(self, call: Callable[[], T]) -> T:
        return await to_thread.run_sync(call, limiter=self._hub.readers)


def _line(row: Mapping[str, object]) -> bytes:
    """A row as JSON: days as text, decimals digit for digit."""
    return orjson.dumps(dict(row), default=str) + b"\n"


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:_KEY_DIGITS]


def _handed(receipt: Receipt, size: int) -> Handed:
    return Handed(
        rows=receipt.rows,
        accepted=receipt.accepted,
        duplicate=receipt.duplicate,
        corrected=receipt.corrected,
        rejected=receipt.rejected_count,
        superseded=receipt.superseded,
        suspect=receipt.suspect,
        refused=tuple(_refused(receipt, "readings")[:TOLD_MAX]),
        bytes_read=size,
    )


def _refused(receipt: Receipt, what: str) -> list[RunFault]:
    """The rows a receipt refuses: of which batch above, which row, which of its columns, why."""
    place = f"{what}, batch {receipt.batch}"
    found = [
        RunFault(each.code, each.why, place, each.row, _column(each.why), is_end=False)
        for each in receipt.rejected
    ]
    more = receipt.rejected_count - len(receipt.rejected)
    why = f"{more} more rows were refused"
    return [*found, RunFault("more-rows-refused", why, place, is_end=False)] if more > 0 else found


def _column(why: str) -> str | None:
    """The column a reason begins with, where it does."""
    name, colon, _ = why.partition(": ")
    return name if colon and name in COLUMNS else None
