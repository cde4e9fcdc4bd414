"""`nengshu try`: what a source has is shown beside what it would become, and everything is left as it was."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import StoreError
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import RAW_ROW, Delivery, NounDelivery, Puller
from hub.links import dialects
from hub.looking import looking_intake
from hub.settings import Settings
from hub.simulate.nation import ELECTRICITY
from hub.trying import ROWS_MAX, Tried, cut, look_at
from hub.wiring import SystemClock, open_to_look
from tests.hub.cli.terminal import Said, Terminal, in_its_own_process, serving
from tests.hub.invented_hub import JIA
from tests.hub.replay_stage import MAPPING, UNIT, columns_of, stage_in
from tests.national_sync.fakes import arrived


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder with the digest of its bytes; SQLite's own shared memory is none of anybody's."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.endswith("-shm"))
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def words_of(said: Said) -> str:
    """What was printed, without the lines of tables."""
    return " ".join("".join(letter for letter in said.out if not "─" <= letter <= "╿").split())


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with its link, in which no hub runs, and a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")
    with stage_in(tmp_path) as made:
        made.lay_down("1.csv", columns_of())
    return tmp_path


def tried(nengshu: Terminal, folder: Path, link: str | Path = "files") -> Said:
    """One look, after which everything is as before."""
    before = tree(folder)
    said = nengshu("try", link, "--data", folder / "data")
    assert tree(folder) == before
    return said


def drop(folder: Path, name: str, text: str) -> None:
    """A file of a source, in place of the one that is there."""
    (folder / "drop" / "1.csv").unlink(missing_ok=True)
    (folder / "drop" / name).write_text(text, encoding="utf-8")


def test_rows_are_shown_beside_what_they_become_and_nothing_is_touched(
    nengshu: Terminal, stage: Path
) -> None:
    said = tried(nengshu, stage)
    words = words_of(said)
    assert said.code == 0
    assert "files · file_drop · province" in words
    assert "日期 string label of each day" in words
    assert "0000000002330011 day 2026-10-04 00:00 = 40" in words
    assert "6 readings fit, 0 verdicts, 0 refused" in words
    assert "the newest period ended 2026-10-07 00:00" in words
    assert words.endswith("nothing was written")


def test_drift_and_refusals_are_shown_by_column_and_by_rule(nengshu: Terminal, stage: Path) -> None:
    text = f"企业,日期,用电量,热力\n{UNIT},2026-10-04,1,viel\n{UNIT},2026-10-05,1,-4\n"
    drop(stage, "2.csv", text)
    said = tried(nengshu, stage)
    words = words_of(said)
    assert said.code == 3
    assert "电量 value of 00-00-0000-023300-11 missing" in words
    assert "用电量 string not mapped new" in words
    assert "refused not-a-number 1 row 2:" in words
    assert "suspect negative 1 row 3:" in words
    assert "1 readings fit, 1 verdicts, 1 refused" in words


def test_a_file_that_cannot_be_read_is_told_and_stays_where_it_is(nengshu: Terminal, stage: Path) -> None:
    drop(stage, "2.csv", "<html>not today</html>\n")
    said = tried(nengshu, stage)
    assert said.code == 1
    assert "2.csv: has none of the mapped columns" in words_of(said)


def test_a_link_of_a_file_is_tried_before_anybody_registers_it(nengshu: Terminal, stage: Path) -> None:
    values = json.dumps(MAPPING, ensure_ascii=False)
    file = stage / "link.toml"
    mapping = values.replace('": ', '" = ')
    head = (
        f'[[link]]\nkey = "later"\ndialect = "file_drop"\nprovince = "{JIA}"\naddress = "{stage / "drop"}"\n'
    )
    file.write_text(f"{head}quirks = {{ mapping = {mapping} }}\n", encoding="utf-8")
    assert tried(nengshu, stage, file).code == 0
    file.write_text(head, encoding="utf-8")
    assert "later: mapping: missing" in tried(nengshu, stage, file).complaint
    file.write_text("key = 1\n", encoding="utf-8")
    assert "expected one table [[link]]" in tried(nengshu, stage, file).complaint


def test_it_looks_while_a_hub_runs_on_the_same_folder(stage: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NENGSHU_SYNC_SECONDS", "0")
    with serving(stage / "data"):
        said = in_its_own_process("try", "files", "--data", stage / "data")
    assert (said.code, said.err) == (0, "")
    assert "6 readings fit" in said.out


def test_a_source_that_is_not_there_is_told(nengshu: Terminal, stage: Path) -> None:
    file = stage / "hub.toml"
    row = f'key = "h"\ndialect = "hub_graphql"\nprovince = "{JIA}"\naddress = "http://127.0.0.1:9"\n'
    file.write_text(f"[[link]]\n{row}", encoding="utf-8")
    said = tried(nengshu, stage, file)
    assert (said.code, "names no credential" in said.out) == (1, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [(("nothing",), "no link 'nothing'; there are devices, files"), (("devices",), "the other side calls")],
)
def test_what_cannot_be_tried_is_told(
    nengshu: Terminal, stage: Path, words: tuple[str, ...], why: str
) -> None:
    said = nengshu("try", *words, "--data", stage / "data")
    assert (said.code, why in said.complaint) == (1, True)


def test_without_a_registry_nothing_is_made(nengshu: Terminal, tmp_path: Path) -> None:
    said = nengshu("try", "files", "--data", tmp_path / "none")
    assert (said.code, "holds no registry yet" in said.complaint) == (1, True)
    assert not (tmp_path / "none").exists()


def test_through_a_registry_that_is_looked_into_nothing_can_be_written(stage: Path) -> None:
    registry = open_to_look(Settings(data_dir=stage / "data"), SystemClock())
    with pytest.raises(StoreError, match="readonly"):
        registry.upsert("link", [{"key": "files", "enabled": False}], "test")
    registry.close()


# ---- what a look takes in, whatever a source does ------------------------------------------------------------

LINK = Link("files", "file_drop", RegionCode(JIA), "x", quirks={"mapping": MAPPING})


def looked(folder: Path, source: Puller, seconds: float = 5) -> Tried:
    """What a look at such a source comes to."""
    clock = SystemClock()
    registry = open_to_look(Settings(data_dir=folder / "data"), clock)
    try:
        return asyncio.run(look_at(source, LINK, looking_intake(registry, clock), seconds))
    finally:
        registry.close()


class Endless:
    """A source that hands over a roster, an empty page and then more than anybody can read; it counts what it made."""

    def __init__(self) -> None:
        self.made, self.closed = 0, False

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """One after another."""
        assert link == LINK
        try:
            yield NounDelivery("unit", [{}, {}])
            yield delivery_of(0)
            while True:
                self.made += 1
                yield delivery_of(ROWS_MAX + 500)
        finally:
            self.closed = True


class Silent:
    """A source that never says anything."""

    async def pull(self, _link: Link, /) -> AsyncIterator[Delivery | NounDelivery]:
        """Nothing, for ever."""
        await asyncio.Event().wait()
        yield NounDelivery("unit", [])


def delivery_of(rows: int) -> Delivery:
    """Rows of the mapping's columns, each a day of electricity and heat."""
    columns = {
        "企业": [UNIT] * rows,
        "日期": ["2026-10-04"] * rows,
        "电量": ["1"] * rows,
        "热力": ["2"] * rows,
    }
    raw = pa.table({RAW_ROW: pa.arange(2, 2 + rows).cast(pa.int32()), **columns})
    replays = dialects()["file_drop"].replays
    assert replays is not None
    return Delivery(LINK.source, "k", "d", replays(LINK, raw).arrived, raw=raw)


def test_a_source_is_asked_no_further_than_its_first_readings_and_of_those_the_first_rows_count(
    stage: Path,
) -> None:
    source = Endless()
    found = looked(stage, source)
    assert (source.made, source.closed, dict(found.nouns)) == (1, True, {"unit": 2})
    assert found.delivery is not None
    assert found.delivery.raw is not None
    assert (found.is_cut, found.delivery.raw.num_rows, found.kept) == (True, ROWS_MAX, 2 * ROWS_MAX)


@dataclass
class Once:
    """A source that says these rows of months."""

    rows: list[dict[str, Any]]

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """All of them."""
        months = [{"unit": UNIT, "data_code": ELECTRICITY, "granularity": "month"} | row for row in self.rows]
        yield Delivery(link.source, "k", "d", arrived(*months))


def test_the_newest_period_ends_as_in_a_run_and_what_is_refused_counts_for_nothing(stage: Path) -> None:
    september, october = (dt.datetime(2025, month, 31, 16, tzinfo=dt.UTC) for month in (8, 10))
    found = looked(stage, Once([{"start": september}, {"start": october, "unit": "nobody"}]))
    assert (found.kept, found.newest) == (1, dt.datetime(2025, 9, 30, 16, tzinfo=dt.UTC))
    assert looked(stage, Once([{"start": october, "unit": "nobody"}])).newest is None


def test_a_source_that_says_nothing_is_not_waited_for(stage: Path) -> None:
    found = looked(stage, Silent(), 0.05)
    assert found.fault == "SOURCE_UNREACHABLE: files: handed over no readings within 0.05 s"


def test_a_delivery_that_is_short_enough_is_itself() -> None:
    delivery = delivery_of(3)
    assert cut(delivery) is delivery
    assert cut(delivery, 2).arrived.rows == 4
