"""What databases and drivers say when they cannot: translated into our errors, with the password left out.

Source: SQLSTATE classes of PostgreSQL; error numbers of MySQL and MariaDB; the words of libpq, which gives no SQLSTATE
for a connection that was refused (read).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from graph.errors import SourceError, SourceRefused, SourceUnreachable
from provincial_adapters._sql_view.place import Login

SAID_CHARACTERS = 300  # of a database's words, to be read by a person
# SQLSTATE: connections, resources, locks not got, operators (a statement's time is over, the server stops), its disk.
_PASSING_STATES = ("08", "40", "53", "55P03", "57", "58")
# MySQL: nobody there, gone, too many, stopping, locks not got, a statement's time is over, killed, read or write failed.
_PASSING_NUMBERS = frozenset(
    {1040, 1053, 1152, 1158, 1159, 1160, 1161, 1203, 1205, 1213, 1317, 1927, 1969, 2002, 2003, 2006, 2013, 2055, 3024}
)  # fmt: skip
_PASSING_WORDS = re.compile(
    r"starting up|shutting down|recovery mode|not yet accepting|too many (clients|connections)|connection slots"
)
# libpq puts two blanks behind the severity, which has the server's language; what it says of TLS it says itself.
_SAYS_NO = re.compile(r"\S:  \S|does not support SSL|certificate")


@dataclass(frozen=True)
class Speaker:
    """Of whom an error speaks: the link's database and view, and the login that is never shown."""

    shown: str
    login: Login

    @contextmanager
    def translated(self, connecting: bool = False) -> Iterator[None]:
        """What a driver raises as SourceUnreachable or SourceRefused."""
        try:
            yield
        except DBAPIError as fault:
            raise self.error_of(fault.orig or fault, connecting) from None
        except SQLAlchemyError as fault:
            raise SourceRefused(self.told(fault)) from None
        except OSError as fault:
            raise SourceUnreachable(self.told(fault)) from None

    def error_of(self, fault: BaseException, connecting: bool) -> SourceError:
        """The error of our tree. A driver's own is not kept as its cause: it holds the connection's parameters."""
        kind = SourceUnreachable if _passes(fault, connecting) else SourceRefused
        return kind(self.told(fault))

    def told(self, fault: BaseException) -> str:
        """Who, and in the database's words what."""
        said = fault.args[1] if len(fault.args) > 1 and isinstance(fault.args[0], int) else fault
        words = " ".join(self.login.without(str(said)).split())
        return f"{self.shown} as {self.login.user}: {words[:SAID_CHARACTERS]}"


def _passes(fault: BaseException, connecting: bool) -> bool:
    """Whether asking again may help: nobody was there, or it had no time."""
    number = fault.args[0] if fault.args else None
    if isinstance(number, int):
        return number in _PASSING_NUMBERS
    state = getattr(fault, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING_STATES)
    said = str(fault)
    return not connecting or not _SAYS_NO.search(said) or bool(_PASSING_WORDS.search(said))
