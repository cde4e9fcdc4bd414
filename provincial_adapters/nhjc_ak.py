"""Access devices of one province's dialect call the hub with keys and tokens, and send one record a POST.

Source: the AK dialect as two clients of one province speak it: JSON over HTTPS below /YNEnergy (read).
Time: statDate is the start of the period, uploadDate the version, platformTime the hub's clock, all Beijing time (read).
Cadence: one record a POST, in the slot that the answer to /requestAK names; realtime items each 15 minutes (read).
Quirks: polarity of `valid` and length of a realtime period as in NHJC-04 (read); form of the secretKey, HTTP status of a
        401, life of a token and what akValidAt means (assumed); fields of configuration messages, where the token
        travels and every code but 200 and 401 (assumed).

Each record is answered by its own fate, once it is durable: records that arrive while others are being committed form the
next group (provincial_adapters/_toolkit/grouping.py). A record sent again is known by what it speaks of, and succeeds.
docs/nhjc-ak.md has every message.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from graph.errors import ConfigurationError, InvalidInput, MalformedBody, NengshuError
from graph.ports import Clock, RunBlocking
from provincial_adapters._nhjc_ak.answers import Answer, Refused, answered, told, too_fast
from provincial_adapters._nhjc_ak.booking import Book, Booking
from provincial_adapters._nhjc_ak.configs import Calibration
from provincial_adapters._nhjc_ak.conversation import BASE_PATH, Calibrations, Conversation, Step, check_same
from provincial_adapters._nhjc_ak.gate import Caller, Gate, Passwords
from provincial_adapters._nhjc_ak.messages import CONFIG_BYTES_MAX, RECORD_BYTES_MAX, record_of
from provincial_adapters._nhjc_ak.notices import Coefficients, Notices
from provincial_adapters._nhjc_ak.quirks import NAME, QUIRKS
from provincial_adapters._nhjc_ak.records import Sent, replayed, sent
from provincial_adapters._nhjc_ak.remembered import Remembered
from provincial_adapters._toolkit.devices import Deliver, Devices
from provincial_adapters._toolkit.dialect import Dialect, Direction
from provincial_adapters._toolkit.grouping import Full, Grouping

__all__ = [
    "BASE_PATH",
    "CONFIG_BYTES_MAX",
    "DIALECT",
    "RECORD_BYTES_MAX",
    "RECORD_PATH",
    "AkDevices",
    "AkMeans",
    "Answer",
    "Calibration",
    "Caller",
]  # fmt: skip

RECORD_PATH = "/dataEnterpriseEnergy"
APART_WAITING_MAX = (
    500  # records of devices that await their province: some ten seconds of what can be kept for it
)
BUSY_S = 5  # records that wait are stored within seconds

DIALECT = Dialect(
    name=NAME,
    chinese="接入端设备协议（AK 认证）",
    english="access devices, AK dialect",
    direction=Direction.RECEIVE,
    quirks=QUIRKS,
    replays=replayed,
    row_by_row=True,
)


@dataclass(frozen=True)
class AkMeans:
    """What the conversation is given: the hub's stores, as far as devices concern them, and its clock.

    `book` is the one door into the readings store, `deliver` the way of one device whose rows may have to wait. `run` calls
    what blocks beside the event loop.
    """

    devices: Devices
    passwords: Passwords
    book: Book
    deliver: Deliver
    calibrations: Calibrations
    coefficients: Coefficients
    version: Callable[[], int]
    run: RunBlocking
    clock: Clock


class AkDevices:
    """The hub's side of the conversation. Raises ConfigurationError when base address or secret will not do."""

    def __init__(self, base_url: str, secret: bytes, means: AkMeans) -> None:
        _check_address(base_url)
        try:
            self._gate = Gate(secret, means.devices, means.passwords, means.clock, means.version)
        except InvalidInput as fault:
            raise ConfigurationError("access devices", [str(fault)]) from fault
        self._clock, self._run = means.clock, means.run
        self._notices = Notices(means.devices, means.coefficients, means.clock)
        conversation = Conversation(base_url, self._gate, means.devices, means.calibrations, means.clock)
        self._steps: Mapping[str, Step] = conversation.steps()
        booking = self._booking = Booking(self._gate, means.book, means.deliver, self._notices, means.clock)
        self._together: Grouping[Sent, Answer | None] = Grouping(booking.together, means.run)
        self._apart: Grouping[Sent, Answer] = Grouping(booking.apart, means.run, APART_WAITING_MAX)
        self._remembered = Remembered()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every step but the records, below the base."""
        return tuple(self._steps)

    def answer(self, path: str, body: bytes, caller: Caller) -> Answer:
        """What a step is answered; never raises."""
        return answered(lambda: self._steps[path](body, caller))

    async def take(self, body: bytes, caller: Caller) -> Answer:
        """What a record is answered, once it is durable; never raises. Called on one event loop."""
        try:
            return await self._taken(body, caller)
        except Refused as refused:
            if self._gate.storms:
                await self._run(self._note_storms)
            return refused.answer
        except Full:
            return too_fast("平台繁忙", BUSY_S).answer
        except NengshuError as fault:
            return told(fault)

    async def _taken(self, body: bytes, caller: Caller) -> Answer:
        text = caller.token if caller.token is not None else _token_in(body)
        each = sent(self._gate.admit(text, caller), body)
        if each.record is not None:
            check_same(each.token, each.record.enterprise_code)
        now_s = self._clock.now().timestamp()
        if (before := self._remembered.find(each, now_s)) is not None:
            return before
        answer = await self._together.put(each) or await self._apart.put(each)
        self._remembered.keep(each, answer, now_s)
        return answer

    def _note_storms(self) -> None:
        """Give each device that goes on with an old token its problem."""
        while self._gate.storms:
            self._notices.storm(self._gate.storms.popleft())


def _token_in(body: bytes) -> str | None:
    """The token of a record that has none in its headers; what is no record has none."""
    try:
        return record_of(body).token
    except MalformedBody:
        return None


def _check_address(base_url: str) -> None:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        why = f"base address: came {base_url!r:.64}, expected one such as https://hub.example"
        raise ConfigurationError("access devices", [why])
