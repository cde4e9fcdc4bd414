"""The only place that makes things: stores, intake, access, schema, out of settings and a clock."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from graph.model.region import DivisionTree
from graph.ports import Clock
from graph.schema import build_schema
from hub.access.tokens import Gatekeeper
from hub.links import DeviceLinks
from hub.settings import Settings
from hub.stores.readings.store import ReadingsStore
from hub.stores.registry.database import migrate, open_engine
from hub.stores.registry.registry import Registry
from hub.stores.registry.seed import seed
from national_sync.intake import Intake, all_rules
from provincial_adapters.nhjc04 import AccessDevices

if TYPE_CHECKING:
    from strawberry import Schema

KEY_BYTES = 32  # of the secret that device numbers are made with


class SystemClock:
    """The machine's clock."""

    def now(self) -> dt.datetime:
        """The present moment in UTC."""
        return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Hub:
    """One hub, whole: what endpoints and commands are given."""

    settings: Settings
    clock: Clock
    registry: Registry
    store: ReadingsStore
    intake: Intake
    gatekeeper: Gatekeeper
    schema: Schema
    devices: AccessDevices
    readers: anyio.CapacityLimiter
    writers: anyio.CapacityLimiter


@contextmanager
def open_hub(settings: Settings, clock: Clock | None = None) -> Iterator[Hub]:
    """A hub over the stores of `settings.data_dir`, made on first use and closed at the end.

    Raises StoreError when another process holds the readings file.
    """
    clock = clock or SystemClock()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    registry = open_registry(settings, clock)
    with closing(registry), closing(ReadingsStore(settings.readings_path, registry, clock)) as store:
        registry.close_orphans(clock.now())
        intake = Intake(registry, store, clock, all_rules())
        yield Hub(
            settings=settings,
            clock=clock,
            registry=registry,
            store=store,
            intake=intake,
            gatekeeper=Gatekeeper(registry.clients),
            schema=build_schema(),
            devices=_devices(settings, clock, registry, intake),
            readers=anyio.CapacityLimiter(settings.reader_threads),
            writers=anyio.CapacityLimiter(1),
        )


def open_registry(
    settings: Settings, clock: Clock | None = None, regions: Sequence[Mapping[str, Any]] | None = None
) -> Registry:
    """The registry alone, migrated and with its first rows; several processes may hold it.

    A new registry gets the real provinces, or `regions` where a simulation brings its own.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.registry_url)
    migrate(engine)
    registry = Registry(engine, clock or SystemClock(), DivisionTree())
    if regions is not None:
        registry.upsert("region", regions, "simulation")
    seed(registry)
    return registry


def _devices(settings: Settings, clock: Clock, registry: Registry, intake: Intake) -> AccessDevices:
    """The hub's side of the access devices' conversation."""
    links = DeviceLinks(registry)
    return AccessDevices(
        base_url=settings.base_url,
        secret=_device_key(settings.data_dir / "device.key"),
        links=links,
        points=registry,
        deliver=intake.take,
        propose=links.propose,
        clock=clock,
    )


def _device_key(path: Path) -> bytes:
    """The secret of this hub's device numbers, made once and readable by its owner alone."""
    if not path.exists():
        unfinished = path.with_suffix(".part")  # a key that is there is whole
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(secrets.token_bytes(KEY_BYTES))
        unfinished.rename(path)
    return path.read_bytes()
