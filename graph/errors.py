"""One tree of errors, with a stable code each; library errors are translated into it at the border.

NengshuError                          code
├── InvalidInput                      INVALID_INPUT          a value from outside is wrong; says where and why
│   ├── MalformedCode                 MALFORMED_CODE         a code's form is wrong; names the faulty segment
│   ├── MalformedBody                 MALFORMED_BODY         a body, file or message cannot be read at all
│   ├── TooLarge                      TOO_LARGE              a bound with a name was passed
│   ├── TooComplex                    QUERY_TOO_COMPLEX      a question would cost too much to answer
│   └── FaultyRows                    FAULTY_ROWS            rows that came together, each fault told by itself
├── NotFound                          NOT_FOUND              no such thing within the asker's reach
│   └── UnknownDocument               DOCUMENT_NOT_FOUND     no document of this id is trusted here
├── AccessDenied
│   ├── Unauthenticated               UNAUTHENTICATED        no token, or one that does not count (any longer)
│   └── Forbidden                     FORBIDDEN              a known asker, beyond organisation, role or region
├── Conflict                          CONFLICT               the same key was used for something else
│   └── LeaseLost                     LEASE_LOST             another hub runs this link by now
├── SourceError
│   ├── SourceUnreachable             SOURCE_UNREACHABLE     no answer, or none in time
│   ├── SourceNotReady                SOURCE_NOT_READY       an answer that says: not published yet
│   ├── SourceMalformed               SOURCE_MALFORMED       an answer that is not in the dialect
│   └── SourceRefused                 SOURCE_REFUSED         an answer that says no
├── StoreError                        STORE_ERROR            a store refused; nothing was written
└── ConfigurationError                CONFIGURATION          every fault of a configuration at once
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class NengshuError(Exception):
    """The root. `code` is stable and documented; the message says who, what was expected, what came."""

    code = "ERROR"


class InvalidInput(NengshuError):
    """A value from outside is wrong; `place` names the argument, column or element it stood in."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, place: str | None = None) -> None:
        super().__init__(message if place is None else f"{place}: {message}")
        self.place = place


class MalformedCode(InvalidInput):
    """A code's form is wrong; `segment` is the part at fault, in the standard's own words."""

    code = "MALFORMED_CODE"

    def __init__(self, kind: str, text: str, segment: str, why: str) -> None:
        super().__init__(f"{kind} {text[:64]!r}: {segment}: {why}")
        self.kind, self.segment, self.why = kind, segment, why


class MalformedBody(InvalidInput):
    """A body, file or message cannot be read at all, so that no row of it can be kept."""

    code = "MALFORMED_BODY"


class TooLarge(InvalidInput):
    """A bound was passed; the message names the bound and its limit."""

    code = "TOO_LARGE"


class TooComplex(InvalidInput):
    """A question was refused before it was answered; the message names what was measured and its limit."""

    code = "QUERY_TOO_COMPLEX"

    def __init__(self, measured: str, limit: int, came: str) -> None:
        super().__init__(f"the question is too complex: {measured}: at most {limit}, came {came}")
        self.measured, self.limit = measured, limit


@dataclass(frozen=True)
class Fault:
    """What is wrong with one of several rows, counted from 0, or with one cell of it."""

    row: int
    column: str | None
    error: NengshuError


class FaultyRows(InvalidInput):
    """Rows that came together are wrong, and none was taken; `more` faults were found beside those kept."""

    code = "FAULTY_ROWS"

    def __init__(self, faults: Sequence[Fault], more: int = 0, argument: str = "rows") -> None:
        super().__init__(
            f"{len(faults) + more} faults, the first in row {faults[0].row}: {faults[0].error}", argument
        )
        self.faults, self.more, self.argument = tuple(faults), more, argument


class NotFound(NengshuError):
    """There is no such thing within the asker's reach; what is out of reach looks the same."""

    code = "NOT_FOUND"


class UnknownDocument(NotFound):
    """A document was asked for by its id, and none of that id is trusted here (any longer)."""

    code = "DOCUMENT_NOT_FOUND"

    def __init__(self, name: str) -> None:
        super().__init__(f"documentId: no document {name[:80]!r} is trusted here: nengshu documents register")


class AccessDenied(NengshuError):
    """Somebody may not do this."""

    code = "ACCESS_DENIED"


class Unauthenticated(AccessDenied):
    """No token came, or one that nobody issued, one revoked or one whose time is over."""

    code = "UNAUTHENTICATED"


class Forbidden(AccessDenied):
    """The asker is known, and this is beyond their organisation, role or region; `noun` names what, where that is known."""

    code = "FORBIDDEN"

    def __init__(self, message: str, noun: str | None = None) -> None:
        super().__init__(message)
        self.noun = noun


class Conflict(NengshuError):
    """The same key was used before for something else."""

    code = "CONFLICT"


class LeaseLost(Conflict):
    """A hub ran a link, and by now another one does: nothing more of the run may be written."""

    code = "LEASE_LOST"


class SourceError(NengshuError):
    """A source did not hand over what its link promises; stored with the sync run that met it.

    Beside its message it may say in pieces where: `place` (an address, file or list), `row` and `field` of it; and
    after how many seconds the source wants to be asked again, and with which `status` of HTTP it said so.
    """

    code = "SOURCE_ERROR"

    def __init__(
        self,
        message: str,
        *,
        place: str | None = None,
        row: int | None = None,
        field: str | None = None,
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.place, self.row, self.field = place, row, field
        self.retry_after_s, self.status = retry_after_s, status


class SourceUnreachable(SourceError):
    """No answer, or none before the deadline."""

    code = "SOURCE_UNREACHABLE"


class SourceNotReady(SourceError):
    """The source says that it will have this later: neither that there is nothing nor that something is wrong."""

    code = "SOURCE_NOT_READY"


class SourceMalformed(SourceError):
    """An answer came that is not in the link's dialect."""

    code = "SOURCE_MALFORMED"


class SourceRefused(SourceError):
    """An answer came and it says no."""

    code = "SOURCE_REFUSED"


class StoreError(NengshuError):
    """A store refused; nothing of the transaction was written."""

    code = "STORE_ERROR"


class ConfigurationError(NengshuError):
    """Every fault of a configuration, told at once."""

    code = "CONFIGURATION"

    def __init__(self, what: str, faults: Sequence[str]) -> None:
        super().__init__(f"{what}: " + "; ".join(faults))
        self.faults = tuple(faults)
