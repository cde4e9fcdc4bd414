"""What is posted to the authorization server, few short parameters, each once; and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from authlib.oauth2.rfc6749.errors import InvalidRequestError

FORM_BYTES_MAX = 16 * 1024  # an assertion, a token and some words have six thousand
FIELDS_MAX = 20  # RFC 7521, 7662 and 8707 name seven


@dataclass(frozen=True)
class Form:
    """One posted form, with what the record of access says of its sender."""

    fields: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    address: str | None = None
    request: str | None = None


@dataclass(frozen=True)
class Answer:
    """What the server says to a form."""

    status: int
    body: Mapping[str, Any] = field(repr=False)  # it may hold a token
    headers: tuple[tuple[str, str], ...]


def fields_of(body: bytes) -> dict[str, str]:
    """The parameters of a form. Raises InvalidRequestError; one without a value is left out (RFC 6749, 3.2)."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict")
    except ValueError as fault:  # not ASCII, not UTF-8 behind its percent signs, too many
        raise InvalidRequestError("the form cannot be read") from fault
    if len({name for name, _ in pairs}) < len(pairs):
        raise InvalidRequestError("a parameter came twice")
    return {name: value for name, value in pairs if value}
