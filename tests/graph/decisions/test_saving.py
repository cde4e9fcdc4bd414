"""How a mutation's rows reach the sink, and how what came of them is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import pyarrow as pa
import pytest

from graph.errors import Conflict, Fault, FaultyRows, Forbidden, InvalidInput, MalformedCode, StoreError
from graph.model.principal import Reach, Role
from graph.model.region import RegionCode
from graph.ports import AuditEntry, Decided, Decision, Decisions
from tests.graph.fake_writer import FakeWriter
from tests.graph.fakes import FakeRows, FakeSources, schema
from tests.graph.samples import COLUMNS, code_of, unit_row

pytestmark = pytest.mark.anyio
T = TypeVar("T")
NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
ENTRY = AuditEntry(17, NOON, "tester", "update")
LINK = {
    "id": 1, "key": "geng", "dialect": "hub_graphql", "province": "970000", "address": "https://a@geng.example/?t=s3cr3t",
    "credential": "geng", "quirks": "{}", "cursor": None, "enabled": True,
}  # fmt: skip
SAVE_UNITS = "mutation ($units: [UnitInput!]!) { saveUnits(units: $units) { latest } }"


def deciding(answer: Decisions | Exception, **more: Any) -> FakeSources:
    """Sources whose sink answers so, and an asker who may decide."""
    return FakeSources(writer=FakeWriter(answer), roles=frozenset({Role.READ, Role.DECIDE}), **more)


def decisions(noun: str, row: dict[str, Any], decided: Decided) -> Decisions:
    """What came of one row."""
    columns = {"id": pa.int64(), **COLUMNS[noun]}
    return Decisions(pa.Table.from_pylist([row], pa.schema(list(columns.items()))), [decided])


def of_unit(changes: dict[str, tuple[Any, Any]], entry: AuditEntry | None = ENTRY) -> Decisions:
    """What came of a unit's row."""
    return decisions("unit", {"id": 1, **unit_row(1)}, Decided(changes, entry, 17))


# ---- on the way in --------------------------------------------------------------------------------------


async def test_what_is_not_given_is_no_cell_and_null_is_one() -> None:
    sources = deciding(of_unit({}), reach=Reach(region=RegionCode("970000")))
    row = {"creditCode": code_of(1), "tier": "HUNDRED", "name": None, "ifLatest": 4}
    await sources.data(SAVE_UNITS, units=[row])
    ((noun, (given,), who, reach),) = sources.writer.decided
    assert (noun, who, str(reach)) == ("unit", "tester", "970000")
    assert given == Decision({"credit_code": code_of(1), "tier": "hundred", "name": None}, if_latest=4)


async def test_one_row_may_come_without_brackets_and_without_what_its_author_has_seen() -> None:
    sources = deciding(of_unit({}))
    await sources.data(SAVE_UNITS, units={"creditCode": "x"})
    await sources.data('mutation { saveUnits(units: {creditCode: "x"}) { latest } }')
    await sources.data('mutation { saveUnits(units: {creditCode: "x", ifLatest: null}) { latest } }')
    assert [given for _, given, _, _ in sources.writer.decided] == [[Decision({"credit_code": "x"})]] * 3


@pytest.mark.parametrize("seen", [-1, 2**53, 1.5, "four"])
async def test_what_its_author_has_seen_is_a_number_of_the_audit(seen: object) -> None:
    sources = deciding(of_unit({}))
    error = await sources.error(SAVE_UNITS, units={"creditCode": "x", "ifLatest": seen})
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert sources.writer.decided == []


async def test_a_mutation_writes_where_writes_are_run_and_reads_where_questions_are() -> None:
    sources, lanes = deciding(of_unit({}), registry=FakeRows({"region": []})), list[str]()
    context = sources.context()

    def lane(name: str) -> Any:
        async def run(call: Callable[[], T]) -> T:
            lanes.append(name)
            return call()

        return run

    context.run_blocking, context.run_writing = lane("readers"), lane("writers")
    question = 'mutation { saveUnits(units: {creditCode: "x"}) { row { regionDetail { name } } } }'
    found = await schema().execute(question, context_value=context)
    assert (found.errors, lanes) == (None, ["writers", "readers"])


async def test_what_an_earlier_field_looked_up_is_looked_up_again() -> None:
    sources = deciding(of_unit({}), registry=FakeRows({"unit": [unit_row(1)]}))
    context = sources.context()
    context.loaders["what an earlier field looked up"] = "old"
    question = 'mutation { saveUnits(units: {creditCode: "x"}) { latest } }'
    await schema().execute(question, context_value=context)
    assert context.loaders == {}


# ---- on the way back ------------------------------------------------------------------------------------


async def test_a_row_is_told_with_its_changes_its_audit_and_its_number() -> None:
    changes = {"tier": ("thousand", "hundred"), "roster_batch": (1, 2), "city": (None, "970100")}
    told = "row { creditCode tier } changes { field before after } audit { id at who action } latest"
    data = await deciding(of_unit(changes)).data(
        SAVE_UNITS.replace("latest", told), units={"creditCode": "x"}
    )
    assert data["saveUnits"] == [
        {
            "row": {"creditCode": code_of(1), "tier": "THOUSAND"},
            "changes": [
                {"field": "tier", "before": "THOUSAND", "after": "HUNDRED"},
                {"field": "rosterBatch", "before": "1", "after": "2"},
                {"field": "city", "before": None, "after": "970100"},
            ],
            "audit": {"id": 17, "at": "2026-11-23T12:00:00+08:00", "who": "tester", "action": "UPDATE"},
            "latest": 17,
        }
    ]


async def test_a_row_that_changed_nothing_has_no_audit() -> None:
    question = SAVE_UNITS.replace("latest", "changes { field } audit { id } latest")
    data = await deciding(of_unit({}, None)).data(question, units={"creditCode": "x"})
    assert data["saveUnits"] == [{"changes": [], "audit": None, "latest": 17}]


async def test_of_a_link_no_secret_is_told() -> None:
    changes = {
        "credential": ("old", "geng"),
        "quirks": ("{}", '{"token": "s3cr3t"}'),
        "address": (None, LINK["address"]),
        "enabled": (False, True),
    }
    sources = deciding(decisions("link", LINK, Decided(changes, ENTRY, 17)))
    told = "row { address } changes { field before after }"
    data = await sources.data(f'mutation {{ saveLinks(links: {{key: "geng"}}) {{ {told} }} }}')
    (saved,) = data["saveLinks"]
    assert saved["row"] == {"address": "https://geng.example/"}
    assert [tuple(change.values()) for change in saved["changes"]] == [
        ("credential", None, None),
        ("quirks", None, None),
        ("address", None, "https://geng.example/"),
        ("enabled", "false", "true"),
    ]


# ---- faults ---------------------------------------------------------------------------------------------

FAULTS = [
    (
        Fault(0, "credit_code", MalformedCode("credit code", "x", "length", "came 1")),
        "MALFORMED_CODE",
        ".0.creditCode",
    ),
    (Fault(3, "if_latest", Conflict("newer")), "CONFLICT", ".3.ifLatest"),
    (Fault(3, None, InvalidInput("is wrong", "submittedOn")), "INVALID_INPUT", ".3.submittedOn"),
    (Fault(12, None, Forbidden("not yours")), "FORBIDDEN", ".12"),
]


async def told_of(fault: FaultyRows) -> list[dict[str, Any]]:
    """The errors of an answer, as they go over the wire."""
    result = await deciding(fault).ask(
        f"{SAVE_UNITS.replace('saveUnits', 'mine: saveUnits')}", units=[{"creditCode": "x"}]
    )
    assert result.data is None
    return [dict(error.formatted) for error in result.errors or ()]


async def test_every_fault_is_an_error_of_its_own_with_row_and_field() -> None:
    errors = await told_of(FaultyRows([fault for fault, _, _ in FAULTS]))
    assert [(error["extensions"]["code"], error["extensions"]["place"]) for error in errors] == [
        (code, f"units{place}") for _, code, place in FAULTS
    ]
    assert errors[0]["extensions"]["segment"] == "length"
    assert [error["path"] for error in errors] == [["mine"]] * 4
    assert all(error["locations"] for error in errors)
    assert errors[2]["message"] == "units.3.submittedOn: is wrong"
    assert errors[0]["message"] == "units.0.creditCode: credit code 'x': length: came 1"


async def test_faults_beyond_those_kept_are_counted() -> None:
    errors = await told_of(FaultyRows([fault for fault, _, _ in FAULTS], more=37))
    assert len(errors) == 5
    assert errors[-1]["message"] == "units: and 37 faults more"
    assert errors[-1]["extensions"] == {"code": "FAULTY_ROWS", "place": "units"}
    assert errors[-1]["path"] == ["mine"]


def test_faulty_rows_in_a_sentence_name_the_first() -> None:
    fault = FaultyRows([Fault(2, "name", InvalidInput("is empty"))], 4, "units")
    assert str(fault) == "units: 5 faults, the first in row 2: is empty"


async def test_a_store_that_refuses_is_told_as_one_error() -> None:
    error = await deciding(StoreError("the registry refused")).error(SAVE_UNITS, units={"creditCode": "x"})
    assert error["extensions"] == {"code": "STORE_ERROR"}


# ---- one after another ----------------------------------------------------------------------------------


async def test_mutations_run_one_after_another_and_none_behind_one_that_failed() -> None:
    sources = deciding(of_unit({}))

    class SecondFails(FakeWriter):
        def decide(self, noun: str, *rest: Any) -> Decisions:
            super().decide(noun, *rest)
            if len(self.decided) == 2:
                raise FaultyRows([Fault(0, "name", InvalidInput("is empty"))])
            return of_unit({})

    sources.writer = SecondFails(of_unit({}))
    three = " ".join(f'{name}: saveUnits(units: {{creditCode: "{name}"}}) {{ latest }}' for name in "abc")
    result = await sources.ask(f"mutation {{ {three} }}")
    assert [(error.path, error.message) for error in result.errors or ()] == [
        (["b"], "units.0.name: is empty")
    ]
    assert [given[0].cells["credit_code"] for _, given, _, _ in sources.writer.decided] == ["a", "b"]
