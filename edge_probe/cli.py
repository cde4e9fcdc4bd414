"""The probe's commands: run it, see how it stands, check its configuration, list the meters it knows."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from edge_probe import wiring
from edge_probe.board_file import board_file, read_board
from edge_probe.clock import clock_of
from edge_probe.config import ProbeConfig
from edge_probe.enrol_command import enrol
from edge_probe.entering_command import enter
from edge_probe.event_commands import events
from edge_probe.exporting import rows_of, write
from edge_probe.maps_cli import maps_app
from edge_probe.moments import parse_moment
from edge_probe.ports import Clock
from edge_probe.reconciled import summary_of, tree_of
from edge_probe.running import become, tell
from edge_probe.spool import KEPT, Spool
from edge_probe.standing import standing
from edge_probe.status import WATCHED_EVERY_S, Shown, status_tables, watch
from edge_probe.told import told
from edge_probe.tune_cli import tune
from edge_probe.uplinking import Proof, comparable
from graph.errors import InvalidInput
from graph.model.period import BEIJING, UTC, Day, Granularity, beijing_day

EXAMPLE = """A configuration, probe.toml:

\b
[probe]
unit = "91990101MA0000000U"        # the unit's credit code
spool = "spool.sqlite"             # what is not handed over yet
cycle_seconds = 60

\b
[[devices]]
name = "main incomer"
protocol = "modbus_tcp"
host = "192.0.2.17"
port = 502
device_id = 1
map = "eastron_sdm630"             # see: nengshu probe maps

\b
[[devices.points]]
quantity = "import_energy"
data_code = "00-00-0000-023300-11"
ct_pt = 1                          # 1 where the meter counts primary kWh

\b
[[uplinks]]
name = "province"
kind = "nengshu"
url = "https://hub.example"
credential_env = "NENGSHU_PROBE"   # its name: never the key itself

Then: nengshu probe check probe.toml && nengshu probe run probe.toml
"""

DIFFERS = 3  # the exit code where something differs still

app = typer.Typer(
    name="probe",
    help="The access end of a unit: reads meters, keeps what it read, hands it to its platforms.",
    epilog=EXAMPLE,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

app.add_typer(maps_app)
app.add_typer(events)
app.command()(tune)
app.command()(enter)
app.command()(enrol)

ConfigFile = Annotated[Path, typer.Argument(metavar="PROBE.TOML", help="The probe's configuration.")]
Speed = Annotated[float, typer.Option(help="For simulation: simulated seconds in a real one.")]
Start = Annotated[
    str | None, typer.Option(help="For simulation: the moment it starts, 2026-11-23T00:00:00+08:00.")
]
Epoch = Annotated[
    float | None, typer.Option(help="For simulation: real time of its start, seconds since 1970.")
]


@app.command()
def run(file: ConfigFile, speed: Speed = 1.0, start: Start = None, epoch: Epoch = None) -> None:
    """Read the meters and hand over what they used, until told to stop (Ctrl-C or SIGTERM)."""
    with told():
        clock_of(parse_moment(start), speed, epoch)
        become(file, speed, start, epoch)


@app.command()
def status(
    file: ConfigFile,
    live: Annotated[bool, typer.Option("--watch", help="Show it anew every 2 s, until Ctrl-C.")] = False,
) -> None:
    """Show meters with counter, energy and errors, platforms with backlog and slot, what was amiss, the clock's offset.

    What the running probe alone knows (errors, slots, the clock) it writes beside its spool every 5 s.

    Example: nengshu probe status probe.toml --watch
    """
    with told():
        config = wiring.plain(file)
        compared, board = comparable(config, wiring.uplink_kinds()), board_file(config.spool)
        with closing(Spool(config.spool, create=False)) as spool:

            def draw() -> Iterator[Shown]:
                now = read_board(board)
                at = now.at if now else dt.datetime.now(BEIJING)
                return status_tables(standing(config, spool, now, at, compared))

            if live:
                watch(draw, Console(), _pause)
            else:
                Console().print(*draw(), sep="\n")


@app.command()
def reconcile(
    file: ConfigFile,
    uplink: Annotated[
        str | None, typer.Argument(metavar="[UPLINK]", help="One platform; unless given, all of them.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", help="First Beijing day; unless given, the first kept whole.", metavar="DAY"),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last Beijing day; unless given, yesterday.", metavar="DAY")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare and show; send and write nothing.")
    ] = False,
    start: Start = None,
) -> None:
    """Compare what each platform holds of this unit with what the spool counts as handed over, and mend what differs.

    Both ends tell digests of days and of their data codes; what agrees moves no reading. What the platform
    lacks or holds otherwise goes there once more; what it was told newer, and what the probe never had, is told and left.
    A platform that tells no digests is told so. A probe that runs does this once a day by itself (reconcile_slot). Exit 3
    where something differs still.

    Example: nengshu probe reconcile probe.toml province --from 2026-10-01 --dry-run
    """
    with told():
        config, credentials = wiring.load(file, os.environ)
        _known(config, uplink)
        first, last = (None if day is None else Day.parse(day).date for day in (since, until))
        clock = clock_of(parse_moment(start), 1.0, None)
        if not asyncio.run(_reconcile(config, credentials, clock, uplink, (first, last), dry_run=dry_run)):
            raise typer.Exit(DIFFERS)


@app.command()
def check(file: ConfigFile) -> None:
    """Tell every fault of a configuration at once; nothing is read or sent."""
    with told():
        config, _ = wiring.load(file, os.environ)
        points = sum(len(device.points) for device in config.devices)
        typer.echo(
            f"{file} is sound: meters {len(config.devices)}, points {points}, platforms {len(config.uplinks)}"
        )


@app.command()
def export(
    file: ConfigFile,
    to_file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A new file: .csv, or .parquet with pyarrow.")
    ],
    since: Annotated[
        str | None,
        typer.Option("--from", help="First Beijing day; unless given, six months ago.", metavar="DAY"),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last Beijing day; unless given, today.", metavar="DAY")
    ] = None,
    by: Annotated[Granularity, typer.Option(help="quarter_hour, day or month.")] = Granularity.QUARTER_HOUR,
) -> None:
    """Write what the spool keeps into a file: quarter-hours as they hold, or days and months, by their start.

    A day or month with a gap says so: `quarters` are there of the `due` ones. Of each period the column origin tells the
    worst of its quarter-hours: doubtful, estimated or instrument.

    Example: nengshu probe export probe.toml november.csv --from 2026-11-01 --to 2026-11-30 --by day
    """
    with told():
        config = wiring.plain(file)
        today = beijing_day(dt.datetime.now(UTC))
        first = today - KEPT if since is None else Day.parse(since).date
        last = today if until is None else Day.parse(until).date
        codes = [code for code, _ in config.data_codes]
        with closing(Spool(config.spool, create=False)) as spool:
            count = write(rows_of(spool, codes, (first, last), by), to_file)
        typer.echo(f"{to_file}: rows {count}")


def _pause() -> bool:
    time.sleep(WATCHED_EVERY_S)
    return True


def _known(config: ProbeConfig, uplink: str | None) -> None:
    names = [plan.name for plan in config.uplinks]
    if uplink is not None and uplink not in names:
        raise InvalidInput(f"came {uplink[:64]!r}, expected one of {', '.join(names)}", "uplink")


async def _reconcile(
    config: ProbeConfig,
    credentials: dict[str, Proof],
    clock: Clock,
    uplink: str | None,
    days: tuple[dt.date | None, dt.date | None],
    *,
    dry_run: bool,
) -> bool:
    """Whether all that were compared agree."""
    console, agree = Console(), True
    async with wiring.comparing(config, credentials, clock, tell) as all_of_them:
        for name, reconciling in all_of_them.items():
            if uplink not in (None, name):
                continue
            if reconciling is None:
                console.print(
                    f"{name}: such a platform tells no digests 该类平台不提供摘要，无法比对", markup=False
                )
                continue
            done = await reconciling.reconcile(*days, mend=not dry_run, anew=True)
            console.print(tree_of(done))
            console.print(summary_of(done, dry_run=dry_run))
            agree = agree and done.agrees
    return agree


if __name__ == "__main__":
    app(prog_name="nengshu probe")
