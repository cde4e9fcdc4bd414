"""The simulated device speaks to the hub's side of the protocol over real HTTP, well behaved and not."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from typer.testing import CliRunner

from graph.errors import InvalidInput, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from graph.model.period import BEIJING, Granularity
from hub.simulate._device_rows import configuration, periods, posts
from hub.simulate.device import DevicePlan, Outcome, app, conversation, open_client
from tests.provincial_adapters.nhjc04_stage import LINK, NOW, UNIT, Stage

Door = Callable[[bytes], Any]
DAY = dt.date(2026, 11, 20)


@dataclass
class Hub:
    """AccessDevices behind a socket; `first` answers are given instead of its own, then it answers itself."""

    stage: Stage = field(default_factory=Stage)
    first: list[Any] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    base_url: str = ""

    def answer(self, path: str, body: bytes) -> bytes:
        self.asked.append(path)
        if self.first:
            said = self.first.pop(0)
            return said if isinstance(said, bytes) else json.dumps(said).encode()
        devices = self.stage.devices(self.base_url)
        doors: dict[str, Door] = {
            "/enterprise/register": devices.register,
            "/enterprise/versionCheck": devices.version_check,
            "/enterprise/downloadBaseData": devices.download_base_data,
            "/enterprise/downloadConfigData": devices.upload_config,
            "/enterprise/uploadEnergyData": devices.upload_data,
        }
        return json.dumps(doors[path](body)).encode()


@contextmanager
def listening(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            said = hub.answer(self.path, body)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.base_url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with listening(Hub()) as it:
        yield it


def plan(days: int = 2, start: dt.date = DAY, **changes: Any) -> DevicePlan:
    return DevicePlan(UNIT, "970100", start, days, **changes)


def talk(hub: Hub, given: DevicePlan, attempts: int = 3, now: dt.datetime = NOW) -> Outcome:
    with open_client() as client:
        return conversation(client, hub.base_url, given, now=now, attempts=attempts, wait=lambda _: None)


def values(stage: Stage) -> list[str]:
    return [text for d in stage.deliveries for text in d.arrived.table["value"].to_pylist()]


def test_a_device_registers_checks_configures_and_uploads_its_days(hub: Hub) -> None:
    outcome = talk(hub, plan())
    assert (outcome.posts, outcome.readings, outcome.resent) == (2, 2 * 96 * 2, 0)
    assert outcome.device_id == hub.stage.identity()
    assert hub.asked == [
        "/enterprise/register",
        "/enterprise/versionCheck",
        "/enterprise/downloadBaseData",
        "/enterprise/downloadConfigData",
        "/enterprise/uploadEnergyData",
        "/enterprise/uploadEnergyData",
    ]
    (proposal,) = hub.stage.proposals
    assert [point["code"] for point in proposal.points] == ["0000000002330011", "0000000001150011"]
    assert not proposal.problems
    table = hub.stage.deliveries[0].arrived.table
    assert table["start"].to_pylist()[0] == dt.datetime(2026, 11, 20, tzinfo=BEIJING)
    assert set(table["valid"].to_pylist()) == {True}
    assert all(Decimal(text) > 0 for text in values(hub.stage))


def test_the_same_seed_says_the_same_and_another_does_not(hub: Hub) -> None:
    talk(hub, plan(days=1))
    talk(hub, plan(days=1))
    talk(hub, plan(days=1, seed=2))
    first, again, other = (delivery.key for delivery in hub.stage.deliveries)
    assert first == again != other


def test_days_of_one_post_are_as_many_as_wanted(hub: Hub) -> None:
    assert talk(hub, plan(days=7, start=dt.date(2026, 11, 1), days_a_post=3)).posts == 3
    assert [d.arrived.rows for d in hub.stage.deliveries] == [576, 576, 192]


def test_it_goes_where_it_is_told_and_nowhere_else(hub: Hub) -> None:
    with listening(Hub()) as other:
        given = {
            "responseCode": "0", "responseMessage": "RECEIVE SUCCESS", "deviceId": hub.stage.identity(),
            "uploadTime": "01:00:00", "loadDicVersionURL": f"{other.base_url}/enterprise/versionCheck",
            "centerInfoURL": f"{other.base_url}/enterprise/downloadConfigData",
            "centerDataURL": f"{other.base_url}/enterprise/uploadEnergyData",
        }  # fmt: skip
        hub.first = [given]
        assert talk(hub, plan(days=1)).upload_time == "01:00:00"
        assert len(hub.asked) == 1
        assert len(other.asked) == 3


@pytest.mark.parametrize(
    "said", [b"<html>", b"[]", {"responseCode": "0"}, {"responseCode": "0", "responseMessage": "ok"}, b"\xff"]
)
def test_only_the_literal_text_is_success_and_it_sends_again_until_it_reads_it(hub: Hub, said: Any) -> None:
    hub.first = [said, said]
    assert talk(hub, plan(days=1)).resent == 2
    assert hub.asked.count("/enterprise/register") == 3


def test_it_gives_up_after_so_many_attempts(hub: Hub) -> None:
    stranger = DevicePlan(CreditCode("91990000MA0000002E"), "990000", DAY, 1)
    with pytest.raises(SourceRefused, match="名单"):
        talk(hub, stranger)
    assert hub.asked == ["/enterprise/register"] * 3
    with pytest.raises(SourceUnreachable):
        talk(Hub(base_url="http://127.0.0.1:1"), plan())
    hub.first = [b"<html>"] * 3
    with pytest.raises(SourceMalformed):
        talk(hub, plan())


def test_a_register_answer_without_addresses_is_malformed(hub: Hub) -> None:
    hub.first = [{"responseMessage": "RECEIVE SUCCESS", "deviceId": "x"}]
    with pytest.raises(SourceMalformed, match="uploadTime"):
        talk(hub, plan())


def test_resent_posts_are_the_same_batches(hub: Hub) -> None:
    outcome = talk(hub, plan(faults=frozenset({"resend"})))
    assert outcome.resent == 2
    keys = [delivery.key for delivery in hub.stage.deliveries]
    assert keys == [keys[0], keys[0], keys[2], keys[2]]


def test_a_malformed_code_and_a_future_label_reach_the_hub_among_good_rows(hub: Hub) -> None:
    talk(hub, plan(days=1, faults=frozenset({"malformed-code", "future"})))
    table = hub.stage.deliveries[0].arrived.table
    assert table.num_rows == 96 * 2 + 2
    assert table["data_code"].to_pylist()[-2] == "00-00-0000023400-80"
    assert table["start"].to_pylist()[-1] > NOW
    assert "energyTypeCode" in str(hub.stage.proposals[0].problems[0])


def test_missing_values_are_said_to_be_zero(hub: Hub) -> None:
    talk(hub, plan(days=1, faults=frozenset({"false-zeros"})))
    assert values(hub.stage).count("0.00") == 2 * 14  # each seventh of 96, twice


@pytest.mark.parametrize(
    ("granularity", "days", "count"),
    [
        (Granularity.QUARTER_HOUR, 2, 192),
        (Granularity.HOUR, 2, 48),
        (Granularity.DAY, 30, 30),
        (Granularity.MONTH, 92, 3),
        (Granularity.YEAR, 800, 2),
    ],
)
def test_only_whole_periods_are_sent(granularity: Granularity, days: int, count: int) -> None:
    given = plan(days=days, start=dt.date(2024, 1, 1), granularity=granularity)
    found = list(periods(given, NOW))
    assert len(found) == count
    assert configuration(given)["collectItemConfig"][0]["statType"] in "0123"


def test_nothing_of_the_future_is_sent_and_the_present_day_stops_now() -> None:
    today = plan(days=5, start=NOW.date())
    found = list(periods(today, NOW))
    assert len(found) == 9 * 4
    assert found[-1].end <= NOW
    assert list(posts(plan(start=dt.date(2027, 1, 1)), NOW)) == []


def test_a_day_is_worth_its_quarter_hours() -> None:
    def total(granularity: Granularity) -> Decimal:
        rows = [row for post in posts(plan(days=1, granularity=granularity), NOW) for row in post]
        return sum((Decimal(row["dataValue"]) for row in rows if "-02" in row["dataCode"]), Decimal(0))

    assert abs(total(Granularity.QUARTER_HOUR) - total(Granularity.DAY)) < Decimal("0.5")


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 10**6}, {"days_a_post": 0}])
def test_an_absurd_plan_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        plan(**wrong)


def test_the_command_says_how_it_went(hub: Hub) -> None:
    arguments = [
        "--base-url",
        hub.base_url,
        "--enterprise",
        UNIT.text,
        "--start",
        "2026-11-01",
        "--days",
        "1",
        "--zeros",
    ]
    done = CliRunner().invoke(app, [*arguments, "--granularity", "hour"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["readings"] == 48
    assert hub.stage.deliveries[0].source == LINK.source


def test_the_command_fails_in_words(hub: Hub) -> None:
    bad_code = CliRunner().invoke(app, ["--base-url", hub.base_url, "--enterprise", "91970000MA00000014"])
    assert bad_code.exit_code == 1
    assert "MALFORMED_CODE" in bad_code.stderr
    bad_day = CliRunner().invoke(
        app, ["--base-url", hub.base_url, "--enterprise", UNIT.text, "--start", "11/23"]
    )
    assert bad_day.exit_code == 1


def test_it_is_a_program_of_its_own(hub: Hub) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hub.simulate.device", "--base-url", hub.base_url, "--enterprise", UNIT.text,
         "--start", "2026-11-01", "--resend", "--malformed-code", "--future"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["posts"] == 1
    assert len(hub.stage.deliveries) == 2
