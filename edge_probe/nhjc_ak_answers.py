"""What an answer of the AK dialect means for who asked: its data, or which kind of no it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge_probe.asking_platform import Answer
from edge_probe.uplink_ports import TryLater
from graph.errors import SourceRefused

OK, WRONG, UNAUTHORIZED = "200", "400", "401"
LATER = frozenset({"429", "500", "502", "503"})


class Wrong(SourceRefused):
    """What came is wrong, and sent again it stays so."""


class Unauthorized(SourceRefused):
    """The token counts no longer."""


def data_of(what: str, answer: Answer) -> Mapping[str, Any]:
    """The data of an answer to `what`. Raises TryLater, Wrong, Unauthorized, SourceRefused."""
    code = answer.word("responseCode") or str(answer.status)
    told = f"{what}: {code} {answer.told('responseMessage')}"
    if code == OK:
        data = answer.said.get("data")
        return data if isinstance(data, dict) else {}
    if code == UNAUTHORIZED or answer.status == int(UNAUTHORIZED):
        raise Unauthorized(told, status=int(UNAUTHORIZED))
    if code in LATER:
        raise TryLater(told)
    raise Wrong(told) if code == WRONG else SourceRefused(told)
