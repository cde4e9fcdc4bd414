"""Whatever is asked, the hub answers or says what is wrong with the question: it never fails.

`NENGSHU_MADE_UP=1000` asks as many questions of each field, other ones each time.
"""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, CheckContext, Response

from graph.execution.errors import INTERNAL
from graph.model.principal import NATION, OrganisationKind, Role
from graph.model.rights import GIVEN
from hub.settings import Settings
from hub.simulate.readings import days_of
from hub.wiring import open_registry
from provincial_adapters.nengshu_batches import ARROW
from tests.conformance.made_up import FIRST, LAST, made_up
from tests.hub.invented_hub import JIA, JSON, WHO, YI, fill, reading, units_of
from tests.hub.members import token_at
from tests.hub.served_hub import served

pytestmark = pytest.mark.slow
QUESTIONS = 20  # of each field and run: half a minute in all
MADE_UP = "NENGSHU_MADE_UP"
PATIENCE_S = 900
OURS = {INTERNAL, "STORE_ERROR", "CONFIGURATION", "500"}  # codes that no question may bring about
SCHEMA = made_up()
FIELDS = [(root, name) for root in SCHEMA for name in SCHEMA[root]]


@dataclass
class Asked:
    """A hub that is asked, and how often each field was answered without an error."""

    address: str
    headers: Mapping[str, str]
    answered: Counter[str] = field(default_factory=Counter)

    def ask(self, case: Case[Any]) -> None:
        """Ask it this. Raises what a check finds."""
        reply = case.call_and_validate(
            base_url=self.address, headers=dict(self.headers), checks=[never_fails]
        )
        self.answered[case.operation.label] += "errors" not in reply.json()


def never_fails(_context: CheckContext, response: Response, _case: Case[Any]) -> None:
    """The check: an answer, or errors that are the question's fault."""
    assert failures(response.status_code, response.json()) == set()


def failures(status: int, answer: Mapping[str, Any]) -> set[str]:
    """What in an answer says that the hub failed."""
    codes = {str(error["extensions"]["code"]) for error in answer.get("errors", [])}
    codes |= {answer["code"]} if "code" in answer else set()
    return {code for code in codes if code in OURS} | ({"500"} if status >= 500 else set())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A hub with two provinces, some weeks of readings, some that were corrected, suspected and refused."""
    data = tmp_path_factory.mktemp("asked")
    fill(data, JIA, YI)
    registry = open_registry(Settings(data_dir=data))
    link = {"key": "devices", "dialect": "nhjc04", "province": YI, "address": "devices call"}
    registry.upsert("link", [link], WHO)
    registry.close()
    with served(data, {}) as (_, port):
        base = f"http://127.0.0.1:{port}"
        everything = tuple(GIVEN[OrganisationKind.NATIONAL_AGENCY])
        sender = token_at(data, base, "sender", NATION, (Role.UPLOAD,))
        headers = {"Authorization": f"Bearer {token_at(data, base, 'asker', NATION, everything)}"}
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {sender}"}) as client:
            send(client, "days", ARROW, as_stream(days_of(units_of(JIA)[:5], FIRST, LAST)))
            send(client, "corrected", JSON, [reading(value="2.5"), reading(day=2, value="99999999999")])
            send(client, "refused", JSON, [reading(unit="nobody"), reading(granularity="hour", value="-1")])
        yield Asked(f"{base}/graphql", headers)


def as_stream(table: pa.Table) -> bytes:
    """A table as Arrow's stream."""
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def send(client: httpx.Client, key: str, content_type: str, body: Any) -> None:
    """Upload a batch."""
    headers = {"Idempotency-Key": key, "Content-Type": content_type}
    how = {"content": body} if isinstance(body, bytes) else {"json": body}
    client.post("/sync/v1/batches", headers=headers, **how).raise_for_status()


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize(("root", "name"), FIELDS, ids=[f"{root}.{name}" for root, name in FIELDS])
def test_no_question_makes_the_hub_fail(root: str, name: str, asked: Asked) -> None:
    many = int(os.environ.get(MADE_UP, QUESTIONS))
    bounds = settings(
        max_examples=many, derandomize=many == QUESTIONS, database=None, deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    bounds(given(SCHEMA[root][name].as_strategy())(asked.ask))()


def test_most_fields_were_answered_and_not_only_refused(asked: Asked) -> None:
    if len(asked.answered) < len(FIELDS):
        pytest.skip("only some fields were asked")
    refused = {label for label, answers in asked.answered.items() if not answers}
    questions = {label for label in asked.answered if label.startswith("Query.")}
    assert len(refused & questions) < len(questions) / 10, refused
    assert (
        asked.answered.keys() - questions - refused
    )  # rows are seldom made up without a fault, but some are


@pytest.mark.parametrize(
    ("status", "answer", "found"),
    [
        (200, {"data": {"nation": None}}, set()),
        (400, {"errors": [{"extensions": {"code": "MALFORMED_CODE"}}]}, set()),
        (200, {"data": None, "errors": [{"extensions": {"code": "INTERNAL"}}]}, {"INTERNAL"}),
        (503, {"code": "STORE_ERROR", "status": 503}, {"STORE_ERROR", "500"}),
    ],
)
def test_a_failure_is_told_from_a_refusal(status: int, answer: dict[str, Any], found: set[str]) -> None:
    assert failures(status, answer) == found
