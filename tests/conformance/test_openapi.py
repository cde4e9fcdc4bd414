"""The OpenAPI document says all of the batch protocol, and the hub answers each call as it says, whatever is asked."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode, SerializationContext
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from graph.model.principal import Role
from graph.model.rights import SENDING
from graph.model.sync_run import Receipt
from hub.doors import DOORS
from hub.endpoints.openapi import document
from hub.endpoints.openapi_schemas import RECEIPT
from hub.endpoints.receipts import receipt_body
from hub.endpoints.uploads import PARTIAL
from provincial_adapters import ENCODINGS
from provincial_adapters._batches.pieces import FORMATS as UPLOAD_FORMATS
from provincial_adapters.nengshu_batches import ARROW, FORMATS, JSON, NDJSON, PARQUET
from tests.house.tree import text_of
from tests.hub.invented_hub import JIA, fill, of_province, units_of
from tests.hub.members import token_at
from tests.hub.served_hub import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
DOCUMENT = document("http://hub")
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
EXAMPLES = 15  # of each call and kind
BOUNDS = settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip
CONFORMANCE = [
    status_code_conformance, content_type_conformance, response_schema_conformance, response_headers_conformance,
]  # fmt: skip
CHECKS = [*CONFORMANCE, not_a_server_error, missing_required_header, unsupported_method, ignored_auth]
# What is wrong in a body is a row's own affair, and a token is asked for with what a schema cannot tell from a lie.
ABOUT_BODIES = {"/sync/v1/batches", "/sync/v1/uploads", "/sync/v1/uploads/{id}", "/oauth/token"}


@schemathesis.serializer(NDJSON, "text/csv", ARROW, PARQUET, PARTIAL)
def as_it_is(_context: SerializationContext, value: Any) -> bytes:
    """Bodies whose bytes a schema says nothing of."""
    if isinstance(value, bytes):
        return value
    return value.encode(errors="replace") if isinstance(value, str) else json.dumps(value).encode()


@dataclass(frozen=True)
class Asked:
    """A hub that is asked, by whoever may call everything."""

    address: str
    headers: Mapping[str, str]

    def ask(self, case: Case[Any]) -> None:
        """Ask it this. Raises what a check finds."""
        checks = CHECKS if case.path in ABOUT_BODIES else [*CHECKS, negative_data_rejection]
        case.call_and_validate(base_url=self.address, headers=dict(self.headers), checks=checks)

    def call(
        self,
        method: str,
        path: str,
        status: int,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        **in_path: str,
    ) -> httpx.Response:
        """What one call is answered, of this status and as the document says."""
        case = schemathesis.openapi.from_dict(DOCUMENT)[path][method].Case(path_parameters=in_path)
        where, said = self.address + path.format(**in_path), {**self.headers, **(headers or {})}
        reply = httpx.request(method, where, content=body, headers=said)
        case.validate_response(reply, checks=CONFORMANCE)
        assert reply.status_code == status
        return reply


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A hub of one province."""
    data = tmp_path_factory.mktemp("asked")
    fill(data, JIA)
    with served(data, {"NENGSHU_UPLOADS_EACH_MAX": "64"}) as (_, port):
        base = f"http://127.0.0.1:{port}"
        token = token_at(data, base, "asker", of_province(JIA), (Role.READ, Role.UPLOAD, Role.SYNC))
        yield Asked(base, {"Authorization": f"Bearer {token}"})


def test_the_hub_serves_the_document(asked: Asked) -> None:
    reply = httpx.get(f"{asked.address}/sync/v1/openapi.json")
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    assert reply.json() == json.loads(json.dumps(document(asked.address)))


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=lambda mode: mode.value
)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_whatever_is_asked_is_answered_as_the_document_says(
    asked: Asked, path: str, method: str, mode: GenerationMode
) -> None:
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method.upper()]
    if mode is GenerationMode.NEGATIVE and not (
        operation.definition.raw.keys() & {"parameters", "requestBody"}
    ):
        return  # there is nothing to get wrong
    BOUNDS(given(operation.as_strategy(generation_mode=mode))(asked.ask))()


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Readings that fit, in part."""
    row = st.fixed_dictionaries(
        {
            "unit": st.sampled_from([units_of(JIA)[1].code, units_of(JIA)[2].code, "nobody"]),
            "data_code": st.sampled_from(["00-00-0000-023300-11", "0000000002330011", "x"]),
            "granularity": st.sampled_from(["day", "hour", "week"]),
            "start": st.dates().map(lambda day: f"{day.isoformat()}T00:00:00+08:00"),
            "value": st.one_of(
                st.integers(-1000, 10**15), st.decimals(0, 1000, places=4).map(str), st.text()
            ),
        },
        optional={"version": st.none(), "origin": st.sampled_from(["manual", "instrument", "guess"])},
    )
    return st.lists(row, min_size=1, max_size=12)


@BOUNDS
@given(rows(), st.sampled_from([JSON, NDJSON]))
def _batch(asked: Asked, found: list[dict[str, Any]], media_type: str) -> None:
    body = json.dumps(found) if media_type == JSON else "\n".join(map(json.dumps, found))
    headers = {"Idempotency-Key": uuid4().hex, "Content-Type": media_type}
    said = asked.call("POST", "/sync/v1/batches", 201, body.encode(), headers).json()
    counts = ("accepted", "duplicate", "corrected", "superseded", "rejectedCount")
    assert sum(said[name] for name in counts) == said["rows"] == len(found)


def test_every_batch_of_rows_gets_a_receipt_of_the_documented_shape(asked: Asked) -> None:
    _batch(asked)


def test_an_upload_is_answered_as_the_document_says_from_its_beginning_to_its_end(asked: Asked) -> None:
    one = "/sync/v1/uploads/{id}"
    head = {"Idempotency-Key": uuid4().hex, "Content-Type": NDJSON, "Upload-Complete": "?0"}
    name = asked.call("POST", "/sync/v1/uploads", 201, b"{", head).json()["upload"]
    asked.call("POST", "/sync/v1/uploads", 200, b"", head)
    asked.call("HEAD", one, 200, id=name)
    asked.call("GET", one, 200, id=name)
    part = {"Content-Type": PARTIAL, "Upload-Complete": "?0"}
    asked.call("PATCH", one, 409, b"}", {**part, "Upload-Offset": "0"}, id=name)
    asked.call("PATCH", one, 204, b"}", {**part, "Upload-Offset": "1"}, id=name)
    asked.call("DELETE", one, 204, id=name)
    asked.call("GET", one, 404, id=name)
    head |= {"Upload-Complete": "?1", "Idempotency-Key": uuid4().hex}
    asked.call("POST", "/sync/v1/uploads", 202, b"{}", head)


def test_an_answer_the_document_does_not_name_is_noticed(asked: Asked) -> None:
    without = json.loads(json.dumps(DOCUMENT))
    del without["paths"]["/sync/v1/batches/{id}"]["get"]["responses"]["404"]
    operation = schemathesis.openapi.from_dict(without)["/sync/v1/batches/{id}"]["GET"]
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        asked.ask(operation.Case(path_parameters={"id": 999_999}))


def test_the_document_names_every_call_of_the_protocol_with_its_roles() -> None:
    doors = {
        f"{method.upper()} {path}": told
        for path, methods in DOCUMENT["paths"].items()
        for method, told in methods.items()
    }
    named = {name.replace(":int}", "}"): door for name, door in DOORS.items()}
    assert doors.keys() - named.keys() == {"HEAD /sync/v1/uploads/{id}"}
    assert {name for name in named if "/sync/v1/" in name} | {
        "GET /healthz",
        "POST /oauth/token",
    } == doors.keys() - {"HEAD /sync/v1/uploads/{id}"}
    for name, told in doors.items():
        roles = {role for one in told["security"] for role in one["token"]}
        door = named[name.replace("HEAD", "GET")]
        assert roles == {role.value for role in door.roles | door.of_units}


def test_the_document_names_every_format_and_encoding() -> None:
    for path, formats in (("/sync/v1/batches", FORMATS), ("/sync/v1/uploads", UPLOAD_FORMATS)):
        told = DOCUMENT["paths"][path]["post"]
        kinds = [f"{name}; kind={kind}" for kind in SENDING for name in formats if "batches" in path]
        assert told["requestBody"]["content"].keys() == {*formats, *kinds}
        encodings = next(one for one in told["parameters"] if one["name"] == "Content-Encoding")
        assert {*encodings["schema"]["enum"], "identity", ""} == set(ENCODINGS)


def test_the_document_names_every_problem_of_the_page_and_no_other() -> None:
    rows = re.findall(r"^\| (\d{3}) \| `([A-Z_]+)` \|", text_of(Path("docs/batches.md")), re.MULTILINE)
    assert len(rows) > 10
    told = {
        (status, code)
        for methods in DOCUMENT["paths"].values()
        for call in methods.values()
        for status, answer in call["responses"].items()
        for code in re.findall(r"[A-Z]{2,}(?:_[A-Z]+)*", answer["description"].partition(": ")[2])
        if "application/problem+json" in answer.get("content", {})
    }
    assert told == set(rows) - {("405", "METHOD_NOT_ALLOWED")}  # of a verb that is no call's
    assert set(DOCUMENT["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]) == {
        code for _, code in told
    }


@pytest.mark.parametrize("media_type", [JSON, NDJSON])
def test_rows_of_the_registry_are_answered_as_the_document_says(asked: Asked, media_type: str) -> None:
    row = {"credit_code": units_of(JIA)[1].code, "name": f"虚构企业 {uuid4().hex[:6]}"}
    found = [row, {**row, "credit_code": "nobody"}]
    body = json.dumps(found) if media_type == JSON else "\n".join(map(json.dumps, found))
    headers = {"Idempotency-Key": uuid4().hex, "Content-Type": f"{media_type}; kind=unit"}
    said = asked.call("POST", "/sync/v1/batches", 201, body.encode(), headers).json()
    assert (said["kind"], said["rows"], said["corrected"], said["rejectedCount"]) == ("unit", 2, 1, 1)
    assert [change["field"] for change in said["changes"]] == ["name"]
    asked.call("POST", "/sync/v1/batches", 200, body.encode(), headers)
    again = asked.call("GET", "/sync/v1/batches/registry/{id}", 200, id=str(said["batch"])).json()
    assert again == said


def test_a_receipt_has_the_documented_fields() -> None:
    receipt = Receipt(1, "a", "k", dt.datetime.now(dt.UTC), 1, 1, 0, 0, 0, 0, "d", "h")
    assert receipt_body(receipt).keys() == RECEIPT["properties"].keys()
