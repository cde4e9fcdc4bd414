"""What is known of missing values beside the readings: probes' reports, devices seen, links' runs, both ends compared."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from graph.model.period import UTC, Granularity, Period
from graph.model.principal import Role
from graph.model.sync_run import RunState
from graph.ports import Ask, Compare, Condition, RowSource
from hub.links import is_pushed, waiting
from hub.stores.door.devices_seen import NOUN as DEVICE_SEEN
from hub.stores.readings.witness import AROUND, ASKED, DIFFERENCES, DIRECT, HEARD, SPANS, Witnessed
from hub.stores.registry.registry import Registry

_SEEN_AT = ("registered_at", "checked_at", "uploaded_at")
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Witnesses:
    """The registry and the door as a witness (hub.stores.readings.witness.Witness); asked as the hub, not as an asker."""

    registry: Registry
    seen: RowSource

    def testimony(self, first: dt.date, last: dt.date, units: Sequence[str]) -> Witnessed:
        """What is known of Beijing days, and of those around them, which tell how long a silence lasted."""
        period = Period.of_days(first - AROUND, last + AROUND)
        spans = self.registry.probe_spans.between(period.start, period.end, units)
        named = (Condition("unit", tuple(units), Compare.IN),) if units else ()
        return Witnessed(
            spans=_table(SPANS, spans),
            heard=_table(HEARD, self._heard(named)),
            direct=_table(DIRECT, self._direct(named)),
            asked=_table(ASKED, self._asked()),
            differences=_table(DIFFERENCES, self._differences(first, last, named)),
        )

    def _direct(self, named: tuple[Condition, ...]) -> Iterable[Row]:
        """Units with a device, and those with a client of their own that may upload: probes have one. Since it is known."""
        for row in self.registry.rows(Ask("access_device", where=named)).table.to_pylist():
            yield {"unit": row["unit"], "source": None, "since": row["registered_at"]}
        clients = self.registry.rows(Ask("client", where=named)).table.to_pylist()
        for row in clients:
            if row["unit"] is not None and Role.UPLOAD.value in row["roles"].split():
                yield {"unit": row["unit"], "source": row["key"], "since": row["created_at"]}

    def _heard(self, named: tuple[Condition, ...]) -> Iterable[Row]:
        """When devices were seen last."""
        for row in self.seen.rows(Ask(DEVICE_SEEN, where=named)).table.to_pylist():
            for moment in (row[name] for name in _SEEN_AT if row[name] is not None):
                yield {"unit": row["unit"], "begins": moment, "ends": moment}

    def _asked(self) -> Iterable[Row]:
        """Each link that the hub asks, of a province's those that are enabled where any is, with its last good run."""
        asking = [
            link for link in self.registry.links() if link.dialect not in waiting() and not is_pushed(link)
        ]
        enabled = {link.region for link in asking if link.enabled}
        good, bad = self._last(RunState.SUCCEEDED), self._last(RunState.FAILED)
        for link in asking:
            if link.enabled or link.region not in enabled:
                yield {
                    "link": link.key,
                    "province": str(link.region),
                    **_asked(good.get(link.key), bad.get(link.key)),
                }

    def _last(self, state: RunState) -> dict[str, Row]:
        ended = (Condition("state", state.value),)
        newest = self.registry.counts(Ask("sync_run", where=ended), "link", "id")
        numbers = (Condition("id", tuple(newest["id"].to_pylist()), Compare.IN),)
        rows = self.registry.rows(Ask("sync_run", where=numbers)).table.to_pylist()
        return {row["link"]: row for row in rows}

    def _differences(self, first: dt.date, last: dt.date, named: tuple[Condition, ...]) -> Iterable[Row]:
        days = (
            Condition("day", first, Compare.GE),
            Condition("day", last + dt.timedelta(days=1), Compare.LT),
            Condition("settled_at", None),
        )
        for row in self.registry.rows(Ask("difference", where=(*days, *named))).table.to_pylist():
            yield {
                "link": row["link"],
                "unit": row["unit"],
                "granularity": Granularity(row["granularity"]).number,
                "day": row["day"],
                "more": row["there_readings"] - row["here_readings"],
                "here": row["here_readings"],
                "there": row["there_readings"],
                "seen_at": row["last_seen"],
            }


def _asked(good: Row | None, bad: Row | None) -> Row:
    """When a link's last run began that came to its end, its number, and what the last one since broke off at."""
    if bad is not None and good is not None and bad["id"] < good["id"]:
        bad = None
    if bad is not None and not _broke_off(bad):
        good, bad = bad, None
    run = (
        {"asked_at": None, "run": None}
        if good is None
        else {"asked_at": good["started_at"], "run": good["id"]}
    )
    return {**run, "failed": None if bad is None else _code(bad)}


def _broke_off(run: Row) -> bool:
    """Whether a run that failed did not come to its source's end; one that only noted faults of rows took all there was."""
    faults = json.loads(run["faults"] or "[]")
    return not faults or any(fault["is_end"] for fault in faults)


def _code(run: Row) -> str:
    """The code of what a run broke off at: words of the source are for who sees links."""
    return str(run["error"] or "").partition(":")[0][:64] or "without a word"


def _table(form: pa.Schema, rows: Iterable[Row]) -> pa.Table:
    """Rows as columns, moments in UTC without a zone."""
    told = [{name: _bare(row[name]) for name in form.names} for row in rows]
    return pa.Table.from_pylist(told, schema=form)


def _bare(value: Any) -> Any:
    return value.astimezone(UTC).replace(tzinfo=None) if isinstance(value, dt.datetime) else value
