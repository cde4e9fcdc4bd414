"""Two things of one transaction at once: DuckDB writes what is ready in one thread, numpy works out the rest in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Run `work` in a thread of its own while the block runs; it has ended, or raises, when the block ends.

    The block leaves alone what `work` uses: a cursor serves one thread at a time.
    """
    with ThreadPoolExecutor(1, "readings-meanwhile") as beside:
        doing = beside.submit(work)
        yield
    doing.result()
