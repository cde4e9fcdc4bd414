"""The unified social credit code (统一社会信用代码, GB 32100-2015): eighteen characters that name a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum.cn import uscc

from graph.errors import MalformedCode

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
LENGTH = 18


@dataclass(frozen=True, order=True)
class CreditCode:
    """Checked by its check character; any of the 31 letters can be that character.

    The division digits are the registry's, possibly of a division abolished since, and may differ from the
    plant's: they are shown (`division`) and never a reason to reject.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text) != LENGTH:
            raise MalformedCode(
                "credit code", self.text, "length", f"expected {LENGTH} characters, came {len(self.text)}"
            )
        if wrong := sorted(set(self.text) - set(ALPHABET)):
            raise MalformedCode("credit code", self.text, "alphabet", f"{''.join(wrong)!r} cannot occur")
        if not re.fullmatch(r"[0-9]{6}", self.division):
            raise MalformedCode("credit code", self.text, "division (3-8)", "expected six digits")
        expected = uscc.calc_check_digit(self.text[:-1])
        if self.text[-1] != expected:
            raise MalformedCode(
                "credit code", self.text, "check character (18)", f"expected {expected}, came {self.text[-1]}"
            )

    @classmethod
    def parse(cls, text: str) -> CreditCode:
        """From text with surrounding blanks or lower-case letters."""
        return cls(text.strip().upper())

    @classmethod
    def of_body(cls, body: str) -> CreditCode:
        """The code whose first seventeen characters are `body`."""
        if len(body) != LENGTH - 1 or not set(body) <= set(ALPHABET):
            raise MalformedCode(
                "credit code", body, "body", f"expected {LENGTH - 1} characters of the alphabet"
            )
        return cls(body + uscc.calc_check_digit(body))

    @property
    def division(self) -> str:
        """The six division digits of the registering authority (登记管理机关行政区划码)."""
        return self.text[2:8]

    def __str__(self) -> str:
        return self.text
