"""`nengshu user`: the people who sign in to a hub."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from graph.errors import NotFound
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach, Role
from graph.model.region import RegionCode
from hub.access.people.codes import LIVES, digest_of, fresh_code
from hub.cli._cells import cell, folded
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.stores.registry.account_rows import Account, Invitation
from hub.stores.registry.accounts import Accounts
from hub.wiring import SystemClock, open_registry

app = command_app("Add, invite, list and revoke the people who sign in.")
WHO = "command line"
DAYS_MAX = 3_650  # ten years: a longer one is meant to have no end
Key = Annotated[str, typer.Argument(help="Short name of the account: letters, digits, - and _.")]


@app.command()
def add(
    key: Key,
    name: Annotated[str, typer.Option(help="The person's name.")],
    organisation: Annotated[str, typer.Option(help="Key of the organisation the person is of.")],
    role: Annotated[list[Role], typer.Option(help="What the person may do; may be given several times.")],
    region: Annotated[
        str | None,
        typer.Option(help="Six digits of a region within that of the organisation; none: all of it."),
    ] = None,
    unit: Annotated[
        str | None, typer.Option(help="Credit code of the one unit the person is bound to.")
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(help="Days the account lives; none: until it is revoked.", min=1, max=DAYS_MAX),
    ] = None,
    data: DataDir = None,
) -> None:
    """Add a person and print a one-time code once; only a digest of it is kept.

    With the code the person chooses a password and connects a telephone at /welcome, within 24 hours. Where the hub has
    an identity provider, whoever is called like the account there can sign in without the code; the first to come is it.

    Example: nengshu user add zhang --name 张三 --organisation own --role read --role contacts
    """
    reach = Reach(RegionCode(region) if region else None, CreditCode.parse(unit) if unit else None)
    lives, code = dt.timedelta(days=days) if days else None, fresh_code()
    with _accounts(data) as accounts:
        accounts.add(
            key, name, organisation, role, WHO, reach=reach, lives=lives, invitation=_invitation(code)
        )
    _show_once(key, code)


@app.command()
def invite(key: Key, data: DataDir = None) -> None:
    """Print a new one-time code: a password was forgotten, a telephone lost, or a code not used in time.

    From now on nothing that the person signed in with before counts, and no session of theirs goes on.

    Example: nengshu user invite zhang
    """
    code = fresh_code()
    with _accounts(data) as accounts:
        accounts.invite(key, _invitation(code), WHO)
    _show_once(key, code)


@app.command()
def revoke(key: Key, data: DataDir = None) -> None:
    """From now on the account counts no longer, and no session of it goes on.

    Example: nengshu user revoke zhang
    """
    with _accounts(data) as accounts:
        accounts.revoke(key, WHO)
    typer.echo(f"{key} is revoked")


@app.command(name="list")
def show_all(data: DataDir = None) -> None:
    """List the people, revoked ones too. How a person signs in is `password`, `provider` or, not yet, `invitation`.

    Example: nengshu user list
    """
    table = folded("account", "name", "organisation", "reach", "roles", "signs in", "until", "revoked")
    with _accounts(data) as accounts:
        for account in accounts.list():
            table.add_row(*map(cell, _row(account)))
    Console().print(table)


@app.command()
def show(key: Key, data: DataDir = None) -> None:
    """Show one person's account; passwords, telephones and codes cannot be shown.

    Example: nengshu user show zhang
    """
    with _accounts(data) as accounts:
        account = accounts.find(key)
    if account is None:
        raise NotFound(f"no account has the key {key[:64]!r}")
    table = Table(box=None, show_header=False)
    for what, said in _facts(account):
        table.add_row(what, cell(said))
    Console().print(table)


@contextmanager
def _accounts(data: DataDir) -> Iterator[Accounts]:
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        yield registry.accounts


def _invitation(code: str) -> Invitation:
    return Invitation(digest_of(code), SystemClock().now() + LIVES)


def _show_once(key: str, code: str) -> None:
    """The code alone on standard output, so that it can be piped to where it is handed over."""
    typer.echo(f"{key} enters this once within 24 hours at /welcome of the hub:", err=True)
    typer.echo(code)


def _row(account: Account) -> tuple[str, ...]:
    principal = account.principal
    roles = " ".join(role.value for role in Role if role in principal.roles)
    return (
        account.key, account.name, principal.organisation, str(principal.reach), roles,
        account.signs_in or "no way", _day(account.expires_at), _day(account.revoked_at),
    )  # fmt: skip


def _facts(account: Account) -> Iterator[tuple[str, str]]:
    names = ("account", "name", "organisation", "reach", "roles", "signs in", "until", "revoked")
    yield from zip(names, _row(account), strict=True)
    yield "since", _day(account.created_at)
    yield (
        "invited until",
        "" if account.invited_until is None else f"{account.invited_until:%Y-%m-%d %H:%M} UTC",
    )
    yield "provider", account.issuer or ""
    yield "subject", account.subject or ""


def _day(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
