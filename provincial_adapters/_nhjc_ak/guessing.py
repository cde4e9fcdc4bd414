"""How many wrong passwords there may be within a minute: of a device from one address, from one address, and of a device.

Whoever showed a device's password from an address goes on from there whatever others guess: nobody locks a device out.
"""

from __future__ import annotations

from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc_ak.answers import too_fast
from provincial_adapters._toolkit.pace import Pace

ATTEMPTS_FREE = 10  # of a device from one address: a typing error in a form is retried less
ADDRESS_FREE = (
    100  # from one address, of whatever devices: those of ten plants behind it with a typing error each
)
DEVICE_FREE = (
    60  # of a device from all addresses: whoever has many of them guesses no faster than one a second
)
KNOWN_MAX = 50_000  # devices whose address is remembered: three times a nation's units, 200 bytes each


class Guesses:
    """Wrong passwords of one dialect's devices, in memory; any thread may call."""

    def __init__(self) -> None:
        self._pair, self._address, self._device = Pace(ATTEMPTS_FREE), Pace(ADDRESS_FREE), Pace(DEVICE_FREE)
        self._known: dict[CreditCode, str] = {}

    def check(self, unit: CreditCode, address: str, now_s: float) -> None:
        """Raise Refused (429) where too many were wrong to look at another."""
        waits = [self._pair.wait_s(_pair(unit, address), now_s)]
        if self._known.get(unit) != address:
            waits += [self._address.wait_s(address, now_s), self._device.wait_s(unit.text, now_s)]
        if found := [wait_s for wait_s in waits if wait_s is not None]:
            raise too_fast("password 错误次数过多", max(found))

    def wrong(self, unit: CreditCode, address: str, now_s: float) -> None:
        """Count a wrong one."""
        self._pair.count(_pair(unit, address), now_s)
        self._address.count(address, now_s)
        self._device.count(unit.text, now_s)

    def right(self, unit: CreditCode, address: str) -> None:
        """Remember from where a device showed its password last."""
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        self._known[unit] = address


def _pair(unit: CreditCode, address: str) -> str:
    return f"{unit}@{address}"
