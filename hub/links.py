"""What links need of the hub: whose devices come in where, and which puller a dialect has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from graph.errors import ConfigurationError, InvalidInput, NengshuError, SourceMalformed
from graph.model.credit_code import CreditCode
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import Ask, Condition, Delivery, NounDelivery, Puller
from hub.stores.registry.registry import Registry
from provincial_adapters import file_drop
from provincial_adapters.hub_graphql import HubPuller
from provincial_adapters.nhjc04 import Proposal

PULLED = ("hub_graphql", "file_drop")  # dialects that the hub runs; in the others the other side calls


@dataclass(frozen=True)
class DeviceLinks:
    """By which link a unit's devices come in: its province's row of the dialect (provincial_adapters.nhjc04.Links)."""

    registry: Registry

    def link_of(self, unit: CreditCode) -> Link | None:
        """The enabled link of the unit's province; None for a unit no roster lists, or a province without one."""
        page = self.registry.rows(Ask("unit", where=(Condition("credit_code", str(unit)),), first=1))
        if page.table.num_rows == 0:
            return None
        province = page.table["province"][0].as_py()
        for link in self.registry.links():
            if link.dialect == "nhjc04" and link.enabled and str(link.region.province) == province:
                return link
        return None

    def propose(self, said: Proposal) -> None:
        """Keep the points a device proposes, for the province to map."""
        if said.points:
            self.registry.upsert("data_point", said.points, f"device of {said.unit}")


class FolderPuller:
    """Reads the files of a watched folder; a file that cannot be read is put aside and costs only itself."""

    def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """Every file that is ready, oldest name first. Raises SourceMalformed at the end when some were put aside."""
        return self._pull(link)

    async def _pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        file_drop.DIALECT.check(link.quirks)
        mapping = file_drop.FileMapping.of_table(link.quirks["mapping"])
        faults: list[str] = []
        for path in await asyncio.to_thread(file_drop.scan, Path(link.address), mapping):
            laid_down = path.lstat().st_mtime_ns  # the same file laid down again is judged again
            deliveries = file_drop.read(path, mapping, source=link.key, reach=Reach(region=link.region))
            try:
                while (delivery := await asyncio.to_thread(_next, deliveries)) is not None:
                    yield replace(delivery, key=f"{delivery.key}:{laid_down}")
            except NengshuError as fault:
                await asyncio.to_thread(file_drop.put_aside, path, fault)
                faults.append(str(fault))
            else:
                await asyncio.to_thread(file_drop.put_away, path)
        if faults:
            raise SourceMalformed(f"{len(faults)} files were put aside: " + "; ".join(faults[:5]))


def _next(deliveries: Iterator[Delivery]) -> Delivery | None:
    return next(deliveries, None)


def puller_of(link: Link, client: httpx.AsyncClient, token_of: Callable[[Link], str]) -> Puller:
    """The puller of a link's dialect. Raises ConfigurationError for a dialect the hub does not run."""
    match link.dialect:
        case "hub_graphql":
            return HubPuller(client, token_of)
        case "file_drop":
            return FolderPuller()
        case other:
            raise ConfigurationError(
                f"link {link.key}", [f"dialect {other!r} is not pulled, the other side calls"]
            )


def chosen(links: tuple[Link, ...], keys: list[str]) -> list[Link]:
    """The enabled links the hub runs; of these the named ones. Raises InvalidInput for any other name."""
    known = {link.key: link for link in links}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise InvalidInput(f"no link {', '.join(unknown)}; there are {', '.join(known) or 'none'}", "link")
    runnable = [key for key in known if known[key].enabled and known[key].dialect in PULLED]
    if idle := [key for key in keys if key not in runnable]:
        raise InvalidInput(f"{', '.join(idle)}: disabled, or the other side calls", "link")
    return [known[key] for key in keys or runnable]
