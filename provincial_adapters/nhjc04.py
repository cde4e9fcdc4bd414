"""Access devices call the hub in the words they already speak, and need no change to point at it.

Source: NHJC-04 as several independent clients in the field speak it: JSON over HTTPS POST, five steps (read).
Time: statDate is the start of the period, uploadDate the version, both Beijing time (read).
Cadence: realtime items each 15 minutes, all uploaded daily in the slot the register answer assigns (read).
Quirks: the polarity of `valid` and the length of a realtime period are the link's, never guessed (read); empty
        code segments are zeros, and download addresses other than base data are unused (assumed).

A POST is answered all or nothing, and a device resends until it reads RECEIVE SUCCESS. So a POST of which some
rows were refused still succeeds once the good rows are stored: the refused ones are in the batch's receipt and in
quarantine, and sending them again would change nothing. A POST of which no row could be kept fails, with the
first reason; sent again in another hour, it is judged again.

The dialect has no credential: whoever knows a credit code, which is public, can register as the unit's device. So a
device only proposes points and speaks of its own unit, and a link whose `registration` is closed gives no identity
to anybody new (docs/adr/0011).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

import pyarrow.compute as pc

from graph.errors import ConfigurationError, InvalidInput, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.instrument import PointState
from graph.model.period import UTC, beijing_day
from graph.model.principal import Reach
from graph.model.sync_run import Link, Receipt
from graph.ports import Clock, Delivery, PointDirectory
from provincial_adapters._nhjc04.answers import Answer, Refused, answered, of_receipt, success
from provincial_adapters._nhjc04.base_data import REG_VERSION, base_data, dic_version
from provincial_adapters._nhjc04.config import Problem, Proposal, proposal
from provincial_adapters._nhjc04.devices import (
    SLOTS_A_NIGHT,
    addresses,
    check_secret,
    device_id,
    looks_like_device_id,
    slot_of,
    upload_time,
)
from provincial_adapters._nhjc04.labels import LABEL_QUIRKS
from provincial_adapters._nhjc04.messages import (
    BODY_BYTES_MAX,
    BaseDataAsk,
    ConfigUpload,
    DataUpload,
    Register,
    VersionCheck,
    decoded,
    digest_of,
)
from provincial_adapters._nhjc04.readings import arrived
from provincial_adapters._nhjc04.words import REALTIME_MINUTES, VALID_WORDS, as_word
from provincial_adapters._toolkit.dialect import Dialect, Direction, Quirk, one_of

__all__ = [
    "BODY_BYTES_MAX",
    "DIALECT",
    "AccessDevices",
    "Answer",
    "Links",
    "Problem",
    "Proposal",
    "Rest",
    "arrived",
]

PROPOSED_MAX = (
    2_000  # points of a unit that wait for the province: a large plant twice, and no more of a stranger's
)
LISTED, CLOSED = "listed", "closed"
Rest: TypeAlias = Callable[[], Answer]


def _minutes_fault(minutes: Any) -> str | None:
    if type(minutes) is int and minutes in REALTIME_MINUTES:
        return None
    return f"came {minutes!r:.64}, expected 15, 30 or 60"


def _polarity_fault(word: Any) -> str | None:
    if word is None or as_word(word) in VALID_WORDS:
        return None
    return f"came {word!r:.64}, expected 0, 1, true or false"


DIALECT = Dialect(
    name="nhjc04",
    chinese="接入端设备协议",
    english="access devices, NHJC-04",
    direction=Direction.RECEIVE,
    quirks=(
        Quirk(
            "realtime_minutes",
            "length of a realtime period (statType 0); values of 30 minutes are shared out over their quarter-hours",
            15,
            fault=_minutes_fault,
        ),
        Quirk(
            "valid_means",
            "what `valid` holds for a valid reading; undeclared, it is ignored",
            fault=_polarity_fault,
        ),
        Quirk(
            "registration",
            "`listed`: any unit on the roster may register a device; `closed`: nobody registers or configures one",
            LISTED,
            fault=one_of(LISTED, CLOSED),
        ),
        *LABEL_QUIRKS,
    ),
)


class Links(Protocol):
    """By which link the devices of a unit come in."""

    def link_of(self, unit: CreditCode) -> Link | None:
        """The enabled link of this dialect for the unit's region; None for a unit no roster lists."""
        ...


class AccessDevices:
    """The hub's side of the conversation: five methods, each a body in and an answer out, none raising.

    `read_config` and `read_data` are the halves of two of them that need no store to themselves: they answer, or
    return the rest, which writes and answers.
    `deliver` is the one door into the readings store; `propose` keeps what a configuration says and never
    changes a point that exists. `secret` derives device identities, so that none is stored.
    Raises ConfigurationError when base address or secret will not do.
    """

    def __init__(
        self,
        *,
        base_url: str,
        secret: bytes,
        links: Links,
        points: PointDirectory,
        deliver: Callable[[Delivery], Receipt],
        propose: Callable[[Proposal], None],
        clock: Clock,
    ) -> None:
        _check(base_url, secret)
        self._base_url, self._secret = base_url, secret
        self._links, self._points, self._clock = links, points, clock
        self._deliver, self._propose = deliver, propose

    def register(self, body: bytes) -> Answer:
        """Step 1, /enterprise/register: an identity, addresses and a time slot."""
        return answered(lambda: self._register(body))

    def version_check(self, body: bytes) -> Answer:
        """Step 2, /enterprise/versionCheck: the versions of the register answer and of the base data."""
        return answered(lambda: self._version_check(body))

    def upload_config(self, body: bytes) -> Answer:
        """Step 3, /enterprise/downloadConfigData (so named in the field): what the device will send."""
        return _whole(self.read_config(body))

    def read_config(self, body: bytes) -> Answer | Rest:
        """The first half of `upload_config`."""
        return answered(lambda: self._read_config(body))

    def upload_data(self, body: bytes) -> Answer:
        """Step 4, /enterprise/uploadEnergyData: readings. Success means stored."""
        return _whole(self.read_data(body))

    def read_data(self, body: bytes) -> Answer | Rest:
        """The first half of `upload_data`."""
        return answered(lambda: self._read_data(body))

    def download_base_data(self, body: bytes) -> Answer:
        """/enterprise/downloadBaseData: the code tables."""
        return answered(lambda: self._download_base_data(body))

    def _register(self, body: bytes) -> Answer:
        unit, link = self._known(decoded(body, Register).enterprise_code)
        _check_open(link)
        identity = device_id(self._secret, unit, link.key)
        slot = upload_time(slot_of(identity), SLOTS_A_NIGHT)
        return {**success(), "deviceId": identity, **addresses(self._base_url), "uploadTime": slot}

    def _version_check(self, body: bytes) -> Answer:
        if not looks_like_device_id(decoded(body, VersionCheck).device_id):
            raise Refused("deviceId 格式有误：应为 32 位十六进制")
        return {**success(), "regVersion": REG_VERSION, "dicVersion": dic_version()}

    def _download_base_data(self, body: bytes) -> Answer:
        decoded(body or b"{}", BaseDataAsk)
        return {**success(), "dicVersion": dic_version(), "baseData": base_data()}

    def _read_config(self, body: bytes) -> Rest:
        upload = decoded(body, ConfigUpload)
        unit, link = self._owner(upload.device_id, upload.enterprise_code)
        _check_open(link)
        minutes = DIALECT.settled(link.quirks)["realtime_minutes"]
        said = proposal(upload, unit, minutes, beijing_day(self._clock.now()))
        if said.problems and not said.points:
            raise Refused(f"配置中没有可用的采集项：{said.problems[0]}")
        return lambda: answered(lambda: self._proposed(said))

    def _proposed(self, said: Proposal) -> Answer:
        self._propose(self._only_new(said))
        return success()

    def _read_data(self, body: bytes) -> Rest:
        upload = decoded(body, DataUpload)
        unit, link = self._owner(upload.device_id, upload.enterprise_code)
        rows = arrived(bytes(upload.data), unit, DIALECT.settled(link.quirks))
        if rows.rows == 0:
            raise Refused("data 为空：没有可接收的数据")
        digest = digest_of(body)
        # The device sends no key: the same bytes are the same batch, so a lost answer costs nothing.
        delivery = Delivery(link.source, f"{unit}:{digest}", digest, rows, Reach(unit=unit))
        return lambda: answered(lambda: self._stored(delivery))

    def _stored(self, delivery: Delivery) -> Answer:
        return of_receipt(self._judged_anew(delivery, self._deliver(delivery)))

    def _judged_anew(self, delivery: Delivery, receipt: Receipt) -> Receipt:
        """A batch of which nothing was kept is judged again, once an hour: its points may be active by now.

        Once an hour, because a device whose points nobody maps resends for months, and each judging fills quarantine.
        """
        now, before = (
            f"{moment.astimezone(UTC):%Y%m%d%H}" for moment in (self._clock.now(), receipt.received_at)
        )
        if receipt.rejected_count < receipt.rows or now == before:
            return receipt
        return self._deliver(replace(delivery, key=f"{delivery.key}:{now}"))

    def _known(self, enterprise: str) -> tuple[CreditCode, Link]:
        try:
            unit = CreditCode.parse(enterprise)
        except MalformedCode as fault:
            raise Refused(f"enterpriseCode 统一社会信用代码有误：{fault.segment}: {fault.why}") from fault
        link = self._links.link_of(unit)
        if link is None:
            raise Refused(f"enterpriseCode {unit} 不在本平台重点用能单位名单中")
        return unit, link

    def _owner(self, identity: str, enterprise: str) -> tuple[CreditCode, Link]:
        unit, link = self._known(enterprise)
        expected = device_id(self._secret, unit, link.key)
        if not hmac.compare_digest(identity.lower().encode("utf-8", "replace"), expected.encode()):
            raise Refused(f"deviceId 与企业统一社会信用代码 {unit} 不符，请重新注册")
        return unit, link

    def _only_new(self, said: Proposal) -> Proposal:
        """A point that exists stays as the province left it, whatever its device proposes again."""
        points = self._points.points([said.unit.text])
        known = set(points["data_code"].to_pylist())
        new = tuple(point for point in said.points if point["code"] not in known)
        waiting = pc.sum(pc.equal(points["state"], PointState.PROPOSED.value)).as_py() or 0
        if new and waiting + len(new) > PROPOSED_MAX:
            said_so = f"待省级平台确认的采集项已有 {waiting} 个，再加 {len(new)} 个超过上限 {PROPOSED_MAX} 个"
            raise Refused(f"enterpriseCode {said.unit} {said_so}")
        return Proposal(said.unit, new, said.enterprise, said.problems)


def _whole(found: Answer | Rest) -> Answer:
    return found() if callable(found) else found


def _check_open(link: Link) -> None:
    if DIALECT.settled(link.quirks)["registration"] == CLOSED:
        raise Refused("本省平台不开放设备自助注册与配置，请联系省级平台")


def _check(base_url: str, secret: bytes) -> None:
    faults = []
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        faults.append(f"base address: came {base_url!r:.64}, expected one such as https://hub.example")
    try:
        check_secret(secret)
    except InvalidInput as fault:
        faults.append(str(fault))
    if faults:
        raise ConfigurationError("access devices", faults)
