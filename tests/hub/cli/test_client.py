"""`nengshu client`: a token is shown once, works, is listed without its secret, and can be taken back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hub.access.tokens import Gatekeeper

from graph.errors import Unauthenticated
from graph.model.principal import Principal, Role
from graph.ports import Clock
from hub.settings import Settings
from hub.wiring import SystemClock, open_registry
from tests.graph.fakes import FakeClock
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, fill, of_province, of_unit, units_of


def principal(data: Path, token: str, clock: Clock | None = None) -> Principal:
    """Who a hub over this folder takes the token's bearer for."""
    registry = open_registry(Settings(data_dir=data))
    try:
        gate = Gatekeeper(registry.clients, clock or SystemClock(), registry.version)
        return gate.principal({"Authorization": f"Bearer {token}"})
    finally:
        registry.close()


def added(nengshu: Terminal, data: Path, *words: str) -> str:
    """The token of a new client."""
    said = nengshu("client", "add", *words, "--organisation", "虚构 [bold] 厅", "--data", data)
    assert (said.code, said.err) == (0, "")
    return said.out.strip()


def test_a_token_works_until_it_is_taken_back(nengshu: Terminal, tmp_path: Path) -> None:
    token = added(nengshu, tmp_path, "analyst", "--role", "read", "--role", "sync")
    assert principal(tmp_path, token).roles == {Role.READ, Role.SYNC}
    assert nengshu("client", "revoke", "analyst", "--data", tmp_path).out == "analyst is revoked\n"
    with pytest.raises(Unauthenticated):
        principal(tmp_path, token)
    assert nengshu("client", "revoke", "analyst", "--data", tmp_path).code == 0


def test_a_token_made_for_some_days_works_that_long(nengshu: Terminal, tmp_path: Path) -> None:
    begun = SystemClock().now()
    token = added(nengshu, tmp_path, "guest", "--role", "read", "--days", "30")
    until = principal(tmp_path, token).until
    assert until is not None
    assert begun <= until - dt.timedelta(days=30) <= SystemClock().now()
    principal(tmp_path, token, FakeClock(until - dt.timedelta(seconds=1)))
    with pytest.raises(Unauthenticated):
        principal(tmp_path, token, FakeClock(until))
    assert f"{until:%Y-%m-%d}" in nengshu("client", "list", "--data", tmp_path).out


@pytest.mark.parametrize("days", ["0", "-1", "3651", "x"])
def test_a_token_of_no_days_or_too_many_is_refused(nengshu: Terminal, tmp_path: Path, days: str) -> None:
    words = ("client", "add", "guest", "--organisation", "虚构厅", "--role", "read", "--days", days)
    assert nengshu(*words, "--data", tmp_path).code == 2


def test_a_token_is_bound_to_a_region_or_a_unit(nengshu: Terminal, tmp_path: Path) -> None:
    fill(tmp_path, JIA)
    unit = units_of(JIA)[0].code
    region = added(nengshu, tmp_path, "jia", "--role", "upload", "--region", JIA)
    single = added(nengshu, tmp_path, "unit", "--role", "upload", "--unit", unit.lower())
    assert principal(tmp_path, region).reach == of_province(JIA)
    assert principal(tmp_path, single).reach == of_unit(unit)


def test_the_list_shows_clients_and_no_secret(nengshu: Terminal, tmp_path: Path) -> None:
    token = added(nengshu, tmp_path, "analyst", "--role", "read")
    said = nengshu("client", "list", "--data", tmp_path)
    assert "analyst" in said.out
    assert "[bold]" in said.out
    assert token.partition(".")[2] not in said.out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("analyst", "--role", "read"), "CONFLICT"),
        (("other", "--role", "read", "--region", "91"), "MALFORMED_CODE"),
        (("other", "--role", "read", "--region", "999999"), "INVALID_INPUT"),
        (("other", "--role", "read", "--unit", "123"), "MALFORMED_CODE"),
        (("other", "--role", "read", "--unit", "91990100MA0000001X"), ""),
        (("two words", "--role", "read"), "INVALID_INPUT"),
        (("dotted.key", "--role", "read"), "INVALID_INPUT"),
    ],
)
def test_a_client_that_cannot_be_is_refused_in_a_sentence(
    nengshu: Terminal, tmp_path: Path, words: tuple[str, ...], code: str
) -> None:
    added(nengshu, tmp_path, "analyst", "--role", "read")
    said = nengshu("client", "add", *words, "--organisation", "x", "--data", tmp_path)
    assert (said.code, said.out) == (1, "")
    assert code in said.complaint


def test_an_unknown_role_is_refused_with_the_known_ones(nengshu: Terminal, tmp_path: Path) -> None:
    said = nengshu("client", "add", "x", "--organisation", "x", "--role", "king", "--data", tmp_path)
    assert said.code == 2
    assert "upload" in said.complaint


def test_nobody_is_revoked_who_is_not_there(nengshu: Terminal, tmp_path: Path) -> None:
    said = nengshu("client", "revoke", "nobody", "--data", tmp_path)
    assert (said.code, said.complaint.startswith("NOT_FOUND")) == (1, True)
