"""What becomes of a group of records: one delivery for all approved devices of a link, and each sender its own row's fate.

What an awaiting device sends waits by itself, as do rows of an approved one whose point its province has not mapped yet:
both go to where devices' rows wait, a delivery a device. That takes as long for each as a group takes for a thousand, so
they go a way of their own, on which they hold up nobody but each other.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from graph.errors import NengshuError
from graph.model.access_device import DeviceState
from graph.model.principal import Reach
from graph.model.sync_run import REJECTED_NAMED_MAX, Link, Receipt
from graph.model.verdict import Rejection
from graph.ports import Clock, Delivery
from provincial_adapters._nhjc04.base_data import REG_VERSION, dic_version
from provincial_adapters._nhjc_ak.answers import WRONG, Answer, Refused, success, told
from provincial_adapters._nhjc_ak.gate import Gate
from provincial_adapters._nhjc_ak.notices import Notices, is_old, stamp
from provincial_adapters._nhjc_ak.quirks import settled
from provincial_adapters._nhjc_ak.records import Sent, arrived, kept
from provincial_adapters._toolkit.chinese import refused
from provincial_adapters._toolkit.devices import Deliver, Enrolled, raw_rows

NOT_MAPPED = "unknown-code"  # the rule's word for a point that is not there, or not active yet
APART_AT_ONCE = 100  # records of a device: so few wait row by row, and one that comes again alone is known
KEY_BYTES = 8  # of what tells two groups of the same rows apart: a record sent again is judged again

Book = Callable[[Delivery], Receipt]


@dataclass(frozen=True)
class Booking:
    """Books groups; each of its two ways is called in one thread at a time.

    `book` is the one door into the readings store, for many devices at once; `deliver` the way of one device, whose rows
    may have to wait.
    """

    gate: Gate
    book: Book
    deliver: Deliver
    notices: Notices
    clock: Clock

    def together(self, group: Sequence[Sent]) -> list[Answer | None]:
        """The answer to each record of a group, in its order; None for those that have to go apart."""
        return _Group(self, group).together()

    def apart(self, group: Sequence[Sent]) -> list[Answer]:
        """The answers to records of devices that await their province, or whose points do."""
        return _Group(self, group).apart()


class _Group:
    """One group on its way: whose each record is, and what it is answered."""

    def __init__(self, booking: Booking, group: Sequence[Sent]) -> None:
        self._booking, self._group = booking, group
        self._senders: dict[tuple[str, str], Enrolled] = {}
        self._refused: dict[tuple[str, str], Answer] = {}
        self._answers: dict[int, Answer] = {}
        now = stamp(booking.clock.now())
        data = {"platformTime": now, "regVersion": REG_VERSION, "dicVersion": dic_version()}
        self._done = success(data)
        self._told = success(data, f"操作成功；dicVersion 已更新为 {dic_version()}，请下载基础数据")

    def together(self) -> list[Answer | None]:
        """All approved devices of a link at once."""
        links: dict[str, list[int]] = defaultdict(list)
        for place, device in self._known():
            if device.state is DeviceState.APPROVED:
                links[device.link.key].append(place)
        for places in links.values():
            self._book(places)
        self._notice()
        return [self._answers.get(place) for place in range(len(self._group))]

    def apart(self) -> list[Answer]:
        """A device at a time."""
        devices: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, _ in self._known():
            devices[self._group[place].key].append(place)
        for places in devices.values():
            for first in range(0, len(places), APART_AT_ONCE):
                self._deliver(places[first : first + APART_AT_ONCE])
        self._notice()
        return [self._answers[place] for place in range(len(self._group))]

    def _known(self) -> Iterator[tuple[int, Enrolled]]:
        """Each record's place with its device; who may not speak is answered."""
        for place, each in enumerate(self._group):
            device = self._device_of(each)
            if device is None:
                self._answers[place] = self._refused[each.key]
            else:
                yield place, device

    def _device_of(self, each: Sent) -> Enrolled | None:
        """The sender's device as it now stands; None for who may not speak."""
        if each.key not in self._senders and each.key not in self._refused:
            try:
                self._senders[each.key] = self._booking.gate.holder(each.token)
            except Refused as refused:
                self._refused[each.key] = refused.answer
        return self._senders.get(each.key)

    def _book(self, places: Sequence[int]) -> None:
        """What only lacks its point has no answer yet: it goes the way of its device."""
        rows = [self._group[place] for place in places]
        link = self._senders[rows[0].key].link
        delivery = delivery_of(rows, link, Reach(region=link.region))
        if _is_more_than_named(delivery, rows):
            for half in _halves(places):
                self._book(half)
            return
        for place, fate in zip(places, fates(rows, lambda: self._booking.book(delivery)), strict=True):
            if not isinstance(fate, Rejection) or fate.code != NOT_MAPPED:
                self._answer(place, fate)

    def _deliver(self, places: Sequence[int]) -> None:
        """One device's rows."""
        rows = [self._group[place] for place in places]
        device = self._senders[rows[0].key]
        delivery = delivery_of(rows, device.link, Reach(unit=device.unit))
        if _is_more_than_named(delivery, rows):
            for half in _halves(places):
                self._deliver(half)
            return
        found = fates(
            rows,
            lambda: self._booking.deliver(
                device, delivery, lambda: raw_rows(device.unit, [kept(row) for row in rows])
            ),
        )
        for place, fate in zip(places, found, strict=True):
            self._answer(place, fate)

    def _answer(self, place: int, fate: Rejection | Answer | None) -> None:
        if isinstance(fate, Answer):
            self._answers[place] = fate
        elif fate is not None:
            self._answers[place] = Answer(WRONG, f"数据被拒收：{refused(fate.code, fate.why)}")
        else:
            record = self._group[place].record
            self._answers[place] = self._told if record is not None and is_old(record) else self._done

    def _notice(self) -> None:
        """What the records that are answered say beside their readings."""
        answered = (self._group[place] for place in self._answers)
        self._booking.notices.of(
            (self._senders[each.key], each) for each in answered if each.key in self._senders
        )


def delivery_of(rows: Sequence[Sent], link: Link, reach: Reach) -> Delivery:
    """Rows as one delivery of their link: under a key of its own, since each record is known by what it speaks of."""
    digest = hashlib.sha256()
    for each in rows:
        digest.update(f"{each.token.unit}\n{len(each.raw)}\n".encode())
        digest.update(each.raw)
    key = f"group:{secrets.token_hex(KEY_BYTES)}"
    return Delivery(link.source, key, digest.hexdigest(), arrived(rows, settled(link)), reach)


def _is_more_than_named(delivery: Delivery, rows: Sequence[Sent]) -> bool:
    """Whether its receipt could not name every refused reading: a record of half an hour is two."""
    return len(rows) > 1 and delivery.arrived.rows > REJECTED_NAMED_MAX


def _halves(places: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    middle = len(places) // 2
    return places[:middle], places[middle:]


def fates(rows: Sequence[Sent], store: Callable[[], Receipt]) -> list[Rejection | Answer | None]:
    """Of each row why it was refused, None where it is kept; or the failure that all of them share."""
    try:
        receipt = store()
    except NengshuError as fault:
        return [told(fault)] * len(rows)
    refused = {rejection.row: rejection for rejection in receipt.rejected}
    return [refused.get(number) for number in range(1, len(rows) + 1)]
