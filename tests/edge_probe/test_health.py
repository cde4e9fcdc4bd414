"""A probe says when it ran and when its meters gave nothing; spans last, end, and are told once to each platform."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.delivery import Delivery
from edge_probe.health import RUN_MAX, UNSEEN_MAX, Running, Silences
from edge_probe.readings import Event
from edge_probe.spool import KEPT, Spool
from graph.errors import SourceRefused, SourceUnreachable
from graph.model.probe_span import SPAN_MAX, ProbeSpan, SpanKind
from tests.edge_probe.fakes import ELECTRICITY, FakeUplink, HandClock, beijing

pytestmark = pytest.mark.anyio
MINUTE = dt.timedelta(minutes=1)
METER, STOPPED, RUNNING = SpanKind.METER, SpanKind.STOPPED, SpanKind.RUNNING


class FakeReporter(FakeUplink):
    """An uplink whose platform is told of time, too; raises what it is given to raise, in turn."""

    def __init__(self, *faults: Exception | None) -> None:
        super().__init__()
        self.reports: list[tuple[ProbeSpan, ...]] = []
        self.report_faults = list(faults)

    async def report(self, spans: Sequence[ProbeSpan]) -> None:
        """Keep them."""
        fault = self.report_faults.pop(0) if self.report_faults else None
        if fault is not None:
            raise fault
        self.reports.append(tuple(spans))


def running(begins: str, ends: str) -> ProbeSpan:
    return ProbeSpan(RUNNING, beijing(begins), beijing(ends))


def delivery(uplink: FakeUplink, spool: Spool, told: list[Event]) -> Delivery:
    spool.add_uplinks(["province"])
    return Delivery("province", uplink, spool, HandClock(beijing("12:00")), lambda low, _: low, told.append)


def kinds(spans: Sequence[ProbeSpan]) -> list[tuple[SpanKind, dt.datetime, dt.datetime]]:
    return [(span.kind, span.begins, span.ends) for span in spans]


def test_a_probe_that_looks_on_runs_in_one_span() -> None:
    probe = Running()
    found = [probe.alive(beijing("10:00") + n * MINUTE) for n in range(20)]
    assert [kinds(spans) for spans in found] == [
        [(RUNNING, beijing("10:00"), beijing("10:00") + n * MINUTE)] for n in range(20)
    ]


@pytest.mark.parametrize("probe", [Running(beijing("08:00")), Running(beijing("08:00"), beijing("07:00"))])
def test_after_a_restart_or_a_sleep_it_says_when_it_did_not_run(probe: Running) -> None:
    assert kinds(probe.alive(beijing("10:00"))) == [
        (STOPPED, beijing("08:00"), beijing("10:00")),
        (RUNNING, beijing("10:00"), beijing("10:00")),
    ]
    assert kinds(probe.alive(beijing("10:01"))) == [(RUNNING, beijing("10:00"), beijing("10:01"))]


def test_a_pause_that_missed_no_boundary_is_none() -> None:
    assert kinds(Running(beijing("08:00")).alive(beijing("08:00") + UNSEEN_MAX)) == [
        (RUNNING, beijing("08:15"), beijing("08:15"))
    ]


moments = st.lists(st.integers(-400 * 24 * 60, 400 * 24 * 60), min_size=1, max_size=12)


@given(moments, st.lists(st.booleans(), min_size=12, max_size=12))
def test_whatever_the_clock_does_no_span_is_too_long_or_ends_before_it_begins(
    minutes: list[int], silent: list[bool]
) -> None:
    probe, meter = Running(), Silences()
    for minute, is_silent in zip(minutes, silent, strict=False):
        at = beijing("10:00") + minute * MINUTE
        troubles = {ELECTRICITY: "silent"} if is_silent else {}
        well = frozenset[str]() if is_silent else frozenset({ELECTRICITY})
        for span in (*probe.alive(at), *meter.seen(at, troubles, well)):
            assert span.ends - span.begins <= SPAN_MAX


def test_a_meters_silence_lasts_from_when_it_answered_last_until_it_answers_again() -> None:
    meter = Silences()
    assert meter.seen(beijing("10:00"), {}, frozenset({ELECTRICITY})) == []
    (first,) = meter.seen(beijing("10:01"), {ELECTRICITY: "silent"}, frozenset())
    (longer,) = meter.seen(beijing("10:02"), {ELECTRICITY: "refused"}, frozenset())
    (over,) = meter.seen(beijing("10:03"), {}, frozenset({ELECTRICITY}))
    assert [each.ends for each in (first, longer, over)] == [beijing(f"10:0{n}") for n in (1, 2, 3)]
    assert {(each.begins, each.what, each.data_code) for each in (first, longer, over)} == {
        (beijing("10:00"), "silent", ELECTRICITY)
    }
    assert meter.seen(beijing("10:04"), {}, frozenset({ELECTRICITY})) == []


def test_a_silence_of_more_than_a_month_is_several_spans() -> None:
    meter = Silences()
    meter.seen(beijing("10:00"), {ELECTRICITY: "silent"}, frozenset())
    later = beijing("10:00") + RUN_MAX + MINUTE
    (span,) = meter.seen(later, {ELECTRICITY: "silent"}, frozenset())
    assert (span.begins, span.ends) == (later, later)


async def test_a_platform_is_told_of_each_change_once(tmp_path: Path) -> None:
    spool, uplink = Spool(tmp_path / "spool"), FakeReporter()
    sent = delivery(uplink, spool, [])
    spool.append(spans=[running("10:00", "10:01")])
    assert await sent.push() is None
    assert await sent.push() is None
    spool.append(
        spans=[running("10:00", "10:02"), ProbeSpan(METER, beijing("10:00"), beijing("10:02"), "silent")]
    )
    spool.append(spans=[running("10:00", "10:01")])
    assert await sent.push() is None
    assert [kinds(report) for report in uplink.reports] == [
        [(RUNNING, beijing("10:00"), beijing("10:01"))],
        [(RUNNING, beijing("10:00"), beijing("10:02")), (METER, beijing("10:00"), beijing("10:02"))],
    ]
    assert spool.spans.alive_at() == beijing("10:02")


async def test_a_report_that_did_not_arrive_is_sent_again_after_a_restart_too(tmp_path: Path) -> None:
    spool, told = Spool(tmp_path / "spool"), list[Event]()
    spool.append(spans=[running("10:00", "10:01")])
    down = delivery(FakeReporter(SourceUnreachable("down")), spool, told)
    assert await down.push() is not None
    spool.close()
    uplink = FakeReporter()
    assert await delivery(uplink, Spool(tmp_path / "spool"), told).push() is None
    assert len(uplink.reports) == 1


async def test_a_platform_that_takes_no_reports_is_told_nothing_more_and_readings_go_on(
    tmp_path: Path,
) -> None:
    spool, told = Spool(tmp_path / "spool"), list[Event]()
    uplink = FakeReporter(SourceRefused("status 404"))
    sent = delivery(uplink, spool, told)
    for minute in ("10:01", "10:02"):
        spool.append(spans=[running("10:00", minute)])
        assert await sent.push() is None
    assert (uplink.reports, [event.kind for event in told]) == ([], ["report-refused"])


async def test_an_uplink_without_reports_is_told_none(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(spans=[running("10:00", "10:01")])
    assert await delivery(FakeUplink(), spool, []).push() is None
    assert len(spool.spans.unreported("province")[0]) == 1


def test_old_spans_go_and_the_last_sign_of_life_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.append(spans=[running("10:00", "11:00"), ProbeSpan(METER, beijing("09:00"), beijing("10:30"))])
    spool.thin(beijing("12:00") + KEPT)
    assert kinds(spool.spans.unreported("any")[0]) == [(RUNNING, beijing("10:00"), beijing("11:00"))]
