"""A link's two ends are reconciled: compared, mended where they differ, and what is left is told. Each way is one file."""

from hub.reconciling.done import Reconciled, Tell, units_that_differ
from hub.reconciling.ways import Wish, is_comparable, reconcile, reconcile_and_keep

__all__ = [
    "Reconciled",
    "Tell",
    "Wish",
    "is_comparable",
    "reconcile",
    "reconcile_and_keep",
    "units_that_differ",
]
