"""Who sends which rows of the registry: whom the table names, with the role upload, and of a province as a whole."""

from __future__ import annotations

import pytest

from graph.errors import Forbidden
from graph.model.principal import OrganisationKind, Principal, Reach, Role
from graph.model.rights import SENDING, require_sending
from tests.hub.invented_hub import JIA, of_province


def somebody(kind: OrganisationKind, reach: Reach, *roles: Role) -> Principal:
    return Principal("who", "of", reach, frozenset(roles), kind)


@pytest.mark.parametrize("kind", OrganisationKind)
@pytest.mark.parametrize("noun", SENDING)
def test_who_sends_a_kind_is_whom_the_table_names_and_needs_the_role(
    kind: OrganisationKind, noun: str
) -> None:
    province = of_province(JIA)
    if kind in SENDING[noun]:
        require_sending(somebody(kind, province, Role.UPLOAD), noun)
    else:
        with pytest.raises(Forbidden, match="is not sent by a"):
            require_sending(somebody(kind, province, Role.UPLOAD), noun)
    with pytest.raises(Forbidden, match="has no role 'upload'"):
        require_sending(somebody(kind, province, Role.READ), noun)


def test_a_city_sends_no_roster() -> None:
    asker = somebody(OrganisationKind.PROVINCIAL_DEPARTMENT, of_province("910100"), Role.UPLOAD)
    require_sending(asker, "instrument")
    with pytest.raises(Forbidden, match="is sent by who reaches a whole province, not 910100 alone"):
        require_sending(asker, "unit")
