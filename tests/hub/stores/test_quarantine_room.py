"""Rows that wait are kept within bounds: what was settled makes room, what waits does not, and what is old goes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from graph.errors import StoreError
from graph.model.quarantine import QuarantineState
from hub.stores.quarantine.bounds import Bounds
from tests.hub.stores.quarantine_fakes import MINUTE, files, keep, quarantine_in
from tests.hub.stores.registry_fakes import NOON, listed


def test_settled_rows_make_room_and_rows_that_wait_do_not(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        keep(kept, link, "a", 1, "1")
        size = kept.waiting(link)[0].bytes
    narrow = Bounds(10**9, 2 * size + size // 2, 90)
    with quarantine_in(tmp_path, narrow) as (kept, registry, link):
        keep(kept, link, "b", 2, "2")
        with pytest.raises(
            StoreError, match=r"quarantine is full: \d+ bytes of link trial wait and \d+ more"
        ):
            keep(kept, link, "c", 3, "3")
        assert len(kept.waiting(link)) == len(files(tmp_path)) == 2
        registry.waiting_rows.replayed(kept.waiting(link)[1], 0, "tester")
        keep(kept, link, "c", 3, "3")
        assert [file.batch for file in kept.waiting(link)] == [1, 3]
        assert len(files(tmp_path)) == 2
        assert [row["swept_at"] for row in listed(registry, "quarantined")] == [None, NOON, None]


def test_what_was_settled_first_goes_first_whatever_came_first(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, _, link):
        keep(kept, link, "a", 1, "1")
        keep(kept, link, "b", 2, "2")
        early, late = kept.waiting(link)
        kept.rows.replayed(late, 0, "tester")
    narrow = Bounds(10**9, 2 * early.bytes + early.bytes // 2, 90)
    with quarantine_in(tmp_path, narrow, at=NOON + MINUTE) as (kept, registry, link):
        kept.rows.replayed(early, 0, "tester")
        keep(kept, link, "c", 3, "3")
        assert [row["swept_at"] for row in listed(registry, "quarantined")] == [None, NOON + MINUTE, None]


def test_one_link_that_is_within_its_bound_may_still_find_no_room_in_all(tmp_path: Path) -> None:
    with quarantine_in(tmp_path, Bounds(10, 10**9, 90)) as (kept, _, link):
        with pytest.raises(StoreError, match="bytes in all wait"):
            keep(kept, link, "a", 1, "1")
        assert files(tmp_path) == []


def test_settled_rows_go_when_they_are_old_enough(tmp_path: Path) -> None:
    with quarantine_in(tmp_path) as (kept, registry, link):
        keep(kept, link, "a", 1, "1")
        keep(kept, link, "b", 2, "2")
        registry.waiting_rows.give_up(kept.waiting(link)[0].id, "tester")
    for days, left in ((90, 2), (91, 1)):
        with quarantine_in(tmp_path, at=NOON + dt.timedelta(days=days)) as (kept, registry, link):
            kept.clean()
            assert (len(files(tmp_path)), len(kept.waiting(link))) == (left, 1)
    with quarantine_in(tmp_path) as (_, registry, _link):
        states = [row["state"] for row in listed(registry, "quarantined")]
    assert states == [QuarantineState.GIVEN_UP, QuarantineState.WAITING]
