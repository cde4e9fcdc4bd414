"""Access tokens: what stands in them, for how long they count, and everything that is not one of ours."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.jwk import ECKey

from graph.errors import Unauthenticated
from graph.model.principal import Role
from hub.access.oauth.keyring import TOKEN_S
from hub.access.oauth.verifying import TOKENS_MAX, Asked, challenge
from tests.hub.access.oauth.stage import (
    BASE,
    KEY,
    World,
    by_hand,
    known,
    parts,
    sign,
    unsigned,
    with_shared_secret,
)


@pytest.fixture
def world() -> World:
    return World()


def own_key(world: World) -> ECKey:
    (key,) = world.keyring.signing().keys
    assert isinstance(key, ECKey)
    return key


def refused(world: World, token: str) -> str:
    with pytest.raises(Unauthenticated) as told:
        world.principal(token)
    assert len(token) < 20 or token[:4_000] not in str(told.value)
    return str(told.value)


def test_a_token_is_as_rfc_9068_has_it_and_lives_exactly_ten_minutes(world: World) -> None:
    header, claims = parts(world.token())
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": own_key(world).kid}
    assert claims.pop("jti")
    assert claims == {
        "iss": BASE, "aud": BASE, "sub": "meter", "client_id": "meter", "iat": world.now, "exp": world.now + 600,
        "scope": "read upload",
    }  # fmt: skip
    assert world.ask().body["expires_in"] == TOKEN_S == 600


def test_no_two_tokens_are_called_the_same(world: World) -> None:
    assert len({parts(world.token())[1]["jti"] for _ in range(20)}) == 20


def test_a_token_counts_until_its_end_and_no_moment_longer(world: World) -> None:
    token = world.token()
    world.clock.pass_by(599.9)
    principal = world.principal(token)
    assert principal.until is not None
    assert principal.until.timestamp() == parts(token)[1]["exp"]
    world.clock.pass_by(0.1)
    refused(world, token)


def test_a_token_gives_what_was_asked_and_the_client_still_has(world: World) -> None:
    token = world.token(scope="upload")
    assert world.principal(token).roles == {Role.UPLOAD}
    world.put(known("meter", Role.READ))
    assert world.principal(token).roles == set()
    world.put(known("meter", Role.READ, Role.UPLOAD, Role.DECIDE))
    assert world.principal(token).roles == {Role.UPLOAD}


def test_a_client_that_ends_sooner_than_its_token_is_known_until_then(world: World) -> None:
    token = world.token()
    world.principal(token)
    end = world.clock.now().replace(second=30)
    world.put(known(until=end))
    assert world.principal(token).until == end
    world.clock.pass_by(30)
    refused(world, token)


@pytest.mark.parametrize("state", ["revoked_at", "gone", "closed"])
def test_a_token_of_a_client_that_counts_no_longer_is_refused_at_once(world: World, state: str) -> None:
    token = world.token()
    world.principal(token)
    if state == "gone":
        world.clients.known.clear()
        world.version += 1
    else:
        world.put(known(revoked_at=world.clock.now()) if state == "revoked_at" else known(enabled=False))
    refused(world, token)


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "dpop+jwt", "id+jwt", "", "at+jwt ", "application/jwt"])
def test_whatever_else_we_might_sign_is_no_access_token(world: World, typ: str | None) -> None:
    _, claims = parts(world.token())
    header = {"typ": typ, "kid": own_key(world).kid}
    assert "typ" in refused(world, sign(claims, own_key(world), header))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://other.example"}, {"aud": "https://other.example"}, {"aud": [BASE, "https://other.example"]},
        {"aud": [BASE]}, {"sub": "second"}, {"client_id": "second"}, {"exp": 10**10}, {"jti": ""}, {"jti": 7},
        {"scope": 7}, {"scope": ["read"]}, {"cnf": {"x5t#S256": "a"}}, {"cnf": "a"}, {"iat": "now"}, {"exp": True},
    ],
)  # fmt: skip
def test_a_claim_that_is_not_as_ours_are_is_refused(world: World, change: dict[str, Any]) -> None:
    _, claims = parts(world.token())
    refused(world, sign(claims | change, own_key(world), {"typ": "at+jwt", "kid": own_key(world).kid}))


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "client_id", "exp", "iat", "jti", "scope"])
def test_a_token_without_one_of_the_claims_is_refused(world: World, name: str) -> None:
    _, claims = parts(world.token())
    del claims[name]
    refused(world, sign(claims, own_key(world), {"typ": "at+jwt", "kid": own_key(world).kid}))


@pytest.mark.parametrize("life", [601, 599, 864_000, 3_600])
def test_a_token_that_lives_longer_or_shorter_than_ours_is_none_of_ours(world: World, life: int) -> None:
    _, claims = parts(world.token())
    claims["exp"] = claims["iat"] + life
    header = {"typ": "at+jwt", "kid": own_key(world).kid}
    assert "600 s" in refused(world, sign(claims, own_key(world), header))


def test_a_token_of_another_clock_may_be_a_minute_ahead(world: World) -> None:
    token = world.token()
    world.clock.pass_by(-60)
    assert world.principal(token).client == "meter"
    later = world.token()
    world.clock.pass_by(-61)
    refused(world, later)


def test_a_foreign_key_does_not_sign_for_us(world: World) -> None:
    _, claims = parts(world.token())
    for kid in (KEY.kid, own_key(world).kid, None):
        refused(world, sign(claims, KEY, {"typ": "at+jwt", "kid": kid}))


@pytest.mark.parametrize(
    "alg", ["none", "nOnE", "HS256", "RS256", "PS256", "ES384", "Ed25519", "EdDSA", "ES256K"]
)
def test_no_algorithm_but_ours_is_let_in(world: World, alg: str) -> None:
    header, claims = parts(world.token())
    refused(world, by_hand({**header, "alg": alg}, claims, own_key(world)))
    refused(world, unsigned({**header, "alg": alg}, claims))


def test_the_published_key_is_no_shared_secret(world: World) -> None:
    header, claims = parts(world.token())
    for public in (own_key(world).as_pem(private=False), own_key(world).as_der(private=False)):
        refused(world, with_shared_secret(public, claims, typ="at+jwt", kid=header["kid"]))


def test_an_assertion_is_no_access_token_and_an_access_token_is_no_assertion(world: World) -> None:
    refused(world, sign(world.claims(aud=BASE)))
    assert world.ask(world.token()).status == 401


@pytest.mark.parametrize("size", [4_097, 100_000])
def test_a_token_of_any_length_is_refused_without_reading_it(world: World, size: int) -> None:
    refused(world, "x" * size)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic bWU6cHc=", "bearer", "DPoP", "Token abc", "Bearer é", "Bearer 令牌", "Bearer \ud800"],
)  # fmt: skip
def test_a_header_that_holds_no_token_is_refused(world: World, header: str) -> None:
    asked = Asked("POST", "/graphql", {"Authorization": header})
    with pytest.raises(Unauthenticated):
        world.verifier.principal(asked)
    world.verifier.is_quick(asked.headers)
    with pytest.raises(Unauthenticated):
        world.verifier.principal(Asked("POST", "/graphql", {}))


def test_the_schemes_name_is_read_as_http_has_it_and_headers_in_any_letters(world: World) -> None:
    token = world.token()
    asked = Asked("POST", "/graphql", {"Authorization": f"bEARER   {token} "})
    assert world.verifier.principal(asked).client == "meter"


def test_a_token_in_quotes_or_twice_is_none(world: World) -> None:
    token = world.token()
    refused(world, f'"{token}"')
    refused(world, f"{token} {token}")
    refused(world, f"{token}.")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(1, 10_000), letter=st.characters(min_codepoint=33, max_codepoint=126))
def test_any_changed_character_of_a_token_is_refused(world: World, place: int, letter: str) -> None:
    token = world.token()
    place = 1 + place % (len(token) - 1)
    if token[place] != letter:
        refused(world, token[:place] + letter + token[place + 1 :])
    refused(world, token[:place])
    refused(world, token[:place] + letter + token[place:])
    assert world.principal(token).client == "meter"


def test_a_repeated_request_asks_nobody_until_something_is_written(world: World) -> None:
    token = world.token()
    headers = {"authorization": f"Bearer {token}"}
    assert not world.verifier.is_quick(headers)
    world.principal(token)
    asked = len(world.clients.asked)
    assert world.verifier.is_quick(headers)
    assert world.principal(token) == world.verifier.again(headers)
    assert len(world.clients.asked) == asked
    world.version += 1
    assert not world.verifier.is_quick(headers)
    world.principal(token)
    assert len(world.clients.asked) == asked + 1


def test_a_client_is_asked_for_once_whatever_tokens_it_brings_until_something_is_written(
    world: World,
) -> None:
    first, second = world.token(), world.token()
    asked = len(world.clients.asked)
    for token in (first, second):
        assert world.principal(token).client == "meter"
    assert len(world.clients.asked) == asked + 1
    world.put(known(revoked_at=world.clock.now()))
    assert all("revoked" in refused(world, token) for token in (first, second))
    assert len(world.clients.asked) == asked + 2


def test_a_client_that_is_remembered_counts_no_longer_than_it_lives(world: World) -> None:
    world.put(known(until=world.clock.now() + dt.timedelta(seconds=30)))
    first, second = world.token(), world.token()
    assert world.principal(first).client == "meter"
    world.clock.pass_by(30)
    assert "revoked" in refused(world, second)


def test_who_brings_no_token_is_told_so_without_a_thread(world: World) -> None:
    assert world.verifier.is_quick({})


def test_what_is_remembered_is_bounded_and_holds_no_token(world: World) -> None:
    issued = [world.oauth._tokens.issue("meter", {Role.READ})[0] for _ in range(20)]
    for token in issued:
        world.principal(token)
    remembered = world.verifier._remembered
    some = next(iter(remembered.values()))
    remembered.update({bytes([n // 256, n % 256]): some for n in range(TOKENS_MAX)})
    world.principal(world.token())
    assert len(world.verifier._remembered) == 1
    assert issued[0] not in repr(remembered)
    world.verifier._remembered.update({bytes([n // 256, n % 256]): some for n in range(TOKENS_MAX)})
    world.clock.pass_by(600)
    world.principal(world.token())
    assert len(world.verifier._remembered) == 1


def test_a_401_asks_for_a_bearer_token_and_tells_of_proofs_who_tried_one() -> None:
    assert challenge({}) == 'Bearer realm="nengshu"'
    told = 'Bearer realm="nengshu", DPoP realm="nengshu", algs="ES256 PS256 Ed25519 EdDSA"'
    assert challenge({"authorization": "DPoP x"}) == challenge({"dpop": "x"}) == told
