"""The alternative without GraphQL: a Starlette route that runs the store's own SQL and writes the same JSON.

`python -m scripts.benchmarks._graph_plain FOLDER`. It asks nobody for a token and serves under uvicorn as it comes; it
says its address in a line and goes on until it is ended.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import socket
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.execution.scalars import write_decimal
from graph.model.period import Day, Granularity, Period
from graph.model.reading import Origin
from graph.ports import ReadingAsk
from hub.stores.readings.database import Database
from hub.stores.readings.series import bounds_of, is_much, series
from scripts.benchmarks._graph_nation import FIRST_DAY

_BEIJING, _QUARTER_HOUR = dt.timedelta(hours=8), dt.timedelta(minutes=15)
_COLUMNS = ("unit", "code", "province", "variety", "scope")
_ORIGINS = {origin.number: origin.name for origin in Origin}
_NEWEST = "SELECT max(id) FROM batch"
_POINTS = """
SELECT unit_id, point_id, credit_code, data_code, province, variety, scope
FROM point_held JOIN unit_held USING (unit_id)
WHERE (credit_code = $unit OR $unit IS NULL) AND point_held.held_until > now() AND unit_held.held_until > now()
ORDER BY credit_code, data_code
LIMIT $points
"""


def main(folder: Path) -> None:
    """Serve the readings of this folder."""
    with closing(Database(folder / "readings.duckdb")) as database:

        async def answer(request: Request) -> Response:
            asked = orjson.loads(await request.body())
            return Response(await run_in_threadpool(_said, database, asked), media_type="application/json")

        app = Starlette(routes=[Route("/", answer, methods=["POST"])])
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        with listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            sys.stdout.write(f"http://127.0.0.1:{listener.getsockname()[1]}/\n")
            sys.stdout.flush()
            config = uvicorn.Config(app, log_level="warning", access_log=False)
            asyncio.run(uvicorn.Server(config).serve([listener]))


def _said(database: Database, asked: dict[str, Any]) -> bytes:
    with database.reading() as cursor:
        points = cursor.execute(
            _POINTS, {"unit": asked.get("unit"), "points": asked.get("points", 1)}
        ).fetchall()
    period = Period.of_days(FIRST_DAY, Day.parse(asked["to"]).date)
    places = [(point[0], point[1]) for point in points]
    below = _readings(database, ReadingAsk(places, period, Granularity.QUARTER_HOUR, first=asked["rows"]))
    if "unit" in asked:
        return orjson.dumps({"data": {"dataPoint": {"readings": below[places[0]]}}})
    nodes = [
        {**dict(zip(_COLUMNS, said, strict=True)), "readings": below[unit, point]}
        for unit, point, *said in points
    ]
    return orjson.dumps({"data": {"dataPoints": {"nodes": nodes}}})


def _readings(database: Database, ask: ReadingAsk) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """The first rows of each place, by the statements the hub asks them with."""
    units, points = zip(*ask.points, strict=True)
    asked = pa.table(
        {
            "unit_id": pa.array(units, pa.int32()), "point_id": pa.array(points, pa.int32()),
            "adds_up": pa.repeat(True, len(units)),
        }
    )  # fmt: skip
    with database.reading(much=is_much(ask)) as cursor:
        ((newest,),) = cursor.execute(_NEWEST).fetchall()
        said = series(cursor, ask, {**bounds_of(ask), "as_of": newest}, lambda: asked, database.marked)
    rows = zip(*(column.to_pylist() for column in said.columns), strict=True)
    found: dict[tuple[int, int], list[dict[str, Any]]] = {place: [] for place in ask.points}
    for unit, point, start, value, origin, _, suspect in rows:
        group, begin = found[unit, point], start + _BEIJING
        if len(group) < (ask.first or 0):
            group.append(
                {
                    "start": f"{begin.isoformat()}+08:00",
                    "end": f"{(begin + _QUARTER_HOUR).isoformat()}+08:00",
                    "value": write_decimal(value), "origin": _ORIGINS[origin], "suspect": suspect,
                }
            )  # fmt: skip
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]))
