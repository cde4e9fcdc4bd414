"""Speaks NHJC-04 for one unit's device to an existing platform: it registers, asks for versions, configures, uploads.

Source: what clients in the field do (read). Success is the literal text RECEIVE SUCCESS; the addresses are those that the
platform gives, asked for again when nobody answers at one, or when it says that the deviceId is not the unit's. What the
platform says of base data has no known form: it is downloaded again with each new dicVersion and kept as it came (assumed).
What is kept of a platform may hold its secretKey, and is for its keeper's eyes alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from edge_probe.asking_platform import ANSWER_BYTES_MAX, Answer, Line, Moved, given_address
from edge_probe.isolating import Unwanted, taken_apart
from edge_probe.nhjc04_wire import Message, Said, Unit, Wire, config_message, data_row, digest_of
from edge_probe.platform_memory import keep, recalled
from edge_probe.platform_notes import BASE_DATA_BYTES_MAX, Dictionaries, Note
from edge_probe.uplink_ports import Memory, TryLater
from graph.errors import SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.period import beijing_day

SUCCESS = "RECEIVE SUCCESS"  # clients in the field look for this literal text
REGISTER_PATH = "/enterprise/register"  # below a platform's address, as it was seen; settings may say another
ROWS_A_POST = 2_000  # 20 points for a day, some 400 kB
ID_MAX = 200  # characters of a deviceId; 32 were seen
# Words by which a platform says that the identity is not, or no longer, the unit's (assumed: no full list is known).
NOT_OURS = ("deviceid", "重新注册", "未注册")


@dataclass(frozen=True)
class Given:
    """What a platform gave a device, and what of it the device has acted upon since."""

    device_id: str
    config_url: str
    data_url: str
    version_url: str
    base_data_url: str | None
    upload_time: str
    secret_key: str | None = field(default=None, repr=False)
    dic_version: str | None = None
    config_digest: str | None = None
    checked_on: str | None = None


class Nhjc04Device:
    """One unit's conversation with one platform.

    Every call raises SourceUnreachable (try again), SourceRefused (a person is needed) or SourceMalformed.
    """

    def __init__(
        self,
        line: Line,
        register_url: str,
        unit: Unit,
        wire: Wire,
        memory: Memory,
        dictionaries: Dictionaries,
        now: Callable[[], dt.datetime],
    ) -> None:
        self._line, self._register_url, self._unit, self._wire = line, register_url, unit, wire
        self._memory, self._dictionaries, self._now = memory, dictionaries, now
        self._given: Given | None = None
        self._must_recall, self._must_register = True, False
        self._has_configured = False
        self.notes: list[Note] = []

    async def ready(self) -> Given:
        """Registered, and once a day with versions checked and the configuration told where it changed."""
        await self._belonging(_nothing)
        return self._known()

    async def upload(self, rows: Sequence[Said]) -> list[Unwanted]:
        """Readings, acknowledged when this returns; those it refuses while it takes others, by their places."""
        try:
            return await taken_apart([data_row(row, self._wire) for row in rows], self._send)
        except TryLater:
            raise
        except (SourceUnreachable, SourceMalformed):  # it may have moved: the next attempt asks where to
            self._must_register = True
            raise

    async def _send(self, rows: Sequence[Message]) -> None:
        await self._belonging(lambda: self._say_data(rows))

    async def _say_data(self, rows: Sequence[Message]) -> None:
        await self._succeeded(self._known().data_url, {**self._sender(), "data": list(rows)})

    async def _belonging(self, step: Callable[[], Awaitable[None]]) -> None:
        """A step, once more under a new registration where the address or the identity is none any longer."""
        try:
            await self._greet()
            await step()
        except Moved:
            before = self._given
            await self._register()
            if before == self._given:
                raise
        except SourceRefused as fault:
            if self._given is None or not _is_about_identity(fault):
                raise
            await self._register()
        else:
            return
        await self._greet()
        await step()

    async def _greet(self) -> None:
        if self._must_recall:
            self._given = await recalled(self._memory, Given)
            self._must_recall = False
        if self._must_register or self._given is None:
            await self._register_again()
        if self._known().checked_on != (today := beijing_day(self._now()).isoformat()):
            await self._check_versions()
            await self._keep(replace(self._known(), checked_on=today))
        if not self._has_configured:
            await self._configure()
            self._has_configured = True

    async def _register_again(self) -> None:
        """Where to send may be another address by now; a platform that registers nobody leaves the old ones standing."""
        try:
            await self._register()
        except SourceRefused as fault:
            if self._given is None:
                raise
            self._must_register = False
            self._note("register-refused", fault)

    async def _register(self) -> None:
        asked = {"enterpriseCode": self._unit.code, "region": self._unit.region}
        answer = await self._succeeded(self._register_url, asked)
        given = self._read(answer)
        before = self._given
        if before is not None and before.device_id == given.device_id:
            given = replace(given, dic_version=before.dic_version, config_digest=before.config_digest)
        self._must_register = self._has_configured = False
        await self._keep(given)

    async def _check_versions(self) -> None:
        given = self._known()
        try:
            answer = await self._succeeded(given.version_url, {"deviceId": given.device_id})
        except SourceRefused as fault:
            self._note_unless_identity("version-check-refused", fault)
            return
        version = answer.word("dicVersion")
        if version and version != given.dic_version:
            await self._download(version)

    async def _download(self, version: str) -> None:
        if await self._dictionaries.settle(version, partial(self._base_data, version)):
            await self._keep(replace(self._known(), dic_version=version))

    async def _base_data(self, version: str) -> Mapping[str, Any] | None:
        given = self._known()
        if given.base_data_url is None:
            self.notes.append(
                Note("base-data-nowhere", f"dicVersion {version}, and no address to get it from")
            )
            return None
        try:
            asked = {"deviceId": given.device_id}
            return (await self._succeeded(given.base_data_url, asked, BASE_DATA_BYTES_MAX)).said
        except SourceRefused as fault:
            self._note_unless_identity("base-data-refused", fault)
            return None

    async def _configure(self) -> None:
        message = config_message(self._unit.code, self._unit.configuration, self._wire)
        digest = digest_of(message)
        if digest == self._known().config_digest:
            return
        try:
            await self._succeeded(self._known().config_url, {**self._sender(), **message})
        except SourceRefused as fault:
            self._note_unless_identity("config-refused", fault)
            return
        await self._keep(replace(self._known(), config_digest=digest))

    async def _succeeded(self, url: str, message: Message, bytes_max: int = ANSWER_BYTES_MAX) -> Answer:
        """The answer to a message, in which the platform says that it has it."""
        answer = await self._line.post(url, message, bytes_max=bytes_max)
        if answer.word("responseMessage") != SUCCESS:
            words = answer.told("responseMessage") or "without words"
            code = answer.word("responseCode")
            raise SourceRefused(
                f"{self._line.name}: status {answer.status}, responseCode {code!r:.8}: {words:.300}",
                status=answer.status,
            )
        return answer

    def _read(self, answer: Answer) -> Given:
        """What a register answer gives. Raises SourceMalformed."""
        identity = answer.word("deviceId")
        if not 0 < len(identity) <= ID_MAX or not identity.isprintable():
            raise SourceMalformed(f"{self._line.name}: registered without a deviceId")
        base_data = answer.word("downloadBaseDataURL") or answer.word("centerInfoDownloadURL")
        return Given(
            device_id=identity,
            config_url=self._address(answer.word("centerInfoURL")),
            data_url=self._address(answer.word("centerDataURL")),
            version_url=self._address(answer.word("loadDicVersionURL")),
            base_data_url=self._address(base_data) if base_data else None,
            upload_time=answer.word("uploadTime"),
            secret_key=answer.word("secretKey") or None,
        )

    def _address(self, given: str) -> str:
        return given_address(self._line.name, self._register_url, given)

    def _sender(self) -> Message:
        return {"deviceId": self._known().device_id, "enterpriseCode": self._unit.code}

    def _known(self) -> Given:
        if self._given is None:
            raise SourceRefused(f"{self._line.name}: is not registered")
        return self._given

    async def _keep(self, given: Given) -> None:
        self._given = given
        await keep(self._memory, given)

    def _note_unless_identity(self, code: str, fault: SourceRefused) -> None:
        if _is_about_identity(fault):
            raise fault
        self._note(code, fault)

    def _note(self, code: str, fault: SourceRefused) -> None:
        self.notes.append(Note(code, str(fault)))


async def _nothing() -> None:
    """The step of who only greets."""


def _is_about_identity(fault: SourceRefused) -> bool:
    return any(word in str(fault).lower() for word in NOT_OURS)
