"""What a counter or a rate can show at all: a figure of 0 or more that the probe's arithmetic keeps exact.

Noise on a line, and a wrong order of bytes, make a float of any size: it is a fault of one meter, and ends no probe.
"""

from __future__ import annotations

from decimal import Decimal

from edge_probe.ports import Fault

FIGURE_MAX = Decimal(10) ** 14  # with ratios up to 1e9 and four decimals 27 digits, and Decimal keeps 28


def sound(name: str, answer: Decimal | Fault) -> Decimal | Fault:
    """The figure, or the fault that it is none."""
    if isinstance(answer, Fault) or 0 <= answer <= FIGURE_MAX:
        return answer
    return Fault("malformed", f"{name}: expected a figure from 0 to {FIGURE_MAX:.0e}, came {answer:.6g}")
