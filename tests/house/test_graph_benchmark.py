"""The benchmark of GraphQL over HTTP asks all servers alike, in turn, and times no answer that differs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import monotonic, sleep

import orjson
import pytest
from graphql import parse, validate

from graph.errors import ConfigurationError, StoreError
from hub.endpoints.graphql import COMPLETION, DEBUG
from scripts.benchmarks import _graph_others, _graph_postgres, _graph_subjects, _page, graph
from scripts.benchmarks._figure import Figure
from scripts.benchmarks._graph_client import Connection
from scripts.benchmarks._graph_hub import OURS, STRAWBERRY
from scripts.benchmarks._graph_nation import SLOTS, UNITS, credit_codes
from scripts.benchmarks._graph_processes import served
from scripts.benchmarks._graph_questions import (
    GRAPHQL,
    PLAIN,
    POSTGRAPHILE,
    entities,
    nested,
    of_rows,
)
from scripts.benchmarks._graph_refusals import hostile, refusals
from scripts.benchmarks._graph_subjects import APOLLO, ROUTE, left_out, subjects
from scripts.benchmarks._graph_timing import (
    Subject,
    Times,
    asked,
    check_alike,
    interleaved,
    while_pulled,
)
from tests.graph.execution.hostile import FAULTY, TEXTS, VALUES
from tests.graph.execution.hostile import QUESTIONS as TOO_LARGE
from tests.graph.fakes import schema

QUESTIONS = [of_rows(100), of_rows(SLOTS), nested(), entities()]


def test_every_question_is_one_the_schema_answers() -> None:
    for question in QUESTIONS:
        body = orjson.loads(question.bodies[GRAPHQL])
        assert validate(schema()._schema, parse(body["query"])) == []


def test_all_ways_of_asking_want_the_same_rows_under_the_same_names() -> None:
    for question in QUESTIONS[:-1]:
        ours, theirs = (orjson.loads(question.bodies[way]) for way in (GRAPHQL, POSTGRAPHILE))
        plain = orjson.loads(question.bodies[PLAIN])
        assert plain == ours["variables"]
        assert {**theirs["variables"], "to": plain["to"]} == plain
        assert theirs["query"].count("start end value origin suspect") == 1
        assert "dataPoint" in theirs["query"].split("{")[1].split(":")[0]


@pytest.mark.parametrize(("rows", "last_day"), [(1, "2026-06-01"), (96, "2026-06-01"), (97, "2026-06-02")])
def test_rows_are_asked_for_over_as_few_days_as_hold_them(rows: int, last_day: str) -> None:
    assert orjson.loads(of_rows(rows).bodies[GRAPHQL])["variables"]["to"] == last_day


@pytest.mark.parametrize("rows", [0, SLOTS + 1])
def test_more_rows_than_there_are_are_not_asked_for(rows: int) -> None:
    with pytest.raises(ValueError, match="rows, came"):
        of_rows(rows)


def test_units_are_as_many_as_are_said_and_in_the_order_of_lists() -> None:
    assert len(set(credit_codes())) == UNITS
    assert credit_codes() == sorted(credit_codes())


def test_every_round_asks_all_and_begins_with_another() -> None:
    order: list[str] = []

    def act(name: str, seconds: float) -> float:
        order.append(name)
        return seconds

    acts = {name: lambda name=name, s=s: act(name, s) for name, s in (("a", 1.0), ("b", 2.0), ("c", 3.0))}
    found = interleaved(acts, rounds=3, warming=1)
    assert "".join(order) == "abc" + "bca" + "cab" + "abc"
    assert found == {"a": Times((1.0,) * 3), "b": Times((2.0,) * 3), "c": Times((3.0,) * 3)}


def test_median_and_percentile_are_of_what_was_measured() -> None:
    times = Times(tuple(each / 1000 for each in range(101)))
    assert (times.median_ms, times.p95_ms, times.per_second) == (50, 95, 20)
    assert Times((0.004,)).p95_ms == 4


def test_answers_with_the_same_data_are_alike_however_they_are_written() -> None:
    check_alike({"a": b'{"data":{"x":1,"y":2}}', "b": b'{"data": {"y": 2, "x": 1}, "extensions": {}}'})


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ('{"data":{"x":2}}', "b answers other data than a"),
        ('{"data":{"x":"1"}}', "b answers other data than a"),
        ('{"data":{"x":1},"errors":[{"message":"no"}]}', "b answered .*no"),
        ('{"data":null}', "b answered"),
    ],
)
def test_an_answer_that_differs_is_not_timed(other: str, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        check_alike({"a": b'{"data":{"x":1}}', "b": other.encode()})


def test_the_first_answer_counts_for_no_more_than_the_others() -> None:
    with pytest.raises(StoreError, match="a answered"):
        check_alike({"a": b'{"errors":[]}', "b": b'{"errors":[]}'})


def _lists_by_columns(hub: Subject) -> int:
    """How many lists of an answer a hub says it completed by columns."""
    with Connection(hub.address) as connection:
        answer = connection.ask(hub.request(of_rows(100), {DEBUG: COMPLETION}))
    told = answer.headers[f"{DEBUG}-{COMPLETION}".lower()]
    return int(told.removeprefix("by columns ").split(",")[0])


@pytest.mark.slow
def test_the_hub_strawberry_and_the_plain_route_answer_alike_and_one_answers_beside_pulls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_graph_subjects, "_others", lambda *_: ())
    with subjects(tmp_path) as found:
        assert [subject.name for subject in found] == [OURS, STRAWBERRY, ROUTE]
        for question in (of_rows(100), nested()):
            assert set(asked(found, question, 1, 0)) == {subject.name for subject in found}
        assert set(asked(found[:2], entities(), 1, 0)) == {OURS, STRAWBERRY}
        assert [_lists_by_columns(subject) for subject in found[:2]] == [1, 0]
        taken, pulls = while_pulled(found[0], of_rows(100), 0.3)
    assert taken.seconds
    assert pulls > 0


def test_who_cannot_run_here_is_left_out_with_a_word_why(capsys: pytest.CaptureFixture[str]) -> None:
    left_out("PostGraphile", "initdb not on the path")
    assert "PostGraphile left out: initdb not on the path" in capsys.readouterr().err


def test_ratios_stand_beside_their_targets_on_the_right_side() -> None:
    times = {
        name: Times((ms / 1000,)) for name, ms in ((OURS, 10), (STRAWBERRY, 79), (APOLLO, 25), (ROUTE, 2))
    }
    found = {figure.name: figure for figure in graph._compared(1_000, of_rows(1_000), times)}
    assert found["1 000 rows: strawberry to ours"] == Figure("1 000 rows: strawberry to ours", 7.9, "x", 8)
    assert [
        found[f"1 000 rows: {ratio}"].ok for ratio in ("Apollo Server to ours", "ours to plain route")
    ] == [
        True,
        False,
    ]
    assert all(found[f"1 000 rows: {name}, median"].target is None for name in times)


def test_what_refusing_a_hostile_question_costs_is_told_of_each() -> None:
    name, question = next(iter(hostile().items()))
    (figure,) = refusals({name: question})
    assert (figure.name, figure.unit) == (f"refusing {name}", "ms of CPU")
    assert figure.value > 0
    assert len(hostile()) == len(TEXTS) + len(TOO_LARGE) + len(VALUES) + len(FAULTY) >= 20


def test_a_hostile_question_that_is_answered_is_no_refusal() -> None:
    with pytest.raises(StoreError, match="answered instead of refused"):
        list(refusals({"harmless": ("{ __typename }", {})}))


def test_a_program_that_says_no_address_is_told_with_its_last_words() -> None:
    with (
        pytest.raises(ConfigurationError, match="no such thing"),
        served(["sh", "-c", "echo no such thing >&2"]),
    ):
        pass


def test_a_program_that_serves_may_say_more_than_a_pipe_holds(tmp_path: Path) -> None:
    said = tmp_path / "said"
    script = 'echo it serves at http://127.0.0.1:1/; head -c 200000 /dev/zero; touch "$0"'
    with served(["sh", "-c", script, said]) as address:
        until = monotonic() + 20
        while not said.exists() and monotonic() < until:
            sleep(0.01)
    assert address == "http://127.0.0.1:1/"
    assert said.exists()


def test_rows_are_copied_as_they_are_or_not_at_all() -> None:
    rows = [{"a": "x", "b": True}, {"a": "y", "b": False}]
    assert (
        _graph_others._copied("t", ("a", "b"), rows)
        == 'COPY t ("a", "b") FROM stdin;\nx\tTrue\ny\tFalse\n\\.\n'
    )
    with pytest.raises(ConfigurationError, match="COPY"):
        _graph_others._copied("t", ("a",), [{"a": "x\\y"}])


def test_what_a_machine_lacks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _graph_others.missing() == "no Node.js with npm on the path"
    assert _graph_postgres.missing() == "initdb and postgres and psql not on the path"


def test_packages_are_installed_again_when_the_lock_was_written_after_them(tmp_path: Path) -> None:
    lock, told = tmp_path / "package-lock.json", tmp_path / "node_modules" / ".package-lock.json"
    lock.write_text("{}", encoding="utf-8")
    assert not _graph_others.is_installed(tmp_path)
    told.parent.mkdir()
    told.write_text("{}", encoding="utf-8")
    os.utime(lock, (1, 1))
    assert _graph_others.is_installed(tmp_path)
    os.utime(told, (0, 0))
    assert not _graph_others.is_installed(tmp_path)


def test_the_lock_holds_what_is_asked_for_by_its_bytes_and_names_no_address() -> None:
    lock, wishes = (
        json.loads((_graph_others.FOLDER / name).read_text(encoding="utf-8"))
        for name in ("package-lock.json", "package.json")
    )
    own = lock["packages"].pop("")
    assert own["dependencies"] == wishes["dependencies"]
    assert own["optionalDependencies"] == wishes["optionalDependencies"]
    wanted = (
        own["dependencies"] | own["optionalDependencies"]
    )  # npm leaves out, without a word, what nobody has
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("integrity" in held and "resolved" not in held for held in lock["packages"].values())


def test_the_versions_of_all_that_is_compared_with_are_told() -> None:
    told = " ".join(graph.versions())
    for name in ("strawberry-graphql 0.", "@apollo/server 5.", "postgraphile 5.", "Node.js 22."):
        assert name in told


def test_the_page_has_a_place_for_the_graph() -> None:
    text = _page.PAGE.read_text(encoding="utf-8")
    assert text.count("<!-- begin graph -->\n") == text.count("<!-- end graph -->\n") == 1
