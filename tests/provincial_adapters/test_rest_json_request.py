"""What is declared of a platform is checked whole: selectors, placeholders, styles, each fault told with its place."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigurationError, InvalidInput
from provincial_adapters._mapping.selectors import EVERY, NOTHING, Selector
from provincial_adapters._rest_json.filling import Dates, filled, filled_path
from provincial_adapters._rest_json.request import Request
from provincial_adapters.rest_json import DIALECT
from tests.provincial_adapters.rest_stage import LONG, LONG_MAPPING, SIMPLE, SIMPLE_MAPPING, said, whole_of
from tests.provincial_adapters.rest_stage import link as link_of


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("$", ()),
        ("$.data.rows[*]", ("data", "rows", EVERY)),
        ("$['数据'][0][\"a.b\"][-1]", ("数据", 0, "a.b", -1)),
        ("$.数据._x9", ("数据", "_x9")),
        (r"$['it\'s \u4e2d \ud83d\ude00 \\']", ("it's 中 😀 \\",)),
        ("$[ 7 ]", (7,)),
    ],
)
def test_a_selector_names_a_place(text: str, steps: tuple[Any, ...]) -> None:
    assert Selector.parse(text).steps == steps


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("data", ["begins with $"]),
        ("$..a.b", ["descendants"]),
        ("$.*", ["every member"]),
        ("$[?@.a == 1].x[1:2]", ["filters", "slices"]),
        ("$['a','b'].", ["several at once", "expected .name"]),
        ("$.a[01]..b[x]", ["expected ['a name']", "descendants", "expected ['a name']"]),
        ("$.9", ["expected .name"]),
        ("$x.y", ["expected .name"]),
        (r"$['\q']", ["unknown escape \\q"]),
        (r"$['\ud800']", ["half a character"]),
        ("$" + ".a" * 33, ["33 steps, at most 32"]),
        ("$." + "a" * 500, ["longer than 500"]),
    ],
)
def test_every_fault_of_a_selector_is_told(text: str, faults: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Selector.parse(text)
    told = str(caught.value)
    for fault in faults:
        assert fault in told
        told = told[told.index(fault) + len(fault) :]


_NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_STEPS = st.lists(_NAMES | st.integers(-3, 3), max_size=8)


@given(_STEPS)
def test_a_selector_written_out_is_the_same_selector(steps: list[str | int]) -> None:
    assert Selector.parse(str(Selector(tuple(steps)))).steps == tuple(steps)


_DOCUMENTS = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
)


@given(_DOCUMENTS, _STEPS)
def test_a_selector_finds_what_its_steps_lead_to(document: Any, steps: list[str | int]) -> None:
    expected = document
    for step in steps:
        fits = isinstance(expected, dict) if isinstance(step, str) else isinstance(expected, list)
        try:
            expected = expected[step] if fits else NOTHING
        except (KeyError, IndexError):
            expected = NOTHING
    assert Selector(tuple(steps)).found(document) is expected


@given(st.text(max_size=200))
def test_any_text_is_a_selector_or_is_told_why_not(text: str) -> None:
    try:
        found = Selector.parse(text)
    except InvalidInput:
        return
    assert Selector.parse(str(found)) == found


@pytest.mark.parametrize("kind", ["rows", "one", "column"])
def test_a_selector_is_of_its_own_kind(kind: str) -> None:
    wrong = {"rows": "$.a", "one": "$.a[*]", "column": "$.a[0]"}
    with pytest.raises(InvalidInput):
        getattr(Selector, f"of_{kind}")(wrong[kind])


def test_a_day_is_written_as_a_platform_wants_it() -> None:
    day = dt.date(2026, 11, 19)
    assert Dates().of(day) == {"day": "2026-11-19", "from": "2026-11-19 00:00:00", "to": "2026-11-20 00:00:00"}  # fmt: skip
    other = Dates("%Y%m%d", "unix_s", "%H:%M:%S %d/%m/%Y", last_second=True).of(day)
    assert other == {"day": "20261119", "from": 1795017600, "to": "23:59:59 19/11/2026"}


def test_what_is_filled_in_stays_in_its_place() -> None:
    values: dict[str, str | int | None] = {"day": "2026/11/19", "page": 3, "cursor": None}
    assert filled_path("q/{day}/p{page}", values) == "q/2026%2F11%2F19/p3"
    template = {"a": ["{page}", "{cursor}", "{day}?"], "b": "{cursor}", "c": {"d": "<{cursor}>"}, "e": True}
    assert filled(template, values) == {"a": [3, "2026/11/19?"], "c": {"d": "<>"}, "e": True}


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "no rows": ({"rows": None}, "rows: missing, expected where"),
    "rows of no list": ({"rows": "$.a"}, "rows: '.*expected .* at the end"),
    "an unknown key": ({"colour": "red"}, "colour: unknown key"),
    "an unknown placeholder": ({"query": {"d": "{date}"}}, r"query: unknown \{date\}, expected .*\{day\}"),
    "a placeholder without its style": ({"query": {"d": "{day}", "p": "{page}"}}, r'style "none" fills no \{page\}'),
    "a style without its placeholder": ({"paging": {"style": "page"}}, r'style "page" needs \{page\}'),
    "a size nobody gave": ({"query": {"n": "{size}"}}, "there is no size"),
    "a cursor nobody declared": ({"query": {"c": "{cursor}"}, "paging": {"style": "cursor"}}, "cursor: belongs to style"),
    "more without a cursor": ({"paging": {"more": "$.m"}}, "more: belongs to style"),
    "echo without a page": ({"paging": {"echo": "$.m"}}, "echo: belongs to style"),
    "short without a size": ({"paging": {"last": "short"}}, "is told by size"),
    "too many pages": ({"paging": {"pages_max": 10**9}}, "expected a whole number from 1 to 10000"),
    "units without a place": ({"units": ["91970000MA00000013"]}, "{unit} and units belong together"),
    "units that are none": ({"units": ["x"], "query": {"u": "{unit}"}}, "units: credit code"),
    "an odd date": ({"dates": {"day": "%y"}}, "dates.day: date format"),
    "an odd last second": ({"dates": {"last_second": "yes"}}, "dates.last_second: came 'yes'"),
    "a sign of nothing": ({"no_data": [{}]}, r"no_data\[1\].status: give a status"),
    "words without a place": ({"not_ready": [{"status": 404, "words": ["x"]}]}, "selector and words belong together"),
    "success without words": ({"success": {"selector": "$.a"}}, "success.words: selector and words"),
    "a body of a GET": ({"body": {"a": 1}}, 'body: belongs to method "POST"'),
    "a header that shows who asks": ({"headers": {"authorization": "x"}}, "headers.authorization: is not for a link"),
    "a header that is none": ({"headers": {"a b": "x\n"}}, "expected the name of a header"),
    "an encoding nobody reads": ({"encoding": "utf-7"}, "encoding: came 'utf-7'"),
    "an unknown auth": ({"auth": {"style": "magic"}}, "auth.style: came 'magic'"),
    "basic without a user": ({"auth": {"style": "basic"}}, 'auth.user: missing, style "basic" needs it'),
    "a key of another style": (
        {"auth": {"style": "basic", "user": "u", "path": "x"}}, 'auth.path: is nothing of style "basic"',
    ),
    "a secret in a link": (
        {"auth": {"style": "login", "path": "l", "token": "$.t", "body": {"p": "hunter2"}}}, r"auth.body: has no \{secret\}",
    ),
    "a link header of a POST": ({"method": "POST", "paging": {"style": "link"}}, 'style "link" belongs to method "GET"'),
    "a key in the query twice": (
        {"query": {"d": "{day}", "k": "x"}, "auth": {"style": "query", "name": "k"}}, "stands in the query too",
    ),
    "outer beside other rows": ({"outer": {"u": "$.other[*].u"}}, r"outer.u: \$\.other\[\*\]\.u is not beside the rows"),
    "outer in the rows": ({"outer": {"u": "$.rows[*].u"}}, "is not beside the rows"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_fault_of_a_request_is_told_with_its_place(what: str) -> None:
    changed, words = CHANGES[what]
    with pytest.raises(ConfigurationError, match=words):
        Request.of_table({**SIMPLE, **changed})


def test_all_faults_of_a_link_are_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        DIALECT.check(
            {
                "request": {"rows": "$..x", "paging": {"style": "page"}, "auth": {"style": "basic"}},
                "mapping": {
                    **SIMPLE_MAPPING,
                    "unit": "x",
                    "label_column": "$.a[0]",
                    "ignored_columns": ["$x"],
                },
                "since": "yesterday",
            }
        )
    told = str(caught.value)
    for words in ("descendants", "needs {page}", "auth.user: missing", "unit: credit code", "since: came"):
        assert words in told
    with pytest.raises(ConfigurationError, match=r"names alone.*expected \.name"):
        DIALECT.check(
            {"request": LONG, "mapping": {**SIMPLE_MAPPING, "label_column": "$.a[0]", "ignored_columns": ["$x"]}}
        )  # fmt: skip


async def test_a_column_outside_the_rows_that_nobody_maps_is_a_fault() -> None:
    asked = link_of({**LONG, "query": {}, "outer": {"who": "$.who"}}, LONG_MAPPING)
    with pytest.raises(ConfigurationError, match=r"outer\.who: no mapped column"):
        await whole_of(lambda _: said({}), asked)
