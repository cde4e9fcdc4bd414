"""Signing keys and revoked tokens in the registry: one key is current, whoever else starts; no key is in the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from hub.stores.registry.access_tables import T
from hub.stores.registry.database import Watch, migrate, open_engine, reading
from hub.stores.registry.revoked_tokens import NOUN, RevokedTokens
from hub.stores.registry.signing_keys import SigningKeys
from tests.hub.access.oauth.stage import NOON, FakeSeal, MovingClock

KEEP = dt.timedelta(minutes=11)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'registry.db'}")
    migrate(opened)
    yield opened
    opened.dispose()


def audited(engine: Engine) -> list[tuple[str, str, str]]:
    audit = T["audit"].c
    wanted = select(audit.who, audit.action, audit.subject, audit.after).where(audit.noun == "signing_key")
    with reading(engine) as connection:
        rows = [*connection.execute(wanted)]
    assert not any("sealed" in row.after or "secret" in row.after for row in rows)
    return [(row.who, row.action, row.subject) for row in rows]


def test_the_first_of_two_that_start_together_makes_the_key(engine: Engine) -> None:
    keys = SigningKeys(engine, MovingClock())
    keys.begin("a", "secret a", "nengshu")
    SigningKeys(open_engine(str(engine.url)), MovingClock()).begin("b", "secret b", "nengshu")
    (kept,) = keys.list()
    assert (kept.kid, kept.sealed, kept.created_at, kept.retired_at) == ("a", "secret a", NOON, None)
    assert audited(engine) == [("nengshu", "insert", "a")]


def test_a_rotation_retires_the_key_before_and_drops_what_has_waited(engine: Engine) -> None:
    clock = MovingClock()
    keys = SigningKeys(engine, clock)
    keys.begin("a", "secret a", "nengshu")
    keys.rotate("b", "secret b", "admin", KEEP)
    clock.pass_by(660)
    keys.rotate("c", "secret c", "admin", KEEP)
    assert [(key.kid, key.retired_at) for key in keys.list()] == [("c", None), ("b", clock.now())]
    assert audited(engine)[1:] == [
        ("admin", "update", "a"), ("admin", "insert", "b"),
        ("admin", "update", "b"), ("admin", "update", "a"), ("admin", "insert", "c"),
    ]  # fmt: skip


def test_a_rotation_that_keeps_nothing_drops_the_current_key_too(engine: Engine) -> None:
    keys = SigningKeys(engine, MovingClock())
    keys.begin("a", "secret a", "nengshu")
    keys.rotate("b", "secret b", "admin", dt.timedelta(0))
    assert [key.kid for key in keys.list()] == ["b"]


def test_a_rotation_without_any_key_makes_the_first(engine: Engine) -> None:
    keys = SigningKeys(engine, MovingClock())
    keys.rotate("a", "secret a", "admin", KEEP)
    assert [key.kid for key in keys.list()] == ["a"]


def test_a_rotation_elsewhere_is_seen_by_a_running_hub(engine: Engine) -> None:
    from hub.access.oauth.keyring import Keyring

    watch, clock, seal = Watch(engine), MovingClock(), FakeSeal()
    running = Keyring(SigningKeys(engine, clock), seal, clock, watch.version)
    before = running.signing().keys[0].kid
    elsewhere = Keyring(SigningKeys(open_engine(str(engine.url)), clock), seal, clock, lambda: 0)
    kid = elsewhere.rotate("admin")
    assert before != running.signing().keys[0].kid == kid
    assert len(running.verifying().keys) == 2
    watch.close()


def test_a_token_is_revoked_once_and_forgotten_when_it_has_ended(engine: Engine) -> None:
    clock = MovingClock()
    revoked = RevokedTokens(engine, clock)
    assert revoked.all() == frozenset()
    revoked.revoke("a", NOON + dt.timedelta(seconds=600), "meter")
    revoked.revoke("a", NOON + dt.timedelta(seconds=600), "meter")
    assert revoked.all() == {"a"}
    clock.pass_by(600)
    revoked.revoke("b", clock.now() + dt.timedelta(seconds=600), "meter")
    assert revoked.all() == {"b"}
    with reading(engine) as connection:
        audited = connection.execute(select(T["audit"].c.who).where(T["audit"].c.noun == NOUN))
        assert audited.scalars().all() == ["meter", "meter"]
