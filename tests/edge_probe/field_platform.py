"""A hub that keeps every fact it was told, cuts connections, refuses everything when told to, and tells digests."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from decimal import Decimal

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from edge_probe.reconciling import amount
from graph.model.digest import Digest, of_value
from graph.model.period import Granularity, beijing_day
from tests.edge_probe.hub_double import HubDouble

Place = tuple[str, dt.datetime]  # a data code and a quarter-hour's start


class CutOff(Response):
    """An answer whose connection is cut after its first octet."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send, /) -> None:
        headers = [(b"content-length", b"500")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


class FieldPlatform(HubDouble):
    """A hub's double that keeps every fact; `cuts` connections end after it has stored, `status` answers everything."""

    def __init__(self) -> None:
        super().__init__()
        self.facts = defaultdict[Place, list[tuple[dt.datetime, Decimal]]](list)
        self.taken: list[list[Place]] = []
        self.cuts, self.status = 0, 0
        self.app.router.routes.append(Route("/sync/v1/digests", self.tell))

    async def give(self, request: Request) -> Response:
        return Response(status_code=self.status) if self.status else await super().give(request)

    async def take(self, request: Request) -> Response:
        if self.status:
            return Response(status_code=self.status)
        said = await super().take(request)
        if not self.cuts:
            return said
        self.cuts -= 1
        return CutOff()

    async def tell(self, request: Request) -> Response:
        """Digests of a unit's days, or of its data codes' days."""
        asked, found = request.query_params, defaultdict[tuple[str, str], Digest](Digest)
        for (code, start), value in self.holds.items():
            day = beijing_day(start).isoformat()
            if asked["from"] <= day <= asked["to"]:
                of = code if asked["level"] == "point" else ""
                found[day, of] += of_value(code, start, Granularity.QUARTER_HOUR, value)
        same = {"unit": asked["unit"], "granularity": asked["granularity"]}
        return JSONResponse({"digests": [{**same, **_bucket(*each)} for each in found.items()]})

    @property
    def holds(self) -> dict[Place, Decimal]:
        """What holds of each quarter-hour: what it was told newest."""
        return {place: max(facts)[1] for place, facts in self.facts.items()}

    def _store(self, rows: list[dict[str, str]]) -> None:
        self.taken.append([(row["data_code"], dt.datetime.fromisoformat(row["start"])) for row in rows])
        for place, row in zip(self.taken[-1], rows, strict=True):
            self.stored[f"{place[0]} {row['start']}"] = row
            self.facts[place].append((dt.datetime.fromisoformat(row["version"]), Decimal(row["value"])))


def _bucket(place: tuple[str, str], digest: Digest) -> dict[str, object]:
    day, code = place
    told = {"readings": digest.readings, "total": amount(digest), "digest": digest.hex}
    return {"day": day, **told} | ({"dataCode": code} if code else {})
