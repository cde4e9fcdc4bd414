"""docs/errors.md names every code an answer can carry, with the status it has, and no other."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from graph import errors
from graph.errors import NengshuError
from graph.execution import errors as on_the_wire
from hub.endpoints.problems import CODES, HTTP_ERROR, status_of
from tests.house.tree import text_of

PAGE = Path("docs/errors.md")
OTHERS = {"GRAPHQL_PARSE_FAILED": "400", "GRAPHQL_VALIDATION_FAILED": "400", "INTERNAL": "500"}
_ROW = re.compile(r"^\| `([A-Z_]+)` \| (\w+) \| (\S.*) \|$", re.MULTILINE)
_CODE = re.compile(r"[A-Z]+(_[A-Z]+)*")


def statuses_of(page: str) -> dict[str, str]:
    """Each code of a page with its status."""
    rows = _ROW.findall(page)
    assert len(rows) == len({code for code, _, _ in rows})
    return {code: status for code, status, _ in rows}


def of_the_tree() -> dict[str, str]:
    """Each code of the tree with the status the hub answers it with."""
    classes = (found for _, found in inspect.getmembers(errors, inspect.isclass))
    ours = (found for found in classes if issubclass(found, NengshuError))
    return {found.code: str(status_of(found.__new__(found))) for found in ours}


def of_graphql() -> set[str]:
    """Each code that errors on the wire have beside those of the tree."""
    texts = (value for value in vars(on_the_wire).values() if isinstance(value, str))
    return {text for text in texts if _CODE.fullmatch(text)}


def test_the_page_names_every_code_with_its_status_and_no_other() -> None:
    http = {code: str(status) for status, code in CODES.items()}
    said = statuses_of(text_of(PAGE))
    assert said == {**http, HTTP_ERROR: "any", **OTHERS, **of_the_tree()}


def test_no_code_on_the_wire_is_missing_here() -> None:
    assert of_graphql() == OTHERS.keys()


def test_a_code_without_a_line_and_one_with_another_status_are_noticed() -> None:
    page = text_of(PAGE)
    without = re.sub(r"^\| `CONFLICT`.*\n", "", page, flags=re.MULTILINE)
    assert of_the_tree().keys() - statuses_of(without).keys() == {"CONFLICT"}
    other = page.replace("| `CONFLICT` | 409 |", "| `CONFLICT` | 400 |")
    assert statuses_of(other)["CONFLICT"] != of_the_tree()["CONFLICT"]
