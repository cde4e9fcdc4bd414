"""One key signs, the newest; others are published until their tokens have ended."""

from __future__ import annotations

import json

import pytest

from graph.errors import StoreError, Unauthenticated
from hub.access.oauth.keyring import MARGIN_S, TOKEN_S, Keyring
from tests.hub.access.oauth.stage import FakeKeys, FakeSeal, World, parts


@pytest.fixture
def world() -> World:
    return World()


def kid_of(token: str) -> str:
    return str(parts(token)[0]["kid"])


def published(world: World) -> list[str]:
    return [key["kid"] for key in world.oauth.jwks()["keys"]]


def test_a_key_is_made_on_first_use_and_stays(world: World) -> None:
    assert kid_of(world.token()) == kid_of(world.token())
    assert len(world.keys.kept) == 1


def test_every_token_names_its_key_and_that_is_always_the_current_one(world: World) -> None:
    for _ in range(5):
        kid = world.keyring.rotate("admin")
        world.version += 1
        assert {kid_of(world.token()) for _ in range(8)} == {kid}
    assert len(published(world)) == 5


def test_a_key_rotated_by_another_process_counts_at_once(world: World) -> None:
    before = world.token()
    elsewhere = Keyring(world.keys, FakeSeal(), world.clock, lambda: 0)
    kid = elsewhere.rotate("admin")
    world.version += 1  # as the registry's watch tells
    assert kid_of(before) != kid_of(world.token()) == kid


def test_tokens_of_an_old_key_live_on_until_they_end_and_then_it_disappears(world: World) -> None:
    old = world.token()
    world.keyring.rotate("admin")
    world.version += 1
    world.clock.pass_by(TOKEN_S - 1)
    assert world.principal(old).client == "meter"
    assert kid_of(old) in published(world)
    world.clock.pass_by(1)
    with pytest.raises(Unauthenticated):
        world.principal(old)
    world.clock.pass_by(MARGIN_S)
    assert kid_of(old) not in published(world)
    assert len(published(world)) == 1


def test_tokens_of_a_leaked_key_end_at_once_even_those_that_were_looked_at(world: World) -> None:
    old = world.token()
    world.principal(old)
    world.keyring.rotate("admin", leaked=True)
    world.version += 1
    with pytest.raises(Unauthenticated):
        world.principal(old)
    assert kid_of(old) not in published(world)


def test_what_is_published_is_public(world: World) -> None:
    (key,) = world.oauth.jwks()["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


def test_what_is_kept_is_sealed_under_its_own_name_and_shows_in_no_repr(world: World) -> None:
    world.token()
    (kept,) = world.keys.kept
    opened = json.loads(FakeSeal().open(kept.sealed, f"signing_key {kept.kid}"))
    assert opened["d"]
    assert kept.sealed not in repr(kept)
    assert opened["d"] not in repr(world.keyring.__dict__)


def test_a_store_that_keeps_nothing_is_told(world: World) -> None:
    class Forgetful(FakeKeys):
        def begin(self, kid: str, sealed: str, who: str) -> None:
            pass

    with pytest.raises(StoreError):
        Keyring(Forgetful(world.clock), FakeSeal(), world.clock, lambda: 0).signing()
