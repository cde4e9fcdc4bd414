"""Tuning finds a meter's limits by trying, and what it plans is what the meter answers with the fewest reads."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_probe import trying, tuning
from edge_probe.byte_order import order_of
from edge_probe.meter_map import MeterMap, Quantity
from edge_probe.plan import Span, plan_reads
from edge_probe.registers import Form, Order
from edge_probe.tuning import Tuned, as_settings, tune
from graph.errors import SourceRefused, SourceUnreachable
from hub.simulate._meter_registers import encode
from tests.edge_probe.meter_fake import FakeRegisters

pytestmark = pytest.mark.anyio


def quantity(span: Span, unit: str = "number") -> Quantity:
    form = {1: Form.UINT16, 2: Form.FLOAT32, 4: Form.INT64}[span.count]
    return Quantity(str(span), span, form, Order.ABCD, Decimal(1), unit, counter=False)


async def tuned(line: FakeRegisters, spans: Sequence[Span]) -> Tuned:
    wanted = {str(span): quantity(span) for span in spans}
    return await tune(MeterMap("m", "m", "m", 125, 125, wanted), list(wanted), lambda: line, no_wait)


async def no_wait(_seconds: float) -> None:
    """Time does not pass here."""


def floats(*addresses: int) -> list[Span]:
    return [Span(4, address, 2) for address in addresses]


async def test_the_longest_read_is_found_and_is_the_plans_limit() -> None:
    found = await tuned(FakeRegisters(longest=37), floats(*range(0, 200, 2)))
    assert found.registers_max == 37
    assert found.illegal == ()
    assert max(read.count for read in found.reads) == 36
    assert len(found.reads) == 6


async def test_a_refused_range_is_bisected_to_the_register() -> None:
    hole = Span(4, 10, 7)
    found = await tuned(FakeRegisters(holes=[hole]), floats(0, 2, 30, 32))
    assert found.illegal == (hole,)
    assert found.reads == (Span(4, 0, 4), Span(4, 30, 4))


async def test_a_meter_that_may_not_be_read_across_an_address_gets_two_reads() -> None:
    found = await tuned(FakeRegisters(holes=[Span(4, 2, 0)]), floats(0, 2, 4))
    assert found.illegal == (Span(4, 2, 0),)
    assert found.reads == (Span(4, 0, 2), Span(4, 2, 4))


async def test_a_meter_that_refuses_halves_of_values_is_asked_for_whole_ones() -> None:
    found = await tuned(FakeRegisters(longest=60, whole=True, holes=[Span(4, 20, 4)]), floats(0, 4, 40, 90))
    assert (found.registers_max, found.illegal) == (60, (Span(4, 20, 4),))


async def test_a_meter_that_refuses_every_gap_is_read_without_gaps() -> None:
    apart, together = floats(*range(0, 120, 4)), floats(*range(200, 260, 2))
    holes = [Span(4, span.end, 2) for span in apart]
    found = await tuned(FakeRegisters(holes=holes), [*apart, *together])
    assert (found.gap_max, found.illegal) == (0, ())
    assert found.reads == (*apart, Span(4, 200, 60))


async def test_a_quantity_that_is_refused_by_itself_is_told_and_not_planned() -> None:
    found = await tuned(FakeRegisters(holes=[Span(4, 3, 1)]), floats(0, 2, 4))
    assert found.refused == (str(Span(4, 2, 2)),)
    assert not any(read.touches(Span(4, 3, 1)) for read in found.reads)


async def test_a_busy_meter_is_asked_again() -> None:
    assert (await tuned(FakeRegisters(busy=2), floats(0, 2))).reads == (Span(4, 0, 4),)


async def test_registers_that_end_hide_the_limit_and_the_maps_word_stands() -> None:
    found = await tuned(FakeRegisters(longest=40, holes=[Span(4, 16, 500)]), floats(0, 2))
    assert (found.registers_max, found.is_certain) == (125, False)


async def test_a_read_that_is_only_too_long_is_no_refused_range() -> None:
    found = await tuned(FakeRegisters(longest=10, holes=[Span(4, 10, 1)]), floats(0, 100, 140))
    assert (found.registers_max, found.is_certain, found.illegal) == (10, True, ())


async def test_a_refused_range_is_not_told_wider_than_it_was_seen() -> None:
    holes = [Span(4, 10, 1), Span(4, 64, 200)]
    found = await tuned(FakeRegisters(longest=12, holes=holes), floats(0, 60))
    assert (found.registers_max, found.illegal) == (10, ())


async def test_a_meter_that_refuses_everything_is_another_maps() -> None:
    with pytest.raises(SourceRefused, match="refuses each of 2 quantities"):
        await tuned(FakeRegisters(holes=[Span(4, 0, 100)]), floats(0, 2))


async def test_a_meter_that_is_not_there_is_told_after_few_tries() -> None:
    line = FakeRegisters(gone_after=0)
    with pytest.raises(SourceUnreachable, match="3 times"):
        await tuned(line, floats(*range(0, 200, 2)))
    assert len(line.asked) == trying.AGAIN * tuning.SILENT_MAX


@pytest.mark.parametrize("gone_after", [20, 45])
async def test_a_meter_that_dies_meanwhile_gives_no_findings(gone_after: int) -> None:
    line = FakeRegisters(longest=20, gone_after=gone_after)
    with pytest.raises(SourceUnreachable):
        await tuned(line, floats(*range(0, 100, 4)))
    assert len(line.asked) <= gone_after + 1 + trying.AGAIN


kinds = st.lists(st.sampled_from(["want"] * 3 + ["gap", "hole", "cut"]), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(kinds, st.integers(2, 24), st.booleans())
async def test_the_plan_is_answered_and_no_other_takes_fewer_reads(
    kinds: Sequence[str], longest: int, silent: bool
) -> None:
    wanted, holes, at = [Span(4, 0, 2)], [], 2
    for kind in kinds:
        if kind == "want":
            wanted.append(Span(4, at, 2))
        elif kind == "hole":
            holes.append(Span(4, at, 1))
        elif kind == "cut":
            holes.append(Span(4, at, 0))
        at += {"want": 2, "cut": 0}.get(kind, 1)
    line = FakeRegisters(longest, holes, silent)
    found = await tuned(line, wanted)
    for read in found.reads:
        await line.registers(read)
    assert all(any(read.holds(span) for read in found.reads) for span in wanted)
    assert len(found.reads) == len(plan_reads(wanted, longest, 125, holes))
    assert found.reads == plan_reads(wanted, found.registers_max, found.gap_max, found.illegal)


def shown(order: Order, **values: tuple[str, Form, str]) -> list[tuple[Quantity, list[int]]]:
    return [
        (
            Quantity(name, Span(3, 0, form.registers), form, Order.ABCD, Decimal(1), unit, counter=False),
            encode(Decimal(value), form, order),
        )
        for name, (value, form, unit) in values.items()
    ]


@pytest.mark.parametrize("order", [Order.CDAB, Order.BADC, Order.DCBA])
def test_an_order_that_alone_makes_all_values_plausible_takes_the_maps_place(order: Order) -> None:
    found = order_of(
        shown(
            order,
            u=("230.4", Form.FLOAT32, "V"),
            e=("123456.78", Form.FLOAT32, "kWh"),
            f=("50.02", Form.FLOAT32, "Hz"),
        )
    )
    assert found.order is order


def test_the_maps_order_stands_where_it_shows_what_is_plausible() -> None:
    found = order_of(shown(Order.ABCD, u=("230.4", Form.FLOAT32, "V"), e=("8000", Form.INT64, "kWh")))
    assert (found.order, found.why) == (None, "as the map says: 2 values are plausible")


def test_values_of_zero_decide_nothing() -> None:
    found = order_of(shown(Order.CDAB, u=("0", Form.FLOAT32, "V")))
    assert (found.order, found.why.split(":")[0]) == (None, "undecided")


def test_where_several_orders_would_do_none_is_guessed() -> None:
    power = Quantity("p", Span(3, 0, 2), Form.UINT32, Order.ABCD, Decimal(1), "kW", counter=False)
    found = order_of([(power, [0x3200, 0x0000])])
    assert (found.order, found.why) == (
        None,
        "undecided: p is not plausible with the map's order, and 3 orders would do",
    )


def test_what_no_order_makes_plausible_is_told_and_changes_nothing() -> None:
    found = order_of(shown(Order.ABCD, f=("1e20", Form.FLOAT32, "Hz"), u=("230", Form.FLOAT32, "V")))
    assert found.order is None
    assert "f is not plausible with the map's order" in found.why


async def test_findings_become_the_settings_of_the_device() -> None:
    found = await tuned(FakeRegisters(longest=60, holes=[Span(4, 10, 7)]), floats(0, 2, 30, 32))
    assert as_settings(found) == {
        "registers_max": 60,
        "gap_max": 125,
        "pause_ms": 0,
        "illegal": [{"function": 4, "address": 10, "count": 7}],
    }
