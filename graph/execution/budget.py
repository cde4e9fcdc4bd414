"""What one question may read of readings and figures in all, whatever fields and aliases it is spread over."""

from __future__ import annotations

from collections.abc import Hashable

from graph.errors import TooLarge
from graph.execution.context import Info
from graph.execution.selection import raw_of

ROWS_PER_QUESTION_MAX = 100_000  # two seconds of work and 40 MB of objects; more is what exports are for


def spend(info: Info, rows: int, what: str, argument: str, question: Hashable) -> None:
    """Count rows of one field's answer, before they are objects. Raises TooLarge past ROWS_PER_QUESTION_MAX.

    The guard cannot: how many readings a point has stands in no document, and a document may ask for them again and
    again under other names. A question that is asked again at one place, because a list was not completed as was tried
    first, counts once.
    """
    context, path = info.context, raw_of(info).path.as_list()
    place = tuple(step for step in path if isinstance(step, str))
    if (place, question) in context.spent:
        return
    context.rows_read += rows
    if context.rows_read > ROWS_PER_QUESTION_MAX:
        raise TooLarge(
            f"more than {ROWS_PER_QUESTION_MAX} {what} in one question; ask for less, or export", argument
        )
    context.spent.add((place, question))
