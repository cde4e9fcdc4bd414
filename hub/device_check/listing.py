"""The hub behind a sandbox: every unit that calls is on its roster, and every point that is proposed counts at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from graph.errors import MalformedCode
from graph.model.credit_code import CreditCode
from graph.ports import Ask, Condition
from hub.device_check.heard import Heard, Step
from hub.device_check.judging import Quirks
from hub.links import dialects
from hub.settings import Settings
from hub.stores.registry.registry import Registry
from hub.wiring import Hub, open_hub, open_registry

PROVINCE = "990000"
WHO = "bench"
ROWS_MAX = 2_000  # points of a unit, as many as may be proposed
DIALECTS = ("nhjc04", "nhjc_ak")
_REGION = {"code": PROVINCE, "name": "接入端自检", "short_name": "检", "english": "Device bench"}
_CONFIGURED = (Step.CONFIG, Step.ITEMS)


@dataclass
class Listing:
    """Puts units on the roster as their devices call."""

    registry: Registry
    _known: set[str] = field(default_factory=set)

    def enlist(self, message: Heard) -> None:
        """Put the unit of a message on the roster; a code that is none is left to the hub, which says why."""
        try:
            code = CreditCode.parse(message.text("enterpriseCode")).text
        except MalformedCode:
            return
        if code not in self._known:
            self._known.add(code)
            unit = {"credit_code": code, "name": code, "region": PROVINCE, "industry": "C31", "tier": "thousand",
                    "roster_batch": 1}  # fmt: skip
            self.registry.upsert("unit", [unit], WHO)

    def activate(self, message: Heard) -> None:
        """Map every point a configuration proposed."""
        if message.step not in _CONFIGURED:
            return
        page = self.registry.rows(Ask("data_point", where=(Condition("state", "proposed"),), first=ROWS_MAX))
        rows = [
            {name: row[name] for name in ("unit", "code", "granularity", "since", "low", "high")}
            | {"state": "active"}
            for row in page.table.to_pylist()
        ]
        if rows:
            self.registry.upsert("data_point", rows, WHO)


@contextmanager
def sandbox_hub(folder: Path, url: str, quirks: Quirks) -> Iterator[Hub]:
    """A hub of its own in an empty folder, with a link for each dialect in which devices call."""
    settings = Settings(data_dir=folder, public_url=url, sync_seconds=0, region=PROVINCE)
    open_registry(settings, regions=[_REGION]).close()
    with open_hub(settings) as hub:
        hub.registry.upsert("link", list(_links(quirks)), WHO)
        yield hub


def _links(quirks: Quirks) -> Iterator[dict[str, object]]:
    said = {
        "valid_means": quirks.valid_means,
        "realtime_minutes": quirks.realtime_minutes,
        "approval": "automatic",
    }
    for name in DIALECTS:
        dialect = dialects().get(name)
        if dialect is not None:
            known = {quirk.key for quirk in dialect.quirks}
            mine = {key: value for key, value in said.items() if key in known and value is not None}
            yield {
                "key": f"bench-{name}",
                "dialect": name,
                "province": PROVINCE,
                "address": "devices call",
                "quirks": mine,
            }
