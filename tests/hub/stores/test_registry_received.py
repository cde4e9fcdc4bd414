"""Batches of registry rows in the store: each row for itself, the batch and its rows in one transaction, numbers masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import Conflict, InvalidInput, StoreError
from graph.model.principal import NATION, Reach
from graph.model.region import RegionCode
from graph.model.registry_receipt import CHANGES_NAMED_MAX
from graph.model.sync_run import REJECTED_NAMED_MAX
from hub.stores.registry.received import RegistryBatch
from hub.stores.registry.registry import Registry
from tests.hub.stores.registry_fakes import WHO, audited, invented_registry, listed, unit

PROVINCE = Reach(region=RegionCode("970000"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    yield from invented_registry(tmp_path)


def batch(key: str, rows: list[dict[str, Any]], kind: str = "unit", reach: Reach = NATION) -> RegistryBatch:
    """Rows of a client called geng."""
    return RegistryBatch("geng", key, f"digest of {key}", kind, list(enumerate(rows, 1)), [], reach)


def test_a_person_whose_number_changed_is_told_without_the_numbers(registry: Registry) -> None:
    agency = {"key": "lead", "name": "试委", "role": "lead", "province": "970000", "mechanism": None}
    registry.upsert("agency", [agency], WHO)
    numbers = ("13812345678", "13912345678")
    people = [{"agency": "lead", "name": "某", "phone": number} for number in numbers]
    registry.received.take(batch("a", people[:1], "person", PROVINCE))
    receipt = registry.received.take(batch("b", people[1:], "person", PROVINCE))
    (change,) = receipt.changes
    assert (change.field, change.before, change.after) == ("phone", "138****5678", "139****5678 (changed)")
    kept = registry.received.receipt("geng", "b", "digest of b", "person")
    assert kept == receipt
    told = json.dumps(audited(registry, "person"), default=str)
    assert not any(number in told for number in numbers)


def test_a_receipt_names_the_first_refused_rows_and_differences_and_counts_all(registry: Registry) -> None:
    bad = [{**unit(1), "tier": "?"}] * (REJECTED_NAMED_MAX + 2)
    receipt = registry.received.take(batch("bad", bad))
    assert (receipt.rejected_count, len(receipt.rejected)) == (REJECTED_NAMED_MAX + 2, REJECTED_NAMED_MAX)
    count = CHANGES_NAMED_MAX + 3
    registry.received.take(batch("new", [unit(n) for n in range(1, count + 1)]))
    receipt = registry.received.take(batch("named", [unit(n, name=f"改名{n}") for n in range(1, count + 1)]))
    assert (receipt.corrected, receipt.changes_count, len(receipt.changes)) == (
        count,
        count,
        CHANGES_NAMED_MAX,
    )


def test_a_batch_that_cannot_be_kept_leaves_no_row(registry: Registry) -> None:
    broken = replace(batch("k", [unit(1)]), digest=cast("str", None))
    with pytest.raises(StoreError):
        registry.received.take(broken)
    assert listed(registry, "unit") == []
    assert audited(registry, "unit") == audited(registry, "received_batch") == []


def test_a_key_stands_for_its_bytes_and_for_its_kind(registry: Registry) -> None:
    registry.received.take(batch("k", [unit(1)]))
    for digest, kind in (("other", "unit"), ("digest of k", "data_point"), ("digest of k", None)):
        with pytest.raises(Conflict, match=r"geng used the key 'k' before for other bytes or another kind"):
            registry.received.receipt("geng", "k", digest, kind)
    assert registry.received.receipt("ding", "k", "other", "unit") is None


ROW = st.tuples(st.integers(1, 4), st.sampled_from(["甲", "乙"]), st.sampled_from(["thousand", "?"]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ROW, max_size=5), max_size=4))
def test_batches_with_bad_rows_end_where_the_good_rows_alone_do(
    registry: Registry, tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, str, str]]]
) -> None:
    """And each row of a batch is counted once."""
    for one in invented_registry(tmp_path_factory.mktemp("all")):
        for other in invented_registry(tmp_path_factory.mktemp("good")):
            for place, given_rows in enumerate(batches):
                rows = [unit(number, name=name, tier=tier) for number, name, tier in given_rows]
                receipt = one.received.take(batch(str(place), rows))
                refused = {found.row for found in receipt.rejected}
                good = [row for number, row in enumerate(rows, 1) if number not in refused]
                done = other.upsert("unit", good, WHO)
                counts = (receipt.accepted, receipt.corrected, receipt.duplicate)
                assert counts == (done.added, done.changed, done.same)
                assert sum(counts) + receipt.rejected_count == len(rows)
            assert listed(one, "unit") == listed(other, "unit")


def test_the_whole_upsert_still_takes_all_or_none(registry: Registry) -> None:
    with pytest.raises(InvalidInput):
        registry.upsert("unit", [unit(1), unit(2, tier="?")], WHO)
    assert listed(registry, "unit") == []
