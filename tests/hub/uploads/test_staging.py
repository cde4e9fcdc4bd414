"""What was acknowledged of an upload is there when the folder is opened again; what is old goes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.errors import Conflict, InvalidInput, NotFound, StoreError, TooLarge
from hub.uploads.staging import Bounds, NoRoom, Staging
from hub.uploads.upload import Asked, State, Upload

BOUNDS = Bounds(bytes_max=100, uploads_max=5, each_max=3, free_bytes_min=0, age_s=3600)


@dataclass
class Hand:
    """A clock moved by hand."""

    at: dt.datetime = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)

    def now(self) -> dt.datetime:
        """The moment it was moved to."""
        return self.at


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def staging(tmp_path: Path, clock: Hand) -> Staging:
    return Staging(tmp_path / "uploads", BOUNDS, clock)


def asked(key: str = "k", client: str = "jia") -> Asked:
    return Asked(client, key, "text/csv", "", None, "970000", None)


def with_bytes(staging: Staging, upload: Upload, some: bytes) -> Upload:
    with staging.appending(upload, None) as part:
        part.write(some)
        return part.count()


def test_opened_again_it_holds_what_was_counted_and_the_rest_is_cut(
    staging: Staging, tmp_path: Path, clock: Hand
) -> None:
    made, _ = staging.create(asked(), 10)
    with_bytes(staging, made, b"12345")
    with staging.appending(staging.find("jia", made.id), None) as part:
        part.write(b"lost")
    (tmp_path / "uploads" / "stranger.bytes").write_bytes(b"x")
    (tmp_path / "uploads" / "lost+found").mkdir()
    again = Staging(tmp_path / "uploads", BOUNDS, clock)
    found = again.find("jia", made.id)
    assert (found.offset, found.length, found.state) == (5, 10, State.RECEIVING)
    assert not (tmp_path / "uploads" / "stranger.bytes").exists()
    whole = with_bytes(again, found, b"67890")
    assert (whole.offset, again.path(whole).read_bytes()) == (10, b"1234567890")


def test_nothing_counts_of_an_upload_that_is_swept_while_a_part_of_it_comes(
    staging: Staging, tmp_path: Path, clock: Hand
) -> None:
    """Else it would be whole, acknowledged and without its bytes, for ever to be booked."""
    made, _ = staging.create(asked(), None)
    with staging.appending(made, None) as part:
        part.write(b"12345")
        clock.at += dt.timedelta(hours=2)
        staging.sweep()
        with pytest.raises(NotFound, match="was too old and is forgotten"):
            part.complete()
    assert staging.whole() == []
    assert list((tmp_path / "uploads").iterdir()) == []


def test_an_upload_that_two_give_up_at_once_is_not_found_by_the_second(staging: Staging) -> None:
    made, _ = staging.create(asked(), None)
    staging.drop(made)
    with pytest.raises(NotFound):
        staging.drop(made)


def test_a_record_somebody_wrote_in_is_named(staging: Staging, tmp_path: Path, clock: Hand) -> None:
    made, _ = staging.create(asked(), None)
    record = tmp_path / "uploads" / f"{made.id}.json"
    record.write_text("{}", encoding="utf-8")
    with pytest.raises(StoreError, match=record.name):
        Staging(tmp_path / "uploads", BOUNDS, clock)


def test_what_is_whole_is_told_in_the_order_it_became_so(staging: Staging, clock: Hand) -> None:
    made = [staging.create(asked(key), None)[0] for key in ("a", "b")]
    for upload in reversed(made):
        clock.at += dt.timedelta(seconds=1)
        with staging.appending(upload, None) as part:
            part.write(b"x")
            part.complete()
    assert [one.asked.key for one in staging.whole()] == ["b", "a"]
    with pytest.raises(Conflict, match="being booked"):
        staging.drop(staging.whole()[0])


def test_the_old_goes_and_what_is_to_be_booked_stays_however_old(
    staging: Staging, tmp_path: Path, clock: Hand
) -> None:
    left, whole, over = (staging.create(asked(key), None)[0] for key in ("left", "whole", "over"))
    with staging.appending(whole, None) as part:
        part.complete()
    staging.settle(Upload(over.asked, over.created_at, over.changed_at, state=State.DONE))
    assert not staging.path(over).exists()
    clock.at += dt.timedelta(minutes=59)
    staging.sweep()
    assert staging.uploads.keys() == {left.id, whole.id, over.id}
    clock.at += dt.timedelta(minutes=2)
    staging.sweep()
    assert staging.uploads.keys() == {whole.id}
    assert {path.stem for path in (tmp_path / "uploads").iterdir()} == {whole.id}


def test_what_passes_a_bound_is_refused_and_nothing_of_it_counts(staging: Staging) -> None:
    made, _ = staging.create(asked(), 4)
    with (
        staging.appending(made, None) as part,
        pytest.raises(InvalidInput, match="5 bytes came, 4 were said"),
    ):
        part.write(b"12345")
    endless, _ = staging.create(asked("endless"), None)
    with staging.appending(endless, None) as part, pytest.raises(TooLarge, match="more than 100 bytes"):
        part.write(b"x" * 101)
    assert {one.offset for one in staging.uploads.values()} == {0}
    with pytest.raises(InvalidInput, match="Upload-Length"):
        staging.appending(made, 5)
    with pytest.raises(TooLarge):
        staging.create(asked("huge"), 101)


def test_the_open_ones_are_bounded_for_a_client_and_for_all(staging: Staging) -> None:
    for key in "abc":
        staging.create(asked(key), None)
    with pytest.raises(NoRoom, match="of one client"):
        staging.create(asked("d"), None)
    for key in "ab":
        staging.create(asked(key, "yi"), None)
    with pytest.raises(NoRoom, match="5 uploads at once"):
        staging.create(asked("c", "yi"), None)
    staging.drop(staging.find("jia", asked("a").id))
    staging.create(asked("c", "yi"), None)


def test_nobody_finds_anothers(staging: Staging) -> None:
    made, _ = staging.create(asked(), None)
    with pytest.raises(NotFound):
        staging.find("yi", made.id)
