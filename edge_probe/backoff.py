"""How long to wait before trying again: longer each time, and never in step with other probes."""

from __future__ import annotations

from collections.abc import Callable

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 300.0  # five minutes after a platform is back, every probe has spoken to it
RETRY_AFTER_MAX_SECONDS = 3600.0  # a platform may ask for an hour; more would be a day's upload missed


def wait_seconds(failures: int, spread: Callable[[float, float], float], asked: float | None = None) -> float:
    """Seconds to wait after so many failures in a row; `spread(low, high)` draws a number between the two.

    What the platform asked for (Retry-After) is a lower bound.
    """
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(failures, 16))
    drawn = spread(longest / 2, longest)
    return max(drawn, min(asked or 0.0, RETRY_AFTER_MAX_SECONDS))
