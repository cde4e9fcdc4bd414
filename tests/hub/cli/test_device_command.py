"""`nengshu device`: devices listed, shown beside the registry, approved, refused, taken back, and their points mapped."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import NotFound
from graph.model.instrument import PointState
from graph.ports import Ask
from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.cli.terminal import Terminal
from tests.hub.device_stage import DAY, LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in
from tests.hub.invented_hub import YI, units_of

UNIT, OTHER = units_of(YI)[1], units_of(YI)[2]
SWAPPED = {"latitude": "117.2", "longitude": "39.1"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a device that is configured and whose day waits, and one that only registered."""
    made = tmp_path_factory.mktemp("devices")
    with stage_in(made) as stage:
        said = {"name": "别的名字", "code": UNIT.code, "phone": "000", **SWAPPED}
        assert stage.configure(POWER, UNHEARD, **said) == SUCCESS
        stage.say("version_check", deviceId=stage.registered())
        assert stage.upload(row(POWER), row(UNHEARD, "-3"), row("0000000233009")) == SUCCESS
        Stage(stage.hub, OTHER.code).registered()
    return made


@pytest.fixture
def data(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder for every command, on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("NENGSHU_DATA_DIR", str(folder))
    return folder


def states(data: Path, noun: str, column: str) -> dict[str, str]:
    """The state of each row, by a column."""
    registry = open_registry(Settings(data_dir=data))
    try:
        rows = registry.rows(Ask(noun)).table.to_pylist()
    finally:
        registry.close()
    return {row[column]: row["state"] for row in rows}


def test_devices_are_listed_with_what_waits_and_what_is_wrong(nengshu: Terminal, data: Path) -> None:
    said = nengshu("device", "list")
    assert said.code == 0
    assert all(
        word in said.out for word in (UNIT.code, OTHER.code, UNIT.name, "待审核 awaiting", "2 devices")
    )
    only = nengshu("device", "list", "--state", "approved").out
    assert UNIT.code not in only
    assert "0 devices" in only


def test_a_device_is_shown_beside_the_registry_with_its_problems_and_days(
    nengshu: Terminal, data: Path
) -> None:
    out = nengshu("device", "show", UNIT.code).out
    assert "别的名字" in out
    assert UNIT.name in out
    assert "≠ 不符 differs" in out
    assert "相符 agrees" in out
    assert "问题 problem" in out
    assert "版本校验 version check" in out
    assert "过期 old" in out
    assert DAY in out
    assert "malformed-data-code × 1" in out
    assert "negative × 1" in out
    assert "待确认 proposed" in out


def test_a_device_nobody_registered_is_not_there(nengshu: Terminal, data: Path) -> None:
    said = nengshu("device", "show", units_of(YI)[3].code)
    assert said.code == 1
    assert said.complaint.startswith(NotFound.code)
    assert nengshu("device", "approve", UNIT.code, "--link", "nowhere").code == 1


def test_a_device_is_refused_taken_back_and_approved_with_its_points(nengshu: Terminal, data: Path) -> None:
    assert nengshu("device", "refuse", UNIT.code).code == 2  # without a reason
    refused = nengshu("device", "refuse", UNIT.code, "--why", "设备与备案不符")
    assert "已拒绝" in refused.out
    assert "设备与备案不符" in nengshu("device", "show", UNIT.code).out
    assert "待审核" in nengshu("device", "withdraw", UNIT.code).out
    told = nengshu("device", "approve", UNIT.code).out
    assert "1 points are proposed still" in told
    assert "1 points were put to use" in nengshu("device", "approve", UNIT.code, "--points").out
    assert states(data, "access_device", "unit")[UNIT.code] == "approved"
    digits = UNHEARD.replace("-", "")
    assert states(data, "data_point", "code")[digits] == PointState.ACTIVE.value
    booked = nengshu("replay", LINK)
    assert "rows" in booked.out


def test_points_are_mapped_one_by_one_and_an_unknown_one_is_told(nengshu: Terminal, data: Path) -> None:
    out = nengshu("device", "points", UNIT.code, "--retire", POWER, "--until", "2030-01-01").out
    assert "停用 retired" in out
    assert (
        "启用 active"
        in nengshu("device", "points", UNIT.code, "--activate", POWER, "--instrument", "E-7").out
    )
    unknown = nengshu("device", "points", UNIT.code, "--activate", "00-00-0000-011800-11")
    assert unknown.code == 1
    assert "has no point" in unknown.complaint


def test_a_password_that_was_never_set_is_not_forgotten(nengshu: Terminal, data: Path) -> None:
    assert data.is_dir()
    assert "was never set" in nengshu("device", "forget-password", UNIT.code).out
