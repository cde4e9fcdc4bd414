"""`nengshu sync pull` and `nengshu sync push`: one way only, and a link that goes the other way is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.ports import Ask
from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, WHO, fill

LINKS = {"from-jia": "hub_graphql", "above": "hub_push"}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A hub with a link each way, to ports nobody listens on."""
    fill(tmp_path, JIA)
    registry = open_registry(Settings(data_dir=tmp_path))
    rows = [
        {"key": key, "dialect": dialect, "province": JIA, "address": "http://127.0.0.1:9", "credential": "no"}
        for key, dialect in LINKS.items()
    ]
    registry.upsert("link", rows, WHO)
    registry.close()
    return tmp_path


def runs(data: Path) -> list[str]:
    """The links that were run."""
    registry = open_registry(Settings(data_dir=data))
    found: list[str] = registry.rows(Ask("sync_run")).table["link"].to_pylist()
    registry.close()
    return sorted(found)


@pytest.mark.parametrize(
    ("words", "run"),
    [
        ((), ["above", "from-jia"]),
        (("pull",), ["from-jia"]),
        (("push",), ["above"]),
        (("push", "above"), ["above"]),
        (("above",), ["above"]),
        (("pull", "from-jia"), ["from-jia"]),
    ],
)
def test_links_are_run_of_one_way_or_of_both(
    nengshu: Terminal, data: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], run: list[str]
) -> None:
    monkeypatch.setenv("NENGSHU_SECRET_NO", "a.short.token")
    assert nengshu("sync", *words, "--data", data).code == 1  # nobody is there
    assert runs(data) == run


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("push", "from-jia"), "link: from-jia: goes the other way than push"),
        (("pull", "above"), "link: above: goes the other way than pull"),
        (("push", "nobody"), "no link nobody; there are"),
    ],
)
def test_a_link_that_goes_the_other_way_is_told_and_none_is_run(
    nengshu: Terminal, data: Path, words: tuple[str, ...], told: str
) -> None:
    said = nengshu("sync", *words, "--data", data)
    assert (said.code, told in said.complaint, runs(data)) == (1, True, [])
