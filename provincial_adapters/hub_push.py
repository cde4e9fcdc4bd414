"""This hub hands what it holds to the hub above it, the same software, on its own schedule.

Source: the batch protocol of this project, docs/batches.md (read); the link's address is that of the hub above.
Time:    starts are instants in UTC; days of plans and reports are Beijing's (read).
Cadence: whenever the link is due; registry rows when they changed, readings after the link's cursor, whole batches (read).
Quirks:  whether what this hub lost is taken back from the hub above; both ends are the same software (read). The hub above
         takes only what its client reaches (read).

What is handed over, and in which order, is what a pull would ask for: either way ends in the same store. The hub does the
handing over (hub/pushing.py), for it alone knows what it holds.
"""

from __future__ import annotations

from provincial_adapters._hub_graphql.comparing import GIVES_BACK
from provincial_adapters._hub_graphql.nouns import NOUNS as _NOUNS
from provincial_adapters._toolkit.dialect import Dialect, Direction

DIALECT = Dialect(
    name="hub_push",
    chinese="能枢平台上报",
    english="a hub above of the same software, pushed to",
    direction=Direction.PUSH,
    quirks=(GIVES_BACK,),
    tells_digests=True,
)

# The columns of each kind of rows; a row that lacks the third, where there is one, is not the province's to tell.
KINDS: tuple[tuple[str, tuple[str, ...], str | None], ...] = tuple(
    (noun.name, tuple(column.name for column in noun.columns), noun.only_with) for noun in _NOUNS
)
