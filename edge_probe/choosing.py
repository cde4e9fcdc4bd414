"""A meter of which several firmwares are in the field: a register that each map knows decides which map it is read with.

The same model name is not the same map, and a wrong map reads plausible nonsense: where no map fits, or more than one
does, nothing is read and the fault says what each register showed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from edge_probe.config import Device, Point
from edge_probe.meter_map import Known, MeterMap
from edge_probe.ports import Answers, Fault, Meter, MeterProtocol, Reaching, is_silent

_NOBODYS = "0" * 16  # a data code for what is read to decide and never becomes a reading


class ChoosingMeter:
    """Asks for each map's known register first, then reads with the one that fits, until it meets nothing but refusals."""

    def __init__(self, device: Device, reach: Reaching) -> None:
        self._device, self._reach = device, reach
        self._chosen: Meter | None = None

    async def read(self) -> Answers:
        """Every quantity or its fault; without a choice each has the fault `unknown-map`."""
        if self._chosen is None:
            fit = await fitting_map(self._device, self._reach)
            if isinstance(fit, Fault):
                return dict.fromkeys(self._device.quantities, fit)
            self._chosen = self._reach(replace(self._device, map=fit), fit)
        answers = await self._chosen.read()
        if all(isinstance(each, Fault) and each.kind == "refused" for each in answers.values()):
            await self.close()  # another meter may hang there now
            self._chosen = None
        return answers

    async def close(self) -> None:
        """Let go of the line; which map fits stays known."""
        if self._chosen is not None:
            await self._chosen.close()


def meter_of(device: Device, protocol: MeterProtocol) -> Meter:
    """A device's meter, which decides among its maps where there are several."""
    return ChoosingMeter(device, protocol.reach) if device.others else protocol.reach(device, device.map)


async def fitting_map(device: Device, reach: Reaching) -> MeterMap | Fault:
    """The one map of a device that fits the meter; why there is none. One that has no others is not asked for."""
    if not device.others:
        return device.map
    maps = (device.map, *device.others)
    shown = [await _shown(device, each, reach) for each in maps]
    fit = [each for each, came in zip(maps, shown, strict=True) if _fits(each.known, came)]
    return fit[0] if len(fit) == 1 else _undecided(maps, shown)


async def _shown(device: Device, meter_map: MeterMap, reach: Reaching) -> Decimal | Fault:
    """What a map's known register shows, over a line that is closed again: a meter may take one at a time."""
    name = meter_map.known.quantity if meter_map.known else ""
    points = (Point(device.name, name, _NOBODYS, Decimal(1)),)
    meter = reach(replace(device, map=meter_map, points=points, parts=()), meter_map)
    try:
        return (await meter.read())[name]
    finally:
        await meter.close()


def _fits(known: Known | None, came: Decimal | Fault) -> bool:
    return known is not None and isinstance(came, Decimal) and known.fits(came)


def _undecided(maps: Sequence[MeterMap], shown: Sequence[Decimal | Fault]) -> Fault:
    silent = [each for each in shown if is_silent(each)]
    if len(silent) == len(shown):
        return silent[0]
    told = "; ".join(
        f"{each.name}: {came.kind if isinstance(came, Fault) else f'{came:f}'}"
        for each, came in zip(maps, shown, strict=True)
    )
    return Fault("unknown-map", f"expected the known register of one map to fit, came {told}")
