"""What every format of an export is: its names, and a writer that goes in steps and hands bytes on as they come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

ROWS_AT_ONCE = 10_000  # of a step: some megabytes, and a tenth of a second until somebody who left is noticed
PREFIX = "nengshu-export-"  # of what a format keeps in the folder it is given
# Each makes some bytes or, often, none yet; between two of them one may stop.
Steps: TypeAlias = Generator[bytes]


class Writer(Protocol):
    """Writes tables of one schema, in steps. Whatever happens, `close` is called in the end."""

    def write(self, table: pa.Table) -> Steps:
        """What there is to hand on of these rows. Raises TooLarge where the format holds no more."""
        ...

    def end(self) -> Steps:
        """The rest, when no more rows come."""
        ...

    def close(self) -> None:
        """Let go of what was opened; as often as one likes."""
        ...


@dataclass(frozen=True)
class Format:
    """One format: what it is called in a link, of which media type, and how a file of a schema is begun.

    The folder is for what a format cannot hand on yet.
    """

    name: str
    media_type: str
    suffix: str
    writer: Callable[[pa.Schema, Path], Writer]


def some_at_a_time(table: pa.Table, rows: int = ROWS_AT_ONCE) -> Iterator[pa.Table]:
    """The rows of a table, as many as a step takes."""
    for begin in range(0, table.num_rows, rows):
        yield table.slice(begin, rows)


class Sink:
    """A file for Arrow's writers whose bytes are handed on as they come."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._place = 0

    def write(self, piece: Any) -> int:
        """Keep some bytes until they are taken."""
        self._pieces.append(bytes(piece))
        self._place += len(piece)
        return len(piece)

    def tell(self) -> int:
        """How many were written in all."""
        return self._place

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The bytes stay until they are taken."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        out = b"".join(self._pieces)
        self._pieces.clear()
        return out


class Tables(Protocol):
    """A writer of Arrow's."""

    def write_table(self, table: pa.Table) -> None:
        """Write the rows into its sink."""
        ...

    def close(self) -> None:
        """Write what comes last."""
        ...


class Streaming:
    """A file that one of Arrow's writers makes in memory, handed on as it grows; nothing is open outside of memory."""

    def __init__(self, sink: Sink, writer: Tables, rows_at_once: int = ROWS_AT_ONCE) -> None:
        self._sink, self._writer, self._rows_at_once = sink, writer, rows_at_once

    def write(self, table: pa.Table) -> Steps:
        """The rows' bytes."""
        for some in some_at_a_time(table, self._rows_at_once):
            self._writer.write_table(some)
            yield self._sink.taken()

    def end(self) -> Steps:
        """What comes last."""
        self._writer.close()
        yield self._sink.taken()

    def close(self) -> None:
        """There is nothing to let go of."""
