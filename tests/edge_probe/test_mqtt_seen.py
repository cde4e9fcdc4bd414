"""What a message of MQTT is worth: its number wherever it stands, its time however it is written, and never a guess."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import pytest

from edge_probe.map_topics import TimeAs, Topic
from edge_probe.meter_map import parse_map
from edge_probe.mqtt_seen import Arrived, Now, figure
from graph.errors import ConfigurationError, SourceMalformed, SourceUnreachable
from graph.model.period import BEIJING

MOMENT = dt.datetime(2026, 11, 23, 10, 0, tzinfo=BEIJING)
NOW = Now(1000.0, MOMENT)
MAP = """
    model = "X"
    source = "s"
    [topics.import_energy]
    topic = "plant/1"
    unit = "kWh"
    counter = true
"""


def topic(text: str = "") -> Topic:
    return parse_map(MAP + text, "x").topics["import_energy"]


def worth(payload: object, text: str = "", at: float = 990.0, *, retained: bool = False) -> Decimal:
    octets = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return figure(topic(text), Arrived(octets, at, retained), NOW, 900.0)


@pytest.mark.parametrize(
    ("payload", "text", "number"),
    [
        (b"1000.06", "", "1000.06"),
        (b" 12 \n", "", "12"),
        (b"1e3", "scale = 0.001", "1"),
        ({"a": {"b": [1, 2.50]}}, 'field = "a.b.1"', "2.5"),
        ({"kwh": "1000.060"}, 'field = "kwh"', "1000.06"),
        (b'{"kwh": 0.1000000000000000055}', 'field = "kwh"', "0.1000000000000000055"),
    ],
)
def test_a_number_is_read_wherever_it_stands_with_all_its_digits(
    payload: object, text: str, number: str
) -> None:
    assert worth(payload, text) == Decimal(number)


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"", ""),
        (b"n/a", ""),
        (b"NaN", ""),
        (b"1e999999", ""),
        (b"1e-999999", ""),
        (b"\xff\xfe", ""),
        ({"kwh": None}, 'field = "kwh"'),
        ({"kwh": True}, 'field = "kwh"'),
        ({"kwh": [1]}, 'field = "kwh"'),
        ({"other": 1}, 'field = "kwh"'),
        ([1], 'field = "1"'),
        (b'{"kwh": NaN}', 'field = "kwh"'),
        (b'{"kwh": 10', 'field = "kwh"'),
        (b"[" * 60_000, 'field = "kwh"'),
        (b'{"kwh": ' + b"9" * 60_000 + b"}", 'field = "kwh"'),
    ],
)
def test_what_is_no_number_is_malformed_and_shown_short(payload: object, text: str) -> None:
    with pytest.raises(SourceMalformed, match=r"plant/1: ") as told:
        worth(payload, text)
    assert len(str(told.value)) < 200


def test_what_was_published_too_long_ago_or_kept_from_before_or_never_is_silence() -> None:
    assert worth(b"1", at=100.0) == 1
    for at, retained in ((99.0, False), (999.0, True)):
        with pytest.raises(SourceUnreachable):
            worth(b"1", at=at, retained=retained)
    with pytest.raises(SourceUnreachable, match="nothing was published"):
        figure(topic(), None, NOW, 900.0)


def written(moment: dt.datetime, time_as: TimeAs) -> object:
    """As a gateway writes it."""
    return {
        TimeAs.ISO: moment.isoformat(),
        TimeAs.BEIJING: moment.astimezone(BEIJING).replace(tzinfo=None).isoformat(sep=" "),
        TimeAs.SECONDS: moment.timestamp(),
        TimeAs.MILLISECONDS: int(moment.timestamp() * 1000),
    }[time_as]


@pytest.mark.parametrize("time_as", TimeAs)
@pytest.mark.parametrize("retained", [True, False])
def test_a_message_that_says_when_is_judged_by_that_whenever_it_came(
    time_as: TimeAs, *, retained: bool
) -> None:
    text = f'field = "v"\ntime = "t"\ntime_as = "{time_as}"'

    def said(age_s: float) -> Decimal:
        taken = MOMENT - dt.timedelta(seconds=age_s)
        return worth({"v": 1, "t": written(taken, time_as)}, text, at=1.0, retained=retained)

    assert said(890) == said(-50) == 1
    with pytest.raises(SourceUnreachable, match="taken 910 s ago"):
        said(910)
    with pytest.raises(SourceMalformed, match="dated 70 s ahead"):
        said(-70)


@pytest.mark.parametrize(
    ("time_as", "time"),
    [
        ("iso", "2026-11-23T10:00:00"),
        ("iso", "yesterday"),
        ("iso", None),
        ("beijing", "2026-11-23T10:00:00+08:00"),
        ("seconds", "x"),
        ("seconds", 1e300),
        ("milliseconds", True),
    ],
)
def test_a_time_that_is_written_otherwise_is_malformed(time_as: str, time: object) -> None:
    with pytest.raises(SourceMalformed, match="t: expected a time as"):
        worth({"v": 1, "t": time}, f'field = "v"\ntime = "t"\ntime_as = "{time_as}"')


def test_every_fault_of_a_topic_is_told_at_once() -> None:
    text = """
        model = "X"
        source = "s"
        [topics.import_energy]
        topic = "plant/+/energy"
        field = "a..b"
        time_as = "moon"
        scale = 0
        unit = "kW"
        counter = true
        colour = "grey"
        [topics.export_energy]
        topic = "plant/1"
        time = "ts"
        unit = "kWh"
    """
    with pytest.raises(ConfigurationError) as told:
        parse_map(text, "x")
    assert [fault.split(": ")[1] for fault in told.value.faults] == [
        "topic",
        "field",
        "time_as",
        "scale",
        "unit",
        "colour",
        "time",
    ]
