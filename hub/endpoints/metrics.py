"""`GET /metrics`: figures of the running process in the format of Prometheus, to who has the role `read`.

Counts are of this process and begin at zero with it. What a province or a unit may be known by is in none of them, but for
links by their keys, which are told to who may read all links (hub/endpoints/link_metrics.py).
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.ports import Completion
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.link_metrics import links_page


class Metrics:
    """How GraphQL's lists were completed, and what devices' records were answered.

    Reasons and codes are words of ours and names of the schema: no asker adds to them.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._lists = Counter("nengshu_graphql_lists", "Lists completed by columns.", registry=self.registry)
        self._rows = Counter(
            "nengshu_graphql_rows", "Rows of lists completed by columns.", registry=self.registry
        )
        self._left = Counter(
            "nengshu_graphql_lists_one_by_one",
            "Lists that graphql-core completed row by row, by the reason.",
            ["why"],
            registry=self.registry,
        )
        self._records = Counter(
            "nengshu_ak_records",
            "Records of devices in the AK dialect, by the code of their answer.",
            ["code"],
            registry=self.registry,
        )

    def count_record(self, code: str) -> None:
        """Add one answer to a record."""
        self._records.labels(code).inc()

    def count(self, completion: Completion) -> None:
        """Add one answer's."""
        self._lists.inc(completion.lists)
        self._rows.inc(completion.rows)
        for why, lists in completion.left.items():
            self._left.labels(why).inc(lists)

    def route(self) -> Route:
        """Where they are read."""

        async def metrics(request: Request) -> Response:
            asker, hub = await let_in(request, "GET /metrics"), hub_of(request)
            pages = (generate_latest(self.registry), generate_latest(hub.run_figures.registry))
            body = b"".join((*pages, await links_page(hub, asker)))
            return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})

        return Route("/metrics", metrics)
