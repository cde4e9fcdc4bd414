"""`nengshu sync` of a folder on an SFTP server, from the link's row to what the store holds."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.hub.cli.terminal import Terminal
from tests.hub.cli.test_query_and_sync import link, runs, stored
from tests.hub.invented_hub import JIA, fill, units_of
from tests.provincial_adapters.sftp_server import PASSWORD, USER, served

MAPPING = {
    "unit_column": "unit", "label_column": "day", "date_format": "%Y-%m-%d", "label": "start", "granularity": "day",
    "files": "*.json", "checksum": "sha256", "values": [{"column": "value", "data_code": "00-00-0000-023300-11"}],
}  # fmt: skip


@pytest.fixture
def nation(tmp_path: Path) -> Path:
    """The data folder of a hub that knows a province."""
    folder = tmp_path / "nation"
    fill(folder, JIA)
    return folder


def test_a_folder_on_a_server_is_synced_once_and_its_secret_told_nobody(
    nengshu: Terminal, nation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop, unit = tmp_path / "drop", units_of(JIA)[1].code
    drop.mkdir()
    file = drop / "a.json"
    file.write_text(json.dumps([{"unit": unit, "day": "2026-10-01", "value": 5.25}]))
    with served(tmp_path) as server:
        quirks = {"mapping": MAPPING, "user": USER, "host_key": server.host_key}
        link(nation, server.address, dialect="file_drop", credential="drop", quirks=json.dumps(quirks))
        monkeypatch.setenv("NENGSHU_SECRET_DROP", "wrong-password")
        refused = nengshu("sync", "--data", nation)
        monkeypatch.setenv("NENGSHU_SECRET_DROP", PASSWORD)
        waiting = nengshu("sync", "--data", nation)
        (drop / "a.json.sha256").write_text(hashlib.sha256(file.read_bytes()).hexdigest() + "  a.json\n")
        first, again = nengshu("sync", "--data", nation), nengshu("sync", "--data", nation)
    assert [said.code for said in (refused, waiting, first, again)] == [1, 0, 0, 0]
    assert "wrong-password" not in refused.out + refused.complaint
    assert [(run["state"], run["rows"], run["accepted"]) for run in runs(nation)] == [
        ("failed", 0, 0), ("succeeded", 0, 0), ("succeeded", 1, 1), ("succeeded", 0, 0),
    ]  # fmt: skip
    assert stored(nation) == {(unit, "2026-09-30T16:00:00+00:00", "5.2500")}
    assert {path.name for path in (drop / "done").iterdir()} == {"a.json", "a.json.sha256"}
