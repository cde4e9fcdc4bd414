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
device only proposes points and speaks of its own unit, what it sends waits until its province approves it (`approval`),
and a link whose `registration` is closed gives no identity to anybody new (docs/adr/0011).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any, TypeAlias, TypeGuard

from graph.model.access_device import DeviceState, Slot
from graph.model.credit_code import CreditCode
from graph.model.period import beijing_day
from graph.model.principal import Reach
from graph.model.sync_run import Link
from graph.ports import Clock, Delivery
from provincial_adapters._nhjc04.answers import Answer, Refused, answered, success
from provincial_adapters._nhjc04.base_data import REG_VERSION, base_data, dic_version
from provincial_adapters._nhjc04.booking import Booking
from provincial_adapters._nhjc04.ciphering import NONE, plain, secret_key
from provincial_adapters._nhjc04.config import first_of_items, proposal
from provincial_adapters._nhjc04.devices import (
    Identities,
    addresses,
    check,
    device_id,
    looks_like_device_id,
)
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
from provincial_adapters._nhjc04.quirks import CLOSED, QUIRKS
from provincial_adapters._nhjc04.readings import arrived
from provincial_adapters._nhjc04.waiting import raw_of, reread
from provincial_adapters._nhjc04.whose import unit_of, units_of
from provincial_adapters._toolkit.devices import (
    PROPOSED_MAX,
    DeliverAll,
    Devices,
    Enrolled,
    Problem,
    Proposal,
    Seen,
    Upload,
    why_no_link,
)
from provincial_adapters._toolkit.dialect import Dialect, Direction
from provincial_adapters._toolkit.pace import Pace

__all__ = [
    "BODY_BYTES_MAX",
    "DIALECT",
    "PROPOSED_MAX",
    "AccessDevices",
    "Answer",
    "Problem",
    "Proposal",
    "Rest",
    "arrived",
]

CONFIGS_A_MINUTE = 20  # of a device: one says what it is once, and again when its plant changes
NOBODY: Mapping[CreditCode, Enrolled] = MappingProxyType({})
Rest: TypeAlias = Callable[[], Answer]

DIALECT = Dialect(
    name="nhjc04",
    chinese="接入端设备协议",
    english="access devices, NHJC-04",
    direction=Direction.RECEIVE,
    quirks=QUIRKS,
    replays=lambda link, raw: reread(raw, _settled(link)),
)


def _settled(link: Link) -> dict[str, Any]:
    return DIALECT.settled(link.quirks)


class AccessDevices:
    """The hub's side of the conversation: five methods, each a body in and an answer out, none raising.

    `read_config` and `read_data` are the halves of two of them that need no store to themselves: they answer, or
    return the rest, which writes and answers. `take_all` answers uploads of many devices that came together, but of those
    that await their province returns the rest: it is theirs alone to wait for.
    `deliver` is the one door into the readings store, and into quarantine for a device that its province has not approved;
    `devices` keeps who registered and what a configuration says. `secret` derives device identities, so that none is
    stored. Raises ConfigurationError when base address or secret will not do.
    """

    def __init__(
        self,
        *,
        base_url: str,
        secret: bytes,
        devices: Devices,
        deliver: DeliverAll,
        clock: Clock,
    ) -> None:
        check(base_url, secret)
        self._base_url, self._secret, self._devices = base_url, secret, devices
        self._booking, self._clock = Booking(deliver, devices.note, clock), clock
        self._identities = Identities(secret, devices.units, clock)
        self._configs = Pace(CONFIGS_A_MINUTE)

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
        return self._rest_of(self._read(body))

    def _booked(self, upload: Upload) -> Answer:
        """It may have waited for its turn, and its province may have decided meanwhile."""
        unit = upload.device.unit
        device = answered(lambda: _accepted(self._devices.find(unit), unit))
        return self._booking([replace(upload, device=device)])[0] if isinstance(device, Enrolled) else device

    def take_all(self, bodies: Sequence[bytes]) -> list[Answer | Rest]:
        """`upload_data` for each of them, at little more than the cost of their rows, or `read_data` where it awaits."""
        messages = [answered(partial(decoded, body, DataUpload)) for body in bodies]
        known = self._devices.find_all(set(units_of(messages)))
        read = [self._understood(each, body, known) for each, body in zip(messages, bodies, strict=True)]
        stored = iter(self._booking([each for each in read if _counts(each)]))
        return [next(stored) if _counts(each) else self._rest_of(each) for each in read]

    def _read(self, body: bytes) -> Answer | Upload:
        return self._understood(answered(lambda: decoded(body, DataUpload)), body, NOBODY)

    def _understood(
        self, message: Answer | DataUpload, body: bytes, known: Mapping[CreditCode, Enrolled]
    ) -> Answer | Upload:
        if not isinstance(message, DataUpload):
            return message
        return answered(lambda: self._read_data(message, digest_of(body), known))

    def _rest_of(self, found: Answer | Upload) -> Answer | Rest:
        return partial(self._booked, found) if isinstance(found, Upload) else found

    def download_base_data(self, body: bytes) -> Answer:
        """/enterprise/downloadBaseData: the code tables."""
        return answered(lambda: self._download_base_data(body))

    def _register(self, body: bytes) -> Answer:
        asked = decoded(body, Register)
        unit, link = self._known(asked.enterprise_code)
        _check_open(link)
        device = _accepted(self._devices.enrol(unit), unit)
        identity = device_id(self._secret, unit, link.key)
        self._identities.learn(identity, unit)
        self._devices.note(device, **{Seen.REGISTERED: None})
        slot = str(Slot.of_place(device.place))
        given = {"deviceId": identity, **addresses(self._base_url), "uploadTime": slot}
        if _settled(link)["encryption"] != NONE:
            given["secretKey"] = secret_key(self._secret, unit, link.key)
        return {**success(), **given}

    def _version_check(self, body: bytes) -> Answer:
        identity = decoded(body, VersionCheck).device_id
        if not looks_like_device_id(identity):
            raise Refused("deviceId 格式有误：应为 32 位十六进制")
        version = dic_version()
        self._seen(identity, {Seen.CHECKED: None, Seen.TOLD: version})
        return {**success(), "regVersion": REG_VERSION, "dicVersion": version}

    def _download_base_data(self, body: bytes) -> Answer:
        identity = decoded(body or b"{}", BaseDataAsk).device_id
        if identity is not None:
            self._seen(identity, {Seen.DOWNLOADED: dic_version()})
        return {**success(), "dicVersion": dic_version(), "baseData": base_data()}

    def _seen(self, identity: str, what: Mapping[str, str | None]) -> None:
        """Note what a device did of which only the identity is told; whose that is, is looked up."""
        unit = self._identities.unit_of(identity)
        device = None if unit is None else self._devices.find(unit)
        if device is not None:
            self._devices.note(_accepted(device, device.unit), **what)

    def _read_config(self, body: bytes) -> Rest:
        upload = decoded(body, ConfigUpload)
        device = self._owner(upload.device_id, upload.enterprise_code)
        _check_open(device.link)
        self._check_pace(device.unit)
        minutes = _settled(device.link)["realtime_minutes"]
        today, province = beijing_day(self._clock.now()), device.link.region
        said = proposal(upload, device.unit, minutes, today, province)
        if upload.collect_item_config and not said.points:
            raise Refused(f"配置中没有可用的采集项：{first_of_items(said)}")
        return lambda: answered(lambda: self._proposed(device, said))

    def _check_pace(self, unit: CreditCode) -> None:
        now_s = self._clock.now().timestamp()
        if (wait_s := self._configs.wait_s(unit.text, now_s)) is not None:
            raise Refused(f"配置上传过于频繁：每分钟至多 {CONFIGS_A_MINUTE} 次，请 {wait_s} 秒后重发")
        self._configs.count(unit.text, now_s)

    def _proposed(self, device: Enrolled, said: Proposal) -> Answer:
        self._devices.say(device, said)
        return success()

    def _read_data(self, upload: DataUpload, digest: str, known: Mapping[CreditCode, Enrolled]) -> Upload:
        device = self._owner(upload.device_id, upload.enterprise_code, known)
        unit, link = device.unit, device.link
        quirks, secret = _settled(link), secret_key(self._secret, unit, link.key)
        data, undecrypted = plain(bytes(upload.data), quirks["encryption"], secret, unit)
        rows = arrived(data, unit, quirks, undecrypted)
        if rows.rows == 0:
            raise Refused("data 为空：没有可接收的数据")
        # The device sends no key: the same bytes are the same batch, so a lost answer costs nothing.
        delivery = Delivery(link.source, f"{unit}:{digest}", digest, rows, Reach(unit=unit))
        return Upload(device, delivery, partial(raw_of, unit, data, undecrypted))

    def _known(self, enterprise: str) -> tuple[CreditCode, Link]:
        unit = unit_of(enterprise)
        link = self._devices.link_of(unit)
        if link is None:
            raise Refused(why_no_link(self._devices, unit, "NHJC-04"))
        return unit, link

    def _owner(
        self, identity: str, enterprise: str, known: Mapping[CreditCode, Enrolled] = NOBODY
    ) -> Enrolled:
        """The device of an identity, among those `known`; one that was given it before devices were kept is entered now."""
        device = known.get(unit_of(enterprise))
        unit, link = self._known(enterprise) if device is None else (device.unit, device.link)
        expected = device_id(self._secret, unit, link.key)
        if not hmac.compare_digest(identity.lower().encode("utf-8", "replace"), expected.encode()):
            raise Refused(f"deviceId 与企业统一社会信用代码 {unit} 不符，请重新注册")
        self._identities.learn(expected, unit)
        return _accepted(device or self._devices.enrol(unit), unit)


def _counts(found: Answer | Upload) -> TypeGuard[Upload]:
    """Whether it is of a device whose readings are booked at once."""
    return isinstance(found, Upload) and found.device.state is DeviceState.APPROVED


def _accepted(device: Enrolled | None, unit: CreditCode) -> Enrolled:
    if device is None:
        raise Refused(f"enterpriseCode {unit} 不在本平台重点用能单位名单中")
    if device.state is DeviceState.REFUSED:
        raise Refused(f"本省平台已拒绝企业 {unit} 的设备接入：{device.why}，请联系省级平台")
    return device


def _whole(found: Answer | Rest) -> Answer:
    return found() if callable(found) else found


def _check_open(link: Link) -> None:
    if _settled(link)["registration"] == CLOSED:
        raise Refused("本省平台不开放设备自助注册与配置，请联系省级平台")
