"""A client proves itself with a statement of its own key, made just now, for this hub alone, and used once."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key

from graph.errors import InvalidInput
from hub.access.oauth.assertions import KEYS_MAX, checked_jwks
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
    sign,
    unsigned,
    with_shared_secret,
)


@pytest.fixture
def world() -> World:
    return World()


def refused(world: World, assertion: str, **fields: str) -> str:
    """Why, as the record has it; whoever asked learns nothing of that."""
    answer = world.ask(assertion, **fields)
    assert answer.status == 401
    assert answer.body == {
        "error": "invalid_client",
        "error_description": "the client did not prove who it is",
    }
    assert ("WWW-Authenticate", 'Bearer realm="nengshu"') in answer.headers
    return world.log.entries[-1].detail["why"]


def test_a_sound_statement_gets_a_token(world: World) -> None:
    assert world.ask().status == 200


@pytest.mark.parametrize("audience", [BASE, f"{BASE}/oauth/token", [BASE]])
def test_the_audience_is_this_hub_by_either_of_its_names(world: World, audience: object) -> None:
    assert world.ask(sign(world.claims(aud=audience))).status == 200


@pytest.mark.parametrize(
    "audience",
    [
        None, "", [], "https://other.example", f"{BASE}/", f"{BASE}/oauth/token/", "HTTPS://HUB.EXAMPLE", 7, {}, [[]],
        [BASE, f"{BASE}/oauth/token"], [BASE, "https://other.example"], f"{BASE} https://other.example",
    ],
)  # fmt: skip
def test_a_statement_for_somebody_else_or_for_several_is_refused(world: World, audience: object) -> None:
    assert "audience" in refused(world, sign(world.claims(aud=audience)))


def test_a_replayed_statement_is_refused(world: World) -> None:
    assertion = sign(world.claims())
    assert world.ask(assertion).status == 200
    assert refused(world, assertion) == "used before"
    assert "used before" in refused(world, sign({**world.claims(), "jti": _jti(assertion)}))


def test_a_name_is_remembered_for_as_long_as_its_statement_could_be_used(world: World) -> None:
    world.ask(sign(world.claims(exp=world.now + 300)))
    (until,) = world.once.used.values()
    assert (until - world.clock.now()).total_seconds() == 360


def test_a_stranger_uses_up_no_name_of_a_client(world: World) -> None:
    claims = world.claims()
    refused(world, sign(claims, OTHER))
    refused(world, sign({**claims, "aud": "https://other.example"}))
    assert world.ask(sign(claims)).status == 200


def test_two_clients_may_choose_the_same_name(world: World) -> None:
    world.put(known("second", signs=OTHER))
    assert world.ask(sign(world.claims(jti="1"))).status == 200
    assert world.ask(sign(world.claims("second", jti="1"), OTHER)).status == 200


@pytest.mark.parametrize("jti", [None, "", 7, "x" * 201, ["a"]])
def test_a_statement_without_a_sane_name_is_refused(world: World, jti: object) -> None:
    assert "jti" in refused(world, sign(world.claims(jti=jti)))


@pytest.mark.parametrize(
    ("name", "offset", "is_good"),
    [
        ("exp", 300, True), ("exp", 301, False), ("exp", 864_000, False), ("exp", -59, True), ("exp", -60, False),
        ("iat", 60, True), ("iat", 61, False), ("iat", -360, True), ("iat", -361, False),
        ("nbf", 60, True), ("nbf", 61, False), ("nbf", -100_000, True),
    ],
)  # fmt: skip
def test_clocks_may_differ_by_a_minute_and_statements_are_of_now(
    world: World, name: str, offset: int, is_good: bool
) -> None:
    assertion = sign({**world.claims(), name: world.now + offset})
    if is_good:
        assert world.ask(assertion).status == 200
    else:
        refused(world, assertion)


@pytest.mark.parametrize("end", [None, True, "soon", float("nan"), float("inf"), [], 10**4000])
def test_an_end_that_is_none_is_refused(world: World, end: object) -> None:
    refused(world, sign(world.claims(exp=end)))


@pytest.mark.parametrize("signs", [KEY, ED])
def test_keys_of_each_allowed_kind_prove_a_client(world: World, signs: Key) -> None:
    world.put(known(signs=signs))
    assert world.ask(sign(world.claims(), signs)).status == 200


def test_an_rsa_key_proves_a_client_with_pss_and_with_nothing_older(world: World) -> None:
    world.put(known(signs=rsa()))
    assert world.ask(sign(world.claims(), rsa())).status == 200
    refused(world, sign(world.claims(), rsa(), {"alg": "RS256"}))


def test_the_older_name_of_ed25519_is_known_for_that_curve_and_warns_nobody(world: World) -> None:
    world.put(known(signs=ED))
    with pytest.warns(match="EdDSA"):  # the signing library of this test
        assertion = sign(world.claims(), ED, {"alg": "EdDSA"})
    assert world.ask(assertion).status == 200


@pytest.mark.parametrize("alg", ["none", "None", "HS256", "ES256", "RS256", "", None, 7])
def test_a_statement_nobody_signed_is_refused(world: World, alg: object) -> None:
    refused(world, unsigned({"alg": alg, "typ": "JWT"}, world.claims()))


def test_the_public_key_is_no_shared_secret(world: World) -> None:
    for public in (
        KEY.as_pem(private=False),
        KEY.as_der(private=False),
        _json(KEY.as_dict(private=False)).encode(),
    ):
        refused(world, with_shared_secret(public, world.claims()))
        refused(world, with_shared_secret(public, world.claims(), kid=KEY.kid))


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "application/at+jwt", "logout+jwt", "", "x"])
def test_something_else_that_the_client_signed_is_no_statement(world: World, typ: str) -> None:
    assert "typ" in refused(world, sign(world.claims(), header={"typ": typ}))


@pytest.mark.parametrize("typ", [None, "JWT", "jwt", "client-authentication+jwt", "application/JWT"])
def test_a_statement_says_what_it_is_in_one_of_few_ways(world: World, typ: str | None) -> None:
    assert world.ask(sign(world.claims(), header={"typ": typ})).status == 200


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"]}, {"b64": False, "crit": ["b64"]}, {"jku": "https://evil.example/jwks"}, {"cty": "JWT"},
        {"jwk": OTHER.as_dict(private=False)}, {"x5u": "https://evil.example/"}, {"kid": "other"}, {"zip": "DEF"},
    ],
)  # fmt: skip
def test_a_header_that_would_change_how_it_is_read_is_refused(world: World, header: dict[str, Any]) -> None:
    signs = OTHER if header.keys() & {"jwk", "jku", "x5u"} else KEY
    refused(world, by_hand({"alg": "ES256", "typ": "JWT", **header}, world.claims(), signs))
    assert world.ask(by_hand({"alg": "ES256", "typ": "JWT"}, world.claims())).status == 200


def test_an_unknown_client_and_a_wrong_key_get_the_same_answer(world: World) -> None:
    wrong, unknown = world.ask(sign(world.claims(), OTHER)), world.ask(sign(world.claims("nobody"), OTHER))
    assert (wrong.status, wrong.body, wrong.headers) == (unknown.status, unknown.body, unknown.headers)


@pytest.mark.parametrize("client", ["", "x" * 65, 7, None, ["meter"], {"a": 1}])
def test_whoever_is_nobody_is_refused(world: World, client: Any) -> None:
    refused(world, sign({**world.claims(), "iss": client, "sub": client}))


def test_iss_and_sub_and_client_id_are_the_same_client(world: World) -> None:
    world.put(known("second", signs=OTHER))
    assert "iss and sub" in refused(world, sign(world.claims(sub="second")))
    assert "client_id" in refused(world, sign(world.claims()), client_id="second")
    assert world.ask(client_id="meter").status == 200


def test_a_client_with_several_keys_names_the_one_it_signs_with(world: World) -> None:
    second = ECKey.generate_key("P-256", auto_kid=True)
    both = {"keys": [key.as_dict(private=False) for key in (KEY, second)]}
    world.clients.known["meter"] = replace(known(), jwks=both)
    assert world.ask(sign(world.claims(), second, {"kid": second.kid})).status == 200
    refused(world, sign(world.claims(), second, {"kid": KEY.kid}))
    refused(world, sign(world.claims(), second))


def test_a_revoked_client_one_that_is_over_and_one_of_a_closed_organisation_get_nothing(world: World) -> None:
    for state in ({"revoked_at": world.clock.now()}, {"until": world.clock.now()}, {"enabled": False}):
        world.put(known(**state))
        assert "revoked, over" in refused(world, sign(world.claims()))


@pytest.mark.parametrize("size", [4_097, 100_000])
def test_a_statement_of_any_length_is_refused_without_reading_it(world: World, size: int) -> None:
    assert "characters" in refused(world, "x" * size)
    assert world.clients.asked == []


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a.b.c", "é.é.é", "测.试.x", "\x00", "e30.e30.", "W10.W10.W10", "ImFsZyI.e30.e30", "WyJhbGciXQ.e30.x"],
)  # fmt: skip
def test_rubbish_is_refused(world: World, text: str) -> None:
    refused(world, text or ".")


@given(st.text(max_size=200))
def test_no_text_whatsoever_is_a_statement_or_an_error_of_ours(text: str) -> None:
    world = World()
    if text.isprintable():
        assert world.ask(text or ".").status == 401


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=4))
def test_no_header_whatsoever_is_an_error_of_ours(value: object) -> None:
    world = World()
    for header in (value, {"alg": value}, {"alg": "ES256", "typ": value}, {"alg": "ES256", "kid": value}):
        assert world.ask(unsigned(header, world.claims(), b"x" * 64)).status == 401


def test_public_keys_are_checked_when_a_client_is_made() -> None:
    kept = checked_jwks(_json(KEY.as_dict(private=False)))
    assert kept["keys"][0]["kid"] == KEY.kid
    assert checked_jwks(_json({"keys": [ED.as_dict(private=False)]}))["keys"][0]["crv"] == "Ed25519"


@pytest.mark.parametrize(
    "said",
    [
        "", "[]", "{}", "null", "7", '{"keys": []}', '{"keys": 7}', '{"keys": [7]}', '{"kty": "oct", "k": "c2VjcmV0"}',
        '{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}', '{"kty": "EC"}', '{"kty": ["EC"]}', "[" * 100_000,
    ],
)  # fmt: skip
def test_what_is_no_public_key_is_refused(said: str) -> None:
    with pytest.raises(InvalidInput):
        checked_jwks(said)


def test_a_private_key_is_refused_and_not_repeated() -> None:
    private = KEY.as_dict(private=True)
    with pytest.raises(InvalidInput, match="private") as told:
        checked_jwks(_json(private))
    assert str(private["d"]) not in str(told.value)


@pytest.mark.parametrize("curve", ["P-384", "P-521", "secp256k1"])
def test_a_curve_no_algorithm_here_uses_is_refused(curve: Any) -> None:
    with pytest.raises(InvalidInput, match="P-256"):
        checked_jwks(_json(ECKey.generate_key(curve).as_dict(private=False)))


def test_a_short_rsa_key_too_many_keys_and_one_key_twice_are_refused() -> None:
    with pytest.warns(match="2048"), pytest.raises(InvalidInput, match="bits"):
        checked_jwks(_json({"kty": "RSA", "e": "AQAB", "n": "w" * 170}))
    with pytest.raises(InvalidInput, match="bits"):
        checked_jwks(_json({"kty": "RSA", "e": "AQAB", "n": "w" * 1_000}))
    public = KEY.as_dict(private=False)
    for keys in ([public, public], [public] * (KEYS_MAX + 1)):
        with pytest.raises(InvalidInput):
            checked_jwks(_json({"keys": keys}))


def _json(value: object) -> str:
    return json.dumps(value)


def _jti(assertion: str) -> str:
    return str(parts(assertion)[1]["jti"])
