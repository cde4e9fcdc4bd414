"""What another province hands in and decides moves nothing that is shown to this one: no row, no figure, no total.

The walk looks for the other's codes in what is told, which a number would not hold. Here every question of it is asked
before the other province has anything and afterwards, and both answers have to be the same to the byte.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from graph.model.principal import OrganisationKind, Principal, Role
from hub.settings import Settings
from hub.simulate.stage import load
from hub.wiring import Hub, open_hub
from tests.hub.every_noun import add_of_province, add_of_the_nation
from tests.hub.invented_hub import JIA, NATION_OF_TODAY, YI, fill
from tests.hub.walking import FIELDS, ask, keys_of, lists, question_of, somebody

pytestmark = pytest.mark.anyio
Answers = Mapping[tuple[str, str], tuple[set[str], str]]
ASKERS = [somebody(kind, *Role) for kind in OrganisationKind if kind is not OrganisationKind.NATIONAL_AGENCY]
AGENCY = somebody(OrganisationKind.NATIONAL_AGENCY, *Role)


@contextmanager
def hub_of_one(folder: Path) -> Iterator[Hub]:
    """A hub with rows of every noun in one province, and none in another."""
    fill(folder, JIA)
    with open_hub(Settings(data_dir=folder, sync_seconds=0)) as hub:
        add_of_the_nation(hub)
        add_of_province(hub, JIA)
        yield hub


def add_another(hub: Hub) -> None:
    """The other province, with as much."""
    load(hub.registry, NATION_OF_TODAY.nouns([YI]))
    add_of_province(hub, YI)


async def answers(hub: Hub, who: Principal, keys: Mapping[str, Mapping[str, str]]) -> Answers:
    """What somebody is told to every question of the walk, and how many rows each list has."""
    found = {field: await ask(hub, who, question_of(*field, keys)) for field in FIELDS}
    for name in lists().values():
        found["total", name] = await ask(hub, who, f"{{ {name} {{ totalCount }} }}")
    return found


async def test_another_province_moves_nothing_that_is_shown_to_this_one(tmp_path: Path) -> None:
    with hub_of_one(tmp_path) as hub:
        keys = await keys_of(hub)
        before = [await answers(hub, who, keys) for who in ASKERS]
        whole = await answers(hub, AGENCY, keys)
        add_another(hub)
        wrong = []
        for who, were in zip(ASKERS, before, strict=True):
            now = await answers(hub, who, keys)
            wrong += [
                f"{who.kind.value}: {'.'.join(field)}: {were[field][1][:300]} | {now[field][1][:300]}"
                for field in were
                if were[field] != now[field]
            ]
        moved = await answers(hub, AGENCY, keys)
    assert wrong == []
    assert sum(whole[field] != moved[field] for field in whole) > len(whole) // 3, "nothing is proved"
