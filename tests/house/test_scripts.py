"""Every command of the house is strict, teaches its usage, and the benchmarks tell what was missed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph.errors import ConfigurationError
from scripts.benchmarks import _cache, _page, _runner
from scripts.benchmarks._figure import Figure, Wanted, best_seconds
from scripts.benchmarks._options import Options
from tests.house.tree import ROOT, text_of, tracked

SCRIPTS = [file for file in tracked() if text_of(file).startswith("#!/usr/bin/env bash")]
NAMES = {"_venv", "bench", "check", "demo", "fix", "lock", "test"}


def test_the_commands_of_the_house_are_all_there() -> None:
    assert {file.name for file in SCRIPTS if file.parts[0] == "scripts"} >= NAMES
    assert Path(".ci/run") in SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=str)
def test_a_command_is_strict_executable_and_says_its_usage_first(script: Path) -> None:
    assert os.access(ROOT / script, os.X_OK)
    comment, _, code = text_of(script).partition("set -euo pipefail\n")
    assert code
    assert all(line.startswith("#") for line in comment.splitlines())
    assert f"# Usage: {'bash ' if script.parts[0] == '.ci' else ''}{script}" in comment


@pytest.mark.parametrize("name", sorted(NAMES - {"bench", "lock"}))
def test_help_prints_the_usage_and_does_nothing_else(name: str) -> None:
    done = subprocess.run([ROOT / "scripts" / name, "--help"], capture_output=True, text=True, check=True)
    assert f"Usage: scripts/{name}" in done.stdout
    assert done.stderr == ""
    assert "set -" not in done.stdout


@pytest.mark.parametrize("arguments", [["_venv"], ["_venv", "everything"], ["check", "tests"]])
def test_a_wrong_argument_is_named(arguments: list[str]) -> None:
    script, *rest = arguments
    done = subprocess.run([ROOT / "scripts" / script, *rest], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"came '{''.join(rest)}'" in done.stderr


def test_an_environment_that_is_a_link_is_refused_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    copy, another = tmp_path / "copy", tmp_path / "another"
    (copy / "scripts").mkdir(parents=True)
    another.mkdir()
    shutil.copy2(ROOT / "scripts" / "_venv", copy / "scripts" / "_venv")
    (another / "kept").write_text("what another copy needs")
    (copy / ".venv").symlink_to(another)
    done = subprocess.run(
        [copy / "scripts" / "_venv", "run"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert f".venv is a symbolic link to {another}" in done.stderr
    assert [file.name for file in another.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("value", "target", "wanted", "ok"),
    [
        (10, 10, Wanted.AT_LEAST, True),
        (9.9, 10, Wanted.AT_LEAST, False),
        (10, 10, Wanted.AT_MOST, True),
        (10.1, 10, Wanted.AT_MOST, False),
        (0, None, Wanted.AT_LEAST, True),
    ],
)
def test_a_figure_is_met_on_its_target_and_on_the_right_side(
    value: float, target: float | None, wanted: Wanted, ok: bool
) -> None:
    assert Figure("f", value, "ms", target, wanted).ok == ok


def test_the_shortest_run_counts() -> None:
    assert 0 <= best_seconds(lambda: None, rounds=3) < 1


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the runner find one benchmark, `codes`, with the given figures."""

    def find(*figures: Figure) -> None:
        def measure() -> tuple[Figure, ...]:
            return figures

        monkeypatch.setattr(_runner, "members_of", lambda *_: {"codes": measure})

    return find


def test_figures_are_written_as_one_json_object(
    measured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    measured(Figure("time", 3.5, "ms", 5, Wanted.AT_MOST))
    assert _runner.main(["codes", "--json"]) == 0
    figure = {"name": "time", "value": 3.5, "unit": "ms", "target": 5, "ok": True}
    assert json.loads(capsys.readouterr().out) == {"figures": [figure]}


def test_one_missed_figure_is_shown_and_fails_the_run(
    measured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    measured(Figure("met", 1, "x"), Figure("missed", 1, "x", 2))
    assert _runner.main(["codes"]) == 1
    assert "✗" in capsys.readouterr().out


def test_a_benchmark_without_figures_fails(measured: Callable[..., None]) -> None:
    measured()
    assert _runner.main(["codes"]) == 1


def test_options_go_to_a_benchmark_that_takes_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measure(options: Options) -> Iterator[Figure]:
        yield Figure("size", options.sizes[-1], "rows")

    monkeypatch.setattr(_runner, "members_of", lambda *_: {"codes": measure})
    assert _runner.main(["codes", "--rows", "6000", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["figures"][0]["value"] == 6000
    assert "size: 6,000 rows" in said.err


def test_a_quick_run_goes_to_a_benchmark_that_has_one_and_stands_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(*, quick: bool = False) -> Iterator[Figure]:
        yield Figure("quick", quick, "runs")

    monkeypatch.setattr(_runner, "members_of", lambda *_: {"graph": measure})
    monkeypatch.setattr(_page, "PAGE", tmp_path / "page.md")
    _page.PAGE.write_text("# Page\n", encoding="utf-8")
    assert _runner.main(["graph", "--quick", "--write"]) == 0
    page = _page.PAGE.read_text(encoding="utf-8")
    assert "| quick | 1 | runs |" in page
    assert "`scripts/bench graph --quick`" in page
    assert "postgraphile " in page


@pytest.mark.parametrize(
    ("name", "own"),
    [("store", "[--large | --rows N]"), ("graph", "[--quick]"), ("codes", "[--json]")],
)
def test_a_benchmark_tells_what_it_measures_and_what_may_be_said_to_it(
    name: str, own: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _runner.main([name, "--help"]) == 0
    *told, usage = capsys.readouterr().out.splitlines()
    assert len(told) > 5
    assert usage.startswith(f"Usage: scripts/bench {name} {own}")


@pytest.mark.parametrize(
    "options", [["--large"], ["--rows", "6000"], ["--rows", "1"], ["--rows", "many"], ["--quick"]]
)
def test_options_of_no_use_are_a_wrong_command(
    options: list[str], measured: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    measured(Figure("met", 1, "x"))
    with pytest.raises(SystemExit, match="2"):
        _runner.main(["codes", *options])
    assert options[0] in capsys.readouterr().err


def test_figures_are_written_to_the_page_when_asked_even_those_that_were_missed(
    measured: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_page, "PAGE", tmp_path / "page.md")
    _page.PAGE.write_text("# Page\n", encoding="utf-8")
    measured(Figure("missed", 1, "x", 2))
    assert _runner.main(["codes", "--write"]) == 1
    assert "## codes" in _page.PAGE.read_text(encoding="utf-8")
    assert "| missed | 1 | x | ≥ 2 | ✗ |" in _page.PAGE.read_text(encoding="utf-8")


def test_an_unknown_benchmark_is_a_wrong_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        _runner.main(["nothing"])
    assert "invalid choice: 'nothing'" in capsys.readouterr().err


def test_what_is_compared_against_is_installed_once_and_again_after_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_cache, "FOLDER", tmp_path)
    attempts: list[Path] = []

    def install(folder: Path) -> None:
        attempts.append(folder)
        folder.mkdir()
        if len(attempts) == 1:
            raise ConfigurationError("pip", ["no answer"])

    with pytest.raises(ConfigurationError):
        _cache._kept("python", ["a==1"], install)
    kept = [_cache._kept("python", ["a==1"], install) for _ in range(2)]
    assert kept[0] == kept[1] == attempts[0] == attempts[1]
    assert len(attempts) == 2
    assert _cache._kept("python", ["a==2"], install) != kept[0]
