"""Proofs of a key: a token bound to one is worth nothing to whoever does not hold the key."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import ECKey, Key, OctKey
from starlette.datastructures import Headers

from graph.errors import Unauthenticated
from graph.model.principal import Principal
from hub.access.oauth.verifying import Asked
from tests.hub.access.oauth.stage import (
    BASE,
    ED,
    KEY,
    OTHER,
    World,
    by_hand,
    known,
    parts,
    rsa,
    unsigned,
    with_shared_secret,
)


@pytest.fixture
def world() -> World:
    return World()


def used(world: World, token: str, proof: str, scheme: str = "DPoP") -> Principal:
    return world.principal(token, scheme, dpop=proof)


def proof_of(world: World, token: str, key: Key = OTHER, **changes: Any) -> str:
    return world.proof(key, "/graphql", token, **changes)


def refused(world: World, token: str, proof: str, scheme: str = "DPoP") -> str:
    with pytest.raises(Unauthenticated) as told:
        used(world, token, proof, scheme)
    return str(told.value)


@pytest.mark.parametrize("make", [lambda: OTHER, lambda: ED, rsa])
def test_a_token_asked_for_with_a_proof_is_bound_to_its_key(world: World, make: Any) -> None:
    key: Key = make()
    answer = world.ask(header_dpop=world.proof(key))
    token = answer.body["access_token"]
    assert answer.body["token_type"] == "DPoP"
    assert parts(token)[1]["cnf"] == {"jkt": key.thumbprint()}
    assert used(world, token, proof_of(world, token, key)).client == "meter"


def test_a_client_that_has_to_prove_its_key_gets_no_token_without(world: World) -> None:
    world.put(known(proves=True))
    answer = world.ask()
    assert (answer.status, answer.body["error"]) == (400, "invalid_dpop_proof")
    assert world.bound()


def test_a_token_got_before_its_client_had_to_prove_counts_no_longer(world: World) -> None:
    token = world.token()
    world.principal(token)
    world.put(known(proves=True))
    with pytest.raises(Unauthenticated, match="prove its key"):
        world.principal(token)


def test_a_bound_token_is_no_bearer_token_and_a_bearer_token_is_not_bound(world: World) -> None:
    bound, bearer = world.bound(), world.token()
    with pytest.raises(Unauthenticated):
        world.principal(bound)
    refused(world, bound, proof_of(world, bound), "Bearer")
    refused(world, bearer, proof_of(world, bearer))


def test_a_bound_token_without_a_proof_or_with_another_key_is_refused(world: World) -> None:
    token = world.bound()
    with pytest.raises(Unauthenticated):
        world.principal(token, "DPoP")
    assert "another key" in refused(world, token, proof_of(world, token, KEY))


def test_a_replayed_proof_is_refused_and_a_new_one_is_not(world: World) -> None:
    token = world.bound()
    proof = proof_of(world, token)
    used(world, token, proof)
    assert "used before" in refused(world, token, proof)
    used(world, token, proof_of(world, token))


def test_a_proof_is_used_once_at_the_token_endpoint_too(world: World) -> None:
    proof = world.proof()
    assert world.ask(header_dpop=proof).status == 200
    assert world.ask(header_dpop=proof).body["error"] == "invalid_dpop_proof"


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"}, {"htm": "post"}, {"htm": None}, {"htu": None}, {"htu": f"{BASE}/other"}, {"htu": 7},
        {"htu": "https://other.example/graphql"}, {"htu": "http://hub.example/graphql"}, {"htu": "/graphql"},
        {"htu": "https://hub.example:444/graphql"}, {"htu": "https://me@hub.example/graphql"}, {"htu": "https://[/"},
        {"htu": f"{BASE}/graphql/"}, {"ath": None}, {"ath": "x"}, {"ath": ""}, {"jti": None}, {"jti": ""},
        {"jti": 7}, {"jti": "x" * 201}, {"iat": None}, {"iat": "now"}, {"iat": True}, {"iat": float("nan")},
    ],
)  # fmt: skip
def test_a_proof_for_something_else_is_refused(world: World, changes: dict[str, Any]) -> None:
    token = world.bound()
    refused(world, token, proof_of(world, token, **changes))


@pytest.mark.parametrize(
    "address",
    [f"{BASE}/graphql?a=b", f"{BASE}/graphql#x", "HTTPS://Hub.Example/graphql", f"{BASE}:443/graphql", f"{BASE}/%67raphql"],
)  # fmt: skip
def test_an_address_may_be_written_in_any_way_that_means_the_same(world: World, address: str) -> None:
    token = world.bound()
    assert used(world, token, proof_of(world, token, htu=address)).client == "meter"


@pytest.mark.parametrize(("offset", "is_good"), [(-120, True), (-121, False), (60, True), (61, False)])
def test_a_proof_is_of_now_give_or_take_a_clock(world: World, offset: int, is_good: bool) -> None:
    token = world.bound()
    proof = proof_of(world, token, iat=world.now + offset)
    if is_good:
        used(world, token, proof)
    else:
        assert "not of now" in refused(world, token, proof)


def test_a_proof_is_remembered_until_it_would_be_refused_anyway(world: World) -> None:
    world.bound()
    until = next(end for (kind, _), end in world.once.used.items() if kind == "dpop")
    assert (until - world.clock.now()).total_seconds() == 120


def test_a_proof_of_another_token_is_refused(world: World) -> None:
    first, second = world.bound(), world.bound()
    assert "another token" in refused(world, second, proof_of(world, first))


@pytest.mark.parametrize("typ", [None, "JWT", "at+jwt", "dpop", ""])
def test_something_else_that_the_key_signed_is_no_proof(world: World, typ: str | None) -> None:
    token = world.bound()
    refused(world, token, proof_of(world, token, header={"typ": typ}))


def test_a_proof_that_holds_the_private_key_is_refused(world: World) -> None:
    token = world.bound()
    private = OTHER.as_dict(private=True)
    told = refused(world, token, proof_of(world, token, header={"jwk": private}))
    assert "given away" in told
    assert str(private["d"]) not in told


@pytest.mark.parametrize(
    "jwk",
    [None, {}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC"}, {"kty": []}, KEY.as_dict(private=False), {"kty": "OKP"},
     ECKey.generate_key("P-384").as_dict(private=False)],
)  # fmt: skip
def test_a_proof_signed_with_another_key_than_it_shows_is_refused(world: World, jwk: Any) -> None:
    token = world.bound()
    refused(world, token, proof_of(world, token, header={"jwk": jwk}))


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES384"])
def test_a_proof_nobody_signed_is_refused(world: World, alg: str) -> None:
    token = world.bound()
    header, claims = parts(proof_of(world, token))
    refused(world, token, unsigned({**header, "alg": alg}, claims))
    refused(world, token, by_hand({**header, "alg": alg}, claims, OTHER))
    secret = b"a secret that is shared with whoever reads the proof"
    jwk = OctKey.import_key(secret).as_dict()
    refused(world, token, with_shared_secret(secret, claims, typ="dpop+jwt", jwk=jwk))


@pytest.mark.parametrize("proof", ["", "x", "a.b.c", "é", "x" * 100_000])
def test_rubbish_proves_nothing(world: World, proof: str) -> None:
    refused(world, world.bound(), proof)


def test_two_proofs_are_none(world: World) -> None:
    token = world.bound()
    raw = [(b"authorization", f"DPoP {token}".encode())]
    raw += [(b"dpop", proof_of(world, token).encode()) for _ in range(2)]
    with pytest.raises(Unauthenticated, match="2 times"):
        world.verifier.principal(Asked("POST", "/graphql", Headers(raw=raw)))


def test_two_tokens_are_none(world: World) -> None:
    raw = [(b"authorization", f"Bearer {world.token()}".encode()) for _ in range(2)]
    with pytest.raises(Unauthenticated, match="2 times"):
        world.verifier.principal(Asked("POST", "/graphql", Headers(raw=raw)))


def test_a_proof_is_never_quick_and_a_stream_that_was_let_in_is_looked_at_without_another(
    world: World,
) -> None:
    token = world.bound()
    headers = {"authorization": f"DPoP {token}", "dpop": proof_of(world, token)}
    first = world.verifier.principal(Asked("POST", "/graphql", headers))
    assert not world.verifier.is_quick(headers)
    assert world.verifier.again(headers) == first
    with pytest.raises(Unauthenticated):
        world.verifier.again({"authorization": f"Bearer {token}"})
    world.put(known(revoked_at=world.clock.now()))
    with pytest.raises(Unauthenticated):
        world.verifier.again(headers)
