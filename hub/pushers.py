"""How this hub hands over what it holds, by the dialect of the platform above that takes readings of units (上级平台)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from graph.errors import ConfigurationError
from graph.model.sync_run import Link
from graph.ports import Puller
from hub.pushing import Pusher
from hub.wiring import Hub
from provincial_adapters import Means

Made: TypeAlias = Callable[[Hub, Means], Puller]

PUSHERS: Mapping[str, Made] = {"hub_push": Pusher}


def pusher_of(hub: Hub, link: Link, means: Means) -> Puller:
    """What runs a link that pushes: each of its pages is on the platform above before its cursor moves.

    Raises ConfigurationError for a dialect by which nothing is handed over.
    """
    made = PUSHERS.get(link.dialect)
    if made is None:
        raise ConfigurationError(f"link {link.key}", [f"dialect {link.dialect!r} hands nothing over"])
    return made(hub, means)
