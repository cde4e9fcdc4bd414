"""What the asker is told when something goes wrong, and what is kept from them."""

from __future__ import annotations

import logging

import pytest
from graphql import GraphQLError

from graph.errors import Forbidden, MalformedCode, NotFound, StoreError
from graph.execution.errors import MASK, MESSAGE_MAX, translated
from graph.schema import build_schema
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import code_of, unit_row

CLOSED = build_schema(is_open=False)
SECRET = "/srv/secret/registry.db is locked by alice"


def _failing(fault: Exception) -> FakeSources:
    return FakeSources(FakeRows({"unit": [unit_row(1)]}, fault=fault))


@pytest.mark.anyio
async def test_an_unknown_exception_is_masked_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    error = await _failing(RuntimeError(SECRET)).error("{ mine: units { totalCount } }")
    assert error == {
        "message": MASK,
        "path": ["mine"],
        "locations": [{"line": 1, "column": 3}],
        "extensions": {"code": "INTERNAL"},
    }
    (record,) = caplog.records
    assert record.name == "nengshu.graphql"
    said = record.getMessage()
    assert said.startswith(
        "answering mine of request without a name failed, 1 times: RuntimeError('/srv/secret/"
    )
    assert "fake_rows.py:" in said  # where it was raised


@pytest.mark.anyio
async def test_what_fails_many_times_is_one_line_of_a_bounded_length(
    caplog: pytest.LogCaptureFixture,
) -> None:
    alias, one = "a" * 5_000, f'unit(creditCode: "{code_of(1)}") {{ name }}'
    failing = _failing(RuntimeError("x\n" * 100_000))
    result = await failing.ask(f"{{ {alias}: {one} more: {one} }}")
    assert [error.message for error in result.errors or ()] == [MASK, MASK]
    (record,) = caplog.records
    said = record.getMessage()
    assert "failed, 2 times" in said
    assert len(said) < 2_000
    assert "\n" not in said


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("fault", "extensions"),
    [
        (Forbidden("client x has no role 'read'"), {"code": "FORBIDDEN"}),
        (NotFound("no such thing"), {"code": "NOT_FOUND"}),
        (StoreError("the store refused"), {"code": "STORE_ERROR"}),
        (
            MalformedCode("data code", "12", "whole", "expected 16 digits"),
            {"code": "MALFORMED_CODE", "segment": "whole"},
        ),
    ],
)
async def test_an_error_of_ours_keeps_its_message_and_code(
    fault: Exception, extensions: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    error = await _failing(fault).error("{ units { totalCount } }")
    assert (error["message"], error["extensions"]) == (str(fault), extensions)
    assert caplog.records == []


@pytest.mark.anyio
async def test_a_document_that_cannot_be_read_says_so() -> None:
    error = await FakeSources().error("{ units { nodes ")
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ unicorns { name } }", {}),
        ('{ units(first: "ten") { totalCount } }', {}),
        ("query ($n: Int!) { units(first: $n) { totalCount } }", {"n": "ten"}),
        ("query ($n: Int!) { units(first: $n) { totalCount } }", {}),
        ("query ($d: Boolean = true) { units(descending: $d) { totalCount } }", {"d": None}),
        ("{ units(filter: {tier: MILLION}) { totalCount } }", {}),
        (f"{{ units(first: {'9' * 5000}) {{ totalCount }} }}", {}),
    ],
)
async def test_a_wrong_document_or_variable_is_the_askers_fault(
    query: str, variables: dict[str, object]
) -> None:
    error = await FakeSources().error(query, **variables)
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert error["message"] != MASK


_SAVE = "mutation ($rows: [LinkInput!]!) { saveLinks(links: $rows) { latest } }"
_LINK = {"key": "trial", "address": "http://127.0.0.1/?key=s3cr3t"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "rows", "said"),
    [
        (_SAVE, [{**_LINK, "quirk": "{}"}], "unknown field 'quirk'"),
        (_SAVE, [{**_LINK, "wholly_unlike": "{}"}], "unknown field 'wholly_unlike'"),
        (_SAVE, [{"address": "s3cr3t"}], "required field 'key'"),
        (_SAVE, ["s3cr3t"], "to be an object"),
        (_SAVE, [{**_LINK, "credential": {"password": "s3cr3t"}}], "[0].credential: String cannot represent"),
        ('mutation { saveLinks(links: [{key: "k", quirk: 1, address: "s3cr3t"}]) { latest } }', None, "'quirk'"),
        ('mutation { saveLinks(links: [{key: "k", enabled: "s3cr3t"}]) { latest } }', None, "a non boolean value"),
    ],
)  # fmt: skip
async def test_what_came_is_not_repeated_with_what_is_wrong_of_it(
    query: str, rows: list[object] | None, said: str
) -> None:
    error = await FakeSources().error(query, **({} if rows is None else {"rows": rows}))
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert said in error["message"]
    assert "s3cr3t" not in error["message"]


@pytest.mark.anyio
async def test_what_graphql_says_is_bounded_however_long_the_misspelt_name() -> None:
    error = await FakeSources().error(_SAVE, rows=[{**_LINK, "x" * 100_000: 1}])
    assert len(error["message"]) == MESSAGE_MAX


@pytest.mark.anyio
async def test_a_variable_is_told_what_was_expected_of_it() -> None:
    query = "query ($n: Int!) { units(first: $n) { totalCount } }"
    message = (await FakeSources().error(query, n="ten"))["message"]
    assert message == "Variable '$n' has invalid value: Int cannot represent non-integer value"


@pytest.mark.anyio
async def test_a_value_of_ours_that_cannot_be_written_is_masked(caplog: pytest.LogCaptureFixture) -> None:
    sources = FakeSources(FakeRows({"unit": [unit_row(1, roster_batch=None)]}))
    result = await sources.ask("{ units { nodes { rosterBatch } } }")
    assert result.errors is not None
    assert result.errors[0].formatted["extensions"] == {"code": "INTERNAL"}
    assert result.errors[0].message == MASK
    assert len(caplog.records) == 1


@pytest.mark.anyio
async def test_a_bad_query_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await FakeSources().error("{ " + " ".join(f"a{n}: unicorns" for n in range(1)) + " }")
    assert [record for record in caplog.records if record.name.startswith(("strawberry", "nengshu"))] == []


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ unitz { totalCount } }", {}),
        ("{ units(frist: 1) { totalCount } }", {}),
        ("{ units(filter: {tear: HUNDRED}) { totalCount } }", {}),
        ("{ units(filter: {tier: HUNDERD}) { totalCount } }", {}),
        ("{ ... on Quary { nation { unitsTotal } } }", {}),
        ("query ($f: UnitFilter) { units(filter: $f) { totalCount } }", {"f": {"tear": 1}}),
        ("query ($f: UnitFiltre) { units(filter: $f) { totalCount } }", {}),
        ("{ units }", {}),
    ],
)
async def test_names_are_suggested_by_an_open_schema_alone(query: str, variables: dict[str, object]) -> None:
    said = [
        " ".join(error.message for error in found.errors or ())
        for found in [
            await schema.execute(query, variables, context_value=FakeSources().context())
            for schema in (build_schema(is_open=True), CLOSED)
        ]
    ]
    assert ["Did you mean" in words for words in said] == [True, False]
    assert said[1]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { name } } }",
        "{ nation { unitsTotal } a: __schema { queryType { name } } }",
        "query A { ...F } fragment F on Query { ... { __schema { types { name } } } }",
    ],
)
async def test_a_closed_schema_does_not_tell_all_of_itself(query: str) -> None:
    context = FakeSources().context()
    refused = await CLOSED.execute(query, context_value=context)
    assert refused.data is None
    assert [(error.extensions or {})["code"] for error in refused.errors or ()] == ["FORBIDDEN"]
    told = await schema().execute(query, context_value=context)
    assert told.errors is None


@pytest.mark.anyio
async def test_a_closed_schema_tells_one_type_by_its_name_and_a_gateway_its_text() -> None:
    query = '{ __typename __type(name: "Unit") { name } _service { sdl } }'
    told = await CLOSED.execute(query, context_value=FakeSources().context())
    assert told.errors is None
    assert told.data is not None
    assert (told.data["__typename"], told.data["__type"]) == ("Query", {"name": "Unit"})
    assert "type Unit @key" in told.data["_service"]["sdl"]


def test_an_error_that_was_translated_stays_as_it_is() -> None:
    once = translated(GraphQLError("x", original_error=NotFound("no such thing")))
    assert translated(once) is once
    assert once.original_error is None
