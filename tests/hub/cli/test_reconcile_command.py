"""`nengshu reconcile`: against a province's hub on a real socket, what was deleted here is shown, fetched and back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.both_ways_stage import OF_A_BATCH, Hosted, closing, free_ports, linked, province_at
from tests.hub.cli.terminal import Terminal

LOST_DAY = dt.date(2026, 10, 7)


@dataclass(frozen=True)
class Pulled:
    """A nation's folder that has all of a served province, and the words that ask for the comparison."""

    nation: Hosted

    @property
    def words(self) -> tuple[str, ...]:
        return (
            "reconcile",
            "below",
            "--from",
            "2026-10-01",
            "--to",
            "2026-10-31",
            "--data",
            str(self.nation.data),
        )

    def lose(self) -> None:
        """A day is deleted from the nation's store, rollups and all."""
        settings = Settings(data_dir=self.nation.data, sync_seconds=0)
        with open_hub(settings) as hub, hub.store._database.writing() as cursor:
            cursor.execute("DELETE FROM reading WHERE day = ?", [LOST_DAY])
            cursor.execute("DELETE FROM card WHERE day = ?", [LOST_DAY])


@pytest.fixture
def pulled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nengshu: Terminal) -> Iterator[Pulled]:
    ports = free_ports(2)
    province, nation = province_at(tmp_path / "province", ports[0]), Hosted(tmp_path / "nation", ports[1])
    _, down = linked(province, nation, "above")
    monkeypatch.setenv("NENGSHU_SECRET_BELOW", down)
    with closing(province.serving()):
        assert nengshu("sync", "below", "--data", nation.data).code == 0
        yield Pulled(nation)


@pytest.mark.timeout(180)
def test_a_day_that_was_lost_is_shown_fetched_and_back(pulled: Pulled, nengshu: Terminal) -> None:
    said = nengshu(*pulled.words)
    assert (said.code, "both ends agree" in said.out) == (0, True)
    pulled.lose()
    looked = nengshu(*pulled.words, "--dry-run")
    assert looked.code == 3
    assert f"{LOST_DAY} day: here 0 readings" in looked.out
    assert "differ still" in looked.out
    mended = nengshu(*pulled.words)
    assert mended.code == 0
    assert f"{OF_A_BATCH} missing here, booked" in mended.out
    assert f"{OF_A_BATCH} readings and" in mended.out
    assert "both ends agree now" in mended.out
    assert "both ends agree" in nengshu(*pulled.words).out


def test_a_period_that_is_none_and_a_link_nobody_knows_are_told(pulled: Pulled, nengshu: Terminal) -> None:
    wrong = nengshu(
        "reconcile", "below", "--from", "2026-11-02", "--to", "2026-11-01", "--data", pulled.nation.data
    )
    assert (wrong.code != 0, "is no period" in wrong.err) == (True, True)
    unknown = nengshu("reconcile", "nobody", "--data", pulled.nation.data)
    assert (unknown.code != 0, "nobody" in unknown.err) == (True, True)
