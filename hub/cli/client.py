"""`nengshu client`: machines, and the keys they get their tokens with."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach, Role
from graph.model.region import RegionCode
from hub.access.machine import new_credential
from hub.access.oauth.assertions import checked_jwks
from hub.cli._cells import cell, day_of, folded
from hub.cli._credential import token_for
from hub.cli._options import DataDir, command_app
from hub.settings import Settings, load_settings
from hub.wiring import open_registry

app = command_app("Add, list and revoke machines, and get tokens as one of them.")
WHO = "command line"
DAYS_MAX = 3_650  # ten years: a longer one is meant to have no end

Key = Annotated[str, typer.Argument(help="Short name of the client: letters, digits, - and _.")]
NewKey = Annotated[
    Path | None,
    typer.Option(
        help="Make a key, and write the client's credential into this new file, for its owner's eyes."
    ),
]
Jwks = Annotated[
    Path | None,
    typer.Option(
        help="File with the client's public keys (JWKS or one JWK): it keeps the private ones itself."
    ),
]
Hub = Annotated[
    str | None,
    typer.Option(
        help="Address the client will call this hub at. [default: $NENGSHU_PUBLIC_URL, or host and port]"
    ),
]


@app.command()
def add(
    key: Key,
    organisation: Annotated[str, typer.Option(help="Key of its organisation: nengshu organisation add.")],
    role: Annotated[list[Role], typer.Option(help="What it may do; may be given several times.")],
    new_key: NewKey = None,
    jwks: Jwks = None,
    region: Annotated[
        str | None,
        typer.Option(help="Six digits of the region it is bound to; none: its organisation's reach."),
    ] = None,
    unit: Annotated[str | None, typer.Option(help="Credit code of the one unit it is bound to.")] = None,
    days: Annotated[
        int | None,
        typer.Option(help="Days it lives; none: until it is revoked.", min=1, max=DAYS_MAX),
    ] = None,
    dpop: Annotated[
        bool,
        typer.Option(
            "--dpop", help="It has to prove its key with each request: a token alone is worth nothing."
        ),
    ] = False,
    hub: Hub = None,
    data: DataDir = None,
) -> None:
    """Add a client. It gets tokens of ten minutes by signing with a key that this hub never sees, or with a new one.

    Without --new-key and --jwks it gets none until `nengshu client key` tells its key.

    Example: nengshu client add yunmeng --organisation yunmeng --role upload --new-key yunmeng.credential
    """
    settings = load_settings(data_dir=data)
    reach = Reach(RegionCode(region) if region else None, CreditCode.parse(unit) if unit else None)
    lives = dt.timedelta(days=days) if days else None
    registry = open_registry(settings)
    try:
        with _Keys(settings, key, new_key, jwks, hub, proves=dpop) as keys:
            registry.clients.add(
                key, organisation, role, WHO, jwks=keys.public, reach=reach, proves=dpop, lives=lives
            )
    finally:
        registry.close()
    typer.echo(keys.told(f"{key} is added"))


@app.command(name="key")
def change_key(
    key: Key,
    new_key: NewKey = None,
    jwks: Jwks = None,
    dpop: Annotated[
        bool, typer.Option("--dpop", help="Of a new key: whether its client proves it each time.")
    ] = False,
    hub: Hub = None,
    data: DataDir = None,
) -> None:
    """Change a client's keys: what it signs with the ones before counts no longer.

    Example: nengshu client key yunmeng --new-key yunmeng-2027.credential
    """
    if (new_key is None) == (jwks is None):
        raise InvalidInput("expected one of --new-key and --jwks")
    settings = load_settings(data_dir=data)
    registry = open_registry(settings)
    try:
        with _Keys(settings, key, new_key, jwks, hub, proves=dpop) as keys:
            registry.clients.change_keys(key, keys.public or {"keys": []}, WHO)
    finally:
        registry.close()
    typer.echo(keys.told(f"{key} has another key"))


@app.command()
def token(
    hub: Annotated[str, typer.Option(help="Address of the hub.")],
    credential: Annotated[
        Path | None, typer.Option(help="File of the client's credential. [default: $NENGSHU_CREDENTIAL]")
    ] = None,
    header: Annotated[
        bool,
        typer.Option(
            "--header", help="Print the whole header, for curl to read: no list of processes shows it."
        ),
    ] = False,
) -> None:
    """Get a token as a client, and print it: ten minutes for curl and other programs.

    Example: nengshu client token --header --hub http://127.0.0.1:8424 --credential a.credential | curl -H @- …
    """
    found = asyncio.run(token_for(hub, credential))
    typer.echo(f"Authorization: Bearer {found}" if header else found)


@app.command()
def revoke(key: Key, data: DataDir = None) -> None:
    """From now on the client gets no token, and those it has count no longer."""
    registry = open_registry(load_settings(data_dir=data))
    try:
        registry.clients.revoke(key, WHO)
    finally:
        registry.close()
    typer.echo(f"{key} is revoked")


@app.command(name="list")
def show(data: DataDir = None) -> None:
    """List the clients; nothing of their keys is shown."""
    registry = open_registry(load_settings(data_dir=data))
    table = folded("client", "organisation", "reach", "roles", "since", "until", "revoked")
    for row in registry.clients.list().to_pylist():
        reach = row["unit"] or row["region"] or row["province"] or "nation"
        until, revoked = (day_of(row[name]) if row[name] else "" for name in ("expires_at", "revoked_at"))
        table.add_row(
            *map(cell, (row["key"], row["organisation"], reach, row["roles"])),
            day_of(row["created_at"]),
            until,
            revoked,
        )
    registry.close()
    Console().print(table)


class _Keys:
    """The public keys of a client, out of a file or new; a new one's file is taken away where nothing comes of it."""

    def __init__(
        self,
        settings: Settings,
        client: str,
        new: Path | None,
        given: Path | None,
        hub: str | None,
        *,
        proves: bool,
    ) -> None:
        if new is not None and given is not None:
            raise InvalidInput("came both, expected one of --new-key and --jwks")
        self._new = new
        self._base = hub or settings.base_url
        self.public: dict[str, Any] | None = None if given is None else checked_jwks(_text(given))
        if new is not None:
            said, self.public = new_credential(client, self._base, proves=proves)
            _write_for_owner(new, said)

    def __enter__(self) -> _Keys:
        return self

    def __exit__(self, fault: object, *_: object) -> None:
        if fault is not None and self._new is not None:
            self._new.unlink()

    def told(self, what: str) -> str:
        """What is printed: never a key."""
        if self._new is not None:
            return f"{what}; its credential for {self._base} is in {self._new}, readable by its owner alone"
        return what if self.public is not None else f"{what}, and gets no token before it has a key"


def _text(file: Path) -> str:
    try:
        return json.dumps(json.loads(file.read_text(encoding="utf-8")))
    except OSError as fault:
        raise InvalidInput(f"cannot be read: {fault.strerror}", str(file)) from fault
    except ValueError as fault:
        raise InvalidInput("is no JSON", str(file)) from fault


def _write_for_owner(file: Path, said: str) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as opened:
            opened.write(said + "\n")
    except FileExistsError as fault:
        raise InvalidInput("is there already; a credential overwrites nothing", str(file)) from fault
    except OSError as fault:
        raise InvalidInput(f"cannot be written: {fault.strerror}", str(file)) from fault
