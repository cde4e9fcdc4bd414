"""The probe's commands, as a person types them."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from decimal import Decimal
from io import StringIO
from pathlib import Path

import msgspec
import pytest
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from edge_probe.board import Board
from edge_probe.board_file import board_file
from edge_probe.cli import EXAMPLE, app
from edge_probe.config_file import load_config
from edge_probe.counters import CounterState, Joint, Sample
from edge_probe.meter_events import detected
from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.spool_comparing import Difference, SpoolComparing
from edge_probe.standing import standing
from edge_probe.status import status_tables, watch
from graph.model.digest import Digest
from graph.model.probe_span import ProbeSpan, SpanKind
from tests.edge_probe.fakes import HandClock, beijing, reading
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


@pytest.mark.parametrize("command", ["check", "status", "reconcile"])
def test_a_configuration_that_is_not_there_is_named(command: str, tmp_path: Path) -> None:
    file = tmp_path / "none.toml"
    said = CliRunner().invoke(app, [command, str(file)])
    assert (said.exit_code, said.stderr.strip()) == (1, f"{file}: cannot be read: No such file or directory")


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


def test_status_tells_what_a_running_probe_wrote_beside_its_spool(file: Path) -> None:
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool = Spool(config.spool)
    spool.add_uplinks(["province"])
    silent = ProbeSpan(SpanKind.METER, beijing("10:02"), beijing("10:05"), "silent", "0000000002330011")
    spool.append(spans=[silent])
    spool.close()
    assert "no probe runs on this spool" in _status(file)
    board = Board(HandClock(beijing("10:05")))
    board.looked("main", ["silent"])
    board.opens("province", beijing("23:10"))
    board.failed("province")
    board.heard(2.25, "hub.example")
    board_file(config.spool).write_bytes(msgspec.json.encode(board.now()))
    shown = _status(file)
    for said in (
        "+2.2 s (hub.example)",
        "10:06:00",
        "100% of 1",
        "23:10:00",
        "silent",
        "10:02:00",
    ):
        assert said in shown
    assert "2026-11-23" not in shown  # of today's moments the time is enough


def test_a_narrow_terminal_cuts_nothing_off(file: Path) -> None:
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool = Spool(config.spool)
    spool.add_uplinks(["province"])
    key = config.devices[0].points[0].key
    spool.append(counters={key: CounterState(Sample(beijing("10:16"), Decimal("123456789.1234")))})
    shown, tomorrow = StringIO(), StringIO()
    now = beijing("10:17")
    Console(file=shown, width=80).print(*status_tables(standing(config, spool, None, now)))
    Console(file=tomorrow, width=80).print(
        *status_tables(standing(config, spool, None, now + dt.timedelta(days=1)))
    )
    spool.close()
    for whole in ("123456789.1234", "last energy", "errors 1 h", "handed over", "next slot", "none 无"):
        assert whole in shown.getvalue()
    assert "2026-11-23" in tomorrow.getvalue()
    meters = shown.getvalue().split("Platforms")[0]
    counter = "".join(line.split("│")[3].strip() for line in meters.splitlines() if line.count("│") > 3)
    assert "…" not in shown.getvalue()
    assert "123456789.1234" in counter


def test_a_watched_table_is_drawn_anew_until_told_to_stop() -> None:
    shown, turns = StringIO(), iter([True, True, False])
    drawn = iter(["one", "two", "three"])
    watch(lambda: iter([Text(next(drawn))]), Console(file=shown, force_terminal=True), lambda: next(turns))
    assert [word in shown.getvalue() for word in ("one", "two", "three")] == [True, True, True]


def test_status_without_a_spool_says_how_to_get_one(file: Path) -> None:
    done = run(app, ["status", str(file)])
    assert done.exit_code == 1
    assert "there is none yet; `nengshu probe run` makes it" in done.stderr


def test_run_with_a_moment_that_is_none_is_refused_before_anything_happens(file: Path) -> None:
    done = run(app, ["run", str(file), "--start", "yesterday"])
    assert done.exit_code == 2
    assert not (file.parent / "data").exists()


def test_status_shows_how_each_platform_was_compared(file: Path) -> None:
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool = Spool(config.spool)
    spool.add_uplinks(["province"])
    spool.append([reading("10:00", "12.34")])
    assert re.search(r"province +│ never +│ - ", _status(file))
    day, digest = beijing("10:00").date(), Digest(1, 5, 0, 0)
    comparing, differing = SpoolComparing(spool), Difference(day, "0000000002330011", Digest(), digest)
    comparing.keep("province", (day, day), [differing], [], beijing("11:00"))
    assert re.search(r"province +│ 2026-11-23 11:00:00 +│ 1 +│ ok", _status(file))
    comparing.keep_fault("province", "SOURCE_REFUSED: [no]", beijing("12:00"))
    spool.close()
    shown = _status(file)
    assert re.search(
        r"province +│ 2026-11-23 11:00:00 +│ 1 +│ 2026-11-23 12:00:00 SOURCE_REFUSED: \[no\]", shown
    )


def _status(file: Path) -> str:
    return run(app, ["status", str(file)]).output


def test_a_platform_that_tells_no_digests_is_told_so(file: Path) -> None:
    device_like = SOUND.replace('name = "province"', 'name = "province"\nkind = "nhjc04"')
    settings = '[uplinks.settings]\nregion = "990000"\nvalid_means = "0"\n'
    file.write_text(device_like.replace('credential_env = "PROBE"', "") + settings, "utf-8")
    Spool(file.parent / "data/spool.sqlite").close()
    done = run(app, ["reconcile", str(file)])
    assert (done.exit_code, "province: such a platform tells no digests" in done.output) == (0, True)
    assert "tells no digests" in _status(file)


def test_reconcile_without_a_spool_or_of_a_day_that_is_none_says_so(file: Path) -> None:
    done = run(app, ["reconcile", str(file)])
    assert (done.exit_code, "there is none yet" in done.stderr) == (1, True)
    done = run(app, ["reconcile", str(file), "--from", "2026-02-30"])
    assert (done.exit_code, "2026-02-30" in done.stderr) == (1, True)


def test_what_happened_to_a_meter_is_typed_in_listed_and_confirmed(file: Path) -> None:
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    point = config.devices[0].points[0]
    spool = Spool(config.spool)
    state = CounterState(Sample(beijing("10:16"), Decimal(1000) * point.ct_pt))
    joint = Joint("replaced", beijing("11:00"), Decimal(1000) * point.ct_pt, Decimal(7) * point.ct_pt)
    spool.append([], {point.key: state})
    spool.meters.add(detected(point.place, joint, beijing("12:00")))
    name, when = f"{point.device}/{point.quantity}", "2026-11-23T10:20:00+08:00"
    typed = ["event", "add", str(file), "replaced", name, "--at", when, "--opening", "0.6"]
    low = run(app, [*typed, "--closing", "999"])
    assert (low.exit_code, "closing: came" in low.stderr) == (1, True)
    assert run(app, ["event", "confirm", str(file), "1", "--closing", "1002"]).exit_code == 0
    assert run(app, [*typed, "--closing", "20417.3", "--note", "done by hand"]).exit_code == 0
    shown = run(app, ["event", "list", str(file)]).output
    assert "done by hand" in shown
    assert [event.state for event in spool.meters.all()] == ["confirmed", "confirmed"]
    assert [event.adds for event in spool.meters.pending([point.place], beijing("23:00"))] == [
        (Decimal("20417.3") - Decimal("0.6")) * point.ct_pt,
        2 * point.ct_pt,
    ]
    spool.close()


def test_what_cannot_have_happened_is_told(file: Path) -> None:
    Spool(load_config(file, {"modbus_tcp"}, {"nengshu"}).spool).close()
    at = ["--at", "2026-11-23T10:20:00+08:00"]
    wrong = run(app, ["event", "add", str(file), "reset", "nobody/nothing", *at])
    assert (wrong.exit_code, "point: came 'nobody/nothing', expected one of" in wrong.stderr) == (1, True)
    name = "main/import_energy"
    assert (
        "change ct_pt in the configuration"
        in run(app, ["event", "add", str(file), "ct-changed", name, *at]).stderr
    )
    assert (
        "opening: expected a figure"
        in run(app, ["event", "add", str(file), "reset", name, *at, "--opening", "x"]).stderr
    )
    assert "event 9" in run(app, ["event", "confirm", str(file), "9"]).stderr


def test_export_writes_a_file(file: Path, tmp_path: Path) -> None:
    config = load_config(file, {"modbus_tcp"}, {"nengshu"})
    spool = Spool(config.spool)
    spool.append([reading("10:00", code=config.data_codes[0][0])])
    spool.close()
    said = ["export", str(file), str(tmp_path / "out.csv"), "--from", "2026-11-23", "--to", "2026-11-23"]
    assert "rows 1" in run(app, said).output
    assert (run(app, said).exit_code, "is there already" in run(app, said).stderr) == (1, True)
