"""What a meter's map says of a figure that is published over MQTT: its topic, where in a message, what it counts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum, auto

from edge_probe.fields import Fields
from edge_probe.map_entries import measured
from graph.errors import InvalidInput

TOPIC_OCTETS_MAX = 65_535  # two octets say its length: MQTT 3.1.1, 1.5.3 and 4.7.3 (assumed)


class TimeAs(StrEnum):
    """How a message writes when its figures were taken; `beijing` is a text without an offset, of Beijing time."""

    ISO = auto()
    BEIJING = auto()
    SECONDS = auto()
    MILLISECONDS = auto()


@dataclass(frozen=True)
class Topic:
    """A figure under a topic (主题), in `unit` after `scale`.

    `field` leads to it through a JSON message, `time` to when it was taken. An empty field: the message is the figure.
    """

    name: str
    topic: str
    field: tuple[str, ...]
    time: tuple[str, ...]
    time_as: TimeAs
    scale: Decimal
    unit: str
    counter: bool

    @property
    def rolls_at(self) -> None:
        """Nobody tells; a point may."""
        return


def topic(name: str, fields: Fields) -> Topic:
    """`[topics.NAME]` of a map; what is wrong with it goes to the faults."""
    where = fields.checked("topic", _topic) or ""
    path = fields.checked("field", _path) if fields.has("field") else None
    time = fields.checked("time", _path) if fields.has("time") else None
    time_as = fields.member("time_as", TimeAs, TimeAs.ISO)
    if time and path is None:
        fields.fault("time", "a message that is one number has no room for a time: name a field, too")
    scale, unit, counter = measured(fields)
    fields.finish()
    return Topic(name, where, path or (), time or (), time_as, scale, unit, counter)


def _topic(text: str) -> str:
    if len(text.encode()) > TOPIC_OCTETS_MAX or not text.isprintable() or "#" in text or "+" in text:
        raise InvalidInput(f"expected one topic without wildcards (# and +), came {text[:64]!r}")
    return text


def _path(text: str) -> tuple[str, ...]:
    parts = tuple(text.split("."))
    if not all(parts):
        raise InvalidInput(
            f"expected names or places with dots between, such as data.0.kwh, came {text[:64]!r}"
        )
    return parts
