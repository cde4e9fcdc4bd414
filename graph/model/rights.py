"""Who may do what (权限): for each noun which roles read it and which kinds of organisation, and who decides it.

What is not written here is denied. Read in the order: units upload, departments and construction bodies answer for it (三),
reports come from both (四), NDRC reviews plans and reports and SAMR answers for instruments (四), the nation and its
provinces supervise (四, 五). Assumed: that who builds a platform sees its readings and nothing of the supervision, and that
an auditor sees all and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from graph.errors import Forbidden
from graph.model.principal import OrganisationKind, Part, Principal, Reach, Role
from graph.model.region import RegionLevel

NATIONAL, PROVINCIAL = OrganisationKind.NATIONAL_AGENCY, OrganisationKind.PROVINCIAL_DEPARTMENT
BODY, UNIT, AUDITOR = (
    OrganisationKind.CONSTRUCTION_BODY,
    OrganisationKind.UNIT,
    OrganisationKind.AUDITOR,
)
EVERYBODY = frozenset(OrganisationKind)
_NOT_UNITS = EVERYBODY - {UNIT}
_NOT_BODIES = EVERYBODY - {BODY}
_READ = frozenset({Role.READ})
_OVERSEEN = frozenset({Role.AUDIT, Role.ADMINISTER})


@dataclass(frozen=True)
class Sight:
    """Who reads a noun: with any of these roles, in an organisation of any of these kinds."""

    roles: frozenset[Role] = _READ
    kinds: frozenset[OrganisationKind] = EVERYBODY

    def has(self, asker: Principal) -> bool:
        """Whether it is theirs to read."""
        return asker.kind in self.kinds and not self.roles.isdisjoint(asker.roles & GIVEN[asker.kind])


# Nouns of both stores; figures are nouns, too, under the names that the ports give them.
READING: Mapping[str, Sight] = MappingProxyType(
    {
        **dict.fromkeys(
            (
                "region", "agency", "person", "platform", "platform_milestone", "unit", "access_end",
                "access_end_milestone", "access_device", "device_day", "device_seen",
                "instrument", "data_point", "coefficient", "waiver", "duty", "bulletin",
                "batch", "rejection", "verdict",
                "readings", "latest", "history", "balance", "completeness", "freshness", "digests", "monthly",
            ),
            Sight(),
        ),
        **dict.fromkeys(("link", "sync_run", "quarterly_report"), Sight(kinds=_NOT_UNITS)),
        **dict.fromkeys(("inspection", "rectification_order", "credit_entry"), Sight(kinds=_NOT_BODIES)),
        **dict.fromkeys(
            ("column_drift", "quarantined", "reconciliation", "difference"), Sight(kinds=_NOT_UNITS)
        ),
        # A link's credential sees all that is a province's, and so must who asks its hub over it.
        **dict.fromkeys(("score", "live"), Sight(kinds=_NOT_BODIES - {UNIT})),
        "changes": Sight(frozenset({Role.SYNC})),
        **dict.fromkeys(("organisation", "client", "account"), Sight(_OVERSEEN, _NOT_UNITS)),
        "audit_entry": Sight(frozenset({Role.AUDIT}), _NOT_UNITS),
    }
)  # fmt: skip

# Columns about persons, by noun, and the role that sees them; who has it not is shown null.
PERSONAL: Mapping[str, frozenset[str]] = MappingProxyType(
    {"person": frozenset({"phone"}), "access_device": frozenset({"telephones"})}
)
PERSONAL_ROLE = Role.CONTACTS

_PLANS: Mapping[OrganisationKind, Part | None] = {NATIONAL: Part.PLANS, PROVINCIAL: Part.PLANS}
_INSTRUMENTS: Mapping[OrganisationKind, Part | None] = {
    NATIONAL: Part.INSTRUMENTS,
    PROVINCIAL: Part.INSTRUMENTS,
}

# Who decides a noun, with the role decide: by kind, and of an authority the part it must have.
DECIDING: Mapping[str, Mapping[OrganisationKind, Part | None]] = MappingProxyType(
    {
        "platform": {**_PLANS, BODY: None},
        "platform_milestone": {**_PLANS, BODY: None},
        "access_end_milestone": {**_PLANS, BODY: None, UNIT: None},
        "unit": _PLANS,
        "access_device": _PLANS,
        "data_point": _PLANS,
        "waiver": _PLANS,
        "quarterly_report": {**_PLANS, BODY: None},
        "link": {**_PLANS, BODY: None},
        "instrument": {**_INSTRUMENTS, UNIT: None},
    }
)


_OF_A_PROVINCE = frozenset({"unit", "coefficient"})  # and of no city or county of it
# Who sends rows of a noun with the role upload, as their platform has them: what a pull would bring, of one's own part of
# the country. Assumed: a unit tells of its own access end and instruments, the roster and the rest are its province's.
SENDING: Mapping[str, frozenset[OrganisationKind]] = MappingProxyType(
    {
        "unit": frozenset({PROVINCIAL}),
        "coefficient": frozenset({PROVINCIAL}),
        "data_point": frozenset({PROVINCIAL, BODY}),
        **dict.fromkeys(
            ("platform", "platform_milestone", "quarterly_report"), frozenset({PROVINCIAL, BODY})
        ),
        **dict.fromkeys(("access_end_milestone", "instrument"), frozenset({PROVINCIAL, BODY, UNIT})),
    }
)


@dataclass(frozen=True)
class Reserved:
    """What of a noun fewer decide than the rest of it: in words, and by whom."""

    what: str
    deciders: Mapping[OrganisationKind, Part | None]

    def is_for(self, asker: Principal) -> bool:
        """Whether it is theirs to decide, by kind and part."""
        return _is_among(self.deciders, asker)


# A construction body builds and runs what it does not point or judge: it switches links, and reviews nothing.
RESERVED: Mapping[str, Reserved] = MappingProxyType(
    {
        "link": Reserved("a new one, and anything of one but `enabled` and `pausedWhy`", _PLANS),
        "quarterly_report": Reserved(
            "to accept or return, or to change what was sent", {NATIONAL: Part.PLANS}
        ),
    }
)

# Roles that a kind of organisation can give to its machines and people.
GIVEN: Mapping[OrganisationKind, frozenset[Role]] = MappingProxyType(
    {
        NATIONAL: frozenset(Role) - {Role.UPLOAD},
        PROVINCIAL: frozenset(Role),
        BODY: frozenset({Role.READ, Role.UPLOAD, Role.SYNC, Role.DECIDE, Role.EXPLORE, Role.CONTACTS}),
        UNIT: frozenset({Role.READ, Role.UPLOAD, Role.SYNC, Role.DECIDE, Role.EXPLORE}),
        AUDITOR: frozenset({Role.READ, Role.EXPLORE, Role.AUDIT}),
    }
)


def require_sight(asker: Principal, noun: str) -> None:
    """Raise Forbidden unless this noun is the asker's to read."""
    sight = READING.get(noun)
    if sight is not None and sight.has(asker):
        return
    if sight is None or asker.kind not in sight.kinds:
        raise Forbidden(f"{_said(noun)} is not for a {_said(asker.kind.value)}", noun)
    wanted = " or ".join(repr(role.value) for role in Role if role in sight.roles)
    raise Forbidden(f"client {asker.client} has no role {wanted}", noun)


def require_live_of(asker: Principal, province: str) -> None:
    """Raise Forbidden unless all of a province is the asker's to see, for the link's credential sees all of it."""
    require_sight(asker, "live")
    if not asker.reach.is_national and str(asker.reach) != province:
        raise Forbidden(
            f"live answers of {province} are for who may see all of it, not {asker.reach} alone", "live"
        )


def require_decision(asker: Principal, noun: str) -> None:
    """Raise Forbidden unless this noun is the asker's to decide."""
    asker.require(Role.DECIDE, noun)
    if Role.DECIDE not in GIVEN[asker.kind]:
        raise Forbidden(f"a {_said(asker.kind.value)} decides nothing", noun)
    deciders = DECIDING.get(noun, {})
    if asker.kind not in deciders:
        raise Forbidden(f"{_said(noun)} is not decided by a {_said(asker.kind.value)}", noun)
    part = deciders[asker.kind]
    if part is not None and part not in asker.parts:
        raise Forbidden(
            f"{_said(noun)} is decided by who has the part {part.value!r}, {asker.organisation} has not", noun
        )


def require_sending(asker: Principal, noun: str) -> None:
    """Raise Forbidden unless rows of this noun are the asker's to send."""
    asker.require(Role.UPLOAD, noun)
    if asker.kind not in SENDING.get(noun, frozenset()):
        raise Forbidden(f"{_said(noun)} is not sent by a {_said(asker.kind.value)}", noun)
    if noun in _OF_A_PROVINCE and not asker.reach.is_national and not _is_whole(asker.reach):
        raise Forbidden(
            f"{_said(noun)} is sent by who reaches a whole province, not {asker.reach} alone", noun
        )


def _is_whole(reach: Reach) -> bool:
    return reach.unit is None and reach.region is not None and reach.region.level is RegionLevel.PROVINCE


def rule_of(noun: str) -> Sight:
    """Who reads a noun, or a column about persons such as `person.phone`."""
    name, _, column = noun.partition(".")
    sight = READING[name]
    return Sight(frozenset({PERSONAL_ROLE}), sight.kinds) if column in PERSONAL.get(name, ()) else sight


def hidden_from(asker: Principal, noun: str) -> frozenset[str]:
    """The columns of a noun that are not shown to this asker."""
    if PERSONAL_ROLE in asker.roles & GIVEN[asker.kind]:
        return frozenset()
    return PERSONAL.get(noun, frozenset())


def _is_among(deciders: Mapping[OrganisationKind, Part | None], asker: Principal) -> bool:
    part = deciders.get(asker.kind)
    return asker.kind in deciders and (part is None or part in asker.parts)


def _said(word: str) -> str:
    return word.replace("_", " ")
