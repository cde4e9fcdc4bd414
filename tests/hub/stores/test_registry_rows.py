"""Lists: what a reach sees, and the columns and types a list travels in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from graph.model.principal import NATION, Reach
from graph.ports import Ask, Compare, Condition, RowSource
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import (
    UNITS,
    code_of,
    fill,
    invented_registry,
    listed,
    of_region,
    of_unit,
)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    for registry in invented_registry(tmp_path_factory.mktemp("rows")):
        fill(registry)
        yield registry


def provinces(registry: Registry, noun: str, reach: Reach) -> set[Any]:
    return {row["province"] for row in listed(registry, noun, reach)}


def test_the_registry_is_the_source_that_the_ports_ask_for(registry: Registry) -> None:
    source: RowSource = registry
    assert source.rows(Ask("unit")).table.num_rows == UNITS


@pytest.mark.parametrize("noun", ["unit", "data_point", "link", "audit"])
def test_a_province_sees_its_own_rows_only(registry: Registry, noun: str) -> None:
    assert provinces(registry, noun, of_region("970000")) == {"970000"}
    assert provinces(registry, noun, of_region("980000")) == {"980000"}
    assert provinces(registry, noun, NATION) >= {"970000", "980000"}


def test_a_province_where_nothing_is_sees_nothing(registry: Registry) -> None:
    assert listed(registry, "unit", of_region("990000")) == []


def test_a_city_sees_what_lies_in_it(registry: Registry) -> None:
    seen = listed(registry, "unit", of_region("970100"))
    assert {row["region"] for row in seen} == {"970100", "970101"}
    assert {row["region"] for row in listed(registry, "unit", of_region("970101"))} == {"970101"}
    units = {row["unit"] for row in listed(registry, "data_point", of_region("970100"))}
    assert units == {row["credit_code"] for row in seen}


def test_a_unit_sees_itself_only(registry: Registry) -> None:
    assert [row["credit_code"] for row in listed(registry, "unit", of_unit(3))] == [code_of(3)]
    assert {row["unit"] for row in listed(registry, "data_point", of_unit(3))} == {code_of(3)}
    subjects = {
        row["subject"].split("|")[0] for row in listed(registry, "audit", of_unit(3), noun="data_point")
    }
    assert subjects == {code_of(3)}
    assert listed(registry, "link", of_unit(3)) == []


def test_divisions_and_national_agencies_are_everybodys(registry: Registry) -> None:
    assert len(listed(registry, "region", of_unit(3))) == len(listed(registry, "region"))
    assert provinces(registry, "agency", of_region("970000")) == {None, "970000"}
    assert provinces(registry, "agency", of_unit(3)) == {None}


def test_reference_coefficients_are_everybodys_and_measured_ones_their_units(registry: Registry) -> None:
    def owners(reach: Reach) -> set[Any]:
        return {row["unit"] for row in listed(registry, "coefficient", reach)}

    assert owners(of_region("970000")) == {None, code_of(0)}
    assert owners(of_region("980000")) == {None, code_of(3)}
    assert owners(of_unit(0)) == {None, code_of(0)}
    assert owners(of_unit(1)) == {None}


def test_clients_of_other_provinces_and_above_are_out_of_reach(registry: Registry) -> None:
    assert [row["key"] for row in listed(registry, "client", of_region("970000"))] == ["trial-office"]
    assert listed(registry, "client", of_region("970100")) == []
    assert listed(registry, "client", of_region("980000")) == []


def test_columns_travel_as_the_types_agreed(registry: Registry) -> None:
    schema = registry.rows(Ask("data_point", first=1)).table.schema
    types = {name: schema.field(name).type for name in schema.names}
    assert types["id"] == pa.int64()
    assert types["low"] == pa.decimal128(18, 4)
    assert types["since"] == pa.date32()
    assert registry.rows(Ask("audit", first=1)).table.schema.field("at").type == pa.timestamp("us", tz="UTC")
    assert registry.dimensions()[3].schema.field("kgce").type == pa.decimal128(18, 6)


def test_an_empty_list_has_the_same_columns(registry: Registry) -> None:
    nothing = registry.rows(Ask("unit", of_region("990000"), first=5, want_total=True))
    assert nothing.table.schema == registry.rows(Ask("unit")).table.schema
    assert (list(nothing.cursors), nothing.has_next, nothing.total) == ([], False, 0)


MEMBER = "key organisation organisation_name kind roles region province unit created_at expires_at revoked_at"
AGREED = {
    "region": "code name short_name english level parent province tile_column tile_row simulated abolished",
    "agency": "key name role province mechanism",
    "person": "agency name duty phone province",
    "platform": "province name mode operation_assured filed_on",
    "platform_milestone": "province stage planned actual",
    "unit": "credit_code name region province city industry section tier roster_batch",
    "access_end": "unit province tier stage next_stage next_planned connected_planned connected_on",
    "access_end_milestone": "unit province tier stage planned actual",
    "instrument": "unit province number type_code level accuracy_class calibrated_on calibration_until",
    "data_point": "unit unit_id point_id province code variety kind scope granularity since until low high "
    "instrument state measure",
    "link": "key dialect province address credential quirks cursor enabled every_seconds slot deadline_seconds "
    "paused_by paused_why paused_since due_at holder breaker_since breaker_until failures breaker last_success_at newest "
    "open_drift rows_waiting differing last_reconciliation",
    "sync_run": "link province started_at ended_at state rows accepted duplicate corrected rejected quarantined drift "
    "cursor error superseded suspect bytes duration_ms newest lag_s faults refused holder lease",
    "column_drift": "link province column kind came first_seen last_seen rows batch settled_at settled_by",
    "quarantined": "link province name batch received_at written_at bytes rows waiting state replayed_at settled_at "
    "settled_by swept_at unit",
    "reconciliation": "link province started_at ended_at first_day last_day as_of buckets bytes_read rows_read recounted "
    "missing changed newer_here taken_back gone_there given_back differing fault method share seed",
    "difference": "link province unit granularity day here_readings here_total there_readings there_total first_seen "
    "last_seen settled_at",
    "access_device": "unit link province place state why registered_at decided_at decided_by said telephones problems "
    "said_at",
    "device_day": "device unit link province day rows fitting refused suspected last_at",
    "coefficient": "variety basis kgce edition since until unit province source",
    "waiver": "unit province energy grantor granted_on until",
    "quarterly_report": "province quarter state submitted_on problems suggestions",
    "duty": "key kind province unit subject due_on done_on clause",
    "inspection": "key unit province agency held_on basis findings outcome",
    "rectification_order": "number unit province inspection issued_by issued_on deadline grounds state closed_on",
    "credit_entry": "key unit province ground order_number state candidate_on reviewed_on listed_on delisted_on "
    "dismissed_on evidence",
    "score": "province quarter formula edition index_name value rank",
    "bulletin": "quarter edition title as_of_batch state ndrc_approved_on samr_approved_on published_on text",
    "organisation": "key name kind parts region province unit enabled",
    "client": f"{MEMBER} proves",
    "account": f"{MEMBER} name",
    "audit": "at who action noun subject before after province region unit",
}


def test_every_noun_shows_the_columns_agreed_and_no_others() -> None:
    shown = {name: set(noun.columns) - {"id"} for name, noun in NOUNS.items()}
    assert shown == {name: set(columns.split()) for name, columns in AGREED.items()}


def test_a_total_is_counted_only_when_asked_for(registry: Registry) -> None:
    assert registry.rows(Ask("unit", first=3)).total is None
    assert registry.rows(Ask("unit", first=3, want_total=True)).total == UNITS
    after = registry.rows(Ask("unit", first=3)).cursors[2]
    later = registry.rows(Ask("unit", first=3, after=after, want_total=True))
    assert later.total == UNITS


def test_text_is_found_inside_names_whatever_its_signs(registry: Registry) -> None:
    def found(text: str) -> int:
        where = (Condition("name", text, Compare.CONTAINS),)
        return int(registry.rows(Ask("unit", where=where)).table.num_rows)

    assert found("单位3") == 5
    assert found("%") == found("_") == found("'") == 0
