"""What people type and see where several parts of the probe meet: origins, files, lists, names of servers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from edge_probe.board import Board
from edge_probe.board_file import STALE_S, read_board
from edge_probe.cli import app
from edge_probe.config_file import load_config
from edge_probe.counters import CounterState, Joint, Sample
from edge_probe.curve import curve
from edge_probe.exporting import Row, rows_of, write
from edge_probe.meter_events import detected
from edge_probe.page_words import TROUBLES
from edge_probe.readings import DOUBTFUL, ESTIMATED, INSTRUMENT, MANUAL
from edge_probe.sntp import seconds_behind
from edge_probe.spool import Spool
from edge_probe.virtual import Part, PartEnergy, VirtualPoint, joined
from graph.errors import ConfigurationError, InvalidInput, SourceUnreachable, StoreError
from graph.model.period import Granularity
from graph.model.virtual_meter import formula_of
from tests.edge_probe.fakes import ELECTRICITY, UNIT, HandClock, beijing, reading
from tests.edge_probe.hub_double import CREDENTIAL
from tests.edge_probe.test_config import SOUND

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("origins", "made"),
    [
        ((INSTRUMENT, INSTRUMENT), INSTRUMENT),
        ((INSTRUMENT, MANUAL), MANUAL),
        ((MANUAL, ESTIMATED), ESTIMATED),
        ((ESTIMATED, DOUBTFUL), DOUBTFUL),
    ],
)
def test_a_value_made_of_what_somebody_typed_says_so(origins: tuple[str, str], made: str) -> None:
    names = [("a/volume", 1, Decimal(1)), ("b/volume", 1, Decimal(1))]
    parts = tuple(Part(name[0], "volume", Decimal(1)) for name in "ab")
    point = VirtualPoint(ELECTRICITY, parts, formula_of(names))
    used = [
        PartEnergy(ELECTRICITY, name, beijing("10:00"), Decimal(1), origin)
        for (name, _, _), origin in zip(names, origins, strict=True)
    ]
    found = joined(point, UNIT, used, beijing("10:20"))
    assert found is not None
    assert found[0] is not None
    assert found[0].origin == made


def test_a_day_of_which_one_quarter_hour_was_typed_in_says_so_in_a_file() -> None:
    spool = Spool(Path(":memory:"))
    spool.append([reading("10:00"), dataclasses.replace(reading("10:15"), origin=MANUAL)])
    days = dt.date(2026, 11, 23), dt.date(2026, 11, 23)
    (row,) = rows_of(spool, [ELECTRICITY], days, Granularity.DAY)
    assert row.origin == MANUAL
    spool.close()


def test_what_was_typed_in_of_one_quarter_hour_is_drawn_as_measured() -> None:
    svg = curve([dataclasses.replace(reading("10:00"), origin=MANUAL)], dt.date(2026, 11, 23), "oil")
    assert 'class="estimated" d=""' in svg
    assert 'class="measured" d="M' in svg


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_a_file_that_could_not_be_written_whole_is_not_left_half(tmp_path: Path, name: str) -> None:
    def rows() -> Iterator[Row]:
        moment = beijing("10:00")
        yield Row(UNIT, ELECTRICITY, Granularity.QUARTER_HOUR, moment, Decimal(1), moment, INSTRUMENT, 1, 1)
        raise StoreError("spool: cannot be read")

    with pytest.raises(StoreError, match="cannot be read"):
        write(rows(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_figure_that_a_file_cannot_hold_is_told(tmp_path: Path) -> None:
    moment = beijing("10:00")
    row = Row(UNIT, ELECTRICITY, Granularity.MONTH, moment, Decimal(10) ** 16, moment, INSTRUMENT, 1, 1)
    with pytest.raises((StoreError, InvalidInput), match=r"out\.parquet"):
        write(iter([row]), tmp_path / "out.parquet")


def test_what_a_probe_left_behind_is_stale_though_the_clock_was_set_back(tmp_path: Path) -> None:
    file = tmp_path / "now.json"
    file.write_bytes(msgspec.json.encode(Board(HandClock(beijing("10:00"))).now()))
    written = file.stat().st_mtime
    assert read_board(file, written - 1) is not None
    assert read_board(file, written - STALE_S - 1) is None


@pytest.mark.parametrize("name", ["ntp..example", f"{'x' * 64}.example", "a\\u0000b"])
@pytest.mark.parametrize("line", ['time_server = "192.0.2.1"', 'host = "192.0.2.17"'])
def test_a_name_that_is_none_is_a_fault_of_the_configuration(tmp_path: Path, line: str, name: str) -> None:
    file, key = tmp_path / "probe.toml", line.partition(" ")[0]
    text = SOUND.replace("[probe]", '[probe]\ntime_server = "192.0.2.1"')
    file.write_text(text, "utf-8")
    load_config(file, {"modbus_tcp"}, {"nengshu"})
    file.write_text(text.replace(line, f'{key} = "{name}"'), "utf-8")
    with pytest.raises(ConfigurationError, match=rf"{key}: expected a name or an address such as"):
        load_config(file, {"modbus_tcp"}, {"nengshu"})


async def test_a_time_server_whose_name_cannot_be_asked_is_one_that_does_not_answer() -> None:
    with pytest.raises(SourceUnreachable, match=r"time server ntp\.\.example:123: no answer"):
        await seconds_behind(("ntp..example", 123), lambda: 0.0)


def test_what_people_write_is_shown_as_they_wrote_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("PROBE", CREDENTIAL)
    file, name = tmp_path / "probe.toml", "[b]main[/b]/import_energy"
    text = SOUND.replace('name = "main"', 'name = "[b]main[/b]"').replace('"province"', '"[red]province"')
    file.write_text(text, "utf-8")
    Spool(load_config(file, {"modbus_tcp"}, {"nengshu"}).spool).close()
    at = ["--at", "2026-11-23T10:20:00+08:00", "--note", "done [/i] by hand"]
    run = CliRunner().invoke
    assert run(app, ["event", "add", str(file), "calibrated", name, *at]).exit_code == 0
    shown = run(app, ["event", "list", str(file)]).output
    assert "done [/i] by hand" in shown
    assert name in shown
    assert run(app, ["status", str(file)]).output.count("[red]province") == 2


def test_an_event_of_two_data_codes_is_written_for_both_or_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE", CREDENTIAL)
    file = tmp_path / "probe.toml"
    second = (
        '[[devices.points]]\nquantity = "import_energy"\ndata_code = "00-00-0000-023300-21"\n\n[[uplinks]]'
    )
    file.write_text(SOUND.replace("[[uplinks]]", second, 1), "utf-8")
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool = Spool(config.spool)
    last = CounterState(Sample(beijing("10:00"), Decimal(5000)))
    spool.append([], {config.devices[0].points[1].key: last})
    typed = ["event", "add", str(file), "replaced", "main/import_energy", "--closing", "60", "--opening", "0"]
    done = CliRunner().invoke(app, [*typed, "--at", "2026-11-23T10:20:00+08:00"])
    assert (done.exit_code, "expected at least 5000" in done.stderr) == (1, True)
    assert spool.meters.all() == ()
    spool.close()


def test_what_the_probe_noticed_or_somebody_said_is_not_typed_in_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE", CREDENTIAL)
    file = tmp_path / "probe.toml"
    file.write_text(SOUND, "utf-8")
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool, place = Spool(config.spool), config.devices[0].points[0].place
    joint = Joint("replaced", beijing("10:16"), Decimal(1015), Decimal(7))
    spool.meters.add(detected(place, joint, beijing("11:16")))
    run, figures = CliRunner().invoke, ["--closing", "60", "--opening", "0"]
    add = ["event", "add", str(file), "replaced", "main/import_energy", *figures, "--at"]
    done = run(app, [*add, "2026-11-23T10:00:00+08:00"])
    assert (done.exit_code, "as event 1: confirm that" in done.stderr) == (1, True)
    assert run(app, [*add, "2026-11-25T10:00:00+08:00"]).exit_code == 0
    done = run(app, [*add, "2026-11-25T10:00:00+08:00"])
    assert (done.exit_code, "event 2 says that already" in done.stderr) == (1, True)
    assert len(spool.meters.all()) == 2
    spool.close()


@pytest.mark.parametrize(
    ("figures", "why"),
    [
        (["--closing", "999"], "closing: came 999.*, expected at least 1015, seen before it"),
        (["--opening", "8"], "opening: came 8.*, expected at most 7, seen after it"),
    ],
)
def test_what_a_meter_showed_bounds_what_is_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: list[str], why: str
) -> None:
    monkeypatch.setenv("PROBE", CREDENTIAL)
    file = tmp_path / "probe.toml"
    file.write_text(SOUND.replace("ct_pt = 80.1", "ct_pt = 1"), "utf-8")
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool, place = Spool(config.spool), config.devices[0].points[0].place
    joint = Joint("replaced", beijing("10:16"), Decimal(1015), Decimal(7))
    spool.meters.add(detected(place, joint, beijing("11:16")))
    done = CliRunner().invoke(app, ["event", "confirm", str(file), "1", *figures])
    assert done.exit_code == 1
    assert re.search(why, done.stderr)
    assert spool.meters.one(1).state == "detected"
    spool.close()


def test_a_roll_over_that_is_typed_in_says_where_and_is_no_record_without_effect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE", CREDENTIAL)
    file = tmp_path / "probe.toml"
    file.write_text(SOUND.replace("ct_pt = 80.1", "ct_pt = 1"), "utf-8")
    spool = Spool(load_config(file, {"modbus_tcp"}, {"nengshu"}).spool)
    typed = ["event", "add", str(file), "rolled-over", "main/import_energy", "--at"]
    add = [*typed, "2026-11-23T10:20"]  # without an offset: Beijing time, as in `enter`
    done = CliRunner().invoke(app, add)
    assert (done.exit_code, "expected where it begins at 0 again" in done.stderr) == (1, True)
    assert CliRunner().invoke(app, [*add, "--closing", "1000000"]).exit_code == 0
    assert [(each.closing, each.opening) for each in spool.meters.all()] == [(Decimal(1000000), Decimal(0))]
    assert spool.meters.one(1).at == beijing("10:20")
    spool.close()


def test_each_trouble_of_a_meter_has_a_chinese_word() -> None:
    assert {
        "silent", "refused", "malformed", "unknown-map", "counter-fell", "counter-leapt", "clock-went-back",
    } <= set(TROUBLES)  # fmt: skip
