"""`nengshu probe tune` against a meter that is a program of its own and has limits: found, shown, written, read again."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_probe.byte_order import OrderFound
from edge_probe.cli import app
from edge_probe.config_file import load_config
from edge_probe.plan import Span
from edge_probe.ports import Answers, Fault
from edge_probe.protocols.modbus_tcp import PROTOCOL
from edge_probe.registers import Order
from edge_probe.tune_cli import too_slow
from edge_probe.tuning import Tuned
from graph.errors import ConfigurationError
from tests.edge_probe.fakes import UNIT, device
from tests.edge_probe.simulation import meter_program

run = CliRunner().invoke
FILE = """# our plant
[probe]
unit = "{unit}"
spool = "spool.sqlite"

[[devices]]
name = "main"          # the main incomer
host = "127.0.0.1"
port = {port}
timeout_seconds = 0.2
map = "eastron_sdm630"

[[devices.points]]     # all that it counts
quantity = "import_energy"
data_code = "00-00-0000-023300-11"

[[devices.points]]
quantity = "export_energy"
data_code = "00-00-0000-023300-30"

[[devices.points]]
quantity = "total_energy"
data_code = "00-01-0000-023300-11"

[[uplinks]]
name = "province"
url = "https://hub.example/"
credential_env = "PROBE"
"""


def configured(folder: Path, port: int) -> Path:
    file = folder / "probe.toml"
    file.write_text(FILE.format(unit=UNIT, port=port), "utf-8")
    return file


def looks_at(file: Path) -> Answers:
    """What a probe with this configuration reads at its second look: the first may come too soon after others'."""
    device = load_config(file, {"modbus_tcp"}, {"nengshu"}).devices[0]

    async def read() -> Answers:
        meter = PROTOCOL.reach(device, device.map)
        try:
            await meter.read()
            await asyncio.sleep(device.pause_s)
            return await meter.read()
        finally:
            await meter.close()

    return asyncio.run(read())


@pytest.mark.slow
def test_limits_of_a_meter_are_found_shown_and_written(tmp_path: Path) -> None:
    limits = ["--longest", "50", "--illegal", "4:0x004A+0", "--pause", "0.03", "--connections", "1"]
    with meter_program(*limits, "--order", "CDAB", epoch=time.time(), speed=1.0) as port:
        file = configured(tmp_path, port)
        before = file.read_text("utf-8")
        assert any(isinstance(answer, Fault) for answer in looks_at(file).values())
        shown = run(app, ["tune", str(file), "main"])
        assert shown.exit_code == 0, shown.output
        assert file.read_text("utf-8") == before
        assert "nothing written; --write applies it" in shown.output
        written = run(app, ["tune", str(file), "main", "--write"])
        assert written.exit_code == 0, written.output
        after = looks_at(file)
        again = run(app, ["tune", str(file), "main", "--write"])
    assert {name: int(str(answer).split(".")[0]) for name, answer in after.items()} == {
        "import_energy": 1000,
        "export_energy": 0,
        "total_energy": 1000,
    }
    for line in (
        "pause between an answer and the next request 请求间隔: 50 ms",
        "connections 连接数: one at a time",
        "byte order 字节序: CDAB: it alone makes all",
        "+[devices.reads]",
        '+order = "CDAB"',
    ):
        assert line in shown.output
    predicted = re.search(r"predicted pass 预计用时: (\d\.\d{3}) s; one by one: \d\.\d{3} s", shown.output)
    assert predicted
    assert 0.1 <= float(predicted[1]) < 0.5  # three reads with two pauses of 50 ms between them
    device = load_config(file, {"modbus_tcp"}, {"nengshu"}).devices[0]
    assert device.pause_s == 0.05
    assert device.map.registers_max <= 50
    assert {quantity.order for quantity in device.map.quantities.values()} == {Order.CDAB}
    kept = [line for line in file.read_text("utf-8").splitlines() if line in before.splitlines()]
    assert [line for line in kept if line] == [line for line in before.splitlines() if line]
    assert "byte order 字节序: as the map says" in again.output


@pytest.mark.slow
def test_refused_registers_are_found_and_the_probes_plan_goes_around_them(tmp_path: Path) -> None:
    limits = ["--illegal", "4:0x0060+16", "--refuse-in-silence", "--pause", "0.03"]
    with meter_program(*limits, epoch=time.time(), speed=1.0) as port:
        file = configured(tmp_path, port)
        text = file.read_text("utf-8").replace("eastron_sdm630", "close.toml")
        (tmp_path / "close.toml").write_text(CLOSE, "utf-8")
        file.write_text(text, "utf-8")
        done = run(app, ["tune", str(file), "main", "--write"])
        assert done.exit_code == 0, done.output
    assert "refused 拒读: 16 registers from 0x0060 with function 4" in done.output
    assert "connections 连接数: more than one" in done.output
    device = load_config(file, {"modbus_tcp"}, {"nengshu"}).devices[0]
    assert device.map.illegal == (Span(4, 0x60, 16),)
    assert device.map.reads(device.map.quantities.values()) == (Span(4, 0x48, 4), Span(4, 0x80, 2))


CLOSE = """
model = "invented"
source = "invented"
[quantities.import_energy]
address = 0x0048
function = 4
type = "float32"
unit = "kWh"
counter = true
[quantities.export_energy]
address = 0x004A
function = 4
type = "float32"
unit = "kWh"
counter = true
[quantities.total_energy]
address = 0x0080
function = 4
type = "float32"
unit = "kWh"
counter = true
"""


@pytest.mark.slow
def test_a_device_that_is_not_there_or_not_configured_is_told(tmp_path: Path, unused_port: int) -> None:
    file = configured(tmp_path, unused_port)
    done = run(app, ["tune", str(file), "second"])
    assert (done.exit_code, "came 'second', expected one of main" in done.stderr) == (1, True)
    done = run(app, ["tune", str(file), "main"])
    assert (done.exit_code, "no connection within 0.2 s, 3 times" in done.stderr) == (1, True)


def test_settings_of_reads_are_checked_with_all_the_others(tmp_path: Path) -> None:
    reads = """[devices.reads]
registers_max = 126
order = "ACBD"
pause_ms = -1
illegal = [{ function = 5, address = 0x0048, count = 2 }, { function = 4, address = 0x004A, count = 2 }]
colour = "grey"

[[devices.points]]     # all"""
    file = configured(tmp_path, 502)
    file.write_text(file.read_text("utf-8").replace("[[devices.points]]     # all", reads), "utf-8")
    with pytest.raises(ConfigurationError) as told:
        load_config(file, {"modbus_tcp"}, {"nengshu"})
    places = sorted(": ".join(fault.split(": ")[:2]) for fault in told.value.faults)
    table = "file.devices[1].reads"
    assert places == [
        "file.devices[1].points[2]: quantity",
        f"{table}.illegal[1]: function",
        f"{table}: colour",
        f"{table}: order",
        f"{table}: pause_ms",
        f"{table}: registers_max",
    ]


@pytest.mark.parametrize(("pass_s", "told"), [(9.9, 0), (14.1, 1)])
def test_a_pass_is_told_as_too_slow_where_it_is_beside_its_pauses(pass_s: float, told: int) -> None:
    reads = (Span(4, 0x48, 2),) * 10
    order = OrderFound(None, "as the map says")
    tuned = Tuned(
        registers_max=125,
        is_certain=True,
        gap_max=125,
        illegal=(),
        pause_ms=1000,
        one_connection=False,
        order=order,
        refused=(),
        reads=reads,
        pass_s=pass_s,
        one_by_one_s=pass_s,
        tries=20,
    )
    assert len([*too_slow(device(timeout_s=1.0), tuned)]) == told
