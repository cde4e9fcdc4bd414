"""Pages of an answer, one after the other: by number, by offset, by a cursor in the body, by a Link header.

Whatever a source says, it ends: pages are counted, a page that came before is a fault, and so is a cursor that does not
move. Where the source says how many rows there are, as many must have come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx

from graph.errors import MalformedBody
from provincial_adapters._mapping.selectors import Selector
from provincial_adapters._mapping.settings_table import Table
from provincial_adapters._rest_json.signs import word

PAGES_MAX = 10_000  # of one day: ten million rows in pages of a thousand
SIZE_MAX = 1_000_000
CURSOR_CHARACTERS_MAX = 2_000  # of a cursor: longer is no place but a page
_MORE = {"true": True, "1": True, "false": False, "0": False}


class PagingStyle(StrEnum):
    """How a source is asked for its next page (分页方式)."""

    NONE = "none"
    PAGE = "page"
    OFFSET = "offset"
    CURSOR = "cursor"
    LINK = "link"


class LastPage(StrEnum):
    """What the last page looks like where nothing says how many there are."""

    EMPTY = "empty"
    SHORT = "short"


@dataclass(frozen=True)
class Paging:
    """How pages follow each other; selectors say where an answer tells of it."""

    style: PagingStyle = PagingStyle.NONE
    first: int = 1
    size: int | None = None
    total_pages: Selector | None = None
    total_rows: Selector | None = None
    echo: Selector | None = None
    cursor: Selector | None = None
    more: Selector | None = None
    last: LastPage = LastPage.EMPTY
    pages_max: int = PAGES_MAX


@dataclass(frozen=True)
class Turn:
    """Which page is asked for: the how-manieth, after how many rows, behind which cursor, or at which address."""

    number: int = 0
    rows: int = 0
    cursor: str | None = None
    address: str | None = None

    def values(self, paging: Paging) -> Mapping[str, str | int | None]:
        """What stands for it in a request."""
        page = paging.first + self.number
        return {"page": page, "size": paging.size, "offset": self.rows, "cursor": self.cursor}


@dataclass(frozen=True)
class Came:
    """What came for a turn: the document without its rows, how many rows, their digest, its headers."""

    document: Any
    rows: int
    digest: str
    address: str
    headers: Mapping[str, str]


@dataclass
class Pages:
    """The pages of one answer as they come; `reached` is the last cursor that was given."""

    paging: Paging
    turn: Turn
    reached: str | None = None
    _seen: set[str] = field(default_factory=set)
    _places: set[str] = field(default_factory=set)

    def next(self, came: Came) -> Turn | None:
        """The turn after this page; None where it was the last. Raises MalformedBody for pages that do not move on."""
        self._check_moves(came)
        rows = self.turn.rows + came.rows
        style = self.paging.style
        place = None if style is PagingStyle.NONE else self._place(came, rows)
        if place is None:
            self._check_ended(came, rows)
            return None
        if self.turn.number + 1 >= self.paging.pages_max:
            raise MalformedBody(f"pages go on for more than {self.paging.pages_max}", "paging")
        cursor, address = (place, None) if style is PagingStyle.CURSOR else (None, place or None)
        self.turn = Turn(self.turn.number + 1, rows, cursor, address)
        return self.turn

    def _check_moves(self, came: Came) -> None:
        page = self.turn.number + 1
        if came.rows and came.digest in self._seen:
            raise MalformedBody(f"page {page} holds the rows of a page before it", "paging")
        self._seen.add(came.digest)
        if self.paging.echo is not None:
            asked, told = self.paging.first + self.turn.number, word(self.paging.echo.found(came.document))
            if told != str(asked):
                raise MalformedBody(f"asked for page {asked}, came {told!r:.64}", str(self.paging.echo))

    def _check_ended(self, came: Came, rows: int) -> None:
        promised = _count(self.paging.total_rows, came.document)
        if promised is not None and promised != rows:
            raise MalformedBody(f"promised {promised} rows, came {rows}", str(self.paging.total_rows))

    def _place(self, came: Came, rows: int) -> str | None:
        """Where the next page is: a cursor, an address or, where the turn's number is enough, an empty text."""
        if self.paging.style is PagingStyle.CURSOR:
            return self._cursor(came)
        if self.paging.style is PagingStyle.LINK:
            return self._linked(came)
        return "" if self._goes_on(came, rows) else None

    def _goes_on(self, came: Came, rows: int) -> bool:
        pages, promised = (
            _count(place, came.document) for place in (self.paging.total_pages, self.paging.total_rows)
        )
        if pages is not None:
            asked = self.turn.number + 1
            if not came.rows and asked < pages:
                raise MalformedBody(f"page {asked} of {pages} is empty", "paging")
            return asked < pages
        if promised is not None:
            return bool(came.rows) and rows < promised
        if self.paging.last is LastPage.SHORT and self.paging.size is not None:
            return came.rows >= self.paging.size
        return bool(came.rows)

    def _cursor(self, came: Came) -> str | None:
        given = Selector(()) if self.paging.cursor is None else self.paging.cursor
        cursor = word(given.found(came.document))
        goes_on = self._promises_more(came)
        if cursor not in (None, "", "null"):
            self.reached = str(cursor)
        if goes_on is False or cursor in (None, "", "null"):
            if goes_on:
                raise MalformedBody(f"promises more, but {given} holds no cursor", "paging")
            return None
        if cursor == self.turn.cursor and not came.rows and goes_on is None:
            return None
        return self._moved(cursor or "")

    def _promises_more(self, came: Came) -> bool | None:
        if self.paging.more is None:
            return None
        said = word(self.paging.more.found(came.document))
        if said not in _MORE:
            raise MalformedBody(f"came {said!r:.64}, expected true or false", str(self.paging.more))
        return _MORE[said]

    def _linked(self, came: Came) -> str | None:
        headers = {"link": came.headers.get("link", "")}
        found = httpx.Response(200, headers=headers).links.get("next", {}).get("url")
        if found is None:
            return None
        here = httpx.URL(came.address)
        try:
            there = here.join(found)
        except httpx.InvalidURL as fault:
            raise MalformedBody("the next page has no address that can be asked", "Link") from fault
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise MalformedBody(f"the next page is elsewhere, at {there.host!r:.100}", "Link")
        return self._moved(str(there))

    def _moved(self, place: str) -> str:
        if len(place) > CURSOR_CHARACTERS_MAX:
            raise MalformedBody(
                f"a cursor of {len(place)} characters, at most {CURSOR_CHARACTERS_MAX}", "paging"
            )
        if place == self.turn.cursor or place in self._places:
            raise MalformedBody("the next page begins where an earlier one did", "paging")
        self._places.add(place)
        return place


def _count(place: Selector | None, document: Any) -> int | None:
    """How many of something an answer promises. Raises MalformedBody where it was to say so and does not."""
    if place is None:
        return None
    told = word(place.found(document))
    if told is None or not told.isascii() or not told.isdigit() or len(told) > 18:
        raise MalformedBody(f"came {told!r:.64}, expected how many", str(place))
    return int(told)


def read_paging(table: Table) -> Paging:
    """How pages follow; its faults stay with the table."""
    style = table.word("style", PagingStyle, PagingStyle.NONE)
    paging = Paging(
        style,
        table.number("first", 0, 1, 1) or 0,
        table.number("size", 1, SIZE_MAX),
        table.parsed("total_pages", Selector.of_one),
        table.parsed("total_rows", Selector.of_one),
        table.parsed("echo", Selector.of_one),
        table.parsed("cursor", Selector.of_one),
        table.parsed("more", Selector.of_one),
        table.word("last", LastPage, LastPage.EMPTY),
        table.number("pages_max", 1, PAGES_MAX, PAGES_MAX) or PAGES_MAX,
    )
    if (paging.cursor is None) == (style is PagingStyle.CURSOR):
        table.fault("cursor", 'belongs to style "cursor", which needs it')
    if paging.more is not None and style is not PagingStyle.CURSOR:
        table.fault("more", 'belongs to style "cursor"')
    if paging.echo is not None and style is not PagingStyle.PAGE:
        table.fault("echo", 'belongs to style "page"')
    if paging.last is LastPage.SHORT and paging.size is None:
        table.fault("last", "is told by size, which is missing")
    return paging


NEEDED = {PagingStyle.PAGE: "page", PagingStyle.OFFSET: "offset", PagingStyle.CURSOR: "cursor"}
