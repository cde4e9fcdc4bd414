"""The documents a hub trusts: those that were registered, and what pages and pulls of this very version ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
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
    """A copy of what is registered, read again once it has changed; any thread may ask.

    `version` is another number once anything at all was written where documents are registered.
    """

    def __init__(self, registered: Registered, own: Iterable[str], version: Callable[[], int]) -> None:
        self._registered, self._version = registered, version
        self._own = {id_of(text): text for text in own}
        # The version of the last look, what it found and of which revision: set at once, for several threads may look.
        self._kept: tuple[int | None, int, Mapping[str, str]] = (None, NEVER, {})

    def is_quick(self) -> bool:
        """Whether `find` answers without waiting for the registry."""
        return self._kept[0] == self._version()

    def find(self, name: str) -> str | None:
        """The trusted text of this name. Raises StoreError."""
        if name in self._own:
            return self._own[name]
        version, (looked, revision, texts) = self._version(), self._kept
        if version != looked:
            if revision != self._registered.revision():
                revision, texts = self._registered.trusted()
            self._kept = (version, revision, texts)
        return texts.get(name)


def own_questions() -> list[str]:
    """What the dashboard asks of its hub, and one hub of another when it pulls."""
    pages = [file.read_bytes().decode() for file in sorted(PAGES.glob("*.graphql"))]
    return [*pages, *QUESTIONS]
