"""The other end of a comparison: a hub of the same software is asked for its digests, and for the readings behind them."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import SourceMalformed
from graph.model.period import Period
from graph.model.sync_run import Link
from graph.ports import DigestAsk, DigestLevel
from provincial_adapters._hub_graphql.changes import arrived
from provincial_adapters._toolkit.address import below
from provincial_adapters._toolkit.dialect import Quirk, one_of
from provincial_adapters._toolkit.fetch import ARROW_STREAM, USUAL, Bounds, get

GIVES_BACK = Quirk(
    "gives_back",
    "whether readings that the end they come from has lost are given back to it from the other end",
    False,
    fault=one_of(True, False),
)
_FIGURES = {
    "readings": pa.int64(), "total": pa.decimal128(38, 4), "lane_a": pa.uint64(), "lane_b": pa.uint64(),
}  # fmt: skip
_NAMES = {
    DigestLevel.PROVINCE: {"province": pa.string()},
    DigestLevel.UNIT: {"province": pa.string(), "unit": pa.string()},
    DigestLevel.DAY: {"unit": pa.string(), "granularity": pa.string(), "day": pa.date32()},
    DigestLevel.POINT: {
        "unit": pa.string(), "granularity": pa.string(), "day": pa.date32(), "data_code": pa.string(),
    },
}  # fmt: skip


class HubSide:
    """A hub that is asked by a link, of the link's province. Implements national_sync.comparing.Side.

    `bytes_read` came, packed or not.
    """

    def __init__(
        self, client: httpx.AsyncClient, link: Link, headers: Mapping[str, str], bounds: Bounds = USUAL
    ) -> None:
        self._client, self._link, self._headers, self._bounds = client, link, headers, bounds
        self._province = str(link.region.province)
        self.bytes_read = 0

    async def digests(self, ask: DigestAsk) -> pa.Table:
        """Digests of a level. Raises SourceError."""
        body, address = await self._asked("sync/v1/digests", ask, ("level", ask.level.value))
        columns = {**_NAMES[ask.level], **_FIGURES}
        try:
            with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
                table = stream.read_all().select(list(columns)).cast(pa.schema(list(columns.items())))
        except (pa.ArrowException, KeyError, OSError) as fault:
            raise SourceMalformed(f"{address}: tells no digests: {fault}") from fault
        return table.filter(pc.equal(table["province"], self._province)) if "province" in columns else table

    async def readings(self, units: tuple[str, ...], period: Period, ask: DigestAsk) -> pa.Table:
        """What holds of some units in a period, with the columns of EXCHANGED. Raises SourceError."""
        return await self._readings(units, period, ask)

    async def taken_back(self, units: tuple[str, ...], period: Period, ask: DigestAsk) -> pa.Table:
        """What the source took back of them, with nothing in its place. Raises SourceError."""
        return await self._readings(units, period, ask, ("withdrawn", "true"))

    async def _readings(
        self, units: tuple[str, ...], period: Period, ask: DigestAsk, *more: tuple[str, str]
    ) -> pa.Table:
        asked = DigestAsk(period, units=units, granularity=ask.granularity, as_of=ask.as_of)
        body, address = await self._asked("sync/v1/readings", asked, *more)
        return arrived(body, address).table.drop_columns(["row"])

    async def _asked(self, path: str, ask: DigestAsk, *more: tuple[str, str]) -> tuple[bytes, str]:
        words = [("from", f"{ask.period.first_day}"), ("to", f"{ask.period.last_day}"), *more]
        words += [("province", self._province), *(("unit", unit) for unit in ask.units)]
        if ask.granularity is not None:
            words.append(("granularity", ask.granularity.value))
        if ask.as_of.batch is not None:
            words.append(("asOf", str(ask.as_of.batch)))
        answer = await get(
            self._client,
            below(self._link.address, path, words),
            expected=ARROW_STREAM,
            headers=self._headers,
            bounds=self._bounds,
        )
        self.bytes_read += answer.bytes_read
        return answer.body, answer.address
