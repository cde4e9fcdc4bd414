"""How this hub hands over what it holds, by the dialect of the platform above that takes readings of units (上级平台)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from graph.errors import ConfigurationError
from graph.model.sync_run import Link
from graph.ports import Puller
from hub.identities import identities_of
from hub.links import dialects
from hub.platforms_above import AkAbove, Nhjc04Above, PlatformAbove
from hub.pushing import Pusher
from hub.pushing_units import UnitPusher
from hub.wiring import Hub
from provincial_adapters import Means

Made: TypeAlias = Callable[[Hub, Link, Means], Puller]


def _unit_by_unit(above: Callable[..., PlatformAbove]) -> Made:
    """A pusher to an existing platform, which is spoken to as each unit's device would."""

    def made(hub: Hub, link: Link, means: Means) -> Puller:
        quirks = dialects()[link.dialect].settled(link.quirks)
        kept = identities_of(hub.settings, link.key)
        units = None if quirks["units"] is None else frozenset(quirks["units"])
        return UnitPusher(hub, lambda link: above(link, quirks, means, kept, hub.clock.now), units)

    return made


PUSHERS: Mapping[str, Made] = {
    "hub_push": lambda hub, _link, means: Pusher(hub, means),
    "nhjc04_push": _unit_by_unit(Nhjc04Above),
    "nhjc_ak_push": _unit_by_unit(AkAbove),
}


def speaks_for_units(link: Link) -> bool:
    """Whether a link's platform is spoken to as each unit's device would."""
    return link.dialect in PUSHERS and link.dialect != "hub_push"


def pusher_of(hub: Hub, link: Link, means: Means) -> Puller:
    """What runs a link that pushes: each of its pages is on the platform above before its cursor moves.

    Raises ConfigurationError for a dialect by which nothing is handed over.
    """
    made = PUSHERS.get(link.dialect)
    if made is None:
        raise ConfigurationError(f"link {link.key}", [f"dialect {link.dialect!r} hands nothing over"])
    return made(hub, link, means)
