"""`nengshu query`: ask GraphQL from the command line."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx
import orjson
import typer
from graphql import GraphQLError, OperationDefinitionNode, parse, print_ast
from rich.console import Console
from rich.json import JSON

from graph.errors import InvalidInput, SourceRefused, SourceUnreachable
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Role
from graph.ports import GraphContext
from hub.cli._credential import token_for
from hub.cli._options import DataDir, command_app
from hub.settings import load_settings
from hub.wiring import open_hub

app = command_app()
ANSWER_SECONDS_MAX = 60
GRAPHQL = "/graphql"  # below the address of a hub
TOKENS_MAX = 10_000  # of a question; people write some hundreds


@app.command()
def query(
    document: Annotated[
        str, typer.Argument(help="A query or mutation, a file that holds one, or - for standard input.")
    ],
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="name=value; the value is JSON or text.")
    ] = None,
    hub: Annotated[
        str | None, typer.Option(help="Ask a running hub; NENGSHU_CREDENTIAL or NENGSHU_TOKEN say who asks.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Ask or decide by GraphQL and print the answer as JSON. Without --hub the stores of this machine answer, whole nation.

    Example: nengshu query '{ nation { unitsTotal } }'
    """
    text = document_of(document)
    variables = values_of(text, variable)
    answer = answered(text, variables, hub, data)
    encoded = orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
    if sys.stdout.isatty():
        Console().print(JSON(encoded))
    else:
        typer.echo(encoded)
    if answer.get("errors"):
        raise typer.Exit(1)


def answered(text: str, variables: dict[str, Any], hub: str | None, data: Path | None) -> dict[str, Any]:
    """A question's answer, of a running hub or of the stores of this machine."""
    return _of_hub(hub, text, variables) if hub else asyncio.run(_of_stores(data, text, variables))


async def _of_stores(data: Path | None, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    with open_hub(load_settings(data_dir=data)) as hub:
        principal = Principal(
            "command line",
            "this machine",
            NATION,
            frozenset(Role),
            OrganisationKind.NATIONAL_AGENCY,
            frozenset(Part),
        )
        sources = hub.sources_of(principal)
        context = GraphContext(principal=principal, sources=sources)
        try:
            found: Any = await hub.schema.execute(text, variables, context)
        finally:
            await hub.live.aclose()
    answer: dict[str, Any] = {"data": found.data}
    if found.errors:
        answer["errors"] = [error.formatted for error in found.errors]
    return answer


def _of_hub(base: str, text: str, variables: dict[str, Any]) -> dict[str, Any]:
    with asking(base, ANSWER_SECONDS_MAX) as client:
        reply = client.post(GRAPHQL, json={"query": text, "variables": variables})
    try:
        answer: Any = reply.json()
    except ValueError as fault:
        raise SourceRefused(f"{base} answered {reply.status_code}, not JSON") from fault
    if not isinstance(answer, dict):
        raise SourceRefused(f"{base} answered {reply.status_code}: {str(answer)[:200]}")
    if "data" not in answer and "errors" not in answer:
        raise SourceRefused(f"{base} answered {reply.status_code}: {answer.get('detail', answer)}")
    return dict(answer)


@contextmanager
def asking(base: str, timeout_s: float) -> Iterator[httpx.Client]:
    """A client of a hub, as whom the environment says. Raises ConfigurationError, SourceError; Unreachable inside, too."""
    headers = {"Authorization": f"Bearer {asyncio.run(token_for(base))}"}
    try:
        with httpx.Client(trust_env=False, base_url=base, timeout=timeout_s, headers=headers) as client:
            yield client
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as fault:
        raise SourceUnreachable(f"{base}: {str(fault) or type(fault).__name__}") from fault


def document_of(given: str) -> str:
    """A document as it was given, or what the file of that name holds. Raises InvalidInput."""
    if given == "-":
        return sys.stdin.read()
    if "{" in given:
        return given
    try:
        return Path(given).read_text(encoding="utf-8")
    except OSError as fault:
        raise InvalidInput(f"neither a query nor a file: {fault.strerror}", given) from fault
    except UnicodeDecodeError as fault:
        raise InvalidInput("is not text in UTF-8", given) from fault


def values_of(document: str, given: Sequence[str] | None) -> dict[str, Any]:
    """The variables a document is asked with. Raises InvalidInput."""
    texts = _declared_as_text(document)
    return dict(_variable(each, texts) for each in given or [])


def _declared_as_text(document: str) -> frozenset[str]:
    """Variables the document declares as String or ID: their values are text, whatever they look like."""
    try:
        parsed = parse(document, max_tokens=TOKENS_MAX)
    except GraphQLError:
        return frozenset()  # whoever answers will say what is wrong with it
    declared = [
        v
        for d in parsed.definitions
        if isinstance(d, OperationDefinitionNode)
        for v in d.variable_definitions or ()
    ]
    return frozenset(
        v.variable.name.value for v in declared if print_ast(v.type).rstrip("!") in ("String", "ID")
    )


def _variable(text: str, texts: frozenset[str]) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidInput(f"came {text!r}, expected name=value", "--var")
    if name in texts and not value.startswith('"'):
        return name, value
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value
