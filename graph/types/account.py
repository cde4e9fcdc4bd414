"""Accounts (账号): people who sign in; told to auditors and administrators alone."""

from __future__ import annotations

import strawberry

from graph.execution.arguments import words
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.types._member import Member, MemberFilter, MemberOrder
from graph.types._membership import written


@strawberry.type(description="A person who signs in (账号); of passwords and codes nothing is told.")
class Account(Member):
    """A row of the noun account."""

    name: str = strawberry.field(description="The person's name (姓名).")


NOUN = Noun("account", Account, {"key": words}, order="key", shape=written("roles"))


@strawberry.type(description="Root fields of accounts.")
class AccountQuery:
    """By list and by key."""

    accounts: Connection[Account] = listing(NOUN, MemberFilter, MemberOrder.KEY, "People who sign in (账号).")

    account: Account | None = by_key(NOUN, "The account of a key (账号)", key="Its key.")


QUERY = AccountQuery
