"""A month that waits in a probe's spool, handed over to a hub of its own until the cursor stands behind all of it.

The probe's delivery and `nengshu serve` are processes of their own that share the machine's cores. Filling the spool is
not timed. Beside it, in the same run, some days go the plain way, to another fresh hub: an object of each reading.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge_probe.readings import GRANULARITY, QUARTER_HOUR
from edge_probe.spool import Spool
from edge_probe.spool_rows import moment_text
from edge_probe.statements import statement
from graph.errors import StoreError
from graph.model.credit_code import CreditCode
from graph.model.period import midnight
from graph.model.principal import OrganisationKind, Role
from hub.settings import Settings
from hub.wiring import open_registry
from scripts.benchmarks._cache import ROOT
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._links_nation import SINCE, WHO, Province
from scripts.benchmarks._links_sender import machine
from scripts.benchmarks._links_served import serving

POINTS, DAYS, PLAIN_DAYS, QUARTERS = 500, 30, 3, 96
FIRST_DAY = dt.date(2026, 9, 1)
READINGS_S_MIN, RESIDENT_BYTES_MAX = 50_000, 80_000_000
LONGEST_S = 600  # a day of the plain way takes some seconds
PLACE = Province(97, 1)
UNIT = CreditCode.parse(PLACE.credit_codes[0]).text
CODES = [f"{1 + point // 20:02d}0101{1 + point % 20:02d}02330011" for point in range(POINTS)]
CONFIG = """
[probe]
unit = "{unit}"
spool = "spool.sqlite"

[[devices]]
name = "one that nobody looks at"
host = "127.0.0.1"
port = 502
map = "eastron_sdm630"
[[devices.points]]
quantity = "import_energy"
data_code = "{code}"

[[uplinks]]
name = "bench"
url = "{base}"
credential_env = "NENGSHU_PROBE"
"""


@dataclass(frozen=True)
class Uploaded:
    """What it took to hand over so many readings, at both ends."""

    rows: int
    seconds: float
    cpu_s: float
    hub_cpu_s: float
    peak_bytes: int


def upload_figures(days: int = DAYS, plain_days: int = PLAIN_DAYS) -> Iterator[Figure]:
    """The rate, what it takes of CPU and memory, and the same of the plain way."""
    ours, plain = uploaded(days), uploaded(plain_days, "plain")
    name = f"{ours.rows:,} readings of {POINTS} points that wait"
    yield Figure(f"{name}: handed over", ours.rows / ours.seconds, "readings/s", READINGS_S_MIN)
    yield Figure(f"{name}: the probe's CPU", ours.cpu_s, "s")
    yield Figure(f"{name}: the hub's CPU", ours.hub_cpu_s, "s")
    if ours.peak_bytes:
        peak = ours.peak_bytes / 1e6
        yield Figure(
            f"{name}: memory of the probe at most", peak, "MB", RESIDENT_BYTES_MAX / 1e6, Wanted.AT_MOST
        )
    plainly = f"{plain.rows:,} of them an object each, in batches of 2 000"
    yield Figure(f"{plainly}: handed over", plain.rows / plain.seconds, "readings/s")
    yield Figure(f"{plainly}: the probe's CPU", plain.cpu_s, "s")
    yield Figure("times faster", (ours.rows / ours.seconds) / (plain.rows / plain.seconds), "x")


def uploaded(days: int, *ways: str) -> Uploaded:
    """So many days of all points, from a spool to a hub of their own. Raises StoreError where one is missing."""
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as name:
        folder = Path(name)
        credential, rows = registered(folder / "hub", CODES), _filled(folder / "spool.sqlite", days)
        with serving(folder / "hub") as hub:
            file = folder / "probe.toml"
            file.write_text(CONFIG.format(unit=UNIT, code=CODES[0], base=hub.base), "utf-8")
            before = hub.cpu_s
            told = _sent(file, credential, *ways)
            hub_cpu_s = hub.cpu_s - before
    return Uploaded(rows, told["seconds"], told["cpu_s"], hub_cpu_s, int(told["peak_bytes"]))


def registered(data: Path, codes: Sequence[str]) -> str:
    """A hub's registry that knows the unit and its points; the credential of the unit's probe."""
    with closing(open_registry(Settings(data_dir=data), regions=PLACE.regions)) as registry:
        unit = {
            "credit_code": UNIT,
            "name": "虚构单位",
            "region": PLACE.city,
            "industry": "C31",
            "tier": "thousand",
        }
        registry.upsert("unit", [unit], WHO)
        model = {"unit": UNIT, "granularity": GRANULARITY, "since": SINCE}
        registry.upsert("data_point", [{**model, "code": code} for code in codes], WHO)
        kind = OrganisationKind.PROVINCIAL_DEPARTMENT
        return machine(registry, "probe", kind, PLACE.code, (Role.UPLOAD,))


def _filled(file: Path, days: int) -> int:
    """A spool in which so many days wait; how many readings those are."""
    spool = Spool(file)
    spool.add_uplinks(["bench"])
    spool.close()
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.executemany(statement("add_reading"), _rows(days))
        db.commit()
    return days * QUARTERS * POINTS


def _rows(days: int) -> Iterator[dict[str, str]]:
    for quarter in range(days * QUARTERS):
        start = midnight(FIRST_DAY) + quarter * QUARTER_HOUR
        moments = {
            "start": moment_text(start),
            "written_at": moment_text(start + QUARTER_HOUR + dt.timedelta(seconds=4, microseconds=quarter)),
        }
        for point, code in enumerate(CODES):
            value = f"{(quarter * 7919 + point * 104_729) % 1_000_000 / 10_000:.4f}"
            yield {"unit": UNIT, "data_code": code, "value": value, "origin": "instrument", **moments}


def _sent(file: Path, credential: str, *ways: str) -> dict[str, float]:
    command = [sys.executable, "-m", "scripts.benchmarks._probe_sends", str(file), *ways]
    environ = {**os.environ, "NENGSHU_PROBE": credential}
    done = subprocess.run(  # noqa: S603 - ourselves
        command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST_S, check=False
    )
    if done.returncode:
        raise StoreError(f"the probe did not hand over everything: {done.stderr[-1000:]}")
    found: dict[str, float] = json.loads(done.stdout)
    return found
