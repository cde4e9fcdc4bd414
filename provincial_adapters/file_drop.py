"""Somebody lays down files (CSV, workbooks, JSON, Parquet), and a declared mapping says how to read them.

Source:  exports of energy management systems, as found in the field and in published data (read); programs for sheets,
         which keep numbers as doubles and moments as fractions of a day (read).
Time:    labels stand at the start or the end of a period, Beijing time; the date of a day's last label is either
         day's (read: a year of a steel plant labels it 00:00 of the same day).
Cadence: whenever a file appears, the newest taken first; a file laid down twice is the same batch (assumed).
Quirks:  everything is in the mapping: columns, formats, units of measure, encoding (read); of a folder on an SFTP server
         who asks, which key the server has and whether anything may be moved there (assumed).

A reading's row is its line in a CSV or NDJSON file, counted from 1 (a header is the first), the row's number as a program
for sheets shows it in a workbook, and the row's place, counted from 1, in Parquet and in a JSON array.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import (
    MalformedBody,
    NengshuError,
    SourceMalformed,
    SourceNotReady,
    SourceUnreachable,
)
from graph.model.drift import ColumnDrift, DriftKind
from graph.model.principal import NATION, Reach
from graph.model.reading import INSTANT, Arrived
from graph.model.sync_run import Link
from graph.ports import Delivery, NounDelivery
from provincial_adapters._file_drop.checksums import checked
from provincial_adapters._file_drop.drop import Drop, FolderDrop, LookedAt, waiting
from provincial_adapters._file_drop.folder import (
    FILE_BYTES_MAX,
    listed,
    open_regular,
    put_aside,
    put_away,
    translated,
)
from provincial_adapters._file_drop.formats import lines_of
from provincial_adapters._file_drop.laid import Laid
from provincial_adapters._file_drop.mapping import FileMapping
from provincial_adapters._mapping.arrange import arranged
from provincial_adapters._mapping.drift import drift_of
from provincial_adapters._mapping.lines import READINGS_A_DELIVERY, regrouped
from provincial_adapters._mapping.reread import reread
from provincial_adapters._toolkit.dialect import Dialect, Direction, Quirk, no_secret, one_of, table_of

__all__ = ["DIALECT", "FileMapping", "FolderPuller", "put_aside", "put_away", "read", "scan"]

SERVER = "sftp://"  # how the address of a folder on a server begins
_KEY_DIGITS = 32  # of a digest: enough that no two files share a key
_FAULTS_TOLD = 5  # of a run: what is wrong with many files is wrong with the first


def _user_fault(given: Any) -> str | None:
    if given is None or (isinstance(given, str) and given):
        return None
    return f"came {given!r:.64}, expected text"


def _host_key_fault(given: Any) -> str | None:
    from provincial_adapters._file_drop.server import host_key_fault  # 0.3 s, for those who need it

    return host_key_fault(given) if given is not None else None


DIALECT = Dialect(
    name="file_drop",
    chinese="文件投递",
    english="files in a watched folder, or one on an SFTP server",
    direction=Direction.FILES,
    quirks=(
        Quirk(
            "mapping",
            "how a file's columns become readings",
            required=True,
            fault=table_of(FileMapping.of_table),
        ),
        Quirk(
            "user",
            "who asks an SFTP server; the link's credential is the password or private key",
            fault=_user_fault,
        ),
        Quirk("host_key", "the SFTP server's key: a line of known_hosts, or several", fault=_host_key_fault),
        Quirk(
            "read_only",
            "whether files stay where they are on an SFTP server",
            False,
            fault=one_of(True, False),
        ),
    ),
    puller=lambda means: FolderPuller(means.secret),
    looker=lambda means: FolderPuller(means.secret, takes=False),
    whole_again=lambda means: FolderPuller(means.secret, takes=False, again=True),
    replays=lambda link, raw: reread(raw, FileMapping.of_table(link.quirks["mapping"])),
)


def read(
    path: Path,
    mapping: FileMapping,
    *,
    source: str,
    reach: Reach = NATION,
    readings_max: int = READINGS_A_DELIVERY,
    bytes_max: int = FILE_BYTES_MAX,
    told: Callable[[int, int], None] | None = None,
    strict: bool = False,
) -> Generator[Delivery, None, None]:
    """The readings of a file in deliveries of at most `readings_max`, in the file's order.

    The key names the file's content, the mapping and the delivery's number, so that the same file read again
    with the same mapping is the same batches. `told` hears (bytes read, bytes in all) after each delivery. With
    `strict` a mapped column that is missing is the file's fault; else what does not need it is read.
    Raises InvalidInput, MalformedBody, TooLarge, with the file's name and the reason; deliveries made before
    a fault further down stand.
    """
    with os.fdopen(open_regular(path, bytes_max), "rb") as file:
        before = os.fstat(file.fileno())
        digest = checked(file, path, mapping.checksum)
        rows_max = max(1, readings_max // len(mapping.values))
        number = seen = 0
        for number, lines in enumerate(regrouped(lines_of(file, mapping, path.name), rows_max), 1):
            key = f"{digest[:_KEY_DIGITS]}:{mapping.digest[:_KEY_DIGITS]}:{number}"
            readings, drift = arranged(lines, mapping), drift_of(lines, mapping)
            if strict:
                _check_nothing_is_missing(drift, path)
            begun, seen = seen, max(seen, os.lseek(file.fileno(), 0, os.SEEK_CUR))
            yield Delivery(
                source, key, digest, readings, reach, raw=lines.raw, drift=drift, bytes_read=seen - begun
            )
            if told is not None:
                told(min(os.lseek(file.fileno(), 0, os.SEEK_CUR), before.st_size), before.st_size)
        _check_unchanged(before, os.fstat(file.fileno()), path)
        if number == 0:
            raise MalformedBody("holds no row", path.name)


def scan(folder: Path, mapping: FileMapping) -> list[Path]:
    """The files of a watched folder that are whole and meant by the mapping, the newest first. Raises InvalidInput."""
    return [folder / laid.name for laid in waiting(listed(folder), mapping)]


class FolderPuller:
    """Reads the files of a watched folder; a file that cannot be read is put aside and costs only itself.

    `secret` gives the password or private key of a link whose folder is on a server. Unless it takes them, every file
    stays where it is. `again` those are read first that were taken before and are still there.
    """

    def __init__(
        self, secret: Callable[[Link], str] = no_secret, *, takes: bool = True, again: bool = False
    ) -> None:
        self._secret, self._takes, self._again = secret, takes, again

    async def pull(self, link: Link) -> AsyncGenerator[Delivery | NounDelivery, None]:
        """Every file that is ready, the newest first. Raises SourceMalformed at the end when some went wrong."""
        DIALECT.check(link.quirks)
        mapping = FileMapping.of_table(link.quirks["mapping"])
        async with self._opened(link) as opened:
            drop = opened if self._takes else LookedAt(opened)
            taken = await drop.taken() if self._again else None
            if taken is not None:
                async for delivery in pulled(taken, _as_taken(mapping), link):
                    yield delivery
            async for delivery in pulled(drop, mapping, link):
                yield delivery

    @asynccontextmanager
    async def _opened(self, link: Link) -> AsyncIterator[Drop]:
        if not link.address.startswith(SERVER):
            yield FolderDrop(Path(link.address))
            return
        from provincial_adapters._file_drop.server import Server  # 0.3 s, for those who need them
        from provincial_adapters._file_drop.sftp import opened

        async with opened(Server.of_link(link), self._secret(link)) as drop:
            yield drop


async def pulled(drop: Drop, mapping: FileMapping, link: Link) -> AsyncIterator[Delivery]:
    """What a place holds, file by file, each moved out of the way once it is read.

    A file's keys name its content, the mapping and when it was laid down: the same file once more is judged again.
    Raises SourceUnreachable at once, for the files behind it are as far; SourceMalformed and SourceNotReady at the end.
    """
    faults: list[NengshuError] = []
    for laid in await drop.ready(mapping):
        try:
            async with drop.fetched(laid) as path:
                deliveries = read(path, mapping, source=link.source, reach=Reach(region=link.region))
                while (delivery := await asyncio.to_thread(_next, deliveries, path)) is not None:
                    yield _laid_down(delivery, laid)
        except (SourceUnreachable, SourceNotReady) as fault:
            if isinstance(fault, SourceUnreachable):
                raise
            faults.append(fault)
        except NengshuError as fault:
            faults += [fault, *await _fault_of(drop.put_aside(laid, fault))]
        else:
            faults += await _fault_of(drop.put_away(laid))
    if faults:
        raise _in_all(faults, link.address)


def _as_taken(mapping: FileMapping) -> FileMapping:
    """For files that were taken: each was meant and checked, and may have had to take another name."""
    return replace(mapping, files="*", checksum=None)


def _laid_down(delivery: Delivery, laid: Laid) -> Delivery:
    """A delivery as of when its file was written, which is the version of what has none.

    So the later of two files holds, whichever of them is taken first.
    """
    table = delivery.arrived.table
    place = table.schema.get_field_index("version")
    version = pc.fill_null(table.column(place), pa.scalar(laid.modified_ns // 1_000, INSTANT))
    arrived = Arrived(table.set_column(place, "version", version), delivery.arrived.rejections)
    written_at = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=laid.modified_ns // 1_000)
    return replace(delivery, key=f"{delivery.key}:{laid.modified_ns}", arrived=arrived, written_at=written_at)


def _next(deliveries: Iterator[Delivery], path: Path) -> Delivery | None:
    with translated(path, "read"):
        return next(deliveries, None)


async def _fault_of(move: Awaitable[None]) -> list[NengshuError]:
    """What went wrong as a file was moved: a folder that refuses costs no other file its run."""
    try:
        await move
    except SourceUnreachable:
        raise
    except NengshuError as fault:
        return [fault]
    return []


def _in_all(faults: list[NengshuError], place: str) -> SourceMalformed | SourceNotReady:
    """What a run says of its files in the end."""
    told = "; ".join(str(fault) for fault in faults[:_FAULTS_TOLD])
    if all(isinstance(fault, SourceNotReady) for fault in faults):
        return SourceNotReady(f"{len(faults)} files are not ready: {told}", place=place)
    return SourceMalformed(f"{len(faults)} files were put aside or are stuck: {told}", place=place)


def _check_nothing_is_missing(drift: Iterable[ColumnDrift], path: Path) -> None:
    if missing := [found.column for found in drift if found.kind is DriftKind.MISSING]:
        raise MalformedBody(f"lacks mapped columns: {', '.join(map(repr, missing))}", path.name)


def _check_unchanged(before: os.stat_result, after: os.stat_result, path: Path) -> None:
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise MalformedBody("changed while it was read; write under another name and rename", path.name)
