"""A hub killed at any moment while it syncs three links ends, once it runs again, with what an undisturbed one has."""

from __future__ import annotations

import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import Role
from graph.ports import Delivery
from hub.settings import Settings
from hub.simulate.nation import FILES
from hub.simulate.stage import FILE_MAPPING, load
from hub.wiring import open_hub
from provincial_adapters.nengshu_batches import decode
from tests.hub.driver import Driver, copied, driving
from tests.hub.invented_hub import (
    JIA,
    NATION_OF_TODAY,
    WHO,
    fill,
    of_province,
    reading,
    units_of,
)
from tests.hub.members import token_at
from tests.hub.served_hub import served

KILLS = 200
SEED = 20_261_128
LINKS = UNITS = 3
BATCHES, ROWS_A_BATCH, FILES_A_FOLDER, ROWS_A_FILE = 6, 30, 3, 40
LIFE = 0.6  # of a whole run that a killed one lives at most: its end is met by those that go on from there
LOOKS_EVERY = 25  # kills between two checks of a store that was just killed
SECRET = "NENGSHU_SECRET_JIA"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """A provincial hub as a process of its own, with a few batches; its port and a token for it."""
    folder = tmp_path / "source"
    with open_hub(Settings(data_dir=folder, sync_seconds=0)) as hub:
        hub.registry.upsert("region", NATION_OF_TODAY.nouns([])["region"], WHO)
        load(hub.registry, {noun: _few(rows) for noun, rows in NATION_OF_TODAY.nouns([JIA]).items()})
        for batch in range(BATCHES):
            rows = [_said(batch, row) for row in range(ROWS_A_BATCH)]
            body = json.dumps(rows).encode()
            arrived = decode(body, "application/json", "identity", len(body))
            hub.intake.take(Delivery("sender", f"b-{batch}", f"d-{batch}", arrived, of_province(JIA)))
    with served(folder, {"NENGSHU_SYNC_SECONDS": "0"}) as (_, port):
        token = token_at(
            folder, f"http://127.0.0.1:{port}", "nation", of_province(JIA), (Role.READ, Role.SYNC)
        )
        yield port, token


def _few(rows: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """What is not of a unit, or of one of the few."""
    codes = {unit.code for unit in units_of(JIA)[:UNITS]}
    return [row for row in rows if row.get("credit_code", row.get("unit")) in {None, *codes}]


def _said(batch: int, row: int) -> dict[str, object]:
    """Days that later batches correct; now and then one that a rule suspects."""
    version = f"2026-11-{batch + 1:02d}T00:00:00Z"
    if (batch, row) == (BATCHES - 1, 7):
        return reading(JIA, 1 + row, "-5", version=version)
    unit = units_of(JIA)[(batch + row) % UNITS]
    named = {"unit": unit.code, "data_code": unit.data_codes[0]}
    return reading(JIA, 1 + row, f"{batch}.{row}", version=version, **named)


@pytest.fixture
def template(tmp_path: Path, source: tuple[int, str]) -> Path:
    """The folder of a hub that was never run: three links, and files laid down for two of them."""
    folder = tmp_path / "template"
    folder.mkdir()
    fill(folder / "data", FILES)
    mapping = json.dumps({"mapping": FILE_MAPPING})
    links: list[dict[str, object]] = [
        {"key": name, "dialect": "file_drop", "province": FILES, "address": name, "quirks": mapping}
        for name in ("a", "b")
    ]
    address = f"http://127.0.0.1:{source[0]}/"
    pulled = {"key": "jia", "dialect": "hub_graphql", "province": JIA, "address": address}
    links.append({**pulled, "credential": "jia", "quirks": "{}"})
    with open_hub(Settings(data_dir=folder / "data")) as hub:
        hub.registry.upsert("link", links, WHO)
    for number, name in enumerate(("a", "b")):
        (folder / name).mkdir()
        for file in range(FILES_A_FOLDER):
            _lay_down(folder / name / f"{file}.csv", number, file)
    return folder


def _lay_down(path: Path, number: int, file: int) -> None:
    """Days of one unit that later files correct, and a row that is refused."""
    unit = NATION_OF_TODAY.units(FILES)[number]
    days = (f"2026-{1 + row // 28:02d}-{1 + row % 28:02d}" for row in range(ROWS_A_FILE))
    lines = [f"{unit.code},{day},{unit.data_codes[0]},{file}.5" for day in days]
    lines.append(f"{unit.code},2026-06-01,0000000000000000,1")
    path.write_text("unit,day,data_code,value\n" + "\n".join(lines) + "\n")


@pytest.fixture
def driver(source: tuple[int, str]) -> Iterator[Driver]:
    """The warm process."""
    with driving({SECRET: source[1]}) as found:
        yield found


@pytest.mark.slow
@pytest.mark.timeout(900)  # where others work on the machine, too; alone it takes two minutes
def test_a_hub_killed_at_200_moments_while_it_syncs_three_links_ends_like_an_undisturbed_one(
    driver: Driver, template: Path, tmp_path: Path
) -> None:
    undisturbed, folder = copied(template, tmp_path / "undisturbed"), tmp_path / "killed"
    assert driver.done("sync", undisturbed)
    expected = driver.content(undisturbed)
    assert_is_whole(expected)
    life_s = LIFE * min(duration_s(driver, copied(template, folder)) for _ in range(3))
    chance, kills, rounds = random.Random(SEED), 0, 0  # noqa: S311 - nothing secret
    amid: Counter[int] = Counter()
    while kills < KILLS:
        copied(template, folder)
        moments: list[float] = []
        while True:
            moments.append(chance.random() * life_s)
            if driver.done("sync", folder, moments[-1] if kills < KILLS else None):
                break
            kills += 1
            amid[running(folder)] += 1
            if kills % LOOKS_EVERY == 0:
                assert driver.content(folder)["faults"] == [], (SEED, moments)
        rounds += 1
        found = driver.content(folder)
        assert differences(expected, found) == {}, (SEED, moments)
    assert rounds > 1
    assert amid.total() - amid[0] > KILLS / 4
    assert amid[LINKS] > KILLS / 20


def running(folder: Path) -> int:
    """How many runs a kill cut off, as the registry has it."""
    with closing(sqlite3.connect(folder / "data" / "registry.sqlite")) as registry:
        (count,) = registry.execute("SELECT count(*) FROM sync_run WHERE state = 'running'").fetchone()
    return int(count)


def duration_s(driver: Driver, folder: Path) -> float:
    """How long a run takes on this machine now."""
    begun = time.monotonic()
    assert driver.done("sync", folder)
    return time.monotonic() - begun


def differences(expected: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """By kind, what only one of two hubs holds."""
    differing = {name for name in expected if found[name] != expected[name]}
    return {name: _apart(expected[name], found[name]) for name in differing}


def _apart(expected: Any, found: Any) -> Any:
    if not isinstance(expected, list):
        return expected, found
    return [row for row in expected if row not in found], [row for row in found if row not in expected]


def assert_is_whole(content: dict[str, Any]) -> None:
    """The undisturbed run did what the sweep is about."""
    assert content["faults"] == []
    assert (content["running"], content["errors"]) == (0, [])
    assert {row["key"]: row["failures"] for row in content["link"]} == {"a": "0", "b": "0", "jia": "0"}
    assert sum("done" in file for file in content["files"]) == 2 * (1 + FILES_A_FOLDER)
    sources = [row[0] for row in content["batch"]]
    assert sources.count("link:a") == sources.count("link:b") == FILES_A_FOLDER
    assert content["pieces"]
    assert len(content["reading"]) > 2 * ROWS_A_FILE
    assert len(content["rejection"]) == 2 * FILES_A_FOLDER
    assert content["verdict"]
