"""National agencies decide their own part: plans and reports one of them, measuring instruments the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graph.fields import DECIDED
from graph.model.principal import OrganisationKind, Part, Role
from graph.model.rights import DECIDING
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, WHO, asking, hub_of, issued, units_of

pytestmark = pytest.mark.anyio
ROLES = (Role.READ, Role.DECIDE)
AGENCY = OrganisationKind.NATIONAL_AGENCY
INSTRUMENT = {
    "unit": units_of(JIA)[0].code, "number": "of-the-test", "typeCode": "15260000", "level": 1, "accuracyClass": "0.5S",
}  # fmt: skip
UNIT = {"creditCode": units_of(JIA)[0].code, "name": "改名单位"}
SAVES = {
    Part.INSTRUMENTS: ("saveInstruments", "instruments", "InstrumentInput", INSTRUMENT),
    Part.PLANS: ("saveUnits", "units", "UnitInput", UNIT),
}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub with an agency of each part."""
    with hub_of(tmp_path_factory.mktemp("parts")) as made:
        for part in Part:
            row = {
                "key": part.value,
                "name": f"管{part.value}的部门",
                "kind": AGENCY.value,
                "parts": part.value,
            }
            made.registry.upsert("organisation", [row], WHO)
            made.registry.clients.add(f"of-{part.value}", part.value, ROLES, WHO)
        yield made


async def codes_of(hub: Hub, part: Part, text: str, **variables: object) -> set[str]:
    """The codes of what an agency of a part is told."""
    async with asking(hub, issued(hub, f"of-{part.value}", ROLES)) as client:
        reply = await client.post("/graphql", json={"query": text, "variables": variables})
    return {error["extensions"]["code"] for error in reply.json().get("errors", [])}


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("name", sorted(DECIDED))
async def test_each_mutation_is_one_agencys_and_not_the_others(hub: Hub, part: Part, name: str) -> None:
    argument = name.removeprefix("save")
    argument = argument[0].lower() + argument[1:]
    told = await codes_of(hub, part, f"mutation {{ {name}({argument}: []) {{ latest }} }}")
    assert told == ({"INVALID_INPUT"} if DECIDING[DECIDED[name]][AGENCY] is part else {"FORBIDDEN"})


@pytest.mark.parametrize("part", Part)
async def test_what_is_anothers_part_is_not_written(hub: Hub, part: Part) -> None:
    for of, (name, argument, kind, row) in SAVES.items():
        text = f"mutation($rows: [{kind}!]!) {{ {name}({argument}: $rows) {{ latest audit {{ who }} }} }}"
        assert await codes_of(hub, part, text, rows=[row]) == (set() if of is part else {"FORBIDDEN"})


async def test_of_two_decisions_in_one_question_only_its_own_is_made(hub: Hub) -> None:
    unit = {**UNIT, "name": "再改一次"}
    text = (
        "mutation($units: [UnitInput!]!, $instruments: [InstrumentInput!]!) "
        "{ a: saveUnits(units: $units) { latest } b: saveInstruments(instruments: $instruments) { latest } }"
    )
    instrument = {**INSTRUMENT, "number": "never"}
    assert await codes_of(hub, Part.PLANS, text, units=[unit], instruments=[instrument]) == {"FORBIDDEN"}
    question = "{ instruments(first: 1000) { nodes { number } } units(first: 1000) { nodes { name } } }"
    async with asking(hub, issued(hub, "of-plans", ROLES)) as client:
        data = (await client.post("/graphql", json={"query": question})).json()["data"]
    assert "never" not in {row["number"] for row in data["instruments"]["nodes"]}
    assert "再改一次" in {row["name"] for row in data["units"]["nodes"]}
