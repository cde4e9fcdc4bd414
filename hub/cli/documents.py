"""`nengshu documents`: questions that are trusted, known by the digest of their text."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from graph.errors import InvalidInput
from graph.model.document import Document
from graph.schema import Schema, build_schema
from hub.cli._cells import cell, folded
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.stores.registry.registry import Registry
from hub.wiring import open_registry

app = command_app("Register, list and withdraw trusted documents.")
WHO = "command line"
Id = Annotated[str, typer.Argument(help="What the document goes by: sha256: and 64 digits.")]


@app.command()
def register(
    files: Annotated[list[Path], typer.Argument(help="Files of GraphQL, each a document of its own.")],
    data: DataDir = None,
) -> None:
    """Trust what these files ask, and print the id of each; a hub that is running takes note at once.

    A file that could not be asked is refused with its faults, and the others are registered. Exit 1 when one was refused.

    Example: nengshu documents register queries/*.graphql
    """
    settings = load_settings(data_dir=data)
    schema = build_schema(is_open=settings.schema_open)
    with closing(open_registry(settings)) as registry:
        told = [_registered(registry, schema, file) for file in files]
    if not all(told):
        raise typer.Exit(1)


def _registered(registry: Registry, schema: Schema, file: Path) -> bool:
    """Register one file, and say so, or say why not."""
    try:
        text = file.read_bytes().decode()  # the id is of these very bytes
        faults = schema.faults_of(text)
        document = None if faults else registry.documents.register(file.name, text, WHO)
    except OSError as fault:
        faults, document = [f"cannot be read: {fault.strerror}"], None
    except UnicodeDecodeError:
        faults, document = ["is not text in UTF-8"], None
    except InvalidInput as fault:
        faults, document = [str(fault)], None
    for said in faults:
        typer.echo(f"{file}:{said}" if said[:1].isdigit() else f"{file}: {said}", err=True)
    if document is not None:
        typer.echo(f"{document.id} {file}")
    return document is not None


@app.command(name="list")
def show_all(data: DataDir = None) -> None:
    """List what was registered. What the dashboard and other hubs of this version ask is trusted beside it."""
    table = folded("document", "title", "by", "since", "withdrawn")
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        for document in registry.documents.list():
            table.add_row(*map(cell, _row(document)))
    Console().print(table)


def _row(document: Document) -> tuple[str, ...]:
    withdrawn = f"{document.withdrawn_at:%Y-%m-%d}" if document.withdrawn_at else ""
    since = f"{document.registered_at:%Y-%m-%d}"
    return document.id, document.title, document.registered_by, since, withdrawn


@app.command()
def show(key: Id, data: DataDir = None) -> None:
    """Print the text of a document as it was registered."""
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        typer.echo(registry.documents.find(key).text, nl=False)


@app.command()
def withdraw(key: Id, data: DataDir = None) -> None:
    """From now on the document is trusted no longer; registered again it is."""
    with closing(open_registry(load_settings(data_dir=data))) as registry:
        registry.documents.withdraw(key, WHO)
    typer.echo(f"{key} is withdrawn")
