"""Organisations (机构): who has machines and people here, what they are in the programme, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from graph.model.principal import OrganisationKind, Part, Reach
from graph.model.region import RegionCode

AUTHORITIES = (OrganisationKind.NATIONAL_AGENCY, OrganisationKind.PROVINCIAL_DEPARTMENT)


@dataclass(frozen=True)
class Organisation:
    """One organisation. `parts` is what an authority decides; others decide by what they are.

    A unit's organisation is of that unit, a department's of a region; a national agency's of neither.
    """

    key: str
    name: str
    kind: OrganisationKind
    parts: frozenset[Part] = frozenset()
    region: RegionCode | None = None
    unit: CreditCode | None = None

    def __post_init__(self) -> None:
        if (self.kind is OrganisationKind.UNIT) is not (self.unit is not None):
            why = "a unit's organisation names its unit, and no other kind does"
            raise InvalidInput(f"came {self.unit or 'none'} for a {self.kind.value}: {why}", "unit")
        if self.kind is OrganisationKind.NATIONAL_AGENCY and self.region is not None:
            raise InvalidInput(f"came {self.region}, and a national agency is of no region", "region")
        if self.kind is OrganisationKind.PROVINCIAL_DEPARTMENT and self.region is None:
            raise InvalidInput("a provincial department is of a region, and names it", "region")
        if bool(self.parts) is not (self.kind in AUTHORITIES):
            why = "an authority decides plans, instruments or both, and no other kind has a part"
            raise InvalidInput(f"came {' '.join(sorted(self.parts)) or 'none'}: {why}", "parts")

    @property
    def reach(self) -> Reach:
        """The part of the country it may know."""
        return Reach(self.region, self.unit)
