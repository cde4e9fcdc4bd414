"""The documents a hub trusts: those that were registered, and what pages and pulls of this very version ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from graph.model.document import id_of
from provincial_adapters.hub_graphql import QUESTIONS

PAGES = Path(__file__).parent / "dashboard" / "static" / "queries"
NEVER = -1  # no revision of a registry


class Registered(Protocol):
    """Where documents are registered, by any process."""

    def revision(self) -> int:
        """A number that grows with every change; asking is cheap."""
        ...

    def trusted(self) -> tuple[int, Mapping[str, str]]:
        """The revision, and the texts that count by then."""
        ...


class TrustedDocuments:
    """A copy of what is registered, read again once it has changed; any thread may ask."""

    def __init__(self, registered: Registered, own: Iterable[str]) -> None:
        self._registered = registered
        self._own = {id_of(text): text for text in own}
        self._copy: tuple[int, Mapping[str, str]] = (NEVER, {})

    def find(self, name: str) -> str | None:
        """The trusted text of this name. Raises StoreError."""
        if name in self._own:
            return self._own[name]
        revision, texts = self._copy
        if revision != self._registered.revision():
            self._copy = _, texts = self._registered.trusted()
        return texts.get(name)


def own_questions() -> list[str]:
    """What the dashboard asks of its hub, and one hub of another when it pulls."""
    pages = [file.read_bytes().decode() for file in sorted(PAGES.glob("*.graphql"))]
    return [*pages, *QUESTIONS]
