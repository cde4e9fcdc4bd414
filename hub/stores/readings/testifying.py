"""What is known of missing slots, fact by fact: probes' reports, units' silence, what links brought and what they lack."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.hop import SlotState
from graph.model.period import UTC, midnight
from graph.ports import HopAsk
from hub.stores.readings.moments import kept
from hub.stores.readings.witness import Witnessed

FACTS_MAX = 1_000  # of one answer: a unit's month has a few of a day; more of them say the same again
_AT = pa.timestamp("us", tz="UTC")
EVIDENCE = pa.schema(
    {
        "hop": pa.string(), "data_code": pa.string(), "what": pa.string(), "begins": _AT, "ends": _AT,
        "source": pa.string(), "reported_at": _AT,
    }
)  # fmt: skip
_DAY = dt.timedelta(days=1)
_OF_KIND = {"meter": SlotState.MISSING_AT_METER, "stopped": SlotState.MISSING_AT_PROBE}
Fact = dict[str, Any]


def evidence_of(cells: pa.Table, testimony: Witnessed, ask: HopAsk) -> pa.Table:
    """The facts about what these cells lack, by their beginning."""
    lacking = cells.filter(pc.less(cells["received"], cells["due"]))
    facts = [
        *_reported(testimony, ask),
        *_silences(testimony, ask),
        *_of_links(lacking, testimony),
        *_differences(testimony),
    ]
    facts.sort(key=lambda fact: (fact["begins"], fact["hop"], fact["data_code"] or ""))
    return pa.Table.from_pylist(facts[:FACTS_MAX], schema=EVIDENCE)


def _reported(testimony: Witnessed, ask: HopAsk) -> Iterator[Fact]:
    low, high = kept(ask.period.start), kept(ask.period.end)
    for row in testimony.spans.to_pylist():
        about = not ask.data_codes or row["data_code"] in (None, *ask.data_codes)
        if row["kind"] in _OF_KIND and about and row["begins"] < high and row["ends"] >= low:
            span = (row["begins"], row["ends"])
            yield _fact(
                _OF_KIND[row["kind"]], row["what"], span, row["source"], row["reported_at"], row["data_code"]
            )


def _silences(testimony: Witnessed, ask: HopAsk) -> Iterator[Fact]:
    """As far as they lie in the period: beyond it nobody looked for their ends."""
    low, high = kept(ask.period.start), kept(ask.period.end)
    for row in testimony.silences.to_pylist():
        span = (max(row["begins"], low), min(row["ends"], high))
        yield _fact(
            SlotState.MISSING_AT_PROBE, "nothing came from the unit for more than a day", span, "ledger"
        )


def _of_links(lacking: pa.Table, testimony: Witnessed) -> Iterator[Fact]:
    """Of each day that a link's source does not hold, or was not asked for since."""
    asked = testimony.asked.to_pylist()
    for state in (SlotState.MISSING_AT_PROVINCE, SlotState.MISSING_AT_LINK):
        blamed = lacking.filter(pc.greater(lacking[state.value], 0)).select(["province", "day"])
        for row in blamed.group_by(["province", "day"], use_threads=False).aggregate([]).to_pylist():
            for link in (each for each in asked if each["province"] == row["province"]):
                if what := _said(state, link, kept(midnight(row["day"] + _DAY))):
                    yield _fact(state, what, _day(row["day"]), link["link"], link["asked_at"])


def _said(state: SlotState, link: Fact, over: dt.datetime) -> str | None:
    since = link["asked_at"] is not None and link["asked_at"] >= over
    if state is SlotState.MISSING_AT_PROVINCE:
        return f"run {link['run']} began after the day and brought nothing of it" if since else None
    if since:
        return None
    failed = f"; the last one broke off: {link['failed']}" if link["failed"] else ""
    return f"no run that began after the day came to its end{failed}"


def _differences(testimony: Witnessed) -> Iterator[Fact]:
    for row in testimony.differences.to_pylist():
        if row["more"] > 0:
            what = f"both ends were compared: {row['there']} readings there, {row['here']} here"
            yield _fact(SlotState.MISSING_AT_LINK, what, _day(row["day"]), row["link"], row["seen_at"])


def _day(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    return kept(midnight(day)), kept(midnight(day + _DAY))


def _fact(
    hop: SlotState,
    what: str,
    span: tuple[dt.datetime, dt.datetime],
    source: str,
    reported_at: dt.datetime | None = None,
    data_code: str | None = None,
) -> Fact:
    return {
        "hop": hop.value,
        "data_code": data_code,
        "what": what,
        "begins": span[0].replace(tzinfo=UTC),
        "ends": span[1].replace(tzinfo=UTC),
        "source": source,
        "reported_at": None if reported_at is None else reported_at.replace(tzinfo=UTC),
    }
