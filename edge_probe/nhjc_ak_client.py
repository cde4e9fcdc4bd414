"""Speaks the AK dialect for one unit to an existing platform: key, application, token, versions, configuration, records.

Source: docs/nhjc-ak.md, which says of each word whether it was read or is assumed. A token is got anew before it ends, and
once when it counts no longer; who is refused twice waits as for any other failure, and never asks for ever. One record is
one POST, so that each is acknowledged, or refused, by itself.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from edge_probe.answers import is_whole
from edge_probe.asking_platform import ANSWER_BYTES_MAX, Line, given_address
from edge_probe.isolating import Unwanted
from edge_probe.nhjc04_wire import Item, Message, Said, Unit, Wire, data_row, digest_of, item_row
from edge_probe.nhjc_ak_answers import Unauthorized, Wrong, data_of
from edge_probe.nhjc_ak_proof import USUAL, Manner, proof_of
from edge_probe.platform_memory import keep, recalled
from edge_probe.platform_notes import BASE_DATA_BYTES_MAX, Dictionaries, Note
from edge_probe.uplink_ports import Memory, TryLater
from graph.errors import InvalidInput, SourceError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.data_code import DataCode
from graph.model.period import beijing_day

AT_ONCE = 8  # records on their way: one machine's worth of a platform that answers each in some milliseconds
RENEW_S = 60.0  # before its end a token is got anew, so that none ends on its way
LIFE_S_MAX = 86_400.0  # whoever says more is not believed
LIFE_S = 600.0  # of a token whose platform does not say
DIGITS_MAX = 9  # of seconds
TOKEN_MAX = 1_024  # characters of a token


@dataclass(frozen=True)
class Known:
    """What a platform gave, and what of it was acted upon since; the token lives in memory alone."""

    secret_key: str = field(repr=False)
    has_applied: bool = False
    dic_version: str = ""
    reg_version: str = ""
    upload_time: str = ""
    base: str | None = None
    config_digest: str | None = None
    checked_on: str | None = None


class AkDevice:
    """One unit's conversation with one platform. `passed` only ever grows, and is what a token's life is measured by.

    Every call raises SourceUnreachable (try again), SourceRefused (a person is needed) or SourceMalformed.
    """

    def __init__(
        self,
        line: Line,
        base: str,
        unit: Unit,
        password: str,
        wire: Wire,
        memory: Memory,
        dictionaries: Dictionaries,
        now: Callable[[], dt.datetime],
        manner: Manner = USUAL,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._line, self._base, self._unit, self._password = line, base.rstrip("/"), unit, password
        self._wire, self._memory, self._dictionaries, self._manner = wire, memory, dictionaries, manner
        self._now, self._passed = now, passed
        self._known: Known | None = None
        self._must_recall = True
        self._token, self._renew_at = "", 0.0
        self._asking = asyncio.Lock()
        self._has_configured = False
        self.notes: list[Note] = []

    async def ready(self) -> Known:
        """Known to the platform, with a token, and once a day with versions checked and the configuration told."""
        if self._must_recall:
            self._known = await recalled(self._memory, Known)
            self._must_recall = False
        if self._known is None:
            key = _text(self._line, await self._said("/enterpriseInfo/rwk", {}), "secretKey")
            await self._keep(Known(key))
        if not self._state().has_applied:
            said = {"password": self._password, **self._unit.configuration.enterprise}
            await self._said("/enterpriseInfo/apply", said)
            await self._keep(replace(self._state(), has_applied=True))
        await self._shown()
        if self._state().checked_on != (today := beijing_day(self._now()).isoformat()):
            await self._check_versions()
            await self._keep(replace(self._state(), checked_on=today))
        if not self._has_configured:
            await self._configure()
            self._has_configured = True
        return self._state()

    async def upload(self, rows: Sequence[Said], took: Callable[[int], Awaitable[None]]) -> list[Unwanted]:
        """Readings, a POST each; `took` hears of each that is the platform's own. Those it refuses, by their places."""
        await self.ready()
        unwanted, faults = list[Unwanted](), list[SourceError]()
        waiting = iter(enumerate(rows))

        async def hand_over(some: Iterable[tuple[int, Said]]) -> None:
            for place, row in some:
                if faults:
                    return
                try:
                    why = await self._record(row)
                except SourceError as fault:
                    faults.append(fault)
                    return
                if why is None:
                    await took(place)
                else:
                    unwanted.append(Unwanted(place, why))

        await hand_over([next(waiting)])  # one alone shows whether the platform takes any
        async with asyncio.TaskGroup() as group:
            for _ in range(min(AT_ONCE, len(rows))):
                group.create_task(hand_over(waiting))
        if faults:
            raise faults[0]
        return sorted(unwanted, key=lambda each: each.place)

    async def _record(self, row: Said) -> str | None:
        """One record; why it is refused for good, or None."""
        state = self._state()
        said = {**data_row(row, self._wire), "regVersion": state.reg_version, "dicVersion": state.dic_version}
        if (coefficient := self._manner.coefficients.get(DataCode(row.data_code).variety)) is not None:
            said["convertRation"] = coefficient
        try:
            await self._with_token("/dataEnterpriseEnergy", said)
        except Wrong as fault:
            return str(fault)
        return None

    async def _check_versions(self) -> None:
        data = await self._with_token("/checkVersion", {})
        reg_version, dic_version = (str(data.get(name) or "") for name in ("regVersion", "dicVersion"))
        if dic_version and dic_version != self._state().dic_version:
            download = partial(self._with_token, "/dataDownload", {}, BASE_DATA_BYTES_MAX)
            await self._dictionaries.settle(dic_version, download)
        await self._keep(replace(self._state(), reg_version=reg_version, dic_version=dic_version))

    async def _configure(self) -> None:
        said = self._unit.configuration
        items = [row for item in said.items for row in _item_rows(item, self._wire)]
        gauges = [{"gaugeCode": name, "gaugeName": name} for name in said.gauges]
        digest = digest_of([items, gauges, dict(said.enterprise)])
        before = self._state().config_digest
        if before == digest:
            return
        steps: list[tuple[str, Message]] = [("/gaugeConfigure", {"data": gauges})] if gauges else []
        if before is not None:
            steps.append(("/enterpriseInfo/update", dict(said.enterprise)))
        for path, message in [*steps, ("/collectItemConfigure", {"data": items})]:
            try:
                await self._with_token(path, message)
            except Unauthorized:
                raise
            except SourceRefused as fault:
                self.notes.append(Note("config-refused", str(fault)))
                return
        await self._keep(replace(self._state(), config_digest=digest))

    async def _with_token(
        self, path: str, message: Message, bytes_max: int = ANSWER_BYTES_MAX
    ) -> Mapping[str, Any]:
        """An answer's data; with another token once, where the platform takes the last one no longer."""
        token = await self._shown()
        try:
            return await self._said(path, message, token, bytes_max)
        except Unauthorized:
            if self._token == token:
                self._token = ""
            return await self._said(path, message, await self._shown(), bytes_max)

    async def _shown(self) -> str:
        """A token that counts for some time yet; who needs one meanwhile waits for the one that asks."""
        async with self._asking:
            if not self._token or self._passed() >= self._renew_at:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        form = self._manner.key_form
        try:
            proof = proof_of(self._password, self._state().secret_key, self._unit.code, form)
        except InvalidInput as fault:
            raise SourceMalformed(f"{self._line.name}: {fault}") from fault
        try:
            data = await self._said("/requestAK", {"password": proof})
        except SourceRefused:
            self._known = None  # the key may be another by now: the next attempt begins anew
            raise
        token = _text(self._line, data, "token")
        if len(token) > TOKEN_MAX or not token.isascii() or not token.isprintable() or " " in token:
            raise SourceMalformed(f"{self._line.name}: gave a token that is no header's value")
        life_s = _life_s(data.get("akExpiresIn"))
        self._token, self._renew_at = token, self._passed() + max(life_s - RENEW_S, life_s / 2)
        base = data.get("platformURL")
        await self._keep(
            replace(
                self._state(),
                upload_time=str(data.get("enterpriseUploadTime") or ""),
                base=given_address(self._line.name, self._base, base).rstrip("/") if base else None,
            )
        )

    async def _said(
        self, path: str, message: Message, token: str = "", bytes_max: int = ANSWER_BYTES_MAX
    ) -> Mapping[str, Any]:
        """A message in the unit's name; the data of the answer. Raises as the answer's code says."""
        headers = {self._manner.header: token} if token else {}
        base = (self._known and self._known.base) or self._base
        said = {"enterpriseCode": self._unit.code, **message}
        try:
            untold = (token, self._password, str(message.get("password") or ""))
            answer = await self._line.post(base + path, said, headers, bytes_max, untold)
        except TryLater:
            raise
        except (SourceUnreachable, SourceMalformed):  # it may have moved: the next attempt asks where to
            if self._known is not None and self._known.base is not None:
                self._token = ""
                await self._keep(replace(self._known, base=None))
            raise
        return data_of(f"{self._line.name}: {path}", answer)

    def _state(self) -> Known:
        if self._known is None:
            raise SourceRefused(f"{self._line.name}: has no key yet")
        return self._known

    async def _keep(self, known: Known) -> None:
        if known != self._known:
            self._known = known
            await keep(self._memory, known)


def _item_rows(item: Item, wire: Wire) -> list[Message]:
    """A collect item, once for each instrument that its value is made of (虚拟计量)."""
    row = item_row(item, wire)
    return [
        {
            **row,
            "gaugeCode": term.instrument,
            "reportArithmetic": int(term.arithmetic),
            "reportRatio": f"{term.ratio:f}",
        }
        for term in item.terms
    ] or [row]


def _text(line: Line, data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise SourceMalformed(f"{line.name}: an answer without {name}")
    return value.strip()


def _life_s(said: Any) -> float:
    text = str(said).strip()
    return min(float(text), LIFE_S_MAX) if is_whole(text, DIGITS_MAX) and float(text) else LIFE_S
