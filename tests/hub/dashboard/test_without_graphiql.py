"""A hub may be without the page GraphiQL: then nothing tells that there could be one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.invented_hub import asking, hub_of

pytestmark = pytest.mark.anyio
PAGES = ("/", "/?lang=en")


async def test_its_address_is_answered_as_any_that_leads_nowhere(tmp_path: Path) -> None:
    with hub_of(tmp_path, graphiql=False) as hub:
        async with asking(hub) as client:
            closed, nowhere = await client.get("/graphiql?lang=en"), await client.get("/nowhere")
    assert closed.status_code == 404
    assert {**closed.json(), "requestId": ""} == {**nowhere.json(), "requestId": ""}


@pytest.mark.parametrize("served", [True, False])
async def test_a_page_leads_there_only_where_it_is_served(tmp_path: Path, served: bool) -> None:
    with hub_of(tmp_path, graphiql=served) as hub:
        async with asking(hub) as client:
            pages = [await client.get(page) for page in PAGES]
    assert [page.status_code for page in pages] == [200, 200]
    assert ["graphiql" in page.text.lower() for page in pages] == [served, served]


async def test_a_hub_by_itself_serves_it(tmp_path: Path) -> None:
    with hub_of(tmp_path) as hub:
        async with asking(hub) as client:
            assert (await client.get("/graphiql")).status_code == 200
