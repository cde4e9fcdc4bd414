"""Every due slot has one state, the states add up to what completeness says, and what is missing is blamed by evidence."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.errors import TooLarge
from graph.model.hop import MISSING, RECEIVED, SlotState
from graph.model.period import Granularity, Period
from graph.model.principal import Reach
from graph.model.reading import Origin
from graph.model.region import RegionCode
from graph.ports import AsOf, CompletenessAsk, Dimension, HopAsk, HopDimension
from hub.stores.readings import hops
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.hops_fakes import CODE, HOUR, ONE, FakeWitness, bare, store_of
from tests.hub.stores.readings_fakes import POINTS, START, UNITS, Said, batch_of

DAY = dt.timedelta(days=1)
FIRST = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 1))
THREE = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 3))
IN_TIME = START + 12 * HOUR
OTHER = UNITS[1]
ELECTRICITY = HopAsk(FIRST, units=(ONE,), data_codes=(CODE,))


@pytest.fixture
def witness() -> FakeWitness:
    return FakeWitness()


@pytest.fixture
def store(witness: FakeWitness) -> ReadingsStore:
    """A unit's first day, eight of whose quarter-hours never came: 80 to 87."""
    opened = store_of(witness)
    rows = [Said(0, slot, Decimal(1)) for slot in range(96) if not 80 <= slot < 88]
    opened.commit(batch_of(rows, "a", IN_TIME))
    return opened


def states(store: ReadingsStore, ask: HopAsk = ELECTRICITY) -> dict[str, int]:
    """The one row of a question, states that nothing is in left out."""
    (row,) = store.hops(ask).to_pylist()
    assert sum(row[state] for state in SlotState) == row["due"]
    assert sum(row[state] for state in RECEIVED) == row["received"]
    return {state.value: row[state] for state in SlotState if row[state]}


def test_without_evidence_what_is_missing_is_unexplained(store: ReadingsStore) -> None:
    assert states(store) == {"on_time": 88, "missing_unexplained": 8}


def test_quarter_hours_a_probe_reports_its_meter_silent_are_missing_at_the_meter(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.span("meter", 82, 90)
    assert states(store) == {"on_time": 88, "missing_at_meter": 6, "missing_unexplained": 2}


def test_of_another_point_or_unit_a_report_says_nothing(store: ReadingsStore, witness: FakeWitness) -> None:
    witness.span("meter", 80, 88, POINTS[1][2])
    assert states(store) == {"on_time": 88, "missing_unexplained": 8}
    assert states(store, HopAsk(FIRST, units=(OTHER,))) == {"missing_unexplained": 96}


def test_a_stopped_probe_is_to_blame_for_all_its_points_and_its_meter_before_it(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.span("stopped", 80, 86, None)
    witness.span("meter", 80, 82)
    assert states(store) == {
        "on_time": 88,
        "missing_at_meter": 2,
        "missing_at_probe": 4,
        "missing_unexplained": 2,
    }


SECOND = HopAsk(Period.of_days(dt.date(2026, 1, 2), dt.date(2026, 1, 2)), units=(ONE,), data_codes=(CODE,))


def test_a_unit_that_reports_here_itself_and_said_nothing_for_more_than_a_day_lost_it_at_its_probe(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.knows("direct", unit=ONE, source=None, since=bare(START))
    assert states(store, SECOND) == {"missing_at_probe": 96}
    assert states(store) == {"on_time": 88, "missing_at_probe": 8}, (
        "it was heard of at noon, and not behind that"
    )
    (fact,) = store.evidence(SECOND).to_pylist()
    assert (fact["what"], fact["source"]) == ("nothing came from the unit for more than a day", "ledger")
    assert (fact["begins"], fact["ends"]) == (START + DAY, START + 2 * DAY)


@pytest.mark.parametrize(("hours", "silent"), [(25, False), (26, True)])
def test_a_silence_is_longer_than_a_day_and_an_hour(
    store: ReadingsStore,
    witness: FakeWitness,
    hours: int,
    silent: bool,
) -> None:
    witness.knows("direct", unit=ONE, source=None, since=bare(START))
    again = IN_TIME + hours * HOUR
    witness.knows("heard", unit=ONE, begins=bare(again), ends=bare(START + 4 * DAY))
    where = "missing_at_probe" if silent else "missing_unexplained"
    assert states(store)[where] == 8


def test_a_batch_of_the_units_own_client_breaks_its_silence(witness: FakeWitness) -> None:
    store = store_of(witness)
    for day in range(4):
        store.commit(batch_of([Said(1, day, Decimal(1))], f"{day}", START + day * DAY + HOUR))
    witness.knows("direct", unit=ONE, source="test", since=bare(START))
    assert states(store, SECOND) == {"missing_unexplained": 96}


def test_of_days_before_a_unit_reported_here_itself_its_silence_says_nothing(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.knows("direct", unit=ONE, source="probe", since=bare(START + 2 * DAY))
    witness.asked("970000", START + DAY + HOUR)
    assert states(store) == {"on_time": 88, "missing_at_province": 8}


def test_what_a_links_source_did_not_have_after_the_day_is_missing_at_the_province(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.asked("970000", START + DAY + HOUR)
    assert states(store) == {"on_time": 88, "missing_at_province": 8}


@pytest.mark.parametrize("at", [None, START + HOUR])
def test_what_nobody_asked_for_since_is_missing_at_the_link(
    store: ReadingsStore, witness: FakeWitness, at: dt.datetime | None
) -> None:
    witness.asked("970000", at, "SOURCE_UNREACHABLE")
    assert states(store) == {"on_time": 88, "missing_at_link": 8}


def test_of_another_provinces_link_nothing_follows(store: ReadingsStore, witness: FakeWitness) -> None:
    witness.asked("980000", START + DAY + HOUR)
    assert states(store) == {"on_time": 88, "missing_unexplained": 8}


def test_what_the_source_holds_more_of_is_missing_at_the_link_and_the_rest_at_the_province(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.asked("970000", START + DAY + HOUR)
    counts = {"more": 3, "here": 88, "there": 91, "seen_at": bare(START + 2 * DAY)}
    witness.knows("differences", link="jia", unit=ONE, granularity=1, day=dt.date(2026, 1, 1), **counts)
    assert states(store) == {"on_time": 88, "missing_at_province": 5, "missing_at_link": 3}
    both = HopAsk(FIRST, (HopDimension.DATA_CODE,), units=(ONE,))
    rows = {row["data_code"]: row for row in store.hops(both).to_pylist()}
    assert sum(row["missing_at_link"] for row in rows.values()) == 3
    facts = store.evidence(ELECTRICITY).to_pylist()
    assert [(fact["hop"], fact["source"], fact["what"]) for fact in facts] == [
        ("missing_at_link", "jia", "both ends were compared: 91 readings there, 88 here"),
        ("missing_at_province", "jia", "run 7 began after the day and brought nothing of it"),
    ]


def test_late_and_estimated_values_have_states_of_their_own() -> None:
    store = store_of(FakeWitness())
    store.commit(batch_of([Said(0, slot, Decimal(1)) for slot in range(10)], "in time", IN_TIME))
    shared = [Said(0, slot, Decimal(1), origin=Origin.ESTIMATED) for slot in range(10, 14)]
    store.commit(batch_of(shared, "shared out", IN_TIME))
    after = START + 5 * DAY
    store.commit(batch_of([Said(0, slot, Decimal(1)) for slot in range(20, 23)], "late", after))
    late = [Said(0, slot, Decimal(1), origin=Origin.ESTIMATED) for slot in range(30, 32)]
    store.commit(batch_of(late, "late and shared out", after))
    store.commit(batch_of([Said(0, 0, Decimal(2), 9)], "a late correction", after))
    assert states(store) == {"on_time": 10, "late": 3, "estimated": 6, "missing_unexplained": 77}
    (row,) = store.hops(ELECTRICITY).to_pylist()
    assert row["estimated_on_time"] == 4


def test_evidence_names_what_was_said_of_which_time_by_whom_and_when(
    store: ReadingsStore, witness: FakeWitness
) -> None:
    witness.span("meter", 80, 88)
    witness.span("meter", 8 * 96, 9 * 96)
    (fact,) = store.evidence(ELECTRICITY).to_pylist()
    assert fact == {
        "hop": "missing_at_meter",
        "data_code": CODE,
        "what": "meter",
        "begins": START + 20 * HOUR,
        "ends": START + 22 * HOUR - dt.timedelta(seconds=1),
        "source": "probe",
        "reported_at": START + 22 * HOUR - dt.timedelta(seconds=1),
    }


def test_answers_stay_within_reach_and_too_large_ones_are_refused(
    store: ReadingsStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = Reach(region=RegionCode("980000"))
    rows = store.hops(HopAsk(FIRST, (HopDimension.UNIT,), reach)).to_pylist()
    assert [row["unit"] for row in rows] == [OTHER]
    monkeypatch.setattr(hops, "POINT_DAYS_MAX", 2)
    with pytest.raises(TooLarge, match="3 points over 1 days"):
        store.hops(HopAsk(FIRST))


slots = st.tuples(
    st.integers(0, 2), st.integers(0, 300), st.sampled_from([Origin.INSTRUMENT, Origin.ESTIMATED])
)
batches = st.lists(
    st.tuples(st.lists(slots, min_size=1, max_size=40, unique_by=lambda row: row[:2]), st.integers(0, 6)),
    max_size=4,
)
spans = st.lists(
    st.tuples(st.sampled_from(["meter", "stopped", "running"]), st.integers(0, 200), st.integers(1, 100)),
    max_size=4,
)


@given(batches, spans, st.none() | st.integers(0, 5), st.booleans(), st.sampled_from([1, 3]))
@settings(max_examples=25, deadline=None)
def test_each_slot_has_one_state_and_they_add_up_to_what_completeness_says(
    said: list[tuple[list[tuple[int, int, Origin]], int]],
    told: list[tuple[str, int, int]],
    asked: int | None,
    direct: bool,
    number: int,
) -> None:
    witness = FakeWitness()
    for kind, first, length in told:
        witness.span(kind, first, first + length, None if kind == "stopped" else CODE)
    if asked is not None:
        witness.asked("970000", START + asked * DAY)
    if direct:
        witness.knows("direct", unit=ONE, source=None, since=bare(START))
    granularity = {1: Granularity.QUARTER_HOUR, 3: Granularity.DAY}[number]
    store = store_of(witness, granularity=granularity.value)
    step = HOUR / 4 if number == 1 else DAY
    for place, (rows, day) in enumerate(sorted(said, key=lambda each: each[1])):
        values = [Said(point, slot, Decimal(place), place, origin) for point, slot, origin in rows]
        store.commit(batch_of(values, f"{place}", START + day * DAY, granularity, step))
    for as_of in (AsOf(), AsOf(batch=1)):
        for by, hop_by in (
            ((), ()),
            ((Dimension.UNIT, Dimension.DAY), (HopDimension.UNIT, HopDimension.DAY)),
            ((Dimension.PROVINCE,), (HopDimension.PROVINCE,)),
        ):
            plain = store.completeness(CompletenessAsk(THREE, by, as_of=as_of)).to_pylist()
            rows_by_hop = store.hops(HopAsk(THREE, hop_by, as_of=as_of)).to_pylist()
            assert [(row["due"], row["received"]) for row in rows_by_hop if row["due"]] == [
                (row["due"], row["received"]) for row in plain
            ]
            for row, same in zip(rows_by_hop, plain, strict=False):
                assert sum(row[state] for state in (*RECEIVED, *MISSING)) == row["due"]
                assert sum(row[state] for state in RECEIVED) == row["received"] <= row["due"]
                assert row["on_time"] + row["estimated_on_time"] == same["on_time"]
                assert min(row[state] for state in SlotState) >= 0
    store.close()
