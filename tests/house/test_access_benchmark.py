"""The benchmark of access compares two hubs that differ in it alone, pair by pair, and shows what misses its target."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson
import pytest
from graphql import parse, validate
from hypothesis import given
from hypothesis import strategies as st

from hub.app import build_app
from hub.settings import Settings
from hub.wiring import Hub, open_hub, open_registry
from scripts.benchmarks import _page, _runner, access
from scripts.benchmarks._access_askers import GRAPHQL, Headers, Machine, end_a_token, kinds, write
from scripts.benchmarks._access_hub import opened
from scripts.benchmarks._access_nation import OWN, PROVINCES, Askers, credit_codes, fill
from scripts.benchmarks._access_pairs import DOUBT, Middle, Pace, in_turn
from scripts.benchmarks._access_questions import one_unit, questions
from scripts.benchmarks._access_served import _added, _scoped
from scripts.benchmarks._access_stage import Cost
from scripts.benchmarks._graph_timing import check_alike
from tests.graph.fakes import schema

UNITS = 2
T = TypeVar("T")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Askers]:
    folder = tmp_path_factory.mktemp("bench") / "made"
    return folder, fill(folder, UNITS)


@pytest.fixture
def hub(made: tuple[Path, Askers]) -> Iterator[Hub]:
    with open_hub(Settings(data_dir=made[0])) as found:
        yield found


def test_every_question_is_one_the_schema_answers() -> None:
    bodies = [one_unit(UNITS), *(body for each in questions(UNITS) for body in (each.scoped, each.unscoped))]
    for body in bodies:
        assert validate(schema()._schema, parse(orjson.loads(body)["query"])) == []


def test_the_nation_has_31_provinces_none_of_which_is_a_real_one() -> None:
    real = {11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46}
    real |= {50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 66, 71, 81, 82}
    assert len(set(PROVINCES)) == 31
    assert not real & {int(code[:2]) for code in PROVINCES}
    assert OWN in PROVINCES
    units = [code for province in PROVINCES for code in credit_codes(province, UNITS)]
    assert len(set(units)) == 31 * UNITS


def within(hub: Hub, doing: Callable[[httpx.AsyncClient], Awaitable[T]]) -> T:
    """What a client of a hub in this process comes to."""

    async def done() -> T:
        transport = httpx.ASGITransport(build_app(hub))
        async with httpx.AsyncClient(transport=transport, base_url=hub.settings.base_url) as client:
            return await doing(client)

    return asyncio.run(done())


def said(hub: Hub, body: bytes, headers: Headers) -> dict[str, Any]:
    """What a hub answers to a question."""

    async def asked(client: httpx.AsyncClient) -> httpx.Response:
        told = {"Content-Type": "application/json", **headers}
        return await client.post(GRAPHQL, content=body, headers=told)

    found: dict[str, Any] = within(hub, asked).json()
    return found


def test_the_alternative_asks_nobody_and_the_hub_does(hub: Hub) -> None:
    assert said(hub, one_unit(UNITS), {})["code"] == "UNAUTHENTICATED"
    assert said(opened(hub), one_unit(UNITS), {})["data"]["unit"]["tier"] == "THOUSAND"


def test_the_alternatives_sources_are_the_stores_themselves(hub: Hub) -> None:
    without = opened(hub)
    principal = without.gatekeeper.again({})
    sources = without.sources_of(principal)
    assert sources.figures is hub.store
    assert sources.writer is hub.registry
    assert hub.sources_of(principal).figures is not hub.store


def test_each_way_of_asking_is_let_in_and_is_what_it_is_called(made: tuple[Path, Askers], hub: Hub) -> None:
    async def told(client: httpx.AsyncClient) -> list[list[Headers]]:
        ways = kinds(hub.settings.base_url, made[1], client)
        assert [kind.follows for kind in ways] == [None, None, write, end_a_token, None, None]
        return [[await kind.headers() for _ in range(2)] for kind in ways]

    found = within(hub, told)
    for headers in (each for both in found for each in both):
        assert said(hub, one_unit(UNITS), headers)["data"]["unit"]["tier"] == "THOUSAND"
    seen, fresh, written, ended, bound, person = found
    assert seen[0] == seen[1]
    assert written[0] == written[1] == ended[0] == ended[1]
    assert fresh[0] != fresh[1]
    assert bound[0]["Authorization"] == bound[1]["Authorization"]
    assert bound[0]["DPoP"] != bound[1]["DPoP"]
    assert set(person[0]) == {"Cookie", "Origin"}


def test_a_reach_and_a_condition_are_answered_alike(made: tuple[Path, Askers], hub: Hub) -> None:
    async def told(client: httpx.AsyncClient) -> list[Headers]:
        askers = (made[1].province, made[1].nation)
        return [await Machine(hub.settings.base_url, each, client).again() for each in askers]

    own, nation = within(hub, told)
    for question in questions(UNITS):
        scoped, unscoped = said(hub, question.scoped, own), said(hub, question.unscoped, nation)
        check_alike({"scoped": orjson.dumps(scoped), "unscoped": orjson.dumps(unscoped)})
        assert said(hub, question.scoped, nation) != scoped  # it is the reach that bounds it


def test_a_write_is_noticed_by_the_hub(made: tuple[Path, Askers], hub: Hub) -> None:
    before = hub.registry.version()
    with closing(open_registry(Settings(data_dir=made[0]))) as registry:
        write(registry)
    assert hub.registry.version() != before


def test_what_proves_an_asker_shows_in_no_text(made: tuple[Path, Askers]) -> None:
    assert repr(made[1]) == "Askers()"


def test_every_round_is_prepared_and_each_next_one_begins_with_the_other() -> None:
    order: list[str] = []

    def act(name: str) -> str:
        order.append(name)
        return name

    def prepared() -> tuple[Callable[[], str], Callable[[], str]]:
        order.append("|")
        return lambda: act("a"), lambda: act("b")

    assert in_turn(prepared, Pace(rounds=3, warming=1)) == [("a", "b")] * 3
    assert "".join(order) == "|ab|ba|ab|ba"


def test_of_few_numbers_all_are_the_interval_and_of_many_the_middle_ones() -> None:
    assert Middle.of([3]) == Middle(3, 3, 3)
    assert Middle.of([5, 1, 2, 4, 3]) == Middle(1, 3, 5)
    assert Middle.of(range(6)) == Middle(0, 2.5, 5)
    assert Middle.of(range(200)) == Middle(85, 99.5, 114)  # as tables of the binomial distribution have it


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60))
def test_the_median_lies_within_its_interval(values: list[float]) -> None:
    found = Middle.of(values)
    assert min(values) <= found.least <= found.median <= found.most <= max(values)
    assert 0 < DOUBT < 1


def costs(ours: float, without: float) -> list[tuple[Cost, Cost]]:
    return [(Cost(ours, ours), Cost(without, without))] * 3


@pytest.mark.parametrize(("ours", "met"), [(2.5, True), (2.51, False)])
def test_what_is_added_is_the_difference_of_pairs_and_may_be_half_a_millisecond(
    ours: float, met: bool
) -> None:
    found = {figure.name: figure for figure in _added("token", costs(ours, 2.0))}
    assert found["token: added"].value == pytest.approx(ours - 2)
    assert found["token: added"].ok is met
    assert found["token: added"].mark == ("✓" if met else "✗")
    assert found["token: ours to without"].value == ours / 2
    assert [figure.name for figure in found.values() if figure.target is not None] == ["token: added"]


def test_a_scoped_question_is_slower_when_all_of_the_interval_is() -> None:
    noisy = [*costs(0.9, 1.0), *costs(1.2, 1.0)]
    for pairs, met in ((costs(1.0, 1.0), True), (costs(1.1, 1.0), False), (noisy, True)):
        found = {figure.name: figure for figure in _scoped("units", pairs)}
        assert found["units: scoped to unscoped, least"].ok is met
        assert found["units: scoped to unscoped"].target is None


@pytest.mark.slow
def test_a_tiny_run_prints_its_table_with_every_figure_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(access, "UNITS_QUICK", UNITS)
    assert _runner.main(["access", "--quick", "--json"]) in (0, 1)  # so few rounds tell nothing of targets
    found = orjson.loads(capsys.readouterr().out)["figures"]
    names = [figure["name"] for figure in found]
    assert len(names) == len(set(names))
    targets = [name for name, figure in zip(names, found, strict=True) if figure["target"] is not None]
    assert sum(name.endswith(": added") for name in targets) == 6
    assert sum(name.endswith("scoped to unscoped, least") for name in targets) == 3
    assert sum(name.startswith("part: ") for name in names) == 8


def test_a_figure_that_is_missed_is_shown_as_such(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missed = [*_added("token", costs(3.0, 2.0))]
    monkeypatch.setattr(_runner, "members_of", lambda *_: {"access": lambda: missed})
    assert _runner.main(["access"]) == 1
    assert "✗" in capsys.readouterr().out


def test_the_page_has_a_place_for_access() -> None:
    text = _page.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- begin access -->\n") == text.count("<!-- end access -->\n") == 1
