"""Which of GraphQL's two media types an answer has, and whether a question's can be read (GraphQL over HTTP)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
REMEMBERED = 64  # of what clients send in such a header; one sends the same each time
_QUALITY = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


@lru_cache(REMEMBERED)
def is_readable(content_type: str) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    kind, parameters = _parsed(content_type)
    return kind == JSON and parameters.get("charset", "utf-8").strip('"').lower() in ("utf-8", "utf8")


@lru_cache(REMEMBERED)
def wants_response(accept: str) -> bool:
    """Whether the asker names `application/graphql-response+json` and likes nothing of ours better.

    Everybody else gets `application/json`, also who accepts neither: an answer of that kind is better than none.
    """
    likes = dict(_liked(part) for part in accept.split(","))
    named, plain = _quality(likes, RESPONSE), _quality(likes, JSON)
    return named > plain or (RESPONSE in likes and named == plain > 0)


@lru_cache(REMEMBERED)
def wants_events(accept: str) -> bool:
    """Whether the asker names `text/event-stream` and likes neither of the others better."""
    likes = dict(_liked(part) for part in accept.split(","))
    return likes.get(EVENTS, 0) > 0 and likes[EVENTS] >= max(likes.get(kind, 0) for kind in (RESPONSE, JSON))


def _quality(likes: Mapping[str, float], kind: str) -> float:
    """How much a type is liked: by its own name, else by what holds it."""
    ranges = (kind, "application/*", "*/*")
    return next((likes[found] for found in ranges if found in likes), 0)


def _liked(part: str) -> tuple[str, float]:
    kind, parameters = _parsed(part)
    said = parameters.get("q", "1")
    return kind, float(said) if _QUALITY.fullmatch(said) else 0


def _parsed(text: str) -> tuple[str, dict[str, str]]:
    kind, *rest = (piece.strip() for piece in text.split(";"))
    pairs = (piece.partition("=") for piece in rest)
    return kind.lower(), {name.strip().lower(): value.strip() for name, _, value in pairs}
