"""How a simulated meter wants to be read: what it refuses as too long, as not there, as too soon, as one too many."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import typer
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler

from edge_probe.plan import REGISTERS_MAX, Span

RANGE = re.compile(r"([34]):(0x[0-9a-fA-F]{1,4}|[0-9]{1,5})\+([0-9]{1,5})")


@dataclass(frozen=True)
class Limits:
    """`illegal` are refused registers, by their function; one of none is an address that no read may cross."""

    longest: int = REGISTERS_MAX
    illegal: tuple[Span, ...] = ()
    pause_s: float = 0.0
    connections: int | None = None
    silent: bool = False

    def refuses(self, span: Span) -> ExcCodes | None:
        """The exception for a read that is too long or meets what is not there."""
        if span.count > self.longest:
            return ExcCodes.ILLEGAL_VALUE
        if any(span.touches(hole) for hole in self.illegal):
            return ExcCodes.ILLEGAL_ADDRESS
        return None


NO_LIMITS = Limits()


@dataclass
class Rest:
    """Whether a request came before the meter had its pause; such a one is not answered."""

    pause_s: float
    _answered_at: float | None = field(default=None, init=False)

    def too_soon(self) -> bool:
        """Whether the pause since the last answer is not over."""
        since = self._answered_at
        return since is not None and time.monotonic() - since < self.pause_s

    def answered(self) -> None:
        """An answer goes out now."""
        self._answered_at = time.monotonic()


class FewConnections(ModbusTcpServer):
    """A server that turns away who comes when `connections_max` are there."""

    connections_max: int | None = None

    def callback_new_connection(self) -> ServerRequestHandler:
        """Take one more, or hang up."""
        full = self.connections_max is not None and len(self.active_connections) >= self.connections_max
        handler: Callable[..., ServerRequestHandler] = _TurnedAway if full else ServerRequestHandler
        return handler(self, self.trace_packet, self.trace_pdu, self.trace_connect)


class _TurnedAway(ServerRequestHandler):
    def callback_connected(self) -> None:
        """Hang up."""
        super().callback_connected()
        self.close()


def limits_of(
    longest: int, illegal: list[str] | None, pause_s: float, connections: int | None, silent: bool
) -> Limits:
    """Of what was typed. Raises typer.BadParameter."""
    return Limits(longest, tuple(_range(text) for text in illegal or ()), pause_s, connections, silent)


def _range(text: str) -> Span:
    """`4:0x0010+8`: with function 4, eight registers from 0x0010 on. Raises typer.BadParameter."""
    found = RANGE.fullmatch(text)
    if found is None:
        raise typer.BadParameter(f"{text!r}: expected function, address and count such as 4:0x0010+8")
    return Span(int(found[1]), int(found[2], 0), int(found[3]))
