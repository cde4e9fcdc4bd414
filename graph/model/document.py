"""A document (可信文档): a question's text, and the name the text goes by, as GraphQL over HTTP has it."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

PREFIX = "sha256:"
ID_CHARACTERS = len(PREFIX) + hashlib.sha256().digest_size * 2


def id_of(text: str) -> str:
    """The name of a text: `sha256:` and the digest of its bytes in UTF-8, each blank of it told apart."""
    return PREFIX + hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Document:
    """A registered document; from `withdrawn_at` on it is trusted no longer. `title` is for people: a file's name."""

    id: str
    title: str
    text: str
    registered_by: str
    registered_at: dt.datetime
    withdrawn_at: dt.datetime | None = None
