"""What arrived under a topic of MQTT, and whether a figure may be made of it: its age, its time, its number."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from edge_probe.freshness import AHEAD_S_MAX
from edge_probe.map_topics import TimeAs, Topic
from graph.errors import SourceMalformed, SourceUnreachable
from graph.model.period import BEIJING

PAYLOAD_OCTETS_MAX = 65_536  # a gateway's message of all its meters is a tenth of it
EXPONENT_MIN, EXPONENT_MAX = -40, 18  # of a figure's last and first digit: what is beyond is no meter's
SHOWN = 64  # characters of what came, in a message


@dataclass(frozen=True)
class Arrived:
    """A message: its octets, when it came by a clock that never jumps, whether the broker had kept it from before."""

    payload: bytes
    at: float
    retained: bool = False


@dataclass(frozen=True)
class Now:
    """The moment a message is looked at: by the clock that never jumps, and of the day."""

    monotonic: float
    moment: dt.datetime


def figure(topic: Topic, came: Arrived | None, now: Now, fresh_s: float) -> Decimal:
    """The figure of a topic, in its unit. Raises SourceUnreachable or SourceMalformed: what keeps it from being one."""
    if came is None:
        raise SourceUnreachable(f"{topic.topic}: nothing was published")
    if not topic.time:
        _check_arrival(topic, came, now, fresh_s)
        return _number(topic, _content(topic, came.payload)) * topic.scale
    content = _content(topic, came.payload)
    _check_time(topic, content, now, fresh_s)
    return _number(topic, content) * topic.scale


def _check_arrival(topic: Topic, came: Arrived, now: Now, fresh_s: float) -> None:
    if came.retained:
        raise SourceUnreachable(
            f"{topic.topic}: only what the broker kept from before (retained), of any age"
        )
    if (age_s := now.monotonic - came.at) > fresh_s:
        raise SourceUnreachable(f"{topic.topic}: published {age_s:.0f} s ago, expected at most {fresh_s:g}")


def _check_time(topic: Topic, content: object, now: Now, fresh_s: float) -> None:
    age_s = (now.moment - _moment(topic, content)).total_seconds()
    if age_s > fresh_s:
        raise SourceUnreachable(f"{topic.topic}: taken {age_s:.0f} s ago, expected at most {fresh_s:g}")
    if age_s < -AHEAD_S_MAX:
        raise SourceMalformed(f"{topic.topic}: dated {-age_s:.0f} s ahead")


def _content(topic: Topic, payload: bytes) -> object:
    """The message as a value: JSON where the map names a field, else its text."""
    try:
        text = payload.decode()
        return json.loads(text, parse_float=Decimal, parse_int=Decimal) if topic.field else text.strip()
    except (ValueError, RecursionError, InvalidOperation) as fault:
        raise SourceMalformed(
            f"{topic.topic}: expected {'JSON' if topic.field else 'a number'}, came {_shown(payload)}"
        ) from fault


def _number(topic: Topic, content: object) -> Decimal:
    value = _at(topic, content, topic.field)
    number = _decimal(value)
    if number is None:
        where = f"{'.'.join(topic.field)}: " if topic.field else ""
        raise SourceMalformed(f"{topic.topic}: {where}expected a number, came {_shown(value)}")
    return number


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > EXPONENT_MAX:
        return None
    return number if int(number.as_tuple().exponent) >= EXPONENT_MIN else None


def _moment(topic: Topic, content: object) -> dt.datetime:
    value = _at(topic, content, topic.time)
    try:
        if topic.time_as in (TimeAs.SECONDS, TimeAs.MILLISECONDS):
            seconds = Decimal(str(value)) / (1000 if topic.time_as is TimeAs.MILLISECONDS else 1)
            return dt.datetime.fromtimestamp(float(seconds), dt.UTC)
        moment = dt.datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError, InvalidOperation) as fault:
        raise _no_time(topic, value) from fault
    if (moment.tzinfo is None) is not (topic.time_as is TimeAs.BEIJING):
        raise _no_time(topic, value)
    return moment.replace(tzinfo=BEIJING) if moment.tzinfo is None else moment


def _no_time(topic: Topic, value: object) -> SourceMalformed:
    where = ".".join(topic.time)
    return SourceMalformed(
        f"{topic.topic}: {where}: expected a time as {topic.time_as}, came {_shown(value)}"
    )


def _at(topic: Topic, content: object, path: tuple[str, ...]) -> object:
    for part in path:
        if isinstance(content, dict) and part in content:
            content = content[part]
        elif isinstance(content, list) and part.isascii() and part.isdigit() and int(part) < len(content):
            content = content[int(part)]
        else:
            raise SourceMalformed(f"{topic.topic}: has no {'.'.join(path)}; came {_shown(content)}")
    return content


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)[:SHOWN]
    return repr(value[:SHOWN] if isinstance(value, str | bytes) else value)[: SHOWN + 3]
