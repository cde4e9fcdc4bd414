"""Clients (客户端): machines that get tokens; told to auditors and administrators alone."""

from __future__ import annotations

import strawberry

from graph.execution.arguments import words
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.types._member import Member, MemberFilter, MemberOrder
from graph.types._membership import written


@strawberry.type(
    description="A machine that gets tokens by what it signs (客户端); of its keys nothing is told."
)
class Client(Member):
    """A row of the noun client."""

    proves: bool = strawberry.field(
        description="Whether it has to prove its key with each request (DPoP), so that a token alone is worth nothing."
    )


NOUN = Noun("client", Client, {"key": words}, order="key", shape=written("roles"))


@strawberry.type(description="Root fields of clients.")
class ClientQuery:
    """By list and by key."""

    clients: Connection[Client] = listing(
        NOUN, MemberFilter, MemberOrder.KEY, "Machines that get tokens (客户端)."
    )

    client: Client | None = by_key(NOUN, "The client of a key (客户端)", key="Its key.")


QUERY = ClientQuery
