"""What a province's hub answers at this moment, and how the asking went: the fields `live` and `liveCoverage`.

The selection below `live` is sent on as one question; the executor completes what comes back.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import strawberry

from graph.errors import Forbidden, SourceError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.execution.context import Info
from graph.execution.live import Heard, bounded, fault_of
from graph.execution.live_desk import Asking, Desk
from graph.execution.prices import COST, LIVE
from graph.execution.resolvers import with_signature
from graph.execution.scalars import Count
from graph.model.principal import Principal
from graph.types._enums import LiveState, RegionLevel

if TYPE_CHECKING:
    from graph.types.region import Region

LIVE_COST = 100  # another hub's answer is awaited, read and checked
FAULTS: Mapping[LiveState, type[SourceError]] = {
    LiveState.UNREACHABLE: SourceUnreachable,
    LiveState.SLOW: SourceUnreachable,
    LiveState.LYING: SourceMalformed,
    LiveState.REFUSED: SourceRefused,
}
FROM_BEST_TO_WORST = (
    LiveState.ANSWERED,
    LiveState.NO_LINK,
    LiveState.LYING,
    LiveState.REFUSED,
    LiveState.SLOW,
    LiveState.UNREACHABLE,
)


@strawberry.type(description="How it went to ask a province's hub (实时查询情况).")
class LiveCoverage:
    """One line beside a live answer."""

    link: str | None = strawberry.field(
        description="Key of the link it was asked over; null where there is none."
    )
    state: LiveState = strawberry.field(description="How it went.")
    why: str | None = strawberry.field(
        description="What is missing or false, and why; null where all is well."
    )
    seconds: float = strawberry.field(description="Seconds it took.")
    bytes: Count | None = strawberry.field(
        description="Bytes of its answer, unpacked; null where none was read whole."
    )
    data_version: str | None = strawberry.field(
        description="The province's dataVersion as it answered; null where it told none."
    )


def _line(asking: Asking) -> LiveCoverage:
    """How it went."""
    answer = asking.answer
    state, why = answer.state, answer.why
    if asking.lies:
        state, why = LiveState.LYING, f"it answered with {asking.lies[0]}{_more(asking.lies)}"
    elif answer.faults:
        why = f"it says: {bounded(answer.faults[0].message)}{_more(answer.faults)}"
    return LiveCoverage(
        link=asking.link.key if asking.link else None,
        state=state,
        why=why,
        seconds=round(answer.seconds, 3),
        bytes=None if answer.size_bytes is None else Count(answer.size_bytes),
        data_version=_version(asking),
    )


def _more(told: Sequence[object]) -> str:
    return f", and {len(told) - 1} more" if len(told) > 1 else ""


def _version(asking: Asking) -> str | None:
    key, data = asking.version_key, asking.answer.data
    nation = data.get(key) if key is not None and data is not None else None
    said = nation.get("dataVersion") if isinstance(nation, Mapping) else None
    return bounded(said) if isinstance(said, str) else None


def _live(root: Region, info: Info) -> Any:
    """Noted at once, so that the coverage beside it finds it asked; the rest is awaited."""
    if root.level is not RegionLevel.PROVINCE:
        return None
    _require(info.context.principal, root.code)
    return _heard(Desk.of(info).begin(root.code, info), info)


def _require(asker: Principal, province: str) -> None:
    """The link's credential sees a whole province, and so must the asker. Raises Forbidden."""
    if not asker.reach.is_national and str(asker.reach) != province:
        raise Forbidden(
            f"live answers of {province} are for who may see all of it, not {asker.reach} alone", "live"
        )


async def _heard(asking: Asking, info: Info) -> Heard | None:
    """The province's answer, for the executor to complete; None without a link. Raises SourceError."""
    heard, desk = None, Desk.of(info)
    try:
        answer = await desk.answered(asking, info)
        if answer.data is not None or answer.faults:
            heard = Heard(asking.province, answer.data, answer.faults, asking.told, desk.budget)
        elif answer.state in FAULTS:
            raise fault_of(FAULTS[answer.state], asking.province, f"did not answer: {answer.why}")
        return heard
    finally:
        if heard is None:
            asking.told()


async def _coverage(root: Region, info: Info) -> LiveCoverage | None:  # noqa: ARG001 - strawberry's signature
    """The line of what was asked beside it, the worst of several. A coroutine: it begins after all of those."""
    asked = Desk.of(info).beside(info)
    for asking in asked:
        await asking.completed.wait()
    return max(map(_line, asked), key=lambda line: FROM_BEST_TO_WORST.index(line.state), default=None)


def _field(resolve: Callable[..., Any], description: str, metadata: Mapping[str, Any]) -> Any:
    """A field whose type is the attribute's annotation."""
    untyped = inspect.signature(resolve).replace(return_annotation=inspect.Signature.empty)
    return strawberry.field(
        resolver=with_signature(resolve, untyped), description=description, metadata=metadata
    )


LIVE_FIELD = _field(
    _live,
    "What the province's own hub answers now (实时查询), asked over its link; null below provinces, without a link, and "
    "with an error where it did not answer.",
    {LIVE: True, COST: LIVE_COST},
)
COVERAGE_FIELD = _field(
    _coverage, "How asking `live` beside this went, the worst of several; null where it was not asked.", {}
)
