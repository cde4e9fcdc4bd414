"""`nengshu schema`: the GraphQL schema as text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graph.schema import build_schema
from hub.cli._options import command_app

app = command_app()


@app.command()
def schema(
    write: Annotated[
        Path | None, typer.Option(help="File to write instead of printing, such as graph/schema.graphql.")
    ] = None,
) -> None:
    """Print the schema in its definition language, as agencies' tools read it."""
    text = build_schema().as_str().rstrip() + "\n"
    if write is None:
        typer.echo(text)
    else:
        write.write_text(text, encoding="utf-8")
