"""Tables of devices and points on a narrow terminal: a code stands in one line, and a bound that is none is no word."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from hub.cli._cells import print_whole
from hub.cli._device_tables import devices_table, points_table
from hub.simulate.nation import ELECTRICITY
from tests.hub.invented_hub import YI, units_of

UNIT = units_of(YI)[0]
WRITTEN = "00-00-0000-023300-11"
INSTRUMENT = "E-7-of-the-main-incomer"
LINK = "devices-of-the-province"
NOW = dt.datetime(2026, 11, 3, tzinfo=dt.UTC)


def point(low: Decimal | None, high: Decimal | None) -> dict[str, Any]:
    """A point with these bounds."""
    return {
        "code": ELECTRICITY, "variety": "023300", "granularity": "quarter_hour", "state": "proposed",
        "low": low, "high": high, "instrument": INSTRUMENT,
    }  # fmt: skip


@pytest.fixture(params=["1", "40", "80"])
def narrow(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal of so many letters."""
    monkeypatch.setenv("COLUMNS", request.param)


@pytest.mark.usefixtures("narrow")
def test_codes_keys_and_numbers_are_never_broken(capsys: pytest.CaptureFixture[str]) -> None:
    device = {
        "unit": UNIT.code, "link": LINK, "state": "awaiting", "place": 3, "registered_at": NOW, "problems": None,
    }  # fmt: skip
    print_whole(devices_table([device], {UNIT.code: UNIT.name * 9}, {(UNIT.code, LINK): 1200}, {}))
    print_whole(points_table([point(None, None)]))
    out = capsys.readouterr().out
    assert all(word in out for word in (UNIT.code, LINK, WRITTEN, INSTRUMENT))


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (None, None, "—"),
        (Decimal("0.0000"), None, "≥ 0"),
        (None, Decimal("500.5000"), "≤ 500.5"),
        (Decimal("0.0000"), Decimal("1E+3"), "0 … 1000"),
    ],
)
def test_bounds_are_shown_as_far_as_there_are_any(
    low: Decimal | None, high: Decimal | None, shown: str
) -> None:
    (cells,) = [
        list(column.cells)
        for column in points_table([point(low, high)]).columns
        if "bounds" in str(column.header)
    ]
    assert [str(each) for each in cells] == [shown]
