"""`nengshu registry`: rows from TOML come in whole, a second time change nothing, and a fault is named by its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub.cli.registry import NOUNS, load
from hub.stores.registry.entering import ENTERING
from tests.hub.cli.terminal import ROOT, Terminal

GOOD = """
[[region]]
code = "970000"
name = "试省"
short_name = "试"
english = "Trial"

[[unit]]
credit_code = "{code}"
name = "试验[red]单位"
region = "970000"
industry = "C311"
tier = "thousand"

[[data_point]]
unit = "{code}"
code = "00-00-0000-023300-11"
granularity = "day"
since = 2026-01-01
"""
UNIT = "91970100MA0000001X"


def unit_code() -> str:
    """A credit code whose check character is right."""
    from graph.model.credit_code import CreditCode

    return str(CreditCode.of_body(UNIT[:-1]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a test writes its TOML."""
    return tmp_path / "rows.toml"


def counts(out: str) -> dict[str, list[int]]:
    """Added, changed and same of each noun in a printed table."""
    rows = [
        [cell.strip() for cell in line.strip("│┃ ").split("│")] for line in out.splitlines() if "│" in line
    ]
    return {noun: list(map(int, numbers)) for noun, *numbers in rows if numbers and numbers[0].isdigit()}


def test_rows_come_in_and_a_second_time_change_nothing(nengshu: Terminal, tmp_path: Path, file: Path) -> None:
    file.write_text(GOOD.format(code=unit_code()), "utf-8")
    first = nengshu("registry", "load", file, "--data", tmp_path / "data")
    again = nengshu("registry", "load", file, "--data", tmp_path / "data")
    assert (first.code, again.code) == (0, 0), first.err
    assert counts(first.out) == {"region": [1, 0, 0], "unit": [1, 0, 0], "data_point": [1, 0, 0]}
    assert counts(again.out) == {"region": [0, 0, 1], "unit": [0, 0, 1], "data_point": [0, 0, 1]}


def test_what_was_loaded_is_listed_as_it_was_written(nengshu: Terminal, tmp_path: Path, file: Path) -> None:
    file.write_text(GOOD.format(code=unit_code()), "utf-8")
    nengshu("registry", "load", file, "--data", tmp_path)
    said = nengshu("registry", "list", "region", "--data", tmp_path)
    assert said.code == 0
    assert "970" in said.out
    assert nengshu("registry", "list", "unit", "--data", tmp_path).out.endswith("1 of 1\n")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (('tier = "thousand"', 'tier = "million"'), ("row 1", "tier", "million")),
        (('region = "970000"', 'region = "970099"'), ("row 1", "region")),
        (('industry = "C311"', ""), ("row 1", "industry")),
        (('industry = "C311"', "industry = 311"), ("row 1", "industry")),
        (('industry = "C311"', 'industry = "C311"\ncolour = "red"'), ("colour",)),
        (("-11", "-1x"), ("row 1", "code")),
        (("since = 2026-01-01", 'since = "tomorrow"'), ("row 1", "since")),
        (("since = 2026-01-01", "since = [[1]]"), ("row 1", "since")),
        (("[[unit]]", "[[unicorn]]"), ("no noun unicorn", "data_point")),
    ],
)
def test_a_faulty_row_is_named_by_row_and_column(
    nengshu: Terminal, tmp_path: Path, file: Path, change: tuple[str, str], place: tuple[str, ...]
) -> None:
    text = GOOD.format(code=unit_code())
    assert change[0] in text
    file.write_text(text.replace(*change), "utf-8")
    said = nengshu("registry", "load", file, "--data", tmp_path)
    assert said.code == 1
    assert said.complaint.startswith(("INVALID_INPUT", "MALFORMED"))
    assert all(word in said.complaint for word in place), said.complaint


@pytest.mark.parametrize(
    "text",
    [
        "unit = 5",
        '[unit]\nname = "x"',
        "unit = [1, 2]",
        'unit = ["[/red]"]',
        "[[unit]]\n[[unit.x]]",
        "= 5",
        "[[",
    ],
)
def test_a_file_of_another_shape_is_refused_in_a_sentence(
    nengshu: Terminal, tmp_path: Path, file: Path, text: str
) -> None:
    file.write_text(text, "utf-8")
    assert nengshu("registry", "load", file, "--data", tmp_path).code == 1


def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    nengshu: Terminal, tmp_path: Path, file: Path
) -> None:
    file.write_bytes(b"\xff\xfe")
    for path in (file, tmp_path, tmp_path / "absent"):
        assert nengshu("registry", "load", path, "--data", tmp_path / "data").complaint.startswith(
            "INVALID_INPUT"
        )


def test_an_unknown_noun_cannot_be_listed(nengshu: Terminal, tmp_path: Path) -> None:
    said = nengshu("registry", "list", "unicorn", "--data", tmp_path)
    assert (said.code, "unicorn" in said.complaint) == (1, True)


def test_what_supervision_leaves_comes_in_as_the_example_has_it_and_makes_a_duty(
    nengshu: Terminal, tmp_path: Path
) -> None:
    examples = ROOT / "docs" / "examples"
    place = ("--data", tmp_path)
    assert nengshu("registry", "load", examples / "steel_plant_registry.toml", *place).code == 0
    loaded = nengshu("registry", "load", examples / "supervision.toml", *place)
    nouns = ("agency", "inspection", "rectification_order", "credit_entry", "score", "bulletin")
    assert counts(loaded.out) == {noun: [1, 0, 0] for noun in nouns}, loaded.err
    assert nengshu("duties", "derive", *place).code == 0
    asked = ("--var", "before=2026-11-23", *place)
    kinds = ("--var", 'kinds=["RECTIFICATION"]')
    overdue = nengshu("query", ROOT / "docs/queries/duties_overdue.graphql", *kinds, *asked)
    past = nengshu("query", ROOT / "docs/queries/orders_past_deadline.graphql", *asked)
    for said, list_ in ((overdue, "duties"), (past, "rectificationOrders")):
        assert (said.code, f'"{list_}"' in said.out, "庚节改〔2026〕3号" in said.out) == (0, True, True), said


def test_every_noun_that_can_be_written_can_be_loaded_and_is_named_by_the_help() -> None:
    made_by_its_own_call = {"access_device"}
    assert set(NOUNS) == set(ENTERING) - made_by_its_own_call
    (named,) = re.findall(r"A file may hold: ([^.]*)\.", load.__doc__ or "")
    assert tuple(re.split(r",\s+", named)) == NOUNS
