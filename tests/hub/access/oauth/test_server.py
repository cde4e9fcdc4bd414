"""What the server says to forms, and what of it stands in the record."""

from __future__ import annotations

import logging

import pytest
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc8414 import AuthorizationServerMetadata

from graph.model.principal import Role
from hub.access.oauth.forms import FIELDS_MAX, fields_of
from hub.access.oauth.keyring import TOKEN_S
from hub.stores.registry.known import Place
from tests.hub.access.oauth.stage import BASE, KEY, OTHER, World, known, parts, sign


@pytest.fixture
def world() -> World:
    return World()


def introspect(world: World, token: str, client: str = "meter") -> dict[str, object]:
    key = KEY if client == "meter" else OTHER
    answer = world.oauth.introspect(world.form(sign(world.claims(client), key), token=token))
    assert answer.status == 200
    return dict(answer.body)


def test_who_asks_for_nothing_gets_all_roles_of_the_client(world: World) -> None:
    assert world.ask().body["scope"] == "read upload"


@pytest.mark.parametrize("scope", ["read", "upload read", "read read", " read  upload "])
def test_who_asks_for_less_gets_that(world: World, scope: str) -> None:
    given = world.ask(scope=scope).body
    assert set(str(given["scope"]).split()) == set(scope.split())


@pytest.mark.parametrize(
    "scope", ["decide", "read decide", "Read", "x", "read,upload", " ", "读", "read\tnone"]
)
def test_a_scope_beyond_the_client_is_refused_and_never_narrowed(world: World, scope: str) -> None:
    answer = world.ask(scope=scope)
    assert (answer.status, answer.body["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    "grant", ["", "password", "authorization_code", "refresh_token", "客户端", "x" * 500]
)
def test_there_is_one_grant(world: World, grant: str) -> None:
    answer = world.ask(grant_type=grant)
    assert (answer.status, answer.body["error"]) == (400, "unsupported_grant_type")


def test_tokens_are_for_this_hub_alone(world: World) -> None:
    assert world.ask(resource=BASE).status == 200
    answer = world.ask(resource="https://other.example")
    assert (answer.status, answer.body["error"]) == (400, "invalid_target")


@pytest.mark.parametrize(
    "fields",
    [
        {"client_secret": "pw"}, {"header_authorization": "Basic bWU6cHc="}, {"header_authorization": "Bearer x"},
        {"client_assertion_type": "urn:other"}, {"client_assertion_type": ""},
    ],
)  # fmt: skip
def test_there_is_one_way_to_prove_a_client(world: World, fields: dict[str, str]) -> None:
    answer = world.ask(**fields)
    assert (answer.status, answer.body["error"]) == (400, "invalid_request")


def test_no_answer_may_be_kept_by_anybody_on_the_way(world: World) -> None:
    for answer in (world.ask(), world.ask(scope="x"), world.ask("x")):
        assert ("Cache-Control", "no-store") in answer.headers


def test_no_log_and_no_repr_ever_holds_a_token_or_a_statement(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assertion = sign(world.claims())
    form = world.form(assertion)
    answer = world.oauth.token(form)
    token = str(answer.body["access_token"])
    introspect(world, token)
    world.principal(token)
    shown = f"{caplog.text} {form!r} {answer!r} {world.log.entries!r} {world.verifier.__dict__!r}"
    assert assertion not in shown
    assert token not in shown


def test_a_granted_token_stands_in_the_record_with_who_what_and_from_where(world: World) -> None:
    token = world.token(scope="read")
    (entry,) = world.log.entries
    header, claims = parts(token)
    assert (entry.who, entry.organisation, entry.action, entry.subject) == (
        "meter",
        "necc",
        "token",
        "POST /oauth/token",
    )
    assert (entry.outcome, entry.code, entry.at) == ("granted", None, world.clock.now())
    assert (entry.place, entry.address, entry.request) == (Place("130000"), "192.0.2.7", "abc")
    assert entry.detail == {"jti": claims["jti"], "scope": "read", "kid": header["kid"]}


def test_a_refused_token_stands_there_with_the_claim_and_the_reason(world: World) -> None:
    world.ask(sign(world.claims("nobody"), OTHER))
    entry = world.log.entries[-1]
    assert (entry.who, entry.outcome, entry.code) == (None, "denied", "invalid_client")
    assert entry.detail["claimed"] == "nobody"
    world.ask(scope="decide")
    entry = world.log.entries[-1]
    assert (entry.who, entry.outcome, entry.code) == ("meter", "denied", "invalid_scope")


def test_a_client_may_look_at_its_own_token(world: World) -> None:
    token = world.token(scope="read")
    _, claims = parts(token)
    said = introspect(world, token)
    assert said == {**claims, "active": True, "token_type": "Bearer"}
    assert world.log.entries[-1].action == "token"


def test_a_bound_token_is_told_with_its_key(world: World) -> None:
    said = introspect(world, world.bound())
    assert said["token_type"] == "DPoP"
    assert said["cnf"] == {"jkt": OTHER.thumbprint()}


def test_another_clients_token_is_shown_to_the_role_introspect_alone(world: World) -> None:
    token = world.token()
    world.put(known("second", Role.READ, signs=OTHER))
    assert introspect(world, token, "second") == {"active": False}
    entry = world.log.entries[-1]
    assert (entry.action, entry.who, entry.outcome, entry.code) == (
        "denied",
        "second",
        "denied",
        "access_denied",
    )
    assert entry.detail["jti"] == parts(token)[1]["jti"]
    world.put(known("second", Role.INTROSPECT, signs=OTHER))
    assert introspect(world, token, "second")["active"] is True


def test_a_token_that_counts_no_longer_is_not_active(world: World) -> None:
    world.put(known("second", Role.INTROSPECT, signs=OTHER))
    token = world.token()
    assert introspect(world, "x", "second") == {"active": False}
    assert introspect(world, "x" * 3_000, "second") == {"active": False}
    world.put(known(enabled=False))
    assert introspect(world, token, "second") == {"active": False}
    world.put(known())
    world.clock.pass_by(TOKEN_S)
    assert introspect(world, token, "second") == {"active": False}


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "odd"])
def test_a_hint_changes_nothing(world: World, hint: str) -> None:
    token = world.token()
    assert world.oauth.introspect(world.form(token=token, token_type_hint=hint)).body["active"] is True
    assert world.oauth.revoke(world.form(token=token, token_type_hint=hint)).status == 200


def test_a_stranger_learns_and_ends_nothing(world: World) -> None:
    token = world.token()
    for ask in (world.oauth.introspect, world.oauth.revoke):
        answer = ask(world.form(sign(world.claims(), OTHER), token=token))
        assert (answer.status, answer.body["error"]) == (401, "invalid_client")
        assert world.log.entries[-1].outcome == "denied"
        answer = ask(world.form())
        assert (answer.status, answer.body["error"]) == (400, "invalid_request")
    assert world.principal(token).client == "meter"


def test_a_revoked_token_counts_no_longer_and_its_name_is_kept_until_it_would_have_ended(
    world: World,
) -> None:
    token, other = world.token(), world.token()
    world.principal(token)
    assert world.oauth.revoke(world.form(token=token)).status == 200
    with pytest.raises(Exception, match="revoked"):
        world.principal(token)
    assert world.principal(other).client == "meter"
    assert introspect(world, token) == {"active": False}
    _, claims = parts(token)
    assert {jti: int(end.timestamp()) for jti, end in world.revoked.kept.items()} == {
        claims["jti"]: claims["exp"]
    }
    entry = next(each for each in world.log.entries if each.action == "revoke")
    assert (entry.outcome, entry.detail["jti"]) == ("granted", claims["jti"])


def test_another_clients_token_is_not_ended(world: World) -> None:
    world.put(known("second", signs=OTHER))
    answer = world.oauth.revoke(world.form(sign(world.claims("second"), OTHER), token=world.token()))
    assert (answer.status, answer.body["error"]) == (400, "invalid_grant")
    assert world.revoked.kept == {}
    assert world.log.entries[-1].outcome == "denied"


def test_what_is_no_token_is_as_good_as_revoked(world: World) -> None:
    assert world.oauth.revoke(world.form(token="x")).status == 200
    assert world.revoked.kept == {}


@pytest.mark.parametrize(
    "body",
    [
        b"scope=read&scope=upload", b"a=1&a=1", b"a=&a=1", b"a=%ff", "a=é".encode(), b"\xff",
        b"&".join(b"a%d=1" % n for n in range(FIELDS_MAX + 1)),
    ],
)  # fmt: skip
def test_a_form_that_says_a_thing_twice_or_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        fields_of(body)


def test_a_parameter_without_a_value_is_left_out() -> None:
    assert fields_of(b"a=&b=%E8%AF%BB&c&d=1+2") == {"b": "读", "d": "1 2"}


def test_the_metadata_is_as_rfc_8414_has_it(world: World) -> None:
    said = dict(world.oauth.metadata())
    assert said["issuer"] == BASE
    assert said["token_endpoint"] == f"{BASE}/oauth/token"
    assert said["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    for check in ("issuer", "token_endpoint", "jwks_uri", "introspection_endpoint", "grant_types_supported",
                  "token_endpoint_auth_signing_alg_values_supported"):  # fmt: skip
        getattr(AuthorizationServerMetadata(said), f"validate_{check}")()
