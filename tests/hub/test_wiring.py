"""What the hub makes of a folder: everything on first use, nothing twice, and all of it let go at the end."""

from __future__ import annotations

import stat
from pathlib import Path

import duckdb
import pytest

from graph.errors import StoreError
from graph.ports import Ask
from graph.schema import shared_schema
from hub.access.sealing import KEY_BYTES
from hub.exports._format import PREFIX
from hub.settings import Settings
from hub.wiring import open_hub, open_registry


def test_a_hub_makes_its_folder_and_opens_it_again(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "deep" / "data")
    with open_hub(settings):
        key = (settings.data_dir / "device.key").read_bytes()
    with open_hub(settings):
        assert (settings.data_dir / "device.key").read_bytes() == key
    assert len(key) == KEY_BYTES


def test_the_key_of_device_numbers_is_its_owners_alone(tmp_path: Path) -> None:
    with open_hub(Settings(data_dir=tmp_path)):
        mode = stat.S_IMODE((tmp_path / "device.key").stat().st_mode)
    assert mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir() if "part" in path.name) == []


def test_a_key_half_written_by_a_process_that_died_is_written_anew(tmp_path: Path) -> None:
    (tmp_path / "device.part").write_bytes(b"half")
    with open_hub(Settings(data_dir=tmp_path)):
        assert (tmp_path / "device.key").stat().st_size == KEY_BYTES


def test_a_store_that_cannot_be_opened_leaves_nothing_held(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    settings.readings_path.write_bytes(b"not a database")
    with pytest.raises(StoreError), open_hub(settings):
        pytest.fail("a hub without a store")
    settings.readings_path.unlink()
    with open_hub(settings):
        assert settings.readings_path.exists()


def test_the_stores_are_let_go_when_something_fails_inside(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(RuntimeError), open_hub(settings):
        raise RuntimeError
    with duckdb.connect(str(settings.readings_path), read_only=True) as opened:
        assert opened.execute("SELECT count(*) FROM batch").fetchone() == (0,)


def test_what_a_killed_hub_left_of_its_exports_is_gone_when_the_next_begins(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    left = settings.exports_path / f"{PREFIX}x1"
    left.mkdir(parents=True)
    (left / "rows").write_bytes(b"half a sheet")
    (settings.exports_path / "notes").write_bytes(b"not ours")
    with open_hub(settings):
        assert [path.name for path in settings.exports_path.iterdir()] == ["notes"]


def test_a_registry_may_be_opened_beside_a_running_hub(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with open_hub(settings):
        beside = open_registry(settings)
        assert beside.clients.list().num_rows == 0
        beside.close()


def test_the_corps_stands_where_the_setting_says(tmp_path: Path) -> None:
    registry = open_registry(Settings(data_dir=tmp_path, corps_code="68"))
    codes = registry.rows(Ask("region", first=100)).table["code"].to_pylist()
    registry.close()
    assert "680000" in codes
    assert "660000" not in codes


def test_a_hub_that_is_asked_nothing_makes_no_schema(tmp_path: Path) -> None:
    asked = shared_schema.cache_info()
    with open_hub(Settings(data_dir=tmp_path)) as hub:
        assert shared_schema.cache_info() == asked
        assert hub.schema is hub.schema
        assert shared_schema.cache_info() != asked
