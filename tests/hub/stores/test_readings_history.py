"""Why a value counts no more, or never did, is what decided: a version, an arrival, the larger value, or its origin."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from graph.model.period import UTC, Granularity, Period
from graph.model.reading import Fate, Origin
from graph.ports import HistoryAsk
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import (
    POINTS,
    QUARTER_HOUR,
    START,
    FakeDimensions,
    Said,
    StillClock,
    batch_of,
)

T0 = dt.datetime(2026, 6, 1, tzinfo=UTC)
ARRIVAL = int(T0.timestamp())  # about the version of a value that came without one
DAY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))


def said(value: int, version: int | None, origin: Origin = Origin.INSTRUMENT) -> Said:
    """A value of one slot."""
    return Said(0, 0, Decimal(value), version, origin)


def store_of(*batches: Sequence[Said]) -> ReadingsStore:
    """A store to which these batches came one after another, an hour apart."""
    store = ReadingsStore(None, FakeDimensions(), StillClock())
    for number, rows in enumerate(batches):
        store.commit(batch_of(rows, f"{number}", T0 + dt.timedelta(hours=number)))
    return store


def history(store: ReadingsStore) -> list[tuple[int, int, str, str | None]]:
    """(value, batch, state, why) in the order of versions."""
    rows = store.history(HistoryAsk([POINTS[0][:2]], DAY)).to_pylist()
    return [(int(row["value"]), row["batch"], row["state"], row["why"]) for row in rows]


VERSION = "a later version counts"
LATER = "a later arrival counts"
LARGER = "of one version the larger value counts"
ORIGIN = "of one version and value the origin counts"

# what came, batch after batch, and the values that lost: value, batch, state, why
LOST: dict[str, tuple[Sequence[Sequence[Said]], tuple[int, int, str, str]]] = {
    "a newer version": ([[said(1, 5)], [said(2, 9)]], (1, 1, "replaced", VERSION)),
    "an older version": ([[said(1, 5)], [said(2, 3)]], (2, 2, "outdated", VERSION)),
    "without versions": ([[said(1, None)], [said(2, None)]], (1, 1, "replaced", LATER)),
    "without a version after one with": ([[said(1, 5)], [said(2, None)]], (1, 1, "replaced", LATER)),
    "with a version after one without": ([[said(1, None)], [said(2, 5)]], (2, 2, "outdated", LATER)),
    "a version of tomorrow": ([[said(1, ARRIVAL + 86400)], [said(2, None)]], (2, 2, "outdated", VERSION)),
    "the same version, larger": ([[said(1, 5)], [said(2, 5)]], (1, 1, "replaced", LARGER)),
    "the same version, smaller": ([[said(2, 5)], [said(1, 5)]], (1, 2, "outdated", LARGER)),
    "the same batch, larger": ([[said(1, 5), said(2, 5)]], (1, 1, "outdated", LARGER)),
    "the same batch, newer": ([[said(2, 5), said(1, 6)]], (2, 1, "outdated", VERSION)),
    "the same batch, no versions": ([[said(1, None), said(2, None)]], (1, 1, "outdated", LARGER)),
    "another origin": (
        [[said(1, 5, Origin.INSTRUMENT)], [said(1, 5, Origin.MANUAL)]],
        (1, 1, "replaced", ORIGIN),
    ),
    "older than what was confirmed": (
        [[said(1, 1)], [said(1, 7)], [said(2, 5)]],
        (2, 3, "outdated", VERSION),
    ),
    "what was confirmed, replaced by a larger value of that version": (
        [[said(1, 1)], [said(1, 7)], [said(2, 7)]],
        (1, 1, "replaced", LARGER),
    ),
    "smaller than what was confirmed only later": (
        [[said(2, 5)], [said(1, 5)], [said(2, 9)]],
        (1, 2, "outdated", LARGER),
    ),
    "beside what held said again without a version": (
        [[said(1, 5)], [said(1, None), said(2, 7)]],
        (2, 2, "outdated", LATER),
    ),
}


@pytest.mark.parametrize(("batches", "lost"), LOST.values(), ids=LOST)
def test_why_a_value_lost_is_what_decided(
    batches: Sequence[Sequence[Said]], lost: tuple[int, int, str, str]
) -> None:
    told = history(store_of(*batches))
    assert [row for row in told if row[3] is not None] == [lost]


def test_a_value_said_again_under_newer_versions_names_the_batches_that_did() -> None:
    store = store_of([said(1, 3)], [said(1, 5)], [said(1, 4)], [said(1, None)], [said(1, 8)], [said(2, 9)])
    assert history(store) == [
        (1, 1, "replaced", VERSION),
        (1, 2, "confirmed", None),
        (1, 5, "confirmed", None),
        (2, 6, "holds", None),
    ]
    rows = store.history(HistoryAsk([POINTS[0][:2]], DAY)).to_pylist()
    assert [row["confirms"] for row in rows] == [None, 1, 1, None]
    assert [row["version"].second for row in rows] == [3, 5, 8, 9]


def test_a_value_that_came_too_late_lacks_no_more_than_one_that_holds() -> None:
    with ReadingsStore(None, FakeDimensions(), StillClock())._database.reading() as cursor:
        columns = [cursor.execute(f"DESCRIBE {table}").fetchall() for table in ("reading", "outdated")]
    assert [column for column in columns[0] if column[0] != "unit_day"] == columns[1]
    assert {column[2] for column in columns[1]} == {"NO"}


def test_a_history_is_narrowed_to_given_starts_and_granularities() -> None:
    store = store_of(
        [said(1, 5), Said(0, 1, Decimal(3), 5)], [said(2, 9), said(1, 7), Said(0, 1, Decimal(3), 8)]
    )
    store.commit(batch_of([Said(0, 0, Decimal(50))], "day", T0, Granularity.DAY, dt.timedelta(days=1)))

    def told(**narrowed: Any) -> list[tuple[int, str]]:
        rows = store.history(HistoryAsk([POINTS[0][:2]], DAY, **narrowed)).to_pylist()
        return [(int(row["value"]), row["state"]) for row in rows]

    of_first = [(1, "replaced"), (1, "outdated"), (2, "holds")]
    of_second, of_day = [(3, "holds"), (3, "confirmed")], [(50, "holds")]
    assert told() == of_first + of_second + of_day
    assert told(starts=[START + QUARTER_HOUR]) == of_second
    assert told(starts=[START]) == of_first + of_day
    assert told(starts=[START], granularities=[Granularity.DAY]) == of_day
    assert told(granularities=[Granularity.QUARTER_HOUR]) == of_first + of_second
    assert told(starts=[START - QUARTER_HOUR]) == told(granularities=[Granularity.YEAR]) == []


def test_what_becomes_of_a_value_is_a_word_of_the_model() -> None:
    store = store_of([said(1, 5)], [said(2, 9)], [said(2, 10)], [said(4, 3)], [Said(0, 1, Decimal(1))])
    taken_back = batch_of([Said(0, 1, Decimal(1))], "taken back", T0 + dt.timedelta(days=1))
    store.commit(replace(taken_back, withdraws=True))
    assert {state for _, _, state, _ in history(store)} == {fate.value for fate in Fate}
