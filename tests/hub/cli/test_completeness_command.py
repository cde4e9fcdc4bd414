"""`nengshu completeness`: a unit's values by what became of them, with what is known, in two languages."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import anyio
import pytest

from graph.model.probe_span import ProbeSpan, SpanKind
from hub.simulate.nation import ELECTRICITY
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, asking, hub_of, post, reading, token_of, units_of

UNIT = units_of(JIA)[1].code
CODE = ELECTRICITY.replace("-", "")
SILENT = dt.datetime(2026, 10, 3, 4, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose unit sent two days of three, and whose meter was silent on the third."""
    found = tmp_path_factory.mktemp("hub")
    with hub_of(found, sync_seconds=0) as hub:

        async def tell() -> None:
            async with asking(hub, token_of(hub, "teller")) as client:
                rows = [reading(JIA, day) for day in (1, 2)]
                assert (await post(client, json.dumps(rows).encode(), "days")).status_code == 201

        anyio.run(tell)
        span = ProbeSpan(SpanKind.METER, SILENT, SILENT + dt.timedelta(hours=2), "silent", CODE)
        hub.registry.probe_spans.keep(UNIT, [span], "probe", SILENT)
    return found


def test_states_and_evidence_are_shown_in_both_languages(folder: Path, nengshu: Terminal) -> None:
    said = nengshu("completeness", UNIT, "--from", "2026-10-01", "--to", "2026-10-03", "--data", folder)
    assert said.code == 0, said.complaint
    assert "完整率 completeness" in said.out
    (line,) = [line for line in said.out.splitlines() if CODE in line and "表计" not in line]
    assert [word.strip() for word in line.strip("│ ").split("│")][:3] == [CODE, "3", "2"]
    for word in (
        "迟到 late",
        "缺在表计 at meter",
        "表计 meter",
        "silent",
        "probe",
        "2026-10-03 12:00",
        "合计 total",
    ):
        assert word in said.out, word
    assert "缺在链路" not in said.out


def test_days_on_which_nothing_was_due_are_told_so(folder: Path, nengshu: Terminal) -> None:
    said = nengshu("completeness", UNIT, "--from", "1999-10-01", "--to", "1999-10-03", "--data", folder)
    assert (said.code, "无应传数据 nothing was due" in said.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("91970100MA0000001X",), "MALFORMED_CODE"),
        ((UNIT, "--from", "2026-10-03", "--to", "2026-10-01"), "is no period"),
        ((UNIT, "--to", "yesterday"), "yesterday"),
    ],
)
def test_what_is_no_unit_or_no_period_is_told_so(
    folder: Path, nengshu: Terminal, words: tuple[str, ...], why: str
) -> None:
    said = nengshu("completeness", *words, "--data", folder)
    assert said.code == 1
    assert why in said.complaint
