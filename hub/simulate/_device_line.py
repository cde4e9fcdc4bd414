"""A line to a hub on which a simulated device says a message until it is acknowledged, or gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from graph.errors import NengshuError, SourceMalformed, SourceRefused, SourceUnreachable

PAUSE_S, PAUSE_S_MAX = 0.5, 8.0  # doubled after each failure
Answer = dict[str, Any]


class Stopped(SourceRefused):
    """An answer after which the same message again is of no use."""


def _never(_said: Answer) -> bool:
    return False


@dataclass
class Line:
    """Sends messages until `is_success` takes the answer or it `stops`; `resent` counts those sent again."""

    client: httpx.Client
    attempts: int
    wait: Callable[[float], None]
    is_success: Callable[[Answer], bool]
    stops: Callable[[Answer], bool] = _never
    headers: Mapping[str, str] = field(default_factory=dict)
    resent: int = 0

    def say(self, address: str, message: Answer) -> Answer:
        """The hub's answer, once it is a success. Raises SourceError after so many attempts."""
        fault: NengshuError = SourceUnreachable(f"{address}: never tried")
        for attempt in range(self.attempts):
            if attempt:
                self.resent += 1
                self.wait(min(PAUSE_S * 2 ** (attempt - 1), PAUSE_S_MAX))
            try:
                return self._once(address, message)
            except Stopped:
                raise
            except (SourceUnreachable, SourceMalformed, SourceRefused) as failed:
                fault = failed
        raise fault

    def _once(self, address: str, message: Answer) -> Answer:
        try:
            answer = self.client.post(address, json=message, headers=self.headers)
            said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise SourceUnreachable(f"{address}: {type(fault).__name__}: {fault}") from fault
        except ValueError as fault:
            raise SourceMalformed(f"{address}: answered no JSON") from fault
        if not isinstance(said, dict) or not self.is_success(said):
            kind = Stopped if isinstance(said, dict) and self.stops(said) else SourceRefused
            raise kind(f"{address}: answered {answer.status_code} {said!r:.300}")
        return said
