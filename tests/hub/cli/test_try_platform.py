"""`nengshu try` asks a platform for its newest day over a true socket, and keeps no day of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.ports import Ask
from hub.cli._link_files import toml_of
from hub.settings import Settings
from hub.simulate._rest_rows import PASSWORD
from hub.simulate.rest import Mischief
from hub.wiring import open_registry
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, fill
from tests.hub.simulate.platforms import declared, platform_of


def test_the_newest_day_of_a_platform_is_shown_and_what_it_says_otherwise_is_told(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NENGSHU_SECRET_PLATFORM", PASSWORD)
    data, file = tmp_path / "data", tmp_path / "link.toml"
    fill(data, JIA)
    with platform_of() as platform:
        row = {"key": "rest", "dialect": "rest_json", "province": JIA, "credential": "platform"}
        said = {**row, "address": platform.address, "quirks": declared()["quirks"]}
        file.write_text(toml_of(said), encoding="utf-8")
        found = nengshu("try", file, "--data", data)
        assert found.code == 3, found
        assert "refused unknown-unit" in found.out
        assert found.out.strip().endswith("nothing was written")
        platform.turn(Mischief.HTML)
        found = nengshu("try", file, "--data", data)
        assert (found.code, "came text/html" in found.out) == (1, True)
    registry = open_registry(Settings(data_dir=data))
    assert registry.rows(Ask("sync_run")).table.num_rows == 0
    registry.close()
