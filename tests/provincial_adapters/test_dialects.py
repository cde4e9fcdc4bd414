"""What every dialect owes: whatever lies in the folder is found, says what it is, and checks its links' quirks."""

from __future__ import annotations

import re

import pytest

from graph.discover import members_of, modules_in
from graph.errors import ConfigurationError
from provincial_adapters._toolkit.dialect import Dialect, Direction, Quirk, one_of

PACKAGE = "provincial_adapters"
FOUND = members_of(PACKAGE, "DIALECT", Dialect)  # an ImportError when the folder is empty
MODULES = modules_in(PACKAGE)
FACTS = ("Source", "Time", "Cadence", "Quirks")


@pytest.mark.parametrize("name", FOUND)
def test_a_dialect_is_called_like_its_module(name: str) -> None:
    assert FOUND[name].name == name
    assert FOUND[name].chinese
    assert FOUND[name].english
    assert isinstance(FOUND[name].direction, Direction)


@pytest.mark.parametrize("name", FOUND)
def test_a_dialect_opens_with_its_facts(name: str) -> None:
    said = MODULES[name].__doc__ or ""
    order = [said.find(f"\n{fact}:") for fact in FACTS]
    assert -1 not in order
    assert order == sorted(order)


@pytest.mark.parametrize("name", FOUND)
def test_each_fact_is_marked_read_or_assumed(name: str) -> None:
    said = MODULES[name].__doc__ or ""
    for fact in FACTS:
        found = re.search(rf"^{fact}:(.*?)(?=^\w|^$|\Z)", said, re.MULTILINE | re.DOTALL)
        assert found
        assert "(read" in found[1] or "(assumed" in found[1], fact


@pytest.mark.parametrize("name", FOUND)
def test_quirks_have_one_key_each_and_say_what_they_are(name: str) -> None:
    quirks = FOUND[name].quirks
    assert len({quirk.key for quirk in quirks}) == len(quirks)
    assert all(quirk.description for quirk in quirks)


@pytest.mark.parametrize("name", FOUND)
def test_what_a_dialect_assumes_passes_its_own_check(name: str) -> None:
    for quirk in FOUND[name].quirks:
        assert quirk.required or quirk.default is None or quirk.fault(quirk.default) is None


@pytest.mark.parametrize("name", FOUND)
def test_every_unknown_quirk_is_named(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        FOUND[name].check({"polarty": "0", "speling": 1})
    told = " ".join(caught.value.faults)
    assert "polarty: unknown" in told
    assert "speling: unknown" in told


def test_all_faults_of_a_link_are_told_at_once() -> None:
    quirks = (
        Quirk("side", "where labels stand", required=True),
        Quirk("minutes", "how long", 15, fault=one_of(15, 60)),
    )
    dialect = Dialect("invented", "虚构", "invented", Direction.PULL, quirks)
    with pytest.raises(ConfigurationError) as caught:
        dialect.check({"minutes": 30, "colour": "red"})
    assert len(caught.value.faults) == 3
    assert dialect.settled({"side": "end"}) == {"side": "end", "minutes": 15}


def test_true_is_not_one() -> None:
    assert one_of(1, "1")(True) is not None
    assert one_of(1, "1")(1) is None


@pytest.mark.parametrize("name", FOUND)
def test_whoever_is_pulled_says_how_and_whoever_calls_is_not_pulled(name: str) -> None:
    pulled = FOUND[name].direction in (Direction.PULL, Direction.FILES)
    assert (FOUND[name].puller is not None) is pulled
