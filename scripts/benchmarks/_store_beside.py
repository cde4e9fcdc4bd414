"""Reads beside full ingest: some readers ask one question after the other while a writer never rests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice
from time import perf_counter

import numpy as np

from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._store_questions import MIXED, answer, asks
from scripts.benchmarks._store_subject import Subject

READERS = 4  # questions at once: what the hub answers (reader_threads)
P99_MS_MAX = 60  # a page is not held up by a province's upload


def beside_figures(subject: Subject, seconds: float, at: str) -> Iterator[Figure]:
    """Latency of the questions, and what the writer achieved meanwhile."""
    ended, began = threading.Event(), perf_counter()
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(_ask_on, subject, ended, first) for first in range(READERS)]
        try:
            rate = _write_on(subject, seconds)
        finally:
            ended.set()
    spent = perf_counter() - began  # longer than asked for where a commit or an answer took long
    waited_ms = np.concatenate([reader.result() for reader in readers]) * 1000
    p50, p99 = np.percentile(waited_ms, [50, 99])
    yield Figure(f"{at}: questions beside ingest", len(waited_ms) / spent, "questions/s")
    yield Figure(f"{at}: questions beside ingest, p50", float(p50), "ms")
    yield Figure(f"{at}: questions beside ingest, p99", float(p99), "ms", P99_MS_MAX, Wanted.AT_MOST)
    yield Figure(f"{at}: ingest beside questions", rate, "rows/s")


def _write_on(subject: Subject, seconds: float) -> float:
    """Go on with the fill for so long; rows a second of its commits."""
    until, filled, spent = perf_counter() + seconds, subject.filled, 0.0
    while perf_counter() < until:
        spent += subject.fill_next().seconds
    return (subject.filled - filled) / spent


def _ask_on(subject: Subject, ended: threading.Event, first: int) -> list[float]:
    """Seconds of each answer; every reader begins with another question."""
    asked = asks(subject)
    mixed = islice(cycle(asked[name] for name in MIXED), first, None)
    waited = []
    while not ended.is_set():
        began = perf_counter()
        answer(subject.store, next(mixed))
        waited.append(perf_counter() - began)
    return waited
