"""What a meter's map says of a figure that an OPC UA server shows: the node it stands under, and what it counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from edge_probe.fields import Fields
from edge_probe.map_entries import measured
from graph.errors import InvalidInput, SourceRefused

NODE_CHARACTERS_MAX = 4096  # of a text identifier: OPC 10000-3, 8.2.4 (assumed)

# As OPC 10000-6, 5.3.1.10 writes them (read in an open client): ns=2;s=Meter.Energy, or by the namespace's name:
# nsu=urn:maker:meters;i=1001.
_NODE = re.compile(
    r"(?:ns=(?P<index>\d{1,5});|nsu=(?P<uri>[^;]{1,1024});)?"
    r"(?P<identifier>i=\d{1,10}|s=.+|g=[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|b=[A-Za-z0-9+/]+={0,2})",
    re.DOTALL,
)


@dataclass(frozen=True)
class NodeName:
    """A node's address: its identifier, and its namespace by number or by name (`uri`), which no restart alters."""

    identifier: str
    index: int = 0
    uri: str | None = None

    @classmethod
    def parse(cls, text: str) -> NodeName:
        """An address as people write it. Raises InvalidInput."""
        found = _NODE.fullmatch(text) if len(text) <= NODE_CHARACTERS_MAX else None
        if found is None or int(found["index"] or 0) > 0xFFFF:
            raise InvalidInput(f"expected a node such as ns=2;s=Meter.Energy, came {text[:64]!r}")
        return cls(found["identifier"], int(found["index"] or 0), found["uri"])

    def __str__(self) -> str:
        where = f"nsu={self.uri};" if self.uri else f"ns={self.index};" if self.index else ""
        return where + self.identifier

    def among(self, uris: Sequence[str]) -> str:
        """The same by the number its namespace has on a server. Raises SourceRefused where it has none."""
        if self.uri is None:
            return str(self)
        if self.uri not in uris:
            raise SourceRefused(f"has no namespace {self.uri}, which {self} is in; it is another server")
        return str(NodeName(self.identifier, uris.index(self.uri)))


@dataclass(frozen=True)
class Node:
    """A figure under a node (节点), in `unit` after `scale`."""

    name: str
    node: NodeName
    scale: Decimal
    unit: str
    counter: bool

    @property
    def rolls_at(self) -> None:
        """Nobody tells; a point may."""
        return


def node(name: str, fields: Fields) -> Node:
    """`[nodes.NAME]` of a map; what is wrong with it goes to the faults."""
    where = fields.checked("node", NodeName.parse) or NodeName("i=0")
    scale, unit, counter = measured(fields)
    fields.finish()
    return Node(name, where, scale, unit, counter)
