"""The trail: one list of two files, paged as if they were one, by whom, what, where and when, with no secret in it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import text

from graph.errors import InvalidInput, StoreError
from graph.model.person import masked_phone
from graph.ports import Ask, Compare, Condition, Order
from hub.stores.door.door import FILE
from hub.stores.door.masking import MASK, masked
from hub.stores.door.tables import FIRST_LOG_ID
from hub.stores.door.trail import NOUN, NOUNS, Trail
from hub.stores.registry.database import reading
from scripts.rights_page import NUMBER
from tests.hub.stores.door.doors import DENIED, TOKEN
from tests.hub.stores.door.trails import PHONE, Both, among, both, followed, listed
from tests.hub.stores.killing import ROOT
from tests.hub.stores.registry_fakes import NOON, code_of, of_region, of_unit, unit

NEWEST = Order("at", descending=True)
COLUMNS = (
    "id at who organisation action noun subject outcome code times before after detail address request "
    "province region unit"
)


# ---- what an entry says ---------------------------------------------------------------------------------


def test_the_columns_are_the_agreed_ones(trail: Trail) -> None:
    assert list(NOUNS[NOUN].columns) == COLUMNS.split()
    assert trail.rows(Ask(NOUN, first=1)).table.column_names == COLUMNS.split()


def test_a_change_and_an_entry_at_the_door_stand_in_one_list(trail: Trail) -> None:
    change = listed(trail, among("subject", code_of(0)))[0]
    assert change["id"] < FIRST_LOG_ID
    assert json.loads(change["after"])["name"] == "试验单位0"
    assert {
        name: value for name, value in change.items() if value is not None and name not in ("id", "after")
    } == {
        "at": NOON,
        "who": "trial",
        "organisation": "office",
        "action": "insert",
        "noun": "unit",
        "subject": code_of(0),
        "outcome": "granted",
        "times": 1,
        "province": "970000",
        "region": "970101",
        "unit": code_of(0),
    }
    entry = listed(trail, among("action", "token"))[0]
    assert entry["id"] > FIRST_LOG_ID
    assert (entry["who"], entry["organisation"], entry["noun"]) == ("trial", "office", None)
    assert (entry["before"], entry["after"], entry["address"], entry["request"]) == (
        None,
        None,
        "10.0.0.1",
        "r1",
    )


def test_a_person_and_a_client_are_of_their_organisation_and_a_stranger_of_none(trail: Trail) -> None:
    told = {row["who"]: row["organisation"] for row in listed(trail, among("noun", "unit"))}
    assert told == {"trial": "office", "user:zhang": "office", "tester": None}


def test_a_client_called_as_the_end_of_a_persons_name_is_another(stores: Both, trail: Trail) -> None:
    stores.registry.upsert("unit", [unit(90)], "user_zhang")
    assert [row["organisation"] for row in listed(trail, among("who", "user_zhang"))] == [None]


def test_what_is_written_now_is_told_at_once(tmp_path: Path) -> None:
    with both(tmp_path) as stores, followed(stores) as trail:
        before = len(listed(trail))
        stores.door.log.note(TOKEN)
        stores.registry.upsert("unit", [unit(1)], "tester")
        assert len(listed(trail)) == before + 2


# ---- reach ----------------------------------------------------------------------------------------------


def test_a_province_sees_what_concerns_it(trail: Trail) -> None:
    assert {row["province"] for row in listed(trail, reach=of_region("970000"))} == {"970000"}


def test_a_city_and_a_unit_see_what_concerns_them(trail: Trail) -> None:
    assert {row["region"] for row in listed(trail, reach=of_region("970100"))} == {"970100", "970101"}
    own = listed(trail, reach=of_unit(0))
    assert {row["unit"] for row in own} == {code_of(0)}
    assert {row["id"] > FIRST_LOG_ID for row in own} == {True, False}


# ---- what is never told ---------------------------------------------------------------------------------


def test_a_telephone_number_is_never_told(trail: Trail) -> None:
    came, went = listed(trail, among("noun", "person"))
    assert json.loads(came["after"])["phone"] == masked_phone(PHONE)
    assert json.loads(came["after"])["name"] == "李某"
    assert (json.loads(went["before"])["phone"], json.loads(went["after"])["phone"]) == (
        masked_phone(PHONE),
        None,
    )
    assert PHONE not in str(listed(trail))


@pytest.mark.parametrize("page", ["rights.md", "access.md"])
def test_the_pages_show_a_masked_number_as_the_trail_does(tmp_path: Path, page: str) -> None:
    with both(tmp_path) as stores, followed(stores) as trail:
        agency = {"key": "lead", "name": "某委", "role": "lead", "province": "970000"}
        stores.registry.upsert("agency", [agency], "tester")
        person = {"agency": "lead", "name": "李某", "duty": "处长", "phone": NUMBER}
        stores.registry.upsert("person", [person], "tester")
        (entry,) = listed(trail, among("noun", "person"))
    said = json.loads(entry["after"])["phone"]
    assert f"`{said}`" in (ROOT / "docs" / page).read_text()


@pytest.mark.parametrize("column", ["before", "after", "detail"])
@pytest.mark.parametrize("compare", [Compare.CONTAINS, Compare.EQ, Compare.GE])
def test_nobody_finds_out_what_is_masked_by_looking_for_it(
    trail: Trail, column: str, compare: Compare
) -> None:
    ask = Ask(NOUN, where=(Condition(column, "138", compare),))
    for call in (trail.rows, lambda each: trail.counts(each, "province")):
        with pytest.raises(InvalidInput, match=f"not searched by {column}"):
            call(ask)
    for by, latest in ((column, None), ("province", column)):
        with pytest.raises(InvalidInput, match=f"not searched by {column}"):
            trail.counts(Ask(NOUN), by, latest)
    with pytest.raises(InvalidInput, match="prose"):
        trail.rows(Ask(NOUN, order=Order(column)))


def test_a_secret_is_masked_however_deep_it_lies_and_what_is_no_json_whole() -> None:
    told = {
        '{"a":[{"totp":"x","b":1}],"password":"y"}': '{"a":[{"totp":"***","b":1}],"password":"***"}',
        '{"phone": broken': MASK,
        '{"phone":13812345678}': '{"phone":"***"}',
        '{"phone":["13812345678"]}': '{"phone":"***"}',
        '{"phone":"13812345678"}': '{"phone":"138****5678"}',
        '{"phone":"138****5678 (changed)"}': '{"phone":"138****5678 (changed)"}',
        '{"b":2}': '{"b":2}',
        None: None,
    }
    texts = pa.array(list(told), pa.string())
    found = masked(pa.table(dict.fromkeys(("before", "after", "detail"), texts)))
    for name in found.column_names:
        assert found.column(name).to_pylist() == list(told.values())


# ---- only read ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO log (at, action, subject, outcome, times) VALUES ('', '', '', '', 1)",
        "DELETE FROM registry.unit",
        "CREATE TABLE registry.more (id)",
    ],
)
def test_the_trail_writes_neither_file(trail: Trail, statement: str) -> None:
    with pytest.raises(StoreError, match="readonly"), reading(trail._engine) as connection:
        connection.execute(text(statement))


def test_reading_the_trail_makes_nothing_stale_and_holds_up_no_writer(stores: Both, trail: Trail) -> None:
    version = stores.registry.version()
    with reading(trail._engine) as connection:
        connection.execute(text("SELECT count(*) FROM registry.audit")).all()
        stores.door.log.note(replace(DENIED, address="10.9.9.9"))
        trail.rows(Ask(NOUN))
        assert stores.registry.version() == version
        stores.registry.upsert("unit", [unit(91)], "tester")
    assert stores.registry.version() != version


def test_files_that_no_program_has_open_are_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with 100% of #signs"
    folder.mkdir()
    with both(folder) as stores:
        stores.door.log.note(TOKEN)
        files = stores.files
    trail = Trail.open(*files)
    assert len(listed(trail)) == 1 + 5
    trail.close()


def test_a_file_that_is_not_there_is_named_and_not_made(tmp_path: Path) -> None:
    with both(tmp_path) as stores:
        door, registry = stores.files
    missing = tmp_path / "elsewhere.sqlite"
    for pair in ((missing, registry), (door, missing)):
        with pytest.raises(StoreError, match=r"elsewhere\.sqlite"):
            Trail.open(*pair)
    assert not missing.exists()
    assert door.name == FILE
