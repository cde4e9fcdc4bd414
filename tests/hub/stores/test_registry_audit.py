"""The registry's audit is only added to, whichever program tries, and its newest rows of a value are found by an index."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import WHO, invented_registry, unit


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """The file of a registry with some changes."""
    for registry in invented_registry(tmp_path):
        _change(registry)
        yield tmp_path / "registry.db"


def _change(registry: Registry) -> None:
    registry.upsert("unit", [unit(1)], WHO)
    registry.upsert("unit", [unit(1, name="新名字")], WHO)


def rows(file: Path) -> list[tuple[object, ...]]:
    """The audit, as another program reads it."""
    with closing(sqlite3.connect(file)) as another:
        return another.execute("SELECT * FROM audit ORDER BY id").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET who = 'another'",
        "UPDATE OR REPLACE audit SET id = id + 1",
        "DELETE FROM audit",
    ],
)
def test_no_program_changes_what_is_audited(file: Path, statement: str) -> None:
    before = rows(file)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as another,
        pytest.raises(sqlite3.IntegrityError, match="only added to"),
    ):
        another.execute(statement)
    assert rows(file) == before != []


@pytest.mark.parametrize("column", ["who", "action", "noun", "subject", "province", "unit"])
def test_the_newest_of_a_value_are_found_by_an_index(file: Path, column: str) -> None:
    statement = f"EXPLAIN QUERY PLAN SELECT * FROM audit WHERE {column} = ? ORDER BY at DESC, id DESC"  # noqa: S608
    with closing(sqlite3.connect(file)) as another:
        plan = [row[3] for row in another.execute(statement, ("x",))]
    assert plan == [f"SEARCH audit USING INDEX ix_audit_{column}_at ({column}=?)"]


def _call(registry: Registry, phone: str | None) -> None:
    person = {"agency": "lead", "name": "李某", "duty": "处长", "phone": phone}
    registry.upsert("person", [person], WHO)


def test_no_telephone_number_is_written_into_the_audit_and_a_change_still_shows(tmp_path: Path) -> None:
    told: list[tuple[str | None, str]] = []
    numbers = ("13812345678", "13812999678", "13812995678", None)
    for registry in invented_registry(tmp_path):
        agency = {"key": "lead", "name": "某委", "role": "lead", "province": "970000"}
        registry.upsert("agency", [agency], WHO)
        for number in numbers:
            _call(registry, number)
        with closing(sqlite3.connect(tmp_path / "registry.db")) as another:
            found = "SELECT before, after FROM audit WHERE noun = 'person' ORDER BY id"
            told += another.execute(found).fetchall()
    phones = [tuple(json.loads(each or "{}").get("phone") for each in row) for row in told]
    assert phones == [
        (None, "138****5678"),
        ("138****5678", "138****9678 (changed)"),
        ("138****9678", "138****5678 (changed)"),
        ("138****5678", None),
    ]
    assert not any(str(number) in str(told) for number in numbers[:3])
