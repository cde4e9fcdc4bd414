"""How links run is seen at /metrics: counts by everybody who reads it, links by their keys by who may read all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph.model.principal import NATION, Reach, Role
from hub.cadence import run_links
from hub.links import chosen
from hub.simulate.nation import FILES
from hub.wiring import Hub
from tests.hub.invented_hub import asking, of_province, of_unit, token_of
from tests.hub.test_cadence import NATION_OF_FILES, file_link, hub_of_files, lay_down

pytestmark = pytest.mark.anyio
UNIT = of_unit(NATION_OF_FILES.units(FILES)[0].code)


async def page(hub: Hub, key: str, reach: Reach = NATION) -> str:
    """What somebody reads at /metrics."""
    async with asking(hub, token_of(hub, key, reach, (Role.READ,))) as client:
        reply = await client.get("/metrics")
    assert reply.status_code == 200
    return reply.text


def told(text: str, name: str) -> float:
    """One figure of a page."""
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, f"{name} is not told"
    return float(found[1])


async def test_runs_and_links_are_counted_and_a_link_is_named_to_who_reads_all(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub", sync_seconds=900) as hub:
        rows = [file_link(key, tmp_path / key) for key in ("fine", "gone", "paused", "waits")]
        hub.registry.upsert("link", rows, "test")
        hub.registry.pause("paused", "改造", "test")
        (tmp_path / "gone").rmdir()
        lay_down(tmp_path / "fine", 1)
        size = (tmp_path / "fine" / "1.csv").stat().st_size
        await run_links(hub, chosen(hub.registry.links(), ["fine", "gone"]))
        said = await page(hub, "national")
        assert told(said, 'nengshu_link_runs_total{outcome="succeeded"}') == 1
        assert told(said, 'nengshu_link_runs_total{outcome="broke"}') == 1
        assert 'outcome="stopped"' not in said
        assert told(said, 'nengshu_link_rows_total{fate="accepted"}') == 1
        assert told(said, "nengshu_link_bytes_total") == size
        assert told(said, "nengshu_link_run_seconds_count") == 2
        assert told(said, 'nengshu_links{breaker="closed"}') == 4
        assert told(said, "nengshu_links_paused") == 1
        assert told(said, "nengshu_links_running") == 0
        assert told(said, "nengshu_links_due") == 1
        assert told(said, 'nengshu_link_failures{link="gone"}') == 1
        assert told(said, 'nengshu_link_breaker{breaker="closed",link="gone"}') == 1
        assert told(said, 'nengshu_link_lag_seconds{link="fine"}') == told(
            said, "nengshu_links_lag_seconds_max"
        )
        for key, reach in (("province", of_province(FILES)), ("unit", UNIT)):
            part = await page(hub, key, reach)
            assert told(part, "nengshu_links_paused") == 1
            assert "link=" not in part
