"""Who runs a link (同步租约): taken in one conditional write, renewed while the run goes on, given back at its end.

No hub's clock is compared with another's. A lease beats while its holder lives; one whose beats stood still for its whole
length, by the steady clock of who looks on, is a dead holder's, and is taken over by who names the last beat. What a holder
writes of its run names its lease, so that one who only seemed dead moves no cursor any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, and_, insert, select, update

from graph.errors import LeaseLost
from graph.model.sync_run import Breaker, Link
from hub.stores.registry import runs
from hub.stores.registry.database import reading, writing
from hub.stores.registry.link_tables import T
from national_sync.cadence import LinkState, begun

NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # a link that was never run is due since long
_LINK, _STATE = T["link"], T["link_state"]
After: TypeAlias = Callable[[LinkState], LinkState]


@dataclass(frozen=True)
class Lease:
    """A hub's right to run a link: the how manieth of that link, and how often it was renewed."""

    link: str
    holder: str
    number: int
    beats: int = 0


@dataclass(frozen=True)
class Standing:
    """A link as it stands: when it is due, and who runs it. `newest` is the end of the newest period it ever brought."""

    link: Link
    state: LinkState
    lease: Lease | None = None
    newest: dt.datetime | None = None


class Leases:
    """The leases of a registry's links."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self) -> tuple[Standing, ...]:
        """Every link, in the order of their keys."""
        named = [column.label(f"state_{column.name}") for column in _STATE.columns]
        found = select(_LINK, *named).select_from(_LINK.outerjoin(_STATE)).order_by(_LINK.c.key)
        with reading(self._engine) as connection:
            return tuple(_standing(dict(row)) for row in connection.execute(found).mappings())

    def take(
        self,
        key: str,
        holder: str,
        at: dt.datetime,
        until: dt.datetime,
        seen: Standing | None = None,
        *,
        is_dead: bool = False,
    ) -> Lease | None:
        """The lease of a link; None where another holds it, or where it does not stand any more as it was `seen`.

        With `is_dead` the lease that was seen is taken over, if it did not beat since. Raises NotFound.
        """
        with writing(self._engine) as connection:
            found = _row(connection, key, at)
            over = seen.lease if seen is not None and is_dead else None
            state = begun(_state(found), at)
            number = found["lease"] + 1
            taking = update(_STATE).where(
                _STATE.c.link_id == found["link_id"], _is_free(over), *_as_seen(seen)
            )
            held = {"holder": holder, "held_until": until, "lease": number, "beats": 0}
            if connection.execute(taking.values(held | _columns(state))).rowcount != 1:
                return None
            runs.close_others(connection, found["link_id"], number, at, holder)
            return Lease(key, holder, number)

    def renew(self, lease: Lease, until: dt.datetime) -> None:
        """Let a lease beat once more. Raises LeaseLost."""
        with writing(self._engine) as connection:
            beating = {"beats": _STATE.c.beats + 1, "held_until": until}
            if connection.execute(update(_STATE).where(_is_of(lease)).values(beating)).rowcount != 1:
                raise lost(lease)

    def give_back(self, lease: Lease, after: After) -> bool:
        """Let go of a lease and say how its link stands `after` how it stood; whether it was still held."""
        with writing(self._engine) as connection:
            row = connection.execute(select(_STATE).where(_is_of(lease))).mappings().first()
            if row is None:
                return False
            state = after(_state(dict(row)))
            given = {"holder": None, "held_until": None, "due_at": state.due_at, **_columns(state)}
            return connection.execute(update(_STATE).where(_is_of(lease)).values(given)).rowcount == 1

    def let_go(self, holder: str) -> int:
        """Free what somebody held who is known to be gone; how many links that was."""
        freed = {"holder": None, "held_until": None}
        with writing(self._engine) as connection:
            return connection.execute(update(_STATE).where(_STATE.c.holder == holder).values(freed)).rowcount


def lost(lease: Lease) -> LeaseLost:
    """What is said of a lease that is another's by now."""
    return LeaseLost(
        f"link {lease.link}: {lease.holder} held it too long without a sign, another hub runs it"
    )


def _is_of(lease: Lease) -> ColumnElement[bool]:
    of_link = select(_LINK.c.id).where(_LINK.c.key == lease.link).scalar_subquery()
    held = and_(_STATE.c.holder == lease.holder, _STATE.c.lease == lease.number)
    return and_(_STATE.c.link_id == of_link, held)


def _is_free(over: Lease | None) -> ColumnElement[bool]:
    if over is None:
        return _STATE.c.holder.is_(None)
    silent = and_(_STATE.c.lease == over.number, _STATE.c.beats == over.beats)
    return and_(_STATE.c.holder == over.holder, silent)


def _as_seen(seen: Standing | None) -> tuple[ColumnElement[bool], ...]:
    """Nobody ran it since, and nobody paused it: who saw it due would run it a second time."""
    if seen is None:
        return ()
    runs_still = select(_LINK.c.id).where(_LINK.c.enabled, _LINK.c.paused_why.is_(None))
    number = _STATE.c.lease == seen.lease.number if seen.lease else _STATE.c.holder.is_(None)
    as_due = _STATE.c.lease == 0 if seen.state.due_at == NEVER else _STATE.c.due_at == seen.state.due_at
    return (number, _STATE.c.link_id.in_(runs_still), as_due)


def _row(connection: Connection, key: str, at: dt.datetime) -> Mapping[str, Any]:
    """The state of a link, made where it has none yet. Raises NotFound."""
    link_id = runs.id_of_link(connection, key)
    wanted = select(_STATE).where(_STATE.c.link_id == link_id)
    found = connection.execute(wanted).mappings().first()
    if found is None:
        fresh = {"link_id": link_id, "lease": 0, "beats": 0, "due_at": at}
        connection.execute(insert(_STATE).values(fresh | _columns(LinkState(at))))
        found = connection.execute(wanted).mappings().one()
    return dict(found)


def _standing(row: Mapping[str, Any]) -> Standing:
    link, prefix = runs.link_of(row), "state_"
    if row["state_id"] is None:
        return Standing(link, LinkState(NEVER))
    own = {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}
    held = None if own["holder"] is None else Lease(link.key, own["holder"], own["lease"], own["beats"])
    return Standing(link, _state(own), held, own["newest"])


def _state(row: Mapping[str, Any]) -> LinkState:
    return LinkState(
        row["due_at"],
        row["failures"],
        Breaker(row["breaker"]),
        row["breaker_since"],
        row["breaker_until"],
        row["last_success_at"],
    )


def _columns(state: LinkState) -> dict[str, Any]:
    """What a state says but for when it is due: while a run goes on, a link stays due for who would have to take over."""
    return {
        "failures": state.failures,
        "breaker": state.breaker.value,
        "breaker_since": state.since,
        "breaker_until": state.until,
        "last_success_at": state.last_success_at,
    }
