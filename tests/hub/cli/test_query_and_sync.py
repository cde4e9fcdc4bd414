"""`nengshu query` and `nengshu sync` between two real hubs: a national one here, a provincial one as its own process."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.model.principal import NATION, Role
from hub.settings import Settings
from hub.simulate.children import free_port
from hub.wiring import open_hub, open_registry
from tests.hub.cli.terminal import Said, Terminal, serving
from tests.hub.invented_hub import JIA, NATION_OF_TODAY, WHO, YI, fill, of_province, reading, units_of
from tests.hub.members import token_at

pytestmark = pytest.mark.slow
UNITS = "{ nation { unitsTotal } }"
SECRET = "NENGSHU_SECRET_PROVINCE"


@dataclass(frozen=True)
class Province:
    """A running provincial hub; `uploader` fills it, `puller` reads it."""

    base: str
    uploader: str
    puller: str

    def say(self, key: str, *rows: dict[str, object]) -> None:
        """Readings into the provincial hub."""
        headers = {
            "Authorization": f"Bearer {self.uploader}",
            "Idempotency-Key": key,
            "Content-Type": "application/json",
        }
        with httpx.Client(trust_env=False) as client:
            reply = client.post(
                f"{self.base}/sync/v1/batches", content=json.dumps(rows).encode(), headers=headers
            )
        assert (reply.status_code, reply.json()["rejectedCount"]) == (201, 0)


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """The provincial hub of Jia."""
    data = tmp_path_factory.mktemp("province")
    fill(data, JIA)
    with serving(data, "--region", JIA) as base:
        uploader = token_at(data, base, "collector", of_province(JIA), [Role.UPLOAD])
        puller = token_at(data, base, "nation", NATION, [Role.READ, Role.SYNC])
        yield Province(base, uploader, puller)


@pytest.fixture
def nation(tmp_path: Path) -> Path:
    """The national hub's folder: it knows the regions, and nothing of any province."""
    registry = open_registry(
        Settings(data_dir=tmp_path / "nation"), regions=NATION_OF_TODAY.nouns([])["region"]
    )
    registry.close()
    return tmp_path / "nation"


def link(nation: Path, base: str, province: str = JIA, **more: object) -> None:
    """A link of the national hub to a provincial one."""
    row = {
        "key": "hub",
        "dialect": "hub_graphql",
        "province": province,
        "address": base,
        "credential": "province",
    }
    registry = open_registry(Settings(data_dir=nation))
    registry.upsert("link", [{**row, **more}], WHO)
    registry.close()


def stored(nation: Path) -> set[tuple[str, str, str]]:
    """Every reading of the nation: unit, start, value."""
    with open_hub(Settings(data_dir=nation)) as hub:
        pieces = list(hub.store.changes(NATION, 0, 10**6).pieces)
    rows = [row for piece in pieces for row in piece.to_pylist()]
    return {(row["unit"], row["start"].isoformat(), str(row["value"])) for row in rows}


def runs(nation: Path) -> list[dict[str, Any]]:
    """The log of sync runs, and how far the link came."""
    with closing(sqlite3.connect(nation / "registry.sqlite")) as opened:
        opened.row_factory = sqlite3.Row
        found = opened.execute("SELECT r.*, l.cursor AS come FROM sync_run r JOIN link l ON l.id = r.link_id")
        return [dict(row) for row in found]


def test_a_running_hub_is_asked_with_the_token_of_the_environment(
    nengshu: Terminal, province: Province, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NENGSHU_TOKEN", province.puller)
    assert json.loads(nengshu("query", UNITS, "--hub", province.base).out) == {
        "data": {"nation": {"unitsTotal": len(NATION_OF_TODAY.units(JIA))}}
    }
    file = tmp_path / "unit.graphql"
    file.write_text("query($code: String!) { unit(creditCode: $code) { creditCode } }", "utf-8")
    code = units_of(JIA)[0].code
    said = nengshu("query", file, "--var", f"code={code}", "--hub", f"{province.base}/")
    assert (said.code, json.loads(said.out)) == (0, {"data": {"unit": {"creditCode": code}}})


def test_a_question_may_come_from_standard_input(
    nengshu: Terminal, nation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", StringIO(UNITS))
    said = nengshu("query", "-", "--data", nation)
    assert (said.code, json.loads(said.out)) == (0, {"data": {"nation": {"unitsTotal": 0}}})


def test_an_answer_with_errors_is_printed_and_the_command_fails(nengshu: Terminal, nation: Path) -> None:
    said = nengshu("query", "{ nation { colour } }", "--data", nation)
    assert (said.code, "errors" in json.loads(said.out)) == (1, True)


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("", "CONFIGURATION credential: neither NENGSHU_CREDENTIAL"),
        ("nobody.secret", "SOURCE_REFUSED"),
        ("ключ", "CONFIGURATION credential: NENGSHU_TOKEN is no token"),
        ("two\nlines", "CONFIGURATION credential: NENGSHU_TOKEN is no token"),
    ],
)
def test_without_the_right_token_a_hub_says_no(
    nengshu: Terminal, province: Province, monkeypatch: pytest.MonkeyPatch, token: str, why: str
) -> None:
    monkeypatch.setenv("NENGSHU_TOKEN", token)
    said = nengshu("query", UNITS, "--hub", province.base)
    assert (said.code, said.out) == (1, "")
    assert said.complaint.startswith(why)
    assert not token or token.split()[-1] not in said.complaint


@pytest.mark.parametrize(
    "base", ["nowhere", "http://", "http://[::1", "http://127.0.0.1:99999", "ftp://127.0.0.1"]
)
def test_an_address_that_is_none_is_refused_in_a_sentence(
    nengshu: Terminal, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    monkeypatch.setenv("NENGSHU_TOKEN", "nobody.secret")
    said = nengshu("query", UNITS, "--hub", base)
    assert (said.code, said.complaint.startswith("SOURCE_UNREACHABLE")) == (1, True)


@pytest.mark.parametrize(
    "words", [("absent.graphql",), ("{ a }", "--var", "novalue"), (str(Path(__file__).parent),)]
)
def test_a_question_that_is_none_is_refused_in_a_sentence(
    nengshu: Terminal, nation: Path, words: tuple[str, ...]
) -> None:
    said = nengshu("query", *words, "--data", nation)
    assert (said.code, said.complaint.startswith("INVALID_INPUT")) == (1, True)


def test_a_provinces_readings_are_the_nations_after_a_sync_and_pulled_once(
    nengshu: Terminal, province: Province, nation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, province.puller)
    province.say("first", *(reading(day=day, value=f"{day}.25") for day in range(1, 11)))
    link(nation, province.base)
    first = nengshu("sync", "--data", nation)
    assert first.code == 0, first.out + first.err
    expected = {
        (reading()["unit"], f"2026-{month}T16:00:00+00:00", f"{day}.2500")
        for day, month in enumerate(["09-30", *(f"10-{before:02d}" for before in range(1, 10))], 1)
    }
    assert stored(nation) == expected
    again = nengshu("sync", "hub", "--data", nation)
    province.say("second", reading(day=3, value="99"))
    corrected = nengshu("sync", "--data", nation)
    assert (again.code, corrected.code) == (0, 0)
    log = runs(nation)
    assert [(run["state"], run["rows"], run["accepted"], run["corrected"]) for run in log] == [
        ("succeeded", 10, 10, 0), ("succeeded", 0, 0, 0), ("succeeded", 1, 0, 1),
    ]  # fmt: skip
    assert [run["cursor"] for run in log] == ["1", "1", "2"]
    assert {run["come"] for run in log} == {"2"}


def test_a_province_that_speaks_of_anothers_units_is_refused(
    nengshu: Terminal, province: Province, nation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, province.puller)
    link(nation, province.base, YI)
    said = nengshu("sync", "--data", nation)
    assert said.code == 1
    assert "outside 920000" in " ".join(said.out.split())
    assert stored(nation) == set()


def test_a_hub_that_is_down_fails_the_run_with_its_reason(
    nengshu: Terminal, nation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, "nobody.secret")
    link(nation, f"http://127.0.0.1:{free_port()}")
    said = nengshu("sync", "--data", nation)
    assert (said.code, "SOURCE_UNREACHABLE" in said.out) == (1, True)
    log = runs(nation)[0]
    assert (log["state"], log["error"].partition(":")[0], log["come"]) == (
        "failed",
        "SOURCE_UNREACHABLE",
        None,
    )


def test_a_token_a_hub_refuses_and_a_secret_nobody_set_fail_the_run(
    nengshu: Terminal, province: Province, nation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(nation, province.base)
    unset = nengshu("sync", "--data", nation)
    monkeypatch.setenv(SECRET, "nobody.wrong")
    refused = nengshu("sync", "--data", nation)
    assert (unset.code, refused.code) == (1, 1)
    assert [run["error"].partition(":")[0] for run in runs(nation)] == ["CONFIGURATION", "SOURCE_REFUSED"]
    assert SECRET in unset.out
    assert "wrong" not in refused.out


def test_a_link_that_is_down_costs_the_others_nothing(
    nengshu: Terminal, province: Province, nation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, province.puller)
    link(nation, province.base)
    link(nation, f"http://127.0.0.1:{free_port()}", YI, key="down")
    assert nengshu("sync", "--data", nation).code == 1
    assert sorted(run["state"] for run in runs(nation)) == ["failed", "succeeded"]


@pytest.mark.parametrize("name", ["nothing", "down"])
def test_a_link_that_cannot_be_run_is_named(nengshu: Terminal, nation: Path, name: str) -> None:
    link(nation, "http://127.0.0.1:9", key="down", enabled=False)
    said = nengshu("sync", name, "--data", nation)
    assert (said.code, name in said.complaint) == (1, True)


def files(nengshu: Terminal, nation: Path, drop: Path) -> Said:
    """A sync of a watched folder."""
    mapping = {
        "unit_column": "unit", "label_column": "day", "date_format": "%Y-%m-%d", "label": "start",
        "granularity": "day", "files": "*.csv",
        "values": [{"column": "value", "data_code": "00-00-0000-023300-11"}],
    }  # fmt: skip
    link(nation, str(drop), dialect="file_drop", credential=None, quirks=json.dumps({"mapping": mapping}))
    return nengshu("sync", "--data", nation)


def test_a_watched_folder_is_emptied_once_and_a_bad_file_put_aside(
    nengshu: Terminal, nation: Path, tmp_path: Path
) -> None:
    fill(nation, JIA)
    drop, unit = tmp_path / "drop", units_of(JIA)[1].code
    drop.mkdir()
    (drop / "good.csv").write_text(f"unit,day,value\n{unit},2026-10-01,5\n{unit},2026-10-02,x\n", "utf-8")
    (drop / "bad.csv").write_text("[/red],what\n1,2\n", "utf-8")
    first, again = files(nengshu, nation, drop), files(nengshu, nation, drop)
    assert (first.code, again.code) == (1, 0), first.out + again.out
    assert "bad.csv" in first.out
    left = {path.relative_to(drop).as_posix() for path in drop.rglob("*") if path.is_file()}
    assert left == {"done/good.csv", "failed/bad.csv", "failed/bad.csv.why.json"}
    log = [(run["state"], run["rows"], run["accepted"], run["rejected"]) for run in runs(nation)]
    assert log == [("failed", 2, 1, 1), ("succeeded", 0, 0, 0)]
    assert stored(nation) == {(unit, "2026-09-30T16:00:00+00:00", "5.0000")}
