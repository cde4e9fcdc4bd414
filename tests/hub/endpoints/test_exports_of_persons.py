"""Responsible persons as a file: within reach, and nobody's telephone number in clear."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pyarrow.parquet as pq
import pytest

from graph.model.principal import NATION, Reach, Role
from hub.exports.questions import PERSONS
from hub.wiring import Hub
from tests.hub.every_noun import PHONE, hub_of_every_noun
from tests.hub.invented_hub import JIA, YI, asking, is_problem, of_province, of_unit, token_of, units_of

pytestmark = pytest.mark.anyio
MASKED = "139****0001"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A person in each province."""
    with hub_of_every_noun(tmp_path_factory.mktemp("persons")) as made:
        yield made


async def exported(
    hub: Hub, key: str, reach: Reach, *roles: Role, words: str = ""
) -> tuple[str, list[dict[str, str]]]:
    """The file as text, and its rows."""
    async with asking(hub, token_of(hub, key, reach, (Role.READ, *roles))) as client:
        reply = await client.get(f"/export/persons{words}")
    assert reply.status_code == 200, reply.text
    return reply.text, list(csv.DictReader(io.StringIO(reply.text)))


@pytest.mark.parametrize("roles", [(), (Role.CONTACTS,)])
async def test_a_number_is_masked_in_a_file_whoever_asks(hub: Hub, roles: tuple[Role, ...]) -> None:
    text, rows = await exported(hub, f"reader-{len(roles)}", NATION, *roles)
    assert PHONE not in text
    assert {row["phone"] for row in rows} == {MASKED if roles else ""}
    assert {row["province"] for row in rows} == {JIA, YI}
    assert list(rows[0]) == PERSONS.names


async def test_persons_are_those_within_reach(hub: Hub) -> None:
    _, rows = await exported(hub, "jia", of_province(JIA), Role.CONTACTS)
    assert {row["province"] for row in rows} == {JIA}
    _, none = await exported(hub, "jia-of-yi", of_province(JIA), words=f"?province={YI}")
    assert none == []
    _, of_a_unit = await exported(hub, "unit", of_unit(units_of(JIA)[1].code))
    assert of_a_unit == []


async def test_persons_come_in_other_formats_and_not_by_other_words(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "formats", NATION, (Role.READ, Role.CONTACTS))) as client:
        reply = await client.get("/export/persons?format=parquet")
        refused = await client.get("/export/persons?phone=139")
    assert set(pq.read_table(io.BytesIO(reply.content))["phone"].to_pylist()) == {MASKED}
    assert is_problem(refused, 400, "INVALID_INPUT")
