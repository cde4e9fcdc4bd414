"""Documents that were asked before: parsed and validated once, as long as they are remembered.

Only what passed is remembered, so that what was refused is refused in the same words again. The guard measures every
question: what it costs is also in its variables.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

DOCUMENTS_MAX = 200  # what pages, pullers and reports of one hub ask is some dozens
CHARACTERS_MAX = 500_000  # of all of them; parsed, a text takes some hundred times its length


@dataclass
class Documents:
    """Valid documents by their text, the one asked last at the end; what was not asked for longest goes first."""

    found: OrderedDict[str, DocumentNode] = field(default_factory=OrderedDict)
    characters: int = 0

    def get(self, text: str) -> DocumentNode | None:
        """The document of a text, if it is remembered."""
        document = self.found.get(text)
        if document is not None:
            self.found.move_to_end(text)
        return document

    def remember(self, text: str, document: DocumentNode) -> None:
        """Keep a valid document, in place of others where there is no room."""
        if text in self.found or len(text) > CHARACTERS_MAX:
            return
        self.found[text] = document
        self.characters += len(text)
        while len(self.found) > DOCUMENTS_MAX or self.characters > CHARACTERS_MAX:
            gone, _ = self.found.popitem(last=False)
            self.characters -= len(gone)


class Remembering(SchemaExtension):
    """Neither parses nor validates a remembered document. `documents` is of one schema and its rules."""

    documents: Documents

    def on_parse(self) -> Iterator[None]:
        """Hand over what was parsed before."""
        context = self.execution_context
        context.graphql_document = self.documents.get(context.query or "")
        yield

    def on_validate(self) -> Iterator[None]:
        """Pass what passed before, and remember what passes now."""
        context = self.execution_context
        text, document = context.query or "", context.graphql_document
        if document is not None and self.documents.get(text) is document:
            context.pre_execution_errors = []
        yield
        if document is not None and not context.pre_execution_errors:
            self.documents.remember(text, document)


def remembering() -> type[Remembering]:
    """The extension for one schema, with a memory of its own."""
    return type("RememberingOfASchema", (Remembering,), {"documents": Documents()})
