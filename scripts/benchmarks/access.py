"""What it costs to know who asks and to keep to their reach: CPU added to a request, and one province's rows by reach.

The same application runs twice over one socket each, as processes of their own: the hub as it is, and the alternative
without any of it, whose gatekeeper takes everybody for one principal and looks at nothing, and whose sources are the stores
themselves. A request for one unit by its code goes to both in turn. The CPU that the process has used, all threads together,
is read before and after, and the difference of the two counts. Who asks is a machine with a token seen before; with one just
issued; with one seen before, after something was written to the registry; with one bound to a key, proved each time (DPoP);
and a signed-in person. The parts are measured alone, too, in this process.

A nation of 31 invented provinces has a thousand units each, of one meter that told a month. A province's machine asks for
its units, its energy balance and its completeness, and a national one, whose reach bounds nothing, for the same rows by a
condition. Their times are compared pair by pair. The median of the ratios counts, and it is slower where the whole
interval that the pairs leave it in lies above 1.

`--quick` has few units and asks a few times only: it shows that all of it runs, not how fast.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from scripts.benchmarks._access_nation import fill
from scripts.benchmarks._access_pairs import Pace
from scripts.benchmarks._access_parts import part_figures
from scripts.benchmarks._access_questions import one_unit, questions
from scripts.benchmarks._access_served import added_figures, scoped_figures
from scripts.benchmarks._access_stage import served_twice
from scripts.benchmarks._figure import Figure

UNITS, UNITS_QUICK = 1_000, 5  # of each province
OF_PYTHON = ("joserfc", "cryptography", "sqlalchemy", "starlette", "uvicorn")
FULL, QUICK = Pace(rounds=120, warming=12), Pace(rounds=2, warming=1)


def figures(*, quick: bool = False) -> Iterator[Figure]:
    """What is added to a request by each way of asking, then scoped questions, then the parts."""
    units, pace = (UNITS_QUICK, QUICK) if quick else (UNITS, FULL)
    with tempfile.TemporaryDirectory(prefix="nengshu-bench-") as folder:
        made = Path(folder) / "made"
        askers = fill(made, units)
        with served_twice(made, askers) as stage:
            yield from added_figures(stage, one_unit(units), pace)
            yield from scoped_figures(stage, questions(units), pace)
        yield from part_figures(made, askers, units, pace)


def versions() -> list[str]:
    """Of what the figures rest on."""
    return [f"{name} {version(name)}" for name in OF_PYTHON]
