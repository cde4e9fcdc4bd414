"""The hub's sides of the conversations with devices, and what its stores are to them: passwords, and what it knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

import anyio
from anyio import to_thread

from graph.model.credit_code import CreditCode
from graph.model.period import beijing_day
from graph.model.principal import Reach
from graph.ports import Ask, Clock, Condition
from hub.access.sealing import Seal, key_of
from hub.device_readings import DeviceReadings
from hub.devices import RegistryDevices
from hub.settings import Settings
from hub.stores.door.door import Door
from hub.stores.registry.device_passwords import DevicePasswords
from hub.stores.registry.registry import Registry
from provincial_adapters.nhjc04 import DIALECT as NHJC04
from provincial_adapters.nhjc04 import AccessDevices
from provincial_adapters.nhjc_ak import DIALECT, AkDevices, AkMeans, Calibration

AK_AT_ONCE = 3  # a group's commit, rows that wait for a province, and what is noted
INSTRUMENTS_MAX = 5_000  # of a unit that verifications are compared with: a large plant has some hundreds

T = TypeVar("T")


@dataclass(frozen=True)
class SealedPasswords:
    """Digests of devices' passwords, sealed with the key of the data folder."""

    rows: DevicePasswords
    seal: Seal

    def find(self, link: str, unit: CreditCode) -> bytes | None:
        """The digest a device's password has; None where it has none. Raises StoreError."""
        sealed = self.rows.find(link, str(unit))
        return None if sealed is None else self.seal.open(sealed, _name(link, unit))

    def keep(self, link: str, unit: CreditCode, digest: bytes) -> None:
        """Keep one in place of the one before. Raises StoreError."""
        self.rows.keep(link, str(unit), self.seal.seal(digest, _name(link, unit)))


def _name(link: str, unit: CreditCode) -> str:
    return f"device password {unit} {link}"


@dataclass(frozen=True)
class Known:
    """What the registry knows of a unit, to compare with what its device says."""

    registry: Registry
    clock: Clock

    def calibrations(self, unit: CreditCode) -> Mapping[str, Calibration]:
        """Since when and until when its instruments are calibrated, by their numbers."""
        ask = Ask("instrument", Reach(unit=unit), first=INSTRUMENTS_MAX)
        rows = (
            self.registry.rows(ask).table.select(["number", "calibrated_on", "calibration_until"]).to_pylist()
        )
        return {row["number"]: (row["calibrated_on"], row["calibration_until"]) for row in rows}

    def coefficients(self, unit: CreditCode, variety: str) -> Sequence[Decimal]:
        """What a native unit of a variety is worth to it today, in kgce, on either basis and whoever says so."""
        today = beijing_day(self.clock.now())
        rows = self.registry.rows(
            Ask("coefficient", Reach(unit=unit), (Condition("variety", variety),))
        ).table
        return [
            row["kgce"]
            for row in rows.select(["kgce", "since", "until"]).to_pylist()
            if row["since"] <= today and (row["until"] is None or today < row["until"])
        ]


@dataclass(frozen=True)
class Beside:
    """Runs blocking calls beside the event loop, so many at a time (graph.ports.RunBlocking)."""

    limiter: anyio.CapacityLimiter

    async def __call__(self, call: Callable[[], T], /) -> T:
        """What the call returns, or what it raises."""
        return await to_thread.run_sync(call, limiter=self.limiter)


def nhjc04_of(
    settings: Settings, clock: Clock, registry: Registry, door: Door, readings: DeviceReadings
) -> AccessDevices:
    """The hub's side of the access devices' conversation."""
    return AccessDevices(
        base_url=settings.base_url,
        secret=key_of(settings.data_dir / "device.key"),
        devices=RegistryDevices.of(registry, settings.reach, NHJC04.name, door.devices),
        deliver=readings.deliver_all,
        clock=clock,
    )


def ak_of(
    settings: Settings, clock: Clock, registry: Registry, door: Door, readings: DeviceReadings
) -> AkDevices:
    """The hub's side of the conversation; groups are committed beside all other lanes."""
    known = Known(registry, clock)
    seal = Seal(key_of(settings.data_dir / "access.key"))
    means = AkMeans(
        devices=RegistryDevices.of(registry, settings.reach, DIALECT.name, door.devices),
        passwords=SealedPasswords(registry.device_passwords, seal),
        book=readings.intake.take,
        deliver=readings.deliver,
        calibrations=known.calibrations,
        coefficients=known.coefficients,
        version=registry.version,
        run=Beside(anyio.CapacityLimiter(AK_AT_ONCE)),
        clock=clock,
    )
    return AkDevices(settings.base_url, key_of(settings.data_dir / "device.key"), means)
