"""A silent meter is asked less and less often, and is back at its first answer."""

from __future__ import annotations

import asyncio
import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.ports import Answers, Fault
from edge_probe.resting import LONGEST_S, Resting, rest_s
from tests.edge_probe.fakes import FakeMeter, HandClock, beijing

pytestmark = pytest.mark.anyio

SILENT = Fault("silent", "no answer")


class Counted:
    """A resting meter, how often it was asked, and its time."""

    def __init__(self, answer: Decimal | Fault = SILENT) -> None:
        self.answer, self.asked = answer, 0
        self.clock = HandClock(beijing("10:00"))
        self.meter = FakeMeter(self._ask)
        self.resting = Resting(self.meter, ["import_energy"], self.clock)

    def _ask(self) -> Decimal | Fault:
        self.asked += 1
        return self.answer

    async def after(self, seconds: float) -> Decimal | Fault:
        self.clock.moment += dt.timedelta(seconds=seconds)
        return (await self.resting.read())["import_energy"]


async def test_one_lost_answer_costs_nothing_and_the_second_ten_seconds() -> None:
    counted = Counted()
    for _ in range(2):
        await counted.after(1)
    rests = await counted.after(1)
    assert counted.asked == 2
    assert rests == Fault("silent", "no answer; silent 2 times, asked again in 9 s")
    await counted.after(9)
    assert counted.asked == 3


async def test_an_answer_ends_the_rest() -> None:
    counted = Counted()
    for seconds in (1, 1, 10):
        await counted.after(seconds)
    counted.answer = Decimal(7)
    assert await counted.after(20) == 7
    counted.answer = SILENT
    for _ in range(2):
        await counted.after(1)
    assert counted.asked == 6


@pytest.mark.parametrize("kind", ["refused", "malformed"])
async def test_a_meter_that_says_no_or_nonsense_is_asked_at_each_look(kind: str) -> None:
    counted = Counted(Fault(kind, "exception 6"))
    for _ in range(5):
        await counted.after(1)
    assert counted.asked == 5


async def test_a_meter_that_is_never_read_before_its_deadline_rests_too() -> None:
    counted = Counted()

    async def hang() -> Answers:
        counted.asked += 1
        raise asyncio.CancelledError

    counted.meter.read = hang  # type: ignore[method-assign]  # this once it hangs
    for _ in range(2):
        with pytest.raises(asyncio.CancelledError):
            await counted.after(1)
    assert isinstance(await counted.after(1), Fault)
    assert counted.asked == 2


async def test_a_clock_that_goes_back_does_not_make_the_rest_longer() -> None:
    counted = Counted()
    for _ in range(2):
        await counted.after(1)
    await counted.after(-7200)
    assert counted.asked == 3


@given(st.integers(0, 10**6))
def test_a_rest_grows_and_has_a_longest(silences: int) -> None:
    assert rest_s(silences) <= rest_s(silences + 1) <= LONGEST_S
