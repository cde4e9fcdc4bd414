"""Trusted documents in the registry: by their text, once each, audited, and seen by every process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text as sql

from graph.errors import InvalidInput, NotFound, TooLarge
from graph.model.document import Document, id_of
from hub.documents import TrustedDocuments
from hub.stores.registry import documents
from hub.stores.registry.database import migrate, open_engine, reading
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import NOON, WHO, StillClock, audited, empty_registry, region
from tests.hub.stores.test_registry_migrations import new_engine, say, stand_at

TEXT = "{ nation { unitsTotal } }\n"


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from empty_registry(tmp_path)


def another(folder: Path) -> Registry:
    """The registry as another process has it."""
    return Registry(open_engine(f"sqlite:///{folder / 'registry.db'}"), StillClock())


def test_a_registered_text_is_kept_to_the_letter_with_who_and_when(registry: Registry) -> None:
    known = registry.documents.register("units.graphql", TEXT, WHO)
    assert known == Document(id_of(TEXT), "units.graphql", TEXT, WHO, NOON)
    assert registry.documents.find(known.id) == known
    assert registry.documents.list() == [known]
    assert registry.documents.trusted()[1] == {known.id: TEXT}


def test_the_same_text_is_registered_once(registry: Registry) -> None:
    first = registry.documents.register("units.graphql", TEXT, WHO)
    assert registry.documents.register("other.graphql", TEXT, "somebody else") == first
    assert len(audited(registry, "document")) == 1


def test_what_is_withdrawn_is_kept_and_counts_no_longer_until_it_is_registered_again(
    registry: Registry,
) -> None:
    known = registry.documents.register("units.graphql", TEXT, WHO)
    registry.documents.withdraw(known.id, "another")
    assert registry.documents.trusted()[1] == {}
    assert registry.documents.find(known.id) == replace(known, withdrawn_at=NOON)
    registry.documents.withdraw(known.id, "another")
    assert registry.documents.register("again.graphql", TEXT, WHO).withdrawn_at is None
    assert registry.documents.trusted()[1] == {known.id: TEXT}
    said = audited(registry, "document")
    assert [action for action, *_ in said] == ["insert", "update", "update"]
    moments = [NOON.isoformat() if at else None for at in (None, NOON, None)]
    assert [
        after["withdrawn_at"] and dt.datetime.fromisoformat(after["withdrawn_at"]).isoformat()
        for *_, after in said
    ] == moments
    with reading(registry._engine) as connection:
        rows = connection.execute(sql("SELECT who, subject FROM audit WHERE noun = 'document' ORDER BY id"))
        assert [tuple(row) for row in rows] == [(WHO, known.id), ("another", known.id), (WHO, known.id)]


def test_what_nobody_registered_is_not_there(registry: Registry) -> None:
    for refused in (
        lambda: registry.documents.find("sha256:0"),
        lambda: registry.documents.withdraw("sha256:0", WHO),
    ):
        with pytest.raises(NotFound):
            refused()


def test_a_text_no_database_can_keep_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidInput):
        registry.documents.register("nul.graphql", "{ a }\0", WHO)
    assert registry.documents.list() == []


def test_so_many_are_trusted_at_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "DOCUMENTS_MAX", 2)
    first, _ = (registry.documents.register("one.graphql", f"{{ a{n} }}", WHO) for n in range(2))
    with pytest.raises(TooLarge, match="at most 2 documents"):
        registry.documents.register("third.graphql", TEXT, WHO)
    registry.documents.withdraw(first.id, WHO)
    registry.documents.register("third.graphql", TEXT, WHO)


def test_another_process_is_noticed_and_the_copy_is_read_no_oftener_than_it_changes(
    registry: Registry, tmp_path: Path
) -> None:
    class Counting:
        """Counts how often it is looked whether there are others, and how often all texts are read."""

        looked = read = 0

        def revision(self) -> int:
            self.looked += 1
            return registry.documents.revision()

        def trusted(self) -> tuple[int, Mapping[str, str]]:
            self.read += 1
            return registry.documents.trusted()

    counting = Counting()
    copy = TrustedDocuments(counting, ["{ own }"], registry.version)
    other = another(tmp_path)
    assert copy.find(id_of("{ own }")) == "{ own }"
    assert (counting.looked, copy.is_quick()) == (0, False)
    assert copy.find(id_of(TEXT)) is None
    known = other.documents.register("units.graphql", TEXT, WHO)
    assert [copy.find(known.id) for _ in range(3)] == [TEXT] * 3
    assert (counting.looked, counting.read, copy.is_quick()) == (2, 2, True)
    other.upsert("region", [region("970000")], WHO)  # which is none of theirs
    assert not copy.is_quick()
    assert copy.find(known.id) == TEXT
    assert (counting.looked, counting.read, copy.is_quick()) == (3, 2, True)
    other.documents.withdraw(known.id, WHO)
    assert copy.find(known.id) is None
    assert (counting.looked, counting.read) == (4, 3)
    other.close()


def test_a_hub_of_before_knows_its_clients_again(tmp_path: Path) -> None:
    engine = new_engine(tmp_path)
    stand_at(engine, "0009")
    client = "INSERT INTO client (key, organisation, secret_hash, roles, created_at) VALUES"
    day = "'2026-11-01 00:00:00.000000'"
    for key, roles in (("a", "read decide explore"), ("b", "explore"), ("c", "read sync")):
        say(engine, f"{client} ('{key}', '试', '', '{roles}', {day})")
    stand_at(engine, "0008", back=True)
    with reading(engine) as connection:
        rows = connection.execute(sql("SELECT key, roles FROM client ORDER BY key"))
        assert [tuple(row) for row in rows] == [("a", "read decide"), ("b", ""), ("c", "read sync")]
    migrate(engine)
    engine.dispose()
