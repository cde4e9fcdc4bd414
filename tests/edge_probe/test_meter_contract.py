"""What every meter protocol of the open folder holds, against a simulated meter told to misbehave."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.ports import Answers, Fault, MeterProtocol
from edge_probe.reaching import Way
from tests.edge_probe.protocol_stages import STAGES, Misbehaviour

pytestmark = pytest.mark.anyio

# A late or foreign answer is none, or is told as what it is.
KINDS = {
    Misbehaviour.LATE: {"silent"},
    Misbehaviour.SILENT: {"silent"},
    Misbehaviour.WRONG: {"malformed"},
    Misbehaviour.HALF: {"malformed"},
    Misbehaviour.BUSY: {"refused"},
    Misbehaviour.FOREIGN: {"silent", "malformed"},
}


@pytest.fixture(params=STAGES)
def protocol(request: pytest.FixtureRequest) -> MeterProtocol:
    return wiring.protocols()[request.param]


def counter(answers: Answers) -> Decimal | Fault:
    return answers["import_energy"]


def test_every_protocol_but_those_that_people_read_has_a_simulated_meter() -> None:
    asked = {name for name, each in wiring.protocols().items() if each.reach_by.way is not Way.PERSON}
    assert asked == STAGES.keys()


@pytest.mark.parametrize("how", Misbehaviour)
async def test_a_misbehaviour_gives_no_figure_and_is_over_when_it_is_over(
    protocol: MeterProtocol, tmp_path: Path, how: Misbehaviour
) -> None:
    async with STAGES[protocol.name](tmp_path) as staged:
        meter = protocol.reach(staged.device, staged.device.map)
        before = counter(await meter.read())
        staged.misbehave(how)
        await asyncio.sleep(staged.good_for_s)
        answer = counter(await meter.read())
        staged.misbehave(None)
        staged.show(Decimal(5000))
        mended = counter(await meter.read())
        await meter.close()
    assert isinstance(before, Decimal)
    assert isinstance(answer, Fault)
    assert answer.kind in KINDS[how]
    assert staged.device.host in answer.detail
    assert isinstance(mended, Decimal)
    assert 5000 <= mended < 5001
