"""A province's hub before an existing platform above, which units its link hands over, and how far it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from graph.model.sync_run import SyncRun
from hub.pushing_units import Progress
from hub.running import run_link
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters import Means
from tests.edge_probe.platform_double import PlatformDouble
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, WHO, fill, units_of

VERSION = {"version": "2026-11-03T00:00:00Z"}
NOTHING = ""
UNITS = [unit.code for unit in units_of(JIA)]


def link_to(address: str, **quirks: Any) -> dict[str, Any]:
    """A link by which the province pushes in NHJC-04."""
    said = {"valid_means": "0", **quirks}
    return {"key": "platform", "dialect": "nhjc04_push", "province": JIA, "address": address, "quirks": said}


class Province:
    """A province's hub, and the platform above that it pushes to."""

    def __init__(
        self, hub: Hub, app: Any, link: Mapping[str, Any] | None = None, secret: str = NOTHING
    ) -> None:
        self.hub, self.app, self.secret = hub, app, secret
        hub.registry.upsert("link", [link or link_to("http://above")], WHO)

    async def push(self) -> SyncRun:
        """One run of the link, from where the last one came to."""
        (link,) = (link for link in self.hub.registry.links() if link.key == "platform")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as client:
            means = Means(client, FixedTokens("none").token, lambda _: self.secret)
            return await run_link(self.hub, link, means)

    def change(self, **quirks: Any) -> None:
        """The link declares something else."""
        self.hub.registry.upsert("link", [link_to("http://above", **quirks)], WHO)

    @property
    def cursor(self) -> Progress:
        """How far the link has come."""
        return Progress.parse(
            next(link.cursor for link in self.hub.registry.links() if link.key == "platform")
        )


@contextmanager
def opened(folder: Path) -> Iterator[Hub]:
    """The province's hub, with its units."""
    fill(folder / "jia", JIA)
    with open_hub(Settings(data_dir=folder / "jia", region=JIA, sync_seconds=0)) as hub:
        yield hub


def platform_above() -> PlatformDouble:
    """An existing platform, where links of these tests push to."""
    double = PlatformDouble()
    double.base = "http://above"
    return double
