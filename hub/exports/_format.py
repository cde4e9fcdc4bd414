"""What every format of an export is: its names, and a writer that hands bytes on as soon as there are some."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa


class Writer(Protocol):
    """Writes tables of one schema. Whatever happens, `close` is called in the end."""

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """What there is to hand on after these rows. Raises TooLarge where the format holds no more."""
        ...

    def end(self) -> Iterable[bytes]:
        """The rest, when no more rows come."""
        ...

    def close(self) -> None:
        """Let go of what was opened; as often as one likes."""
        ...


@dataclass(frozen=True)
class Format:
    """One format: what it is called in a link, of which media type, and how a file of a schema is begun."""

    name: str
    media_type: str
    suffix: str
    writer: Callable[[pa.Schema], Writer]


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

    def __init__(self, sink: Sink, writer: Tables) -> None:
        self._sink, self._writer = sink, writer

    def write(self, table: pa.Table) -> Iterable[bytes]:
        """The rows' bytes."""
        self._writer.write_table(table)
        yield self._sink.taken()

    def end(self) -> Iterable[bytes]:
        """What comes last."""
        self._writer.close()
        yield self._sink.taken()

    def close(self) -> None:
        """There is nothing to let go of."""
