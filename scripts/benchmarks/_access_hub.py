"""A hub of this benchmark, a process of its own: `python -m scripts.benchmarks._access_hub FOLDER ours|open`.

`open` is the same application with neither: its gatekeeper takes whoever asks for the province's client and looks at
nothing, and its sources are the stores themselves. Both tell what CPU their process has used, all threads together, at an
address of the benchmark's. It says its own address in a line and goes on until it is ended.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from time import process_time_ns

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from graph.errors import ConfigurationError
from graph.model.principal import Principal
from graph.ports import Events, Sources
from hub.access.gatekeeper import Gatekeeper
from hub.access.oauth.verifying import Asked
from hub.cli.serve import listening, server_of, what_stands_stays
from hub.links import waiting
from hub.settings import Settings
from hub.stores.door.trail import NOUN as TRAIL
from hub.stores.together import Together
from hub.wiring import Hub, open_hub

OURS, OPEN = "ours", "open"
CPU = "/bench/cpu"
PROVINCE = "province"  # the client that everybody is, where nobody is asked


class Anybody(Gatekeeper):
    """Takes everybody for one principal."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    def is_quick(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - the gatekeeper's signature
        """Always."""
        return True

    def is_known(self, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - the gatekeeper's signature
        """Always."""
        return True

    def principal(self, asked: Asked, *, is_websocket: bool = False) -> Principal:  # noqa: ARG002 - the gatekeeper's signature
        """The one."""
        return self._principal

    def again(self, headers: Mapping[str, str]) -> Principal:  # noqa: ARG002 - the gatekeeper's signature
        """The one."""
        return self._principal


class OpenHub(Hub):
    """A hub whose stores answer to whoever asks."""

    def sources_of(self, asker: Principal, events: Events | None = None) -> Sources:  # noqa: ARG002 - the hub's signature
        """All that may be asked, by anybody."""
        return Sources(
            registry=Together(self.registry, {TRAIL: self.trail}),
            ledger=self.store,
            figures=self.store,
            states=self.store,
            clock=self.clock,
            writer=self.registry,
            live=self.live,
            events=events or self.events,
            waiting=waiting(),
        )


def opened(hub: Hub) -> Hub:
    """The same hub, which asks nobody. Raises ConfigurationError where it does not know the province's client."""
    parts = {field.name: getattr(hub, field.name) for field in fields(hub)}
    return OpenHub(**{**parts, "gatekeeper": Anybody(province_of(hub))})


def province_of(hub: Hub) -> Principal:
    """Whom everybody is taken for. Raises ConfigurationError."""
    known = hub.registry.clients.find(PROVINCE)
    if known is None:
        raise ConfigurationError("benchmark", [f"expected a client {PROVINCE}"])
    return known.principal


async def _cpu(_request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(process_time_ns()))


def main(folder: Path, subject: str) -> None:
    """Serve the stores of this folder."""
    settings = Settings(data_dir=folder, port=0, sync_seconds=0)
    with listening(settings.host, settings.port) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        with open_hub(settings) as hub:
            server = server_of(opened(hub) if subject == OPEN else hub, settings)
            if isinstance(server.config.app, Starlette):
                server.config.app.router.routes.append(Route(CPU, _cpu, methods=["POST"]))
            with what_stands_stays():
                sys.stdout.write(f"{settings.base_url}\n")
                sys.stdout.flush()
                asyncio.run(server.serve([listener]))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
