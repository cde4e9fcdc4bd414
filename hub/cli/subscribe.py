"""`nengshu subscribe`: what happens in a hub, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from time import monotonic
from typing import Annotated, Any

import orjson
import typer

from graph.errors import SourceRefused, SourceUnreachable
from hub.cli._credential import has_credential
from hub.cli._options import command_app
from hub.cli.query import GRAPHQL, asking, document_of, values_of
from hub.endpoints.media_types import EVENTS

app = command_app()
SILENCE_S_MAX = 120  # a hub gives signs of life more often
RENEWED_AFTER_S = 1  # a token that was over sooner was taken back as soon as it was given
RENEWED = (
    "the token was over: subscribed again with the next one; ask for what happened meanwhile by its number"
)
REFUSAL_MAX = 300  # characters of what is no stream


@app.command()
def subscribe(
    document: Annotated[
        str, typer.Argument(help="A subscription, a file that holds one, or - for standard input.")
    ],
    hub: Annotated[
        str, typer.Option(help="Address of the hub; NENGSHU_CREDENTIAL or NENGSHU_TOKEN say who asks.")
    ],
    variable: Annotated[
        list[str] | None, typer.Option("--var", help="name=value; the value is JSON or text.")
    ] = None,
) -> None:
    """Subscribe and print each event as a line of JSON, until the hub ends it or Ctrl-C. Exit 1 when it told an error.

    With a credential it goes on when its token is over, after ten minutes, and says so: ask for what happened meanwhile.

    Example: nengshu subscribe 'subscription { batchAccepted { id source rows } }' --hub http://127.0.0.1:8424
    """
    text = document_of(document)
    has_failed = False
    for payload in _told_on(hub, text, values_of(text, variable)):
        typer.echo(orjson.dumps(payload).decode())
        has_failed = has_failed or bool(payload.get("errors"))
    if has_failed:
        raise typer.Exit(1)


def _told_on(base: str, text: str, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The same, token after token, where there is a credential to get the next one with."""
    while True:
        began = monotonic()
        for payload in _told(base, text, variables):
            is_fresh = monotonic() - began < RENEWED_AFTER_S
            if is_fresh or not has_credential() or not _is_over(payload):
                yield payload
            else:
                typer.echo(RENEWED, err=True)
                break
        else:
            return


def _is_over(payload: Mapping[str, Any]) -> bool:
    """Whether an event says that the token counts no longer."""
    errors = payload.get("errors") or [{}]
    return bool(errors[0].get("extensions", {}).get("code") == "UNAUTHENTICATED")


def _told(base: str, text: str, variables: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All that a hub says. Raises SourceRefused, SourceUnreachable."""
    question = {"query": text, "variables": variables}
    with (
        asking(base, SILENCE_S_MAX) as client,
        client.stream("POST", GRAPHQL, json=question, headers={"Accept": EVENTS}) as reply,
    ):
        if not reply.headers.get("content-type", "").startswith(EVENTS):
            raise SourceRefused(f"{base} answered {reply.status_code}: {_refusal(reply.read())}")
        yield from payloads_of(base, reply.iter_lines())


def _refusal(body: bytes) -> str:
    """Why there is no stream."""
    try:
        said = orjson.loads(body)
        return str(said.get("detail", said))[:REFUSAL_MAX]
    except (orjson.JSONDecodeError, AttributeError):
        return body.decode(errors="replace")[:REFUSAL_MAX]


def payloads_of(base: str, lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The payloads of an event stream up to `complete`; a hub says each in one line. Raises SourceUnreachable."""
    kind = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data" and kind == "next":
            yield orjson.loads(value)
        elif name == "data" and kind == "complete":
            return
    raise SourceUnreachable(f"{base} broke off; ask for what is there now and subscribe again")
