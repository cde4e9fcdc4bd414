"""Writes docs/rights.md: for each kind of organisation, which role opens which address, field and mutation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graph.fields import DECIDED, READ
from graph.model.person import masked_phone
from graph.model.principal import OrganisationKind, Part, Role
from graph.model.rights import DECIDING, GIVEN, PERSONAL, PERSONAL_ROLE, RESERVED, SENDING, rule_of
from hub.doors import DOORS, Door

NOBODY = "—"
NUMBER = "13812345678"  # nobody's in particular
KINDS = {
    OrganisationKind.NATIONAL_AGENCY: "national agency 国家",
    OrganisationKind.PROVINCIAL_DEPARTMENT: "provincial department 地方",
    OrganisationKind.CONSTRUCTION_BODY: "construction body 建设单位",
    OrganisationKind.UNIT: "unit 用能单位",
    OrganisationKind.AUDITOR: "auditor 审计",
}
_HEAD = """# Who may do what

Written by `scripts/docs_cli` from the data that the hub itself goes by: `graph/model/rights.py` (which nouns are whose),
`graph/fields.py` (which nouns a field reads), `hub/doors.py` (which address opens for whom); change those, not this page.
`tests/hub/test_rights_walk.py` asks every field, subscription and address as every role of every kind of organisation,
`test_rights_decided.py` each mutation with a row, and both compare. What has no line here is denied.

A cell holds the roles of which one is needed, a dash that no role of that kind of organisation suffices. All of it is
within reach: of the nation, of a province, city or county, or of one unit, as far as the organisation goes and no further
than the client or account was given. Below a row its own line and the row's count. Rows out of reach look as if there were
none. Divisions, national agencies, reference coefficients and published bulletins are public to whoever may read at all.

"""
_ROLES_HEAD = """## Roles a kind of organisation can give

An authority's organisation has a part, too: `plans` (NDRC and its provincial commissions: plans and reports), `instruments`
(SAMR and its provincial administrations), or both. What needs one says so behind `decide`.

"""


def rights_page() -> str:
    """The page."""
    return "\n".join(
        (_HEAD.rstrip() + "\n", *_roles(), *_fields(), *_mutations(), *_sending(), *_doors(), *_persons())
    )


def _roles() -> Iterator[str]:
    yield _ROLES_HEAD
    yield from _table(
        "role", ([role.value, *("✓" if role in GIVEN[kind] else NOBODY for kind in KINDS)] for role in Role)
    )


def _fields() -> Iterator[str]:
    yield "## What is asked\n"
    yield from _table(
        "field | reads",
        (
            [f"`{of}.{name}`", _nouns(nouns), *_cells(nouns)]
            for of, fields in READ.items()
            for name, nouns in fields.items()
        ),
    )


def _nouns(nouns: str) -> str:
    return ", ".join(noun.replace("_", " ") for noun in nouns.split()) or "its row"


def _cells(nouns: str) -> list[str]:
    """What each kind needs to read all of these; of what its row showed, nothing more."""
    rules = [rule_of(noun) for noun in nouns.split()]
    cells = []
    for kind in KINDS:
        needed = [rule.roles & GIVEN[kind] if kind in rule.kinds else frozenset[Role]() for rule in rules]
        cells.append(
            NOBODY if not all(needed) else " and ".join(dict.fromkeys(map(_said, needed))) or "as its row"
        )
    return cells


def _said(roles: Iterable[Role]) -> str:
    given = set(roles)
    return " or ".join(role.value for role in Role if role in given)


def _mutations() -> Iterator[str]:
    yield "## What is decided\n"
    rows = []
    for name, noun in DECIDED.items():
        rows.append([f"`Mutation.{name}`", _nouns(noun), *_deciders(DECIDING[noun])])
        if fewer := RESERVED.get(noun):
            rows.append([f"`Mutation.{name}`: {fewer.what}", _nouns(noun), *_deciders(fewer.deciders)])
    yield from _table("field | decides", rows)
    yield (
        "Beside this a row has rules of its own (`hub/rights.py`): what a province sent stays as it was sent until it is "
        "returned; a link is pointed by who reaches all that its hub serves; a city grants no waiver.\n"
    )


def _deciders(deciders: Mapping[OrganisationKind, Part | None]) -> Iterator[str]:
    for kind in KINDS:
        part = deciders.get(kind)
        yield NOBODY if kind not in deciders else "decide" if part is None else f"decide ({part.value})"


def _sending() -> Iterator[str]:
    yield "## What is sent\n"
    yield from _table(
        "`POST /sync/v1/batches` with `kind=`",
        ([f"`{noun}`", *(_sender(kind in kinds) for kind in KINDS)] for noun, kinds in SENDING.items()),
    )
    yield (
        "Rows of the registry as the sender's platform has them, of its own part of the country and no other; a city "
        "or county sends no units and no coefficients. Readings, without `kind`, are sent by whoever has the role.\n"
    )


def _sender(is_one: bool) -> str:
    return Role.UPLOAD.value if is_one else NOBODY


def _doors() -> Iterator[str]:
    yield "## Which address opens\n"
    yield from _table("address", ([f"`{name}`", *_door(door)] for name, door in DOORS.items()))


def _door(door: Door) -> list[str]:
    if not door.roles:
        return [f"anybody: {door.why}", *[""] * (len(KINDS) - 1)]
    return [_said(door.opening(kind) & GIVEN[kind]) or NOBODY for kind in KINDS]


_ELSEWHERE = {
    "person": f"show it masked to everybody (`{masked_phone(NUMBER)}`)",
    "access_device": "do not have it",
}


def _persons() -> Iterator[str]:
    yield "## About persons\n"
    for noun, columns in PERSONAL.items():
        shown = ", ".join(f"`{column}`" for column in sorted(columns))
        article = "an" if noun[0] in "aeiou" else "a"
        yield (
            f"{shown} of {article} {noun} is null to whoever has not the role `{PERSONAL_ROLE.value}`, and can be neither "
            f"ordered nor filtered by; files and the audit {_ELSEWHERE[noun]}.\n"
        )


def _table(first: str, rows: Iterable[list[str]]) -> Iterator[str]:
    heads = [*first.split(" | "), *KINDS.values()]
    lines = [_line(heads), _line(["---"] * len(heads)), *map(_line, rows)]
    yield "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
