"""Who may speak: a key for whoever asks, a token for who shows the password, and a cheap no for who keeps coming without.

The dialect's own words for it: a token that has ended is answered 401, and the device asks for another. Some never do
(field failure 12): after so many within a minute they are told to wait, and the device has a problem.
"""

from __future__ import annotations

import hmac
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from graph.errors import MalformedCode
from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.sync_run import Link
from graph.ports import Clock
from provincial_adapters._nhjc_ak.answers import FORBIDDEN, UNAUTHORIZED, WRONG, Refused, too_fast
from provincial_adapters._nhjc_ak.guessing import Guesses
from provincial_adapters._nhjc_ak.keys import (
    KeyForm,
    Token,
    check_secret,
    digest_of,
    is_proof,
    proof_of,
    read_token,
    secret_key,
    token_text,
)
from provincial_adapters._nhjc_ak.quirks import settled
from provincial_adapters._toolkit.devices import Devices, Enrolled
from provincial_adapters._toolkit.pace import DAY_S, Pace

REFUSED_FREE = 30  # 401s a minute of one token or address; a client that renews as told gets one
CONFIGURED_FREE = (
    300  # configurations a minute of a device: its instruments one by one; each may write the registry
)
PASSWORDS_FREE = 5  # new passwords a day of a device, each of which is audited for ever
TOKENS_KEPT = 50_000  # verified before: three times a nation's units, 200 bytes each
STORMS_MAX = 1_000  # devices to note that go on with an old token; what comes beyond is counted alone


class Passwords(Protocol):
    """What is kept of devices' passwords: a digest each, sealed, beside the device."""

    def find(self, link: str, unit: CreditCode) -> bytes | None:
        """The digest of what the device must show; None where it has no password yet."""
        ...

    def keep(self, link: str, unit: CreditCode, digest: bytes) -> None:
        """Keep it in place of the one before. Durable when this returns. Raises StoreError."""
        ...


@dataclass(frozen=True)
class Caller:
    """From where a request came, and the token in its headers or its query, if any."""

    address: str
    token: str | None = None


class Gate:
    """Keys, passwords and tokens of one dialect's devices; any thread may call."""

    def __init__(
        self, secret: bytes, devices: Devices, passwords: Passwords, clock: Clock, version: Callable[[], int]
    ) -> None:
        """`version` is another number once anything was written where devices stand. Raises InvalidInput."""
        check_secret(secret)
        self._secret, self._devices, self._passwords = secret, devices, passwords
        self._clock, self._version = clock, version
        self._refused, self._guesses = Pace(REFUSED_FREE), Guesses()
        self._configured, self._changed = Pace(CONFIGURED_FREE), Pace(PASSWORDS_FREE, DAY_S)
        self._tokens: dict[str, Token] = {}
        self._holders: dict[CreditCode, Enrolled | None] = {}
        self._holders_version = -1
        self._lock = threading.Lock()
        self.storms: deque[Token] = deque(maxlen=STORMS_MAX)

    def key_of(self, unit: CreditCode, link: Link) -> str:
        """The secretKey of a unit's device."""
        return secret_key(self._secret, unit, link.key, _form(link))

    def admit(self, text: str | None, caller: Caller) -> Token:
        """Whose token it is. Raises Refused: 401, and 429 for who comes with none too often."""
        now_s = self._clock.now().timestamp()
        token = None if text is None else self._tokens.get(text)
        if token is None and text is not None and (token := read_token(self._secret, text)) is not None:
            if len(self._tokens) >= TOKENS_KEPT:
                self._tokens.clear()
            self._tokens[text] = token
        if token is None or token.until_s <= now_s:
            raise self._unauthorized(token, caller, now_s)
        return token

    def _unauthorized(self, token: Token | None, caller: Caller, now_s: float) -> Refused:
        subject = f"@{caller.address}" if token is None else token.unit.text
        if (wait_s := self._refused.wait_s(subject, now_s)) is not None:
            return too_fast("token 已失效仍反复上报，请先调用 /requestAK", wait_s)
        if self._refused.count(subject, now_s) == REFUSED_FREE and token is not None:
            self.storms.append(token)
        status = 200 if token is None else token.status
        return Refused("token 无效或已过期，请重新调用 /requestAK 获取", UNAUTHORIZED, status=status)

    def settle_password(self, device: Enrolled, password: Any, caller: Caller) -> None:
        """Keep what a device's first password makes; a later one must be it. Raises Refused, 429 as `token_for` does."""
        proof, now_s = self._proof_of(device.unit, device.link, password), self._clock.now().timestamp()
        self._guesses.check(device.unit, caller.address, now_s)
        with self._lock:
            kept = self._passwords.find(device.link.key, device.unit)
            if kept is None:
                self._passwords.keep(device.link.key, device.unit, digest_of(proof))
        if kept is not None and not is_proof(proof, kept):
            self._guesses.wrong(device.unit, caller.address, now_s)
            why = "该企业已申请接入，password 与首次申请不符；修改请持 token 调用 update"
            raise Refused(why, FORBIDDEN)
        self._guesses.right(device.unit, caller.address)

    def change_password(self, device: Enrolled, password: Any) -> None:
        """Keep what another password makes, of a device that showed its token. Raises Refused, 429 for too many."""
        proof = self._proof_of(device.unit, device.link, password)
        with self._lock:
            kept = self._passwords.find(device.link.key, device.unit)
            if kept is None or not is_proof(proof, kept):
                self._count(self._changed, device, "password 修改次数过多")
                self._passwords.keep(device.link.key, device.unit, digest_of(proof))

    def count_configuration(self, device: Enrolled) -> None:
        """Count what a device says of itself. Raises Refused (429) for too much of it."""
        self._count(self._configured, device, "配置上报过于频繁")

    def _count(self, pace: Pace, device: Enrolled, why: str) -> None:
        now_s = self._clock.now().timestamp()
        if (wait_s := pace.wait_s(device.unit.text, now_s)) is not None:
            raise too_fast(why, wait_s)
        pace.count(device.unit.text, now_s)

    def check_password(self, unit: CreditCode, link: Link, password: Any) -> None:
        """Raise Refused for a password that is none, before anything is written for it."""
        self._proof_of(unit, link, password)

    def _proof_of(self, unit: CreditCode, link: Link, password: Any) -> str:
        if not isinstance(password, str) or not password:
            raise Refused("password 缺失：请在 /enterpriseInfo/apply 中提供接入密码")
        return proof_of(self.key_of(unit, link), unit, password, _form(link))

    def token_for(self, device: Enrolled, proof: str, caller: Caller) -> tuple[str, Token]:
        """A token for who shows what the password makes. Raises Refused: 403, and 429 after so many wrong ones."""
        now = self._clock.now()
        self._guesses.check(device.unit, caller.address, now.timestamp())
        kept = self._passwords.find(device.link.key, device.unit)
        if kept is None or not is_proof(proof, kept):
            self._guesses.wrong(device.unit, caller.address, now.timestamp())
            raise Refused("password 有误：应为 SM4-CBC 密文的前 32 位十六进制", FORBIDDEN)
        self._guesses.right(device.unit, caller.address)
        quirks = settled(device.link)
        until_s = int(now.timestamp()) + quirks["token_seconds"]
        token = Token(device.unit, device.link.key, until_s, quirks["unauthorized_status"])
        return token_text(self._secret, token), token

    def known(self, enterprise: str) -> Enrolled:
        """The device of a unit that applied, and was not refused. Raises Refused."""
        return self.checked(self._devices.find(unit_of(enterprise)), enterprise)

    def checked(self, device: Enrolled | None, enterprise: str) -> Enrolled:
        """A device that may speak. Raises Refused."""
        if device is None:
            raise Refused(
                f"enterpriseCode {enterprise:.64} 尚未申请接入，请先调用 /enterpriseInfo/apply", FORBIDDEN
            )
        if device.state is DeviceState.REFUSED:
            raise Refused(f"接入申请未通过省级平台审核：{device.why or '请联系省级平台'}", FORBIDDEN)
        return device

    def holder(self, token: Token) -> Enrolled:
        """The device a token is of, as it now stands. Raises Refused: 401 where it has another link by now."""
        device = self.checked(self._found(token.unit), token.unit.text)
        if not hmac.compare_digest(device.link.key.encode(), token.link.encode()):
            raise Refused("token 无效：接入链路已变更，请重新调用 /requestAK 获取", UNAUTHORIZED)
        return device

    def _found(self, unit: CreditCode) -> Enrolled | None:
        """A unit's device as it stands, looked up anew once anything was written."""
        version = self._version()
        with self._lock:
            if version != self._holders_version or len(self._holders) >= TOKENS_KEPT:
                self._holders, self._holders_version = {}, version
            if unit in self._holders:
                return self._holders[unit]
        found = self._devices.find(unit)
        with self._lock:
            if version == self._holders_version:
                self._holders[unit] = found
        return found


def unit_of(enterprise: str) -> CreditCode:
    """The unit of a credit code. Raises Refused."""
    try:
        return CreditCode.parse(enterprise)
    except MalformedCode as fault:
        raise Refused(f"enterpriseCode 统一社会信用代码有误：{fault.segment}: {fault.why}", WRONG) from fault


def _form(link: Link) -> KeyForm:
    return KeyForm(settled(link)["secret_key_form"])
