"""What the hub notices of devices while they upload: that they are there, an old dictionary, a coefficient unlike ours.

Each is told once: the same record every quarter of an hour would tell it for ever.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from graph.errors import StoreError
from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING, UTC
from graph.ports import Clock
from provincial_adapters._nhjc04.base_data import dic_version
from provincial_adapters._nhjc_ak.keys import Token
from provincial_adapters._nhjc_ak.messages import Record
from provincial_adapters._nhjc_ak.problems import problem
from provincial_adapters._nhjc_ak.records import Sent
from provincial_adapters._toolkit.codes import readable
from provincial_adapters._toolkit.devices import Devices, Enrolled, Problem, Proposal, Seen
from provincial_adapters._toolkit.pace import DAY_S, Pace

SEEN_EVERY_S = (
    60  # that a device uploads is noted once a minute: an outage is looked for by the quarter of an hour
)
OURS_S = 3_600  # coefficients change with an edition or a measurement, and no device's does within the hour
KEPT_MAX = 200_000  # things told before: a nation's devices with a dozen each; beyond it they are told anew
TOLD_FREE = 100  # times a day that a device has something told: as many problems as are kept of it
OFF_MAX = Decimal("0.1")  # of our coefficient; two labs differ by less
VERSION_MAX = 40  # characters of a dictionary's version that are looked at
SAYS_NOTHING = frozenset({Decimal(0), Decimal(1)})  # a device that converts nothing (assumed)

# The coefficients that count for a unit's variety, on either basis, in kgce a native unit.
Coefficients = Callable[[CreditCode, str], Sequence[Decimal]]


def is_old(record: Record) -> bool:
    """Whether a record goes by another dictionary than the one in use."""
    said = record.dic_version
    return isinstance(said, str | int) and said != "" and str(said)[:VERSION_MAX] != dic_version()


def stamp(moment: dt.datetime) -> str:
    """yyyy-MM-dd HH:mm:ss, Beijing time."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


class Notices:
    """Notes what is new about devices; any thread may call."""

    def __init__(self, devices: Devices, coefficients: Coefficients, clock: Clock) -> None:
        self._devices, self._coefficients, self._clock = devices, coefficients, clock
        self._lock = threading.Lock()
        self._seen: dict[str, float] = {}
        self._told: set[tuple[Any, ...]] = set()
        self._telling = Pace(TOLD_FREE, DAY_S)
        self._ours: dict[tuple[str, str], tuple[float, Sequence[Decimal]]] = {}

    def of(self, group: Iterable[tuple[Enrolled, Sent]]) -> None:
        """Note what the records of a group say beside their readings."""
        with self._lock:
            for device, each in group:
                try:
                    self._notice(device, each)
                except (
                    StoreError
                ):  # the readings are stored: what could not be noted is told by a record to come
                    self._forget(device)

    def _notice(self, device: Enrolled, each: Sent) -> None:
        now_s = self._clock.now().timestamp()
        if now_s - self._seen.get(device.unit.text, 0.0) >= SEEN_EVERY_S:
            self._seen[device.unit.text] = now_s
            self._devices.note(device, **{Seen.UPLOADED.value: None})
        unit = device.unit.text
        if each.record is None or self._telling.wait_s(unit, now_s) is not None:
            return
        if problems := self._problems(device, each.record):
            self._telling.count(unit, now_s)
            self.tell(device, problems)

    def _forget(self, device: Enrolled) -> None:
        self._seen.pop(device.unit.text, None)
        self._told = {key for key in self._told if key[0] != device.unit.text}

    def tell(self, device: Enrolled, problems: Sequence[Problem]) -> None:
        """Keep problems of a device where its province looks."""
        self._devices.say(device, Proposal(device.unit, (), {}, tuple(problems)))

    def storm(self, token: Token) -> None:
        """A device that goes on with a token that has ended, however often it is told (field failure 12)."""
        device = self._devices.find(token.unit)
        if device is not None:
            ended = stamp(dt.datetime.fromtimestamp(token.until_s, UTC))
            why = f"it ended {ended}, and the device goes on with it and asks for no other"
            self.tell(device, [problem("old-token", "old token", why)])

    def _problems(self, device: Enrolled, record: Record) -> list[Problem]:
        found = []
        if is_old(record) and self._is_new(device, "dicVersion", str(record.dic_version)[:VERSION_MAX]):
            why = f"came {record.dic_version!s:.40}, {dic_version()} is in use; it was told"
            found.append(problem("old-dictionary", "old dictionary", why))
        said = record.convert_ration
        if said not in (None, "") and self._is_new(device, record.data_code[:40], str(said)[:40]):
            found += self._coefficient_problem(device, record.data_code, said)
        return found

    def _coefficient_problem(self, device: Enrolled, text: str, said: Any) -> list[Problem]:
        """A coefficient unlike ours at every power of ten: nobody says in which unit a device's is."""
        code, ratio = readable(text), _number(said)
        if code is None:
            return []
        if ratio is None:
            return [
                problem(
                    "malformed-coefficient",
                    f"convertRation of {code}",
                    f"came {said!r:.40}, expected a number",
                )
            ]
        ours = self._counting(device.unit, code.variety)
        if ratio in SAYS_NOTHING or not ours or any(_alike(ratio, one) for one in ours):
            return []
        stands = " or ".join(f"{one.normalize():f}" for one in ours)
        why = f"the device uses {ratio:f}, here counts {stands} kgce"
        return [problem("coefficient-differs", f"coefficient of {code} differs", why)]

    def _counting(self, unit: CreditCode, variety: str) -> Sequence[Decimal]:
        """The coefficients that count, looked up once an hour."""
        now_s = self._clock.now().timestamp()
        looked_s, found = self._ours.get((unit.text, variety), (-OURS_S, ()))
        if now_s - looked_s >= OURS_S:
            if len(self._ours) >= KEPT_MAX:
                self._ours.clear()
            found = [one for one in self._coefficients(unit, variety) if one > 0]
            self._ours[unit.text, variety] = now_s, found
        return found

    def _is_new(self, device: Enrolled, *what: Any) -> bool:
        key = (device.unit.text, *what)
        if key in self._told:
            return False
        if len(self._told) >= KEPT_MAX:
            self._told.clear()
        self._told.add(key)
        return True


def _number(said: Any) -> Decimal | None:
    try:
        number = Decimal(str(said).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


def _alike(ratio: Decimal, ours: Decimal) -> bool:
    """Whether two coefficients are the same at some power of ten, within OFF_MAX."""
    if ratio <= 0:
        return False
    quotient = (ratio / ours).scaleb(-(ratio / ours).adjusted())  # from 1 to 10
    return abs(quotient - 1) <= OFF_MAX or abs(quotient - 10) <= 10 * OFF_MAX
