"""The migrations end in exactly the tables that the code declares, on an empty database and on one half way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from graph.errors import StoreError
from hub.stores.registry.database import migrate, open_engine, reading, writing
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.tables import METADATA


def new_engine(folder: Path) -> Engine:
    return open_engine(f"sqlite:///{folder / 'registry.db'}")


def test_the_migrations_end_in_the_declared_tables(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    migrate(engine)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    engine.dispose()


def stand_at(engine: Engine, revision: str, back: bool = False) -> None:
    """Bring the tables forward, or back, to a revision."""
    config = Config()
    config.set_main_option("script_location", "hub.stores.registry:migrations")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        (command.downgrade if back else command.upgrade)(config, revision)


def say(engine: Engine, *statements: str) -> None:
    """Run statements in one transaction."""
    with writing(engine) as connection:
        for statement in statements:
            connection.execute(text(statement))


def sources(engine: Engine) -> list[tuple[str | None, str]]:
    """Edition and source of each coefficient."""
    with reading(engine) as connection:
        return [
            (row[0], row[1])
            for row in connection.execute(text("SELECT edition, source FROM coefficient ORDER BY id"))
        ]


COEFFICIENT = "INSERT INTO coefficient (variety, basis, kgce, edition, since, unit_id"
OF_OLD = (
    "INSERT INTO region VALUES (1, '970000', '试', '试', 'T', 'province', NULL, '970000', NULL, NULL, 1, NULL)",
    "INSERT INTO unit VALUES (7, '91970100MA00000001', '试', '970000', '970000', NULL, 'C31', 'C', 'hundred', 1)",
    f"{COEFFICIENT}) VALUES ('011500', 'calorific', 1200000, 'reference', '2026-01-01', NULL)",
    f"{COEFFICIENT}) VALUES ('011500', 'calorific', 1300000, 'own', '2026-01-01', 7)",
)


CLIENT = (
    "INSERT INTO client (key, organisation, secret_hash, roles, created_at, revoked_at, expires_at) VALUES"
)
DAY = "'2026-11-01 00:00:00.000000'"


def test_coefficients_of_before_get_the_source_their_unit_tells(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    stand_at(engine, "0003")
    say(engine, *OF_OLD)
    migrate(engine)
    assert sources(engine) == [("reference", "standard"), ("own", "measured")]
    engine.dispose()


def test_a_dictionary_stands_beside_the_standard_and_each_of_them_once(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    stand_at(engine, "0003")
    say(engine, *OF_OLD)
    migrate(engine)
    dictionary = f"{COEFFICIENT}, source) VALUES ('011500', 'calorific', 1, 'reference', '2026-01-01', NULL, 'dictionary')"
    say(engine, dictionary)
    for twice in (dictionary, dictionary.replace("'dictionary'", "'standard'")):
        with pytest.raises(StoreError, match="UNIQUE"):
            say(engine, twice)
    with pytest.raises(StoreError, match="NOT NULL"):
        say(engine, dictionary.replace("'dictionary'", "NULL"))
    engine.dispose()


def test_going_back_leaves_what_the_older_tables_can_tell_apart(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    say(engine, *OF_OLD[:2])
    rows = (("NULL", "standard"), ("NULL", "dictionary"), ("7", "measured"))
    values = [f"('011500', 'calorific', 1, 'a', '2026-01-01', {unit}, '{source}')" for unit, source in rows]
    say(engine, *(f"{COEFFICIENT}, source) VALUES {each}" for each in values))
    stand_at(engine, "0003", back=True)
    with reading(engine) as connection:
        left = connection.execute(text("SELECT edition, unit_id FROM coefficient ORDER BY id")).all()
    assert [tuple(row) for row in left] == [("a", None), ("a", 7)]
    migrate(engine)
    assert sources(engine) == [("a", "standard"), ("a", "measured")]
    engine.dispose()


def test_a_token_that_was_to_end_does_not_outlive_its_end_in_older_tables(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    stand_at(engine, "0009")
    say(engine, f"{CLIENT} ('ends', '试', '', 'read', {DAY}, NULL, {DAY})")
    say(engine, f"{CLIENT} ('endless', '试', '', 'read', {DAY}, NULL, NULL)")
    stand_at(engine, "0006", back=True)
    with reading(engine) as connection:
        revoked = connection.execute(text("SELECT key FROM client WHERE revoked_at IS NOT NULL")).scalars()
        assert list(revoked) == ["ends"]
    migrate(engine)
    engine.dispose()


def told(engine: Engine, question: str) -> list[tuple[object, ...]]:
    """The rows of an answer."""
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(text(question))]


def test_clients_of_before_become_members_of_organisations_and_their_tokens_are_gone(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    stand_at(engine, "0009")
    say(engine, *OF_OLD[:2])
    seated = CLIENT.replace("expires_at)", "expires_at, region, province, unit_id)")
    for key, name, seat in (
        ("nation", "某局", "NULL, NULL, NULL"),
        ("office", "某厅", "'970000', '970000', NULL"),
        ("office-2", "某厅", "'970000', '970000', NULL"),
        ("probe", "某厂", "NULL, '970000', 7"),
    ):
        say(engine, f"{seated} ('{key}', '{name}', 'digest', 'read upload', {DAY}, NULL, NULL, {seat})")
    migrate(engine)
    question = (
        "SELECT c.key, o.key, o.name, kind, parts, jwks "
        "FROM client c JOIN organisation o ON o.id = organisation_id ORDER BY c.id"
    )
    assert told(engine, question) == [
        ("nation", "of-nation", "某局", "national_agency", "plans instruments", '{"keys":[]}'),
        ("office", "of-office", "某厅", "provincial_department", "plans instruments", '{"keys":[]}'),
        ("office-2", "of-office", "某厅", "provincial_department", "plans instruments", '{"keys":[]}'),
        ("probe", "of-probe", "某厂", "unit", "", '{"keys":[]}'),
    ]
    assert b"digest" not in (tmp_path / "registry.db").read_bytes()
    stand_at(engine, "0009", back=True)
    question = "SELECT key, organisation, secret_hash, revoked_at IS NOT NULL FROM client ORDER BY id LIMIT 2"
    assert told(engine, question) == [("nation", "某局", "none", 1), ("office", "某厅", "none", 1)]
    migrate(engine)
    engine.dispose()


def test_roles_the_older_hub_does_not_know_are_left_out_for_it(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    organisation = (
        "INSERT INTO organisation (key, name, kind, parts, enabled) VALUES ('of', '某', 'auditor', '', true)"
    )
    client = "INSERT INTO client (key, organisation_id, jwks, proves, roles, created_at) VALUES"
    say(engine, organisation, f"{client} ('a', 1, '', false, 'read audit', {DAY})")
    say(engine, f"{client} ('b', 1, '', false, 'audit', {DAY})")
    stand_at(engine, "0009", back=True)
    assert told(engine, "SELECT key, roles FROM client ORDER BY id") == [("a", "read"), ("b", "read")]
    engine.dispose()


@pytest.mark.parametrize("change", ["UPDATE audit SET who = 'another'", "DELETE FROM audit"])
def test_the_audit_is_only_added_to(tmp_path: Path, change: str) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    audit = "INSERT INTO audit (at, who, action, noun, subject, after) VALUES"
    say(engine, f"{audit} ({DAY}, 'a', 'insert', 'unit', 'x', '{{}}')")
    with pytest.raises(StoreError, match="the audit is only added to"):
        say(engine, change)
    assert told(engine, "SELECT who FROM audit") == [("a",)]
    engine.dispose()


def test_two_processes_that_start_together_migrate_one_after_another(tmp_path: Path) -> None:
    engines = [new_engine(tmp_path) for _ in range(3)]
    with ThreadPoolExecutor() as pool:
        assert list(pool.map(migrate, engines)) == [None] * 3
    for engine in engines:
        engine.dispose()


def test_sqlite_runs_with_a_write_ahead_log_and_checks_references(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    with reading(engine) as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert pragmas == ["wal", 1, 30_000]
    engine.dispose()


def test_a_refused_write_is_a_store_error_and_leaves_nothing(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    migrate(engine)
    with pytest.raises(StoreError, match="FOREIGN KEY"), writing(engine) as connection:
        connection.execute(
            text("INSERT INTO agency (key, name, role, province) VALUES ('a', 'b', 'lead', '970000')")
        )
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM agency")).scalar() == 0
    engine.dispose()


def test_tables_and_lists_can_be_said_in_postgresql_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy has no annotation there
    for table in METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect))
        assert all(str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes)
    for noun in NOUNS.values():
        assert "SELECT" in str(noun.all_rows.compile(dialect=dialect))


def test_numbers_that_the_audit_kept_in_clear_are_masked_and_gone_from_the_file(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    stand_at(engine, "0011")
    audited = "INSERT INTO audit (at, who, action, noun, subject, before, after) VALUES"
    numbers = ("13812345678", "13812995678")
    first, second = (f'{{"name":"李某","phone":"{number}"}}' for number in numbers)
    say(
        engine,
        f"{audited} ({DAY}, 'a', 'insert', 'person', 'lead|李某', NULL, '{first}')".replace(":", r"\:"),
        f"{audited} ({DAY}, 'a', 'update', 'person', 'lead|李某', '{first}', '{second}')".replace(":", r"\:"),
        f"{audited} ({DAY}, 'a', 'insert', 'unit', 'x', NULL, '{{}}')",
    )
    migrate(engine)
    with reading(engine) as connection:
        told = [tuple(row) for row in connection.execute(text("SELECT before, after FROM audit ORDER BY id"))]
    shown = '{"name":"李某","phone":"138****5678"}'
    changed = '{"name":"李某","phone":"138****5678 (changed)"}'
    assert told == [(None, shown), (shown, changed), (None, "{}")]
    for statement in ("UPDATE audit SET who = 'b'", "DELETE FROM audit"):
        with pytest.raises(StoreError, match="only added to"):
            say(engine, statement)
    engine.dispose()
    for file in tmp_path.iterdir():
        assert not any(number.encode() in file.read_bytes() for number in numbers), file.name
