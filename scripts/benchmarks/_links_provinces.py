"""Provincial hubs, each a process over stores of its own: `python -m scripts.benchmarks._links_provinces FOLDER MANY UNITS`.

All modules are loaded once and each province is a fork of that: 31 of them start in seconds and share what none changes.
Each makes its registry, then serves as `nengshu serve` does, and leaves in its folder where it is asked and with what. A
line says that all of them serve; they end with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep

from graph.errors import ConfigurationError
from graph.model.principal import OrganisationKind, Role
from hub.cli.serve import listening, server_of
from hub.settings import Settings
from hub.wiring import open_hub, open_registry
from scripts.benchmarks._links_nation import Province, provinces, register
from scripts.benchmarks._links_sender import machine

TOLD = "served.json"
READY_S_MAX = 300.0  # 31 hubs that begin at once on a machine that does other things too
LOOK_S = 0.1


@dataclass(frozen=True)
class Served:
    """Where a province's hub is asked, the number of its process, and who may: itself to upload, the nation to pull."""

    code: str
    base: str
    number: int
    own: str = field(repr=False)
    nation: str = field(repr=False)


def served_in(folder: Path, many: list[Province]) -> list[Served]:
    """What all of them left."""
    return [Served(**json.loads((folder / each.code / TOLD).read_text(encoding="utf-8"))) for each in many]


def _serve(folder: Path, province: Province) -> None:
    data = folder / province.code
    settings = Settings(data_dir=data, port=0, sync_seconds=0, region=province.code)
    register(settings, [province])
    own, nation = _machines(settings, province)
    with listening(settings.host, settings.port) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        with open_hub(settings) as hub:
            server = server_of(hub, settings)
            told = Served(province.code, settings.base_url, os.getpid(), own, nation)
            new = data / f"{TOLD}.new"
            new.write_text(json.dumps(asdict(told)), encoding="utf-8")
            new.rename(data / TOLD)
            asyncio.run(server.serve([listener]))


def _machines(settings: Settings, province: Province) -> tuple[str, str]:
    """Credentials of the province's own machine, which uploads, and of the nation's, which pulls."""
    with closing(open_registry(settings)) as registry:
        return (
            machine(registry, "own", OrganisationKind.PROVINCIAL_DEPARTMENT, province.code, (Role.UPLOAD,)),
            machine(registry, "nation", OrganisationKind.NATIONAL_AGENCY, None, (Role.READ, Role.SYNC)),
        )


def _begun(folder: Path, province: Province) -> int:
    """The number of a fork that serves a province."""
    number = os.fork()
    if number == 0:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _serve(folder, province)
        os._exit(0)
    return number


def main(folder: Path, many: int, units: int) -> None:
    """Start all, say so, and end them when told to."""
    told = provinces(many, units)
    children = [_begun(folder, province) for province in told]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        until = monotonic() + READY_S_MAX
        while not all((folder / province.code / TOLD).exists() for province in told):
            if monotonic() > until or any(os.waitpid(child, os.WNOHANG)[0] for child in children):
                raise ConfigurationError("provinces", [f"expected {many} hubs that serve, came fewer"])
            sleep(LOOK_S)
        sys.stdout.write(f"{served_in(folder, told)[0].base}\n")
        sys.stdout.flush()
        signal.pause()
    finally:
        for child in children:
            os.kill(child, signal.SIGTERM)
        for child in children:
            os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
