"""Two things of one transaction at once: DuckDB writes what is ready in one thread, numpy works out the rest in another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

_A_THREAD = partial(ThreadPoolExecutor, 1, "readings-meanwhile")


@contextmanager
def meanwhile(work: Callable[[], None], thread: Callable[[], Executor] = _A_THREAD) -> Iterator[None]:
    """Run `work` in a thread of its own while the block runs; it has ended, or raises, when the block ends.

    Where no thread is to be had, it runs before the block. The block leaves alone what `work` uses: a cursor serves one
    thread at a time.
    """
    with thread() as beside:
        doing = _begun(beside, work)
        yield
    doing.result()


def _begun(beside: Executor, work: Callable[[], None]) -> Future[None]:
    try:
        return beside.submit(work)
    except RuntimeError:  # out of threads, or the process is ending
        work()
        done: Future[None] = Future()
        done.set_result(None)
        return done
