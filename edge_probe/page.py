"""The probe's own page: how it stands, and today's curve of each data code, as HTML without script.

Everything a meter, platform or configuration said is escaped where it is written in.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from edge_probe.curve import HOURS, curve
from edge_probe.page_words import Language, trouble, word
from edge_probe.readings import Spooled
from edge_probe.standing import PointStanding, Standing, UplinkStanding, day_total
from graph.model.data_code import DataCode
from graph.model.period import BEIJING, beijing_day
from graph.model.probe_span import ProbeSpan, SpanKind

REFRESH_S = 15  # a quarter of the usual cycle
POINTS_DRAWN = 100  # curves of one page, some 2 kB each; the others are told without


@cache
def style() -> str:
    """The page's one sheet."""
    return (importlib.resources.files("edge_probe") / "page.css").read_text("utf-8")


@dataclass(frozen=True)
class Page:
    """One page in one language. `days` are today's quarter-hours of each data code."""

    stands: Standing
    days: Mapping[str, Sequence[Spooled]]
    language: Language

    def html(self) -> bytes:
        """All of it; written piece by piece, for with two thousand points it has a megabyte."""
        written = bytearray()
        for piece in self._pieces():
            written += piece.encode()
        return bytes(written)

    def _pieces(self) -> Iterator[str]:
        code, title = ("zh-CN" if self.language is Language.CHINESE else "en"), self._word("title")
        yield (
            f'<!doctype html><html lang="{code}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width,initial-scale=1">'
            f'<meta http-equiv="refresh" content="{REFRESH_S}"><title>{title}</title>'
            '<link rel="stylesheet" href="/probe.css"></head><body>'
            f"{self._head()}<main>{self._figures()}{self._platforms()}"
        )
        yield from self._meters()
        yield f"{self._amiss()}{self._events()}</main></body></html>"

    def _word(self, key: str) -> str:
        return escape(word(key, self.language))

    def _head(self) -> str:
        other = Language.ENGLISH if self.language is Language.CHINESE else Language.CHINESE
        link = f'<a href="/?lang={other.value}" hreflang="{other.value}">{self._word("other")}</a>'
        return f"<header><h1>{self._word('title')}</h1>{link}</header>"

    def _figures(self) -> str:
        now, stands = self.stands.now, self.stands
        runs = f"{self._word('running')} {_moment(now.since)}" if now else self._word("stopped")
        offset = self._word("unknown")
        if now and now.offset_s is not None:
            offset = f"{now.offset_s:+.1f} s ({escape(now.offset_from)})"
        pairs = (
            ("unit", escape(stands.unit)),
            ("state", runs),
            ("now", _moment(stands.at)),
            ("next look", _moment(stands.next_look)),
            ("clock offset", offset),
            ("waiting", str(stands.waiting)),
        )
        return f'<dl class="figures">{self._pairs(pairs)}</dl>'

    def _pairs(self, pairs: Iterable[tuple[str, str]]) -> str:
        return "".join(f"<div><dt>{self._word(key)}</dt><dd>{said}</dd></div>" for key, said in pairs)

    def _section(self, key: str, inner: str) -> str:
        return f"<section><h2>{self._word(key)}</h2>{inner}</section>"

    def _platforms(self) -> str:
        cards = "".join(self._platform(uplink) for uplink in self.stands.uplinks)
        return self._section("platforms", f'<div class="cards">{cards}</div>')

    def _platform(self, uplink: UplinkStanding) -> str:
        now = uplink.now
        opens = (_moment(now.opens) if now.opens else self._word("at once")) if now else "–"
        took = (_moment(now.took) if now.took else self._word("never")) if now else "–"
        pairs = (
            ("waiting", str(uplink.waiting)),
            ("since", _moment(uplink.oldest)),
            ("next slot", opens),
            ("failures", str(now.failures) if now else "–"),
            ("last took", took),
            *self._compared(uplink),
        )
        mark = ' class="card amiss"' if now and now.failures else ' class="card"'
        name = f"<h3>{escape(uplink.name)} <small>{escape(uplink.kind)}</small></h3>"
        return f"<article{mark}>{name}<dl>{self._pairs(pairs)}</dl></article>"

    def _compared(self, uplink: UplinkStanding) -> tuple[tuple[str, str], ...]:
        """How a platform was compared; nothing of one that tells no digests."""
        found = uplink.compared
        if not uplink.tells:
            return ()
        if found is None or found.compared_at is None:
            said = self._word("never")
        else:
            said = f"{_moment(found.compared_at)} <small>{found.differing} {self._word('differ')}</small>"
        fault = f" {self._word('broke off')}: {escape(found.fault)}" if found and found.fault else ""
        return (("compared", said + fault),)

    def _meters(self) -> Iterator[str]:
        keys = "".join(
            f'<span class="key {kind}">{self._word(kind)}</span>' for kind in ("measured", "estimated")
        )
        legend = f'<p class="legend">{keys}{self._word("legend")}</p>'
        yield f'<section><h2>{self._word("meters")}</h2>{legend}<div class="cards">'
        for number, point in enumerate(self.stands.points):
            yield self._point(point, drawn=number < POINTS_DRAWN)
        yield "</div></section>"

    def _point(self, point: PointStanding, *, drawn: bool) -> str:
        rows = self.days.get(point.data_code, ())
        unit, newest, today = escape(point.unit), point.newest, day_total(rows)
        energy = f"{newest.value:f} {unit} <small>{_moment(newest.start)}</small>" if newest else "–"
        counter = f"{point.last.counter:f} <small>{_moment(point.last.at)}</small>" if point.last else "–"
        errors = (
            f"{point.now.error_rate:.0%} <small>({point.now.looks} {self._word('looks')})</small>"
            if point.now
            else "–"
        )
        pairs = (
            ("last energy", energy),
            ("today", "–" if today is None else f"{today:f} {unit}"),
            ("counter", counter),
            ("errors", errors),
            ("state", escape(trouble(point.trouble, self.language)) or self._word("ok")),
        )
        mark = ' class="card amiss"' if point.trouble else ' class="card"'
        name = f"<h3>{escape(point.meter)} <small>{point.code}</small></h3>"
        drawing = self._curve(point, rows) if drawn else ""
        return f"<article{mark}>{name}{drawing}<dl>{self._pairs(pairs)}</dl></article>"

    def _curve(self, point: PointStanding, rows: Sequence[Spooled]) -> str:
        day = beijing_day(self.stands.at)
        drawing = curve([row.reading for row in rows], day, f"{point.meter} {point.code} {day.isoformat()}")
        hours = "".join(f"<span>{hour:02d}</span>" for hour in HOURS)
        highest = max((row.reading.value for row in rows), default=None)
        top = f'<p class="top">{highest:f} {escape(point.unit)}</p>' if highest is not None else ""
        return f'{top}{drawing}<p class="hours">{hours}</p>'

    def _amiss(self) -> str:
        items = "".join(f"<li>{self._span(span)}</li>" for span in self.stands.spans)
        return self._section(
            "amiss", f"<ul>{items}</ul>" if items else f"<p>{self._word('nothing amiss')}</p>"
        )

    def _span(self, span: ProbeSpan) -> str:
        when = f"{_moment(span.begins)} – {_moment(span.ends)}"
        if span.kind is not SpanKind.METER:
            return f"{when} {self._word('stopped span')}"
        code = str(DataCode(span.data_code)) if span.data_code else self._word("all points")
        return f"{when} {self._word('meter')} {code} {escape(trouble(span.what, self.language))}"

    def _events(self) -> str:
        items = "".join(
            f"<li>{_moment(event.at)} <b>{escape(event.source)}</b> {escape(event.kind)} {escape(event.detail)}</li>"
            for event in self.stands.events
        )
        return self._section("events", f"<ul>{items}</ul>" if items else f"<p>{self._word('no event')}</p>")


def _moment(moment: dt.datetime | None) -> str:
    if moment is None:
        return "–"
    local = moment.astimezone(BEIJING)
    return f'<time datetime="{local.isoformat()}">{local:%m-%d %H:%M:%S}</time>'
