"""Frames that come unasked on a line whose frames bear no transaction number: an answer more than there were questions.

One of them says that the answers before it may each have been the question's before, shifted by a frame that was late.
"""

from __future__ import annotations

from pymodbus.pdu import ModbusPDU

from edge_probe.modbus_misheard import RTU_BYTES_MIN
from graph.errors import SourceMalformed


class Strayed(SourceMalformed):
    """A frame came that nobody had asked for: what was answered shortly before may have been to other questions."""


class Strays:
    """What has come since the last answer. Fewer octets than the shortest frame are noise of the bus."""

    def __init__(self) -> None:
        self.octets, self._is_asked = b"", False

    @property
    def came(self) -> bool:
        """Whether it may have been a frame."""
        return len(self.octets) >= RTU_BYTES_MIN

    def asked(self) -> None:
        """A question goes out: what comes now may be its answer."""
        self.octets, self._is_asked = b"", True

    def take(self, octets: bytes) -> bool:
        """Whether these octets come unasked; of a frame under way they come again with what has come since."""
        if self._is_asked:
            return False
        self.octets = max(self.octets, octets, key=len)
        return True

    def answered(self, heard: bytes, answer: ModbusPDU) -> None:
        """An answer was found in what was heard: what is behind it in there was not asked for."""
        refused = answer.isError()
        code, count = answer.function_code, answer.exception_code if refused else 2 * len(answer.registers)
        begins = heard.find(bytes([answer.dev_id, code, count]))
        ends = begins + RTU_BYTES_MIN + (0 if refused else count)
        self.octets, self._is_asked = heard[ends:] if begins >= 0 else b"", False
