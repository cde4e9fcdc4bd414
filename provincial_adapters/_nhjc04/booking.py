"""What becomes of uploads that came together: each is answered by its own receipt, or by the fault that befell it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from graph.errors import NengshuError
from graph.model.period import UTC
from graph.model.sync_run import Receipt
from graph.ports import Clock
from provincial_adapters._nhjc04.answers import Answer, answered, of_outcome
from provincial_adapters._toolkit.devices import DeliverAll, Seen, Upload


@dataclass(frozen=True)
class Booking:
    """Stores uploads by `deliver`, and notes whose they were."""

    deliver: DeliverAll
    note: Callable[..., None]
    clock: Clock

    def __call__(self, uploads: Sequence[Upload]) -> list[Answer]:
        """What each is answered; success means stored."""
        outcomes = self._delivered(uploads)
        again = [place for place, outcome in enumerate(outcomes) if self._is_to_be_judged_anew(outcome)]
        anew = self._delivered([self._anew(uploads[place]) for place in again])
        for place, outcome in zip(again, anew, strict=True):
            outcomes[place] = outcome
        for upload, outcome in zip(uploads, outcomes, strict=True):
            if isinstance(outcome, Receipt):
                self.note(upload.device, **{Seen.UPLOADED: None})
        return [answered(partial(of_outcome, outcome)) for outcome in outcomes]

    def _delivered(self, uploads: Sequence[Upload]) -> list[Receipt | NengshuError]:
        try:
            return list(self.deliver(uploads)) if uploads else []
        except NengshuError as fault:
            return [fault] * len(uploads)

    def _is_to_be_judged_anew(self, outcome: Receipt | NengshuError) -> bool:
        """A batch of which nothing was kept is judged again, once an hour: its link may be mended by now.

        Once an hour, because a device whose link nobody mends resends for months, and each judging fills quarantine.
        """
        if not isinstance(outcome, Receipt) or outcome.rejected_count < outcome.rows:
            return False
        return _hour(outcome.received_at) != _hour(self.clock.now())

    def _anew(self, upload: Upload) -> Upload:
        key = f"{upload.delivery.key}:{_hour(self.clock.now())}"
        return replace(upload, delivery=replace(upload.delivery, key=key))


def _hour(moment: dt.datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%d%H}"
