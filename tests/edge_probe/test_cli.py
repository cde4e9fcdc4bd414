"""The probe's commands, as a person types them."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_probe.cli import EXAMPLE, app
from edge_probe.config import load_config
from edge_probe.counters import CounterState, Sample
from edge_probe.readings import Event
from edge_probe.spool import Spool
from tests.edge_probe.fakes import beijing, reading
from tests.edge_probe.hub_double import CREDENTIAL
from tests.edge_probe.test_config import SOUND

run = CliRunner().invoke


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROBE", CREDENTIAL)
    monkeypatch.setenv("COLUMNS", "160")
    written = tmp_path / "probe.toml"
    written.write_text(SOUND, "utf-8")
    return written


def test_the_example_in_the_help_is_a_sound_configuration(tmp_path: Path) -> None:
    text = "\n".join(line for line in EXAMPLE.splitlines() if re.match(r"\[|\w+ = ", line))
    assert tomllib.loads(text)
    (tmp_path / "probe.toml").write_text(text, "utf-8")
    assert load_config(tmp_path / "probe.toml", {"modbus_tcp"}, {"nengshu"}).devices[0].name == "main incomer"


def test_help_teaches_with_an_example() -> None:
    shown = run(app, ["--help"]).output
    assert 'map = "eastron_sdm630"' in shown
    assert "nengshu probe check probe.toml" in shown


def test_check_tells_that_all_is_sound(file: Path) -> None:
    done = run(app, ["check", str(file)])
    assert (done.exit_code, "is sound: meters 1, points 1, platforms 1" in done.output) == (0, True)


def test_check_tells_every_fault_on_a_line_of_its_own(file: Path) -> None:
    file.write_text(SOUND.replace("eastron_sdm630", "nokia").replace("https", "ftp"), "utf-8")
    done = run(app, ["check", str(file)])
    assert done.exit_code == 1
    lines = done.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == ["map", "url"]


def test_check_tells_a_missing_credential(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PROBE")
    done = run(app, ["check", str(file)])
    assert done.exit_code == 1
    assert done.stderr.strip() == "uplink province: environment variable PROBE holds no credential"


def test_maps_lists_models_and_what_they_count() -> None:
    shown = run(app, ["maps"]).output
    assert re.search(r"eastron_sdm630 +Eastron SDM630 +import_energy, export_energy, total_energy", shown)


def test_status_shows_meters_platforms_and_events(file: Path) -> None:
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool = Spool(config.spool)
    spool.add_uplinks(["province"])
    state = CounterState(Sample(beijing("10:16"), Decimal("1234.5")), None, "counter-fell")
    event = Event(beijing("10:17"), "main", "meter-silent", "no answer")
    spool.append([reading("10:00", "12.34")], {config.devices[0].points[0].key: state}, [event])
    spool.close()
    done = run(app, ["status", str(file)])
    assert done.exit_code == 0
    for shown in ("00-00-0000-023300-11", "1234.5000", "12.34", "counter-fell", "province", "meter-silent"):
        assert shown in done.output


def test_status_without_a_spool_says_how_to_get_one(file: Path) -> None:
    done = run(app, ["status", str(file)])
    assert done.exit_code == 1
    assert "there is none yet; `nengshu probe run` makes it" in done.stderr


def test_run_with_a_moment_that_is_none_is_refused_before_anything_happens(file: Path) -> None:
    done = run(app, ["run", str(file), "--start", "yesterday"])
    assert done.exit_code == 2
    assert not (file.parent / "data").exists()
