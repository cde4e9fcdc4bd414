"""The benchmark of the links hands in true batches, pulls true hubs, and shows what misses its target."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import orjson
import pyarrow as pa
import pytest

from graph.errors import InvalidInput, StoreError
from graph.model.reading import EXCHANGED
from hub.settings import Settings
from hub.wiring import open_registry
from provincial_adapters import ENCODINGS
from provincial_adapters.nengshu_batches import FORMATS, decode
from scripts.benchmarks import _page, _runner, links
from scripts.benchmarks._access_nation import NUMBERS
from scripts.benchmarks._links_bare import Bare
from scripts.benchmarks._links_bodies import FORMS, PLAIN, Form
from scripts.benchmarks._links_memory import AT_ONCE, Largest, memory_figures
from scripts.benchmarks._links_nation import Province, provinces, register
from scripts.benchmarks._links_sender import Sender, sending_machines
from scripts.benchmarks._links_served import Process, serving
from scripts.benchmarks._links_uploads import AS_NUMBERS, AS_SENT, LEAST, TOGETHER, Taken, _rates, _shares
from scripts.benchmarks._store_nation import CODES, POINTS
from tests.house.only_linux import linux

DAY = dt.date(2026, 1, 5)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Province], dict[str, str]]:
    folder, told = tmp_path_factory.mktemp("links") / "hub", provinces(2, 5)
    register(Settings(data_dir=folder), told)
    return folder, told, sending_machines(folder, told)


@pytest.fixture(scope="module")
def hub(made: tuple[Path, list[Province], dict[str, str]]) -> Iterator[Process]:
    with serving(made[0]) as process:
        yield process


def test_units_are_shared_evenly_and_nobody_is_real() -> None:
    told = provinces(31, 17_000)
    assert {province.units for province in told} == {548, 549}
    assert sum(province.units for province in told) == 17_000
    assert {province.number for province in told} == set(NUMBERS)
    codes = {code for province in told for code in province.credit_codes}
    assert len(codes) == 17_000


def test_every_unit_has_the_points_of_the_first(made: tuple[Path, list[Province], dict[str, str]]) -> None:
    folder, told, _ = made
    with closing(open_registry(Settings(data_dir=folder))) as registry:
        for province in told:
            for code in province.credit_codes:
                points = registry.points([code]).sort_by("point_id")
                assert points["data_code"].to_pylist() == [each.digits for each in CODES]
                assert points["point_id"].to_pylist() == list(range(1, POINTS + 1))


def test_a_correction_is_another_value_under_a_newer_version() -> None:
    first, again, corrected = (provinces(2, 4)[0].day(DAY, revision) for revision in (0, 0, 1))
    assert first.schema == EXCHANGED
    assert first == again
    pairs = zip(first["value"].to_pylist(), corrected["value"].to_pylist(), strict=True)
    assert all(old != new for old, new in pairs)
    assert corrected["version"][0].as_py() > first["version"][0].as_py()


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_form_says_the_same_readings(form: Form) -> None:
    rows = provinces(2, 4)[1].day(DAY)
    found = decode(form.body(rows), form.media_type, form.encoding)
    assert found.rejections.num_rows == 0
    assert found.table["unit"].cast(pa.string()).to_pylist() == rows["unit"].to_pylist()
    assert found.table["start"].to_pylist() == rows["start"].to_pylist()
    assert found.table["version"].to_pylist() == rows["version"].to_pylist()
    values = found.table["value"].cast(pa.string()).cast(pa.decimal128(18, 4))
    assert values.to_pylist() == rows["value"].to_pylist()


def test_every_format_and_packing_of_the_protocol_is_measured() -> None:
    assert {form.media_type for form in FORMS} == set(FORMATS)
    assert {form.encoding for form in FORMS} | {""} == set(ENCODINGS)


def test_bare_duckdb_keeps_the_rows_it_is_compared_with(tmp_path: Path) -> None:
    rows = provinces(2, 4)[0].day(DAY)
    with closing(Bare(tmp_path / "bare.duckdb")) as bare:
        assert min(bare.append(rows)) >= 0
        assert min(bare.append_numbers(rows)) >= 0
        for table in ("as_sent", "as_numbers"):
            found = bare._connection.execute(f"SELECT count(*), sum(value) FROM {table}").fetchall()  # noqa: S608
            assert found == [(rows.num_rows, sum(rows["value"].to_pylist()))]


@linux
def test_rows_that_meet_another_fate_than_meant_are_no_measurement(
    made: tuple[Path, list[Province], dict[str, str]], hub: Process
) -> None:
    _, told, credentials = made
    sender, rows = Sender(hub.base, credentials[told[0].code]), told[0].day(DAY)
    before = hub.cpu_s
    sender.send(PLAIN, PLAIN.body(rows), rows.num_rows).check("accepted")
    assert hub.cpu_s > before
    with pytest.raises(StoreError, match="rows accepted, came"):
        sender.send(PLAIN, PLAIN.body(rows), rows.num_rows).check("accepted")
    with pytest.raises(StoreError, match="answered 400"):
        sender.send(PLAIN, b"nothing", rows.num_rows)


@linux
@pytest.mark.parametrize(("bound", "met"), [(4.0, True), (0.05, False)])
def test_memory_beyond_its_bound_is_shown_as_missed(
    made: tuple[Path, list[Province], dict[str, str]], hub: Process, bound: float, met: bool
) -> None:
    _, told, credentials = made
    senders = {code: Sender(hub.base, credential) for code, credential in credentials.items()}
    first = DAY + dt.timedelta(days=-200 if met else -1_000)
    days = (first + dt.timedelta(days=number) for number in count())
    figures = list(memory_figures(Largest(hub, told, senders, days, 1_000, bound), FORMS[:2]))
    assert len({figure.name for figure in figures}) == len(figures) == 2 * AT_ONCE + 2
    assert [figure.ok for figure in figures if figure.target is not None] == [met]
    assert hub.resident_bytes <= hub.peak_bytes + os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(("seconds", "met"), [(0.16, True), (0.18, False)])
def test_a_rate_below_a_million_and_a_share_below_a_fifth_are_missed(seconds: float, met: bool) -> None:
    taken = [Taken(170_000, seconds, 0.1)] * 3
    found = {figure.name: figure for figure in _rates("Arrow", taken)}
    assert found["Arrow"].ok is met
    assert found["Arrow: for a second of CPU"].value == pytest.approx(1_700_000)
    bare = [Taken(170_000, seconds / 5.1 if met else seconds / 4.9, 0.05)] * 3
    shares = list(_shares("Arrow", {"Arrow": taken, AS_SENT: taken, AS_NUMBERS: bare}))
    assert [figure.value for figure in shares if figure.name.endswith(AS_SENT)] == [1]
    assert {figure.value for figure in shares if figure.name.endswith("numbers, by CPU")} == {0.5}
    assert LEAST.keys() <= {form.name for form in FORMS}
    assert TOGETHER not in LEAST


@pytest.mark.parametrize(("many", "units"), [(0, None), (32, None), (20, 15), (1, 9)])
def test_a_nation_that_cannot_be_is_refused(many: int, units: int | None) -> None:
    with pytest.raises(InvalidInput, match="--provinces"):
        next(links.figures(quick=True, provinces=many, units=units))


@linux
@pytest.mark.slow
def test_a_tiny_run_prints_its_table_with_every_figure_once(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["links", "--quick", "--json", "--units", "20", "--provinces", "3"]
    assert _runner.main(words) in (0, 1)  # so few rows tell nothing of targets
    found = orjson.loads(capsys.readouterr().out)["figures"]
    names = [figure["name"] for figure in found]
    assert len(names) == len(set(names))
    said = " ".join(names)
    for part in ("NDJSON", "resent", "corrected", "at once", "share of bare", "memory", "day 1", "nouns"):
        assert part in said
    targets = {name for name, figure in zip(names, found, strict=True) if figure["target"] is not None}
    assert {
        "Arrow",
        "NDJSON",
        "largest batches: memory at most",
        "day 1: pulled, judged, rolled up",
    } <= targets


def test_a_choice_another_benchmark_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        _runner.main(["codes", "--units", "5"])
    assert "--units" in capsys.readouterr().err


def test_its_help_tells_what_may_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert _runner.main(["links", "--help"]) == 0
    assert "[--quick] [--provinces N] [--units N] [--json] [--write]" in capsys.readouterr().out


def test_the_page_has_a_place_for_links() -> None:
    text = _page.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- begin links -->\n") == text.count("<!-- end links -->\n") == 1
