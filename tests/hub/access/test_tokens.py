"""From a header to a principal: only a whole token of a client that still counts opens the gate."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from graph.errors import Forbidden, Unauthenticated
from graph.model.principal import NATION, OrganisationKind, Principal, Role
from hub.access.tokens import TOKEN_MAX, Gatekeeper
from tests.graph.fakes import FakeClock

SECRET = "s3cret-of-the-test"
READER = Principal("reader", "试验单位", NATION, frozenset({Role.READ}), OrganisationKind.NATIONAL_AGENCY)
WHEN = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)


@dataclass
class FakeClients:
    """One client, revoked or not; remembers the keys it was asked for."""

    revoked_at: dt.datetime | None = None
    until: dt.datetime | None = None
    asked: list[str] = field(default_factory=list)

    def find(self, key: str) -> tuple[str, Principal, dt.datetime | None] | None:
        """The one client."""
        self.asked.append(key)
        digest = hashlib.sha256(SECRET.encode()).hexdigest()
        return (digest, replace(READER, until=self.until), self.revoked_at) if key == "reader" else None


def principal(header: str | None, clients: FakeClients | None = None) -> Principal:
    """Who a gatekeeper takes the sender of this header for."""
    headers = {} if header is None else {"authorization": header}
    return Gatekeeper(clients or FakeClients(), FakeClock(WHEN), lambda: 1).principal(Headers(headers))


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_right_token_opens_the_gate(scheme: str) -> None:
    assert principal(f"{scheme} reader.{SECRET}") == READER


@pytest.mark.parametrize(
    "header",
    [
        None, "", " ", "Bearer", "Bearer ", "Bearer reader", "Bearer reader.", f"Bearer .{SECRET}",
        f"Bearer reader.{SECRET}x", f"Bearer reader.{SECRET[:-1]}", f"Bearer Reader.{SECRET}",
        f"Bearer reader.{SECRET} more", f"Basic reader.{SECRET}", f"reader.{SECRET}", f"Bearer reader:{SECRET}",
        f"Bearer other.{SECRET}", f"Bearer reader.{SECRET.upper()}", "Bearer reader.\xe9\xff",
        f"Bearer reader.{hashlib.sha256(SECRET.encode()).hexdigest()}",
    ],
)  # fmt: skip
def test_anything_else_does_not(header: str | None) -> None:
    with pytest.raises(Unauthenticated, match="bearer token is needed"):
        principal(header)


def test_a_revoked_client_is_a_stranger() -> None:
    with pytest.raises(Unauthenticated):
        principal(f"Bearer reader.{SECRET}", FakeClients(revoked_at=WHEN))


def test_a_token_counts_to_its_last_moment_and_not_in_the_next() -> None:
    later = WHEN + dt.timedelta(microseconds=1)
    assert principal(f"Bearer reader.{SECRET}", FakeClients(until=later)) == replace(READER, until=later)
    for over in (WHEN, WHEN - dt.timedelta(days=1)):
        with pytest.raises(Unauthenticated):
            principal(f"Bearer reader.{SECRET}", FakeClients(until=over))


def test_what_is_refused_is_not_repeated() -> None:
    with pytest.raises(Unauthenticated) as refused:
        principal("Bearer reader.a-secret-mistyped")
    assert "mistyped" not in str(refused.value)


def test_a_token_beyond_the_bound_is_cut_before_anybody_looks_for_it() -> None:
    clients = FakeClients()
    with pytest.raises(Unauthenticated):
        principal(f"Bearer {'k' * 100_000}.{SECRET}", clients)
    assert all(len(key) <= TOKEN_MAX for key in clients.asked)


def test_a_role_that_was_not_given_is_forbidden() -> None:
    reader = principal(f"Bearer reader.{SECRET}")
    reader.require(Role.READ)
    for role in set(Role) - {Role.READ}:
        with pytest.raises(Forbidden, match=f"reader has no role '{role.value}'"):
            reader.require(role)


@given(st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=60))
def test_no_text_whatsoever_opens_the_gate_or_breaks_it(text: str) -> None:
    for header in (text, f"Bearer {text}", f"Bearer reader.{text}"):
        if header == f"Bearer reader.{SECRET}":
            continue
        with pytest.raises(Unauthenticated):
            principal(header)
