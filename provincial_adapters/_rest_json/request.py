"""What a province declares of its platform: what is asked, where the rows are, what its signs mean; checked whole.

As TOML, below `quirks` of a link, beside `mapping` (provincial_adapters/_mapping/mapping.py):

    [request]
    path = "api/v1/readings"             # below the link's address; may hold placeholders
    method = "GET"                       # or "POST" with a body
    query = { date = "{day}", pageNo = "{page}", pageSize = "{size}" }
    rows = "$.data.rows[*]"
    outer = { "企业代码" = "$.data.unit" }  # columns that stand outside the rows, or "{unit}": whom it was asked for
    units = ["91970000MA00000013"]       # asked for one by one, as {unit}
    encoding = "utf-8"                   # or "gb18030"
    content_type = "application/json"    # what a platform calls its JSON
    headers = { "X-Version" = "2" }
    body = { date = "{day}" }            # of a POST
    not_ready = [{ selector = "$.code", words = ["2001"] }, { status = 425 }]
    no_data = [{ status = 404 }]
    dates = { day = "%Y%m%d", from = "%Y-%m-%d %H:%M:%S", to = "unix_ms", last_second = true }
    success = { selector = "$.code", words = ["0"], message = "$.msg" }
    paging = { style = "page", size = 1000, total_pages = "$.data.pages" }
    auth = { style = "header", name = "X-API-Key" }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import ConfigurationError, InvalidInput
from graph.model.credit_code import CreditCode
from provincial_adapters._mapping.mapping import ColumnMapping
from provincial_adapters._mapping.selectors import EVERY, Selector
from provincial_adapters._mapping.settings_table import ENCODINGS, Table
from provincial_adapters._rest_json.auth import HEADER_NAME, Auth, AuthStyle, read_auth
from provincial_adapters._rest_json.filling import (
    ASKED,
    DATES,
    UNIT,
    Dates,
    check_known,
    date_form,
    placeholders,
)
from provincial_adapters._rest_json.paging import NEEDED, Paging, PagingStyle, read_paging
from provincial_adapters._rest_json.signs import Sign, Success, read_signs, read_success, statuses
from provincial_adapters._toolkit.fetch import JSON

UNITS_MAX = 20_000  # more than there are key units in the country
ENTRIES_MAX = 100  # of a query, of headers, of outer columns
BODY_DEPTH_MAX = 10  # of a template
METHODS = {"GET": "GET", "POST": "POST"}
THE_UNIT = "{unit}"
_NOT_FOR_A_LINK = {
    "authorization",
    "cookie",
    "host",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "connection",
}


@dataclass(frozen=True)
class Outer:
    """A column that stands outside the rows: a place, or None where it is the unit that was asked for."""

    column: str
    place: Selector | None


@dataclass(frozen=True)
class Request:
    """How a platform is asked and its answers are taken apart (请求). Made by `of_table`, which tells every fault."""

    path: str
    rows: Selector
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    outer: tuple[Outer, ...] = ()
    units: tuple[str, ...] = ()
    encoding: str = "utf-8"
    content_type: str = JSON
    dates: Dates = field(default_factory=Dates)
    success: Success | None = None
    not_ready: tuple[Sign, ...] = ()
    no_data: tuple[Sign, ...] = ()
    paging: Paging = field(default_factory=Paging)
    auth: Auth = field(default_factory=Auth)

    @classmethod
    def of_table(cls, given: Mapping[str, Any], place: str = "given") -> Request:
        """From a table as TOML or JSON gives it. Raises ConfigurationError with every fault."""
        table = Table(given, "")
        request = _read(table)
        _check_placeholders(table, request)
        _check_outer(table, request)
        if table.all_faults():
            raise ConfigurationError(f"request {place}", table.all_faults())
        return request

    @property
    def open_places(self) -> set[str]:
        """The placeholders it holds."""
        return placeholders([self.path, self.query, self.body])

    @property
    def asks_by_day(self) -> bool:
        """Whether it holds a day, so that it can only be asked day by day."""
        return bool(self.open_places & DATES)

    @property
    def statuses(self) -> set[int]:
        """The statuses, beside those that went well, whose answers are looked into."""
        return statuses((*self.not_ready, *self.no_data))


def _read(table: Table) -> Request:
    return Request(
        path=table.optional_text("path") or "",
        rows=table.parsed("rows", Selector.of_rows) or _missing_rows(table),
        method=table.choice("method", METHODS) or "GET",
        query=_texts(table, "query"),
        body=_body(table),
        headers=_headers(table),
        outer=tuple(
            Outer(name, _outer_place(table, name, text)) for name, text in _texts(table, "outer").items()
        ),
        units=_units(table),
        encoding=table.choice("encoding", ENCODINGS) or "utf-8",
        content_type=(table.optional_text("content_type") or JSON).lower(),
        dates=_dates(table.table("dates")),
        success=read_success(table.table("success")),
        not_ready=read_signs(table, "not_ready"),
        no_data=read_signs(table, "no_data"),
        paging=read_paging(table.table("paging")),
        auth=read_auth(table.table("auth")),
    )


def _missing_rows(table: Table) -> Selector:
    if table.anything("rows") is None:
        table.fault("rows", "missing, expected where the rows are, such as '$.data.rows[*]'")
    return Selector((EVERY,))


def _texts(table: Table, key: str) -> dict[str, str]:
    """A table of names and texts; whole numbers and truths as JSON writes them."""
    given = table.anything(key)
    if given is None:
        return {}
    if not isinstance(given, Mapping) or len(given) > ENTRIES_MAX:
        table.fault(key, f"expected a table of at most {ENTRIES_MAX} entries")
        return {}
    found = {}
    for name, value in given.items():
        if type(value) is int:
            value = str(value)
        if not isinstance(value, str) or not name:
            table.fault(f"{key}.{name}", f"came {value!r:.64}, expected text")
        else:
            found[name] = value
    return found


def _headers(table: Table) -> dict[str, str]:
    found = _texts(table, "headers")
    for name, value in found.items():
        if not HEADER_NAME.fullmatch(name) or not (value.isascii() and value.isprintable()):
            table.fault(f"headers.{name}", "expected the name of a header and printable ASCII")
        if name.lower() in _NOT_FOR_A_LINK:
            table.fault(f"headers.{name}", "is not for a link to say; who asks is said by auth")
    return found


def _body(table: Table) -> Mapping[str, Any] | None:
    body = table.anything("body")
    if body is None:
        return None
    if table.anything("method") != "POST":
        table.fault("body", 'belongs to method "POST"')
    if not isinstance(body, Mapping) or _deeper_than(body, BODY_DEPTH_MAX):
        table.fault("body", f"expected a table nested at most {BODY_DEPTH_MAX} deep")
        return None
    return body


def _deeper_than(value: Any, depth: int) -> bool:
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return depth < 0 or any(_deeper_than(entry, depth - 1) for entry in inside)


def _units(table: Table) -> tuple[str, ...]:
    units = table.texts("units", UNITS_MAX)
    for unit in units:
        try:
            CreditCode.parse(unit)
        except InvalidInput as fault:
            table.fault("units", str(fault))
    return tuple(dict.fromkeys(units))


def _outer_place(table: Table, column: str, text: str) -> Selector | None:
    if text == THE_UNIT:
        return None
    try:
        return Selector.parse(text)
    except InvalidInput as fault:
        table.fault(f"outer.{column}", str(fault))
        return Selector(())


def _dates(table: Table) -> Dates:
    usual = Dates()
    last_second = table.anything("last_second")
    if last_second not in (None, True, False):
        table.fault("last_second", f"came {last_second!r:.64}, expected true or false")
    return Dates(
        table.parsed("day", date_form) or usual.day,
        table.parsed("from", date_form) or usual.begin,
        table.parsed("to", date_form) or usual.end,
        last_second is True,
    )


def _check_placeholders(table: Table, request: Request) -> None:
    for key in ("path", "query", "body"):
        try:
            check_known(getattr(request, key), ASKED)
        except InvalidInput as fault:
            table.fault(key, str(fault))
    there = request.open_places
    needed = NEEDED.get(request.paging.style)
    if needed is not None and needed not in there:
        table.fault("paging", f'style "{request.paging.style}" needs {{{needed}}} in path, query or body')
    if "size" in there and request.paging.size is None:
        table.fault("paging", "{size} is asked for, and there is no size")
    others = {word for style, word in NEEDED.items() if style is not request.paging.style}
    if idle := sorted(there & (others - {"cursor"} if request.paging.style is PagingStyle.PAGE else others)):
        table.fault(
            "paging", f'style "{request.paging.style}" fills no {", ".join(f"{{{name}}}" for name in idle)}'
        )
    if (UNIT in there) != bool(request.units):
        table.fault("units", "{unit} and units belong together")
    if request.paging.style is PagingStyle.LINK and request.method != "GET":
        table.fault("paging", 'style "link" belongs to method "GET"')
    if request.auth.style is AuthStyle.QUERY and request.auth.name in request.query:
        table.fault("auth", f"{request.auth.name!r} stands in the query too")


def _check_outer(table: Table, request: Request) -> None:
    """Whatever stands outside the rows stands beside one of the lists they are in."""
    rows = request.rows.steps
    for outer in request.outer:
        if outer.place is None and not request.units:
            table.fault(f"outer.{outer.column}", "{unit} and units belong together")
        if outer.place is None or EVERY not in outer.place.steps:
            continue
        last = len(outer.place.steps) - outer.place.steps[::-1].index(EVERY)
        if outer.place.steps[:last] != rows[:last] or last == len(rows):
            table.fault(f"outer.{outer.column}", f"{outer.place} is not beside the rows {request.rows}")


def check_columns(mapping: ColumnMapping) -> None:
    """Raise ConfigurationError where a column that begins with $ names no field of a row."""
    faults = []
    for name in (*mapping.columns, *mapping.ignored_columns):
        try:
            if name.startswith("$"):
                Selector.of_column(name)
        except InvalidInput as fault:
            faults.append(str(fault))
    if faults:
        raise ConfigurationError("mapping given", faults)


def faults_between(request: Request, mapping: ColumnMapping, *, says_since: bool) -> list[str]:
    """What does not fit together: a column outside the rows that nobody maps, a day that is asked for since no day."""
    known = {*mapping.columns, *mapping.ignored_columns}
    faults = [
        f"request: outer.{outer.column}: no mapped column"
        for outer in request.outer
        if outer.column not in known
    ]
    if request.asks_by_day and not says_since:
        faults.append("since: missing; the request holds a day, so say since when it is asked day by day")
    if says_since and not request.asks_by_day:
        faults.append("since: the request holds no {day}, {from} or {to} to ask day by day with")
    return faults
