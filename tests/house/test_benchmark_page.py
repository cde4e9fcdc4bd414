"""What a benchmark found is written to its section of the page, and nothing else there is touched."""

from __future__ import annotations

import datetime as dt
import platform
from pathlib import Path

import pytest

from graph.errors import ConfigurationError
from scripts.benchmarks import _page
from scripts.benchmarks._figure import Figure, Wanted

DAY = dt.date(2026, 1, 5)
FOUND = [Figure("a", 12_345.6, "rows/s"), Figure("b", 3, "ms", 2, Wanted.AT_MOST), Figure("c", 1, "x", 1)]


def test_a_section_names_command_day_machine_and_every_figure_but_no_host() -> None:
    text = _page.section("store", ("--large",), FOUND, DAY)
    assert text.startswith("`scripts/bench store --large`, 2026-01-05: ")
    assert "duckdb " in text.splitlines()[0]
    assert text.splitlines()[-3:] == [
        "| a | 12,346 | rows/s |  |  |",
        "| b | 3 | ms | ≤ 2 | ✗ |",
        "| c | 1 | x | ≥ 1 | ✓ |",
    ]
    assert platform.node() not in text


def test_versions_of_what_is_compared_with_stand_behind_those_of_the_engines() -> None:
    first, *_ = _page.section("graph", (), FOUND, DAY, ["node 22", "PostgreSQL 15"]).splitlines()
    assert first.endswith(", node 22, PostgreSQL 15.")


def test_a_section_is_replaced_and_the_rest_of_the_page_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n<!-- begin a -->\nold\n<!-- end a -->\nwords\n", encoding="utf-8")
    for text in ("new\n", "newer\n"):
        _page.write_section(page, "a", text)
    _page.write_section(page, "b", "other\n")
    assert page.read_text(encoding="utf-8") == (
        "# Page\n<!-- begin a -->\nnewer\n<!-- end a -->\nwords\n"
        "\n## b\n\n<!-- begin b -->\nother\n<!-- end b -->\n"
    )


@pytest.mark.parametrize("marks", ["begin", "end", "end begin", "begin end begin", "begin begin end"])
def test_marks_that_are_no_pair_are_refused_and_nothing_is_written(marks: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    before = "".join(f"<!-- {mark} a -->\n" for mark in marks.split())
    page.write_text(before, encoding="utf-8")
    with pytest.raises(ConfigurationError, match="<!-- begin a -->"):
        _page.write_section(page, "a", "new\n")
    assert page.read_text(encoding="utf-8") == before
