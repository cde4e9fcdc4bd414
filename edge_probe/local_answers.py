"""What the probe's local port answers: its page, that page's sheet, and the metrics."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from edge_probe.board import Board
from edge_probe.config import ProbeConfig
from edge_probe.exposition import CONTENT_TYPE, exposition
from edge_probe.local_page import Answer, Asked
from edge_probe.page import POINTS_DRAWN, Page, style
from edge_probe.page_words import language_of
from edge_probe.readings import Spooled
from edge_probe.spool import Spool
from edge_probe.standing import Standing, standing
from graph.model.period import beijing_day, midnight

HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"


@dataclass(frozen=True)
class LocalAnswers:
    """One running probe, asked by path."""

    config: ProbeConfig
    spool: Spool
    board: Board
    comparable: frozenset[str] = frozenset()

    async def answer(self, asked: Asked) -> Answer:
        """Raises StoreError where the spool cannot be read."""
        if asked.path == "/probe.css":
            return Answer(200, style().encode(), CSS)
        if asked.path not in ("/", "/metrics"):
            return Answer(404, b"there are /, /metrics and /probe.css\n")
        now = self.board.now()
        stands = await asyncio.to_thread(standing, self.config, self.spool, now, now.at, self.comparable)
        if asked.path == "/metrics":
            return Answer(200, exposition(stands).encode(), CONTENT_TYPE)
        language = language_of(asked.query.get("lang", ""), asked.headers.get("accept-language", ""))
        days = await asyncio.to_thread(self._days, stands)
        return Answer(200, Page(stands, days, language).html(), HTML)

    def _days(self, stands: Standing) -> dict[str, tuple[Spooled, ...]]:
        """Today's quarter-hours of what is drawn."""
        begins = midnight(beijing_day(stands.at))
        ends = begins + dt.timedelta(days=1)
        codes = [point.data_code for point in stands.points[:POINTS_DRAWN]]
        return {code: self.spool.between(code, begins, ends) for code in codes}
