"""`nengshu user`: a one-time code is shown once and leads in, a new one ends what was before, nothing secret is listed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.model.principal import NATION, OrganisationKind, Part, Role
from hub.access.people.codes import digest_of
from hub.settings import Settings
from hub.stores.registry.account_rows import Invitation, OwnOrganisation
from hub.stores.registry.accounts import Accounts
from hub.wiring import SystemClock, open_registry
from tests.hub.cli.terminal import Said, Terminal

OWN = OwnOrganisation("own", "虚构 [bold] 委", OrganisationKind.NATIONAL_AGENCY, frozenset(Part), NATION)
DIGEST, SEALED = "a-password-digest", "a-sealed-telephone"


@contextmanager
def accounts_of(data: Path) -> Iterator[Accounts]:
    """The accounts of a folder."""
    registry = open_registry(Settings(data_dir=data))
    try:
        yield registry.accounts
    finally:
        registry.close()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A hub's folder with its first administrator."""
    with accounts_of(tmp_path) as accounts:
        accounts.add_first("zhang", "张三", OWN, DIGEST, SEALED)
    return tmp_path


def add(nengshu: Terminal, data: Path, *words: str) -> Said:
    """Add `li`, or somebody else."""
    given = words or ("li", "--role", "read", "--role", "contacts")
    return nengshu("user", "add", *given, "--name", "李四", "--organisation", "own", "--data", data)


def test_a_code_is_shown_once_and_counts_for_its_person(nengshu: Terminal, data: Path) -> None:
    said = add(nengshu, data)
    assert said.code == 0
    code = said.out.strip()
    assert len(code.replace("-", "")) == 24
    assert "/welcome" in said.err
    with accounts_of(data) as accounts:
        account = accounts.invited(digest_of(code))
        assert account is not None
        assert (account.key, account.principal.roles) == ("li", frozenset({Role.READ, Role.CONTACTS}))
        assert account.principal.reach.is_national
        assert account.invited_until is not None
        assert 86_300 < (account.invited_until - SystemClock().now()).total_seconds() <= 86_400


def test_an_account_for_some_days_ends_after_them(nengshu: Terminal, data: Path) -> None:
    add(nengshu, data, "guest", "--role", "read", "--days", "30", "--region", "330000")
    with accounts_of(data) as accounts:
        account = accounts.find("guest")
        assert account is not None
        assert account.expires_at is not None
        assert (account.expires_at - account.created_at).days == 30
        assert str(account.principal.reach) == "330000"


def test_a_new_code_ends_what_was_before(nengshu: Terminal, data: Path) -> None:
    code = nengshu("user", "invite", "zhang", "--data", data).out.strip()
    with accounts_of(data) as accounts:
        account = accounts.find("zhang")
        assert account is not None
        assert (account.password, account.totp, account.signs_in) == (None, None, "invitation")
        accounts.redeem(Invitation(digest_of(code), SystemClock().now()), DIGEST, SEALED)


def test_who_is_revoked_counts_no_longer_and_is_still_listed(nengshu: Terminal, data: Path) -> None:
    code = add(nengshu, data).out.strip()
    assert nengshu("user", "revoke", "li", "--data", data).out == "li is revoked\n"
    assert nengshu("user", "revoke", "li", "--data", data).code == 0
    assert nengshu("user", "invite", "li", "--data", data).complaint.startswith("CONFLICT")
    listed = nengshu("user", "list", "--data", data).out
    assert "li" in listed
    with accounts_of(data) as accounts:
        assert accounts.invited(digest_of(code)) is None


def test_what_is_listed_and_shown_holds_nothing_secret(nengshu: Terminal, data: Path) -> None:
    code = add(nengshu, data).out.strip()
    listed = nengshu("user", "list", "--data", data).out
    shown = nengshu("user", "show", "zhang", "--data", data).out
    assert "李四" in listed
    assert "张三" in shown
    assert "password" in shown
    for secret in (code, digest_of(code), DIGEST, SEALED):
        assert secret not in listed + shown


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("zhang", "--role", "read"), "CONFLICT"),
        (("two words", "--role", "read"), "INVALID_INPUT"),
        (("li", "--role", "read", "--region", "91"), "MALFORMED_CODE"),
        (("li", "--role", "read", "--region", "999999"), "INVALID_INPUT"),
        (("li", "--role", "read", "--unit", "91990100MA0000001X"), ""),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(
    nengshu: Terminal, data: Path, words: tuple[str, ...], code: str
) -> None:
    said = add(nengshu, data, *words)
    assert (said.code, said.out) == (1, "")
    assert code in said.complaint


@pytest.mark.parametrize("command", ["invite", "revoke", "show"])
def test_nobody_is_found_who_is_not_there(nengshu: Terminal, data: Path, command: str) -> None:
    said = nengshu("user", command, "nobody", "--data", data)
    assert (said.code, said.complaint.startswith("NOT_FOUND")) == (1, True)


def test_an_organisation_that_is_not_there_is_told(nengshu: Terminal, data: Path) -> None:
    said = nengshu(
        "user", "add", "li", "--name", "李四", "--organisation", "nobodys", "--role", "read", "--data", data
    )
    assert said.complaint.startswith("NOT_FOUND")
