"""What the asker is told when something goes wrong, and what is kept from them."""

from __future__ import annotations

import logging

import pytest
from graphql import GraphQLError

from graph.errors import Forbidden, MalformedCode, NotFound, StoreError
from graph.execution.errors import MASK, translated
from tests.graph.fakes import FakeRows, FakeSources
from tests.graph.samples import unit_row

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
    assert (record.name, record.getMessage()) == ("nengshu.graphql", "answering mine failed")
    assert record.exc_info is not None


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


def test_an_error_that_was_translated_stays_as_it_is() -> None:
    once = translated(GraphQLError("x", original_error=NotFound("no such thing")))
    assert translated(once) is once
    assert once.original_error is None
