"""The two languages of the pages: every word a page or a chart shows stands in static/words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from graph.errors import InvalidInput

FOLDER = Path(__file__).parent / "static" / "words"

Words: TypeAlias = Mapping[str, Any]


class Language(StrEnum):
    """Chinese first, English one click away."""

    ZH = "zh"
    EN = "en"

    @property
    def other(self) -> Language:
        """The one a click away."""
        return Language.EN if self is Language.ZH else Language.ZH

    @property
    def tag(self) -> str:
        """As HTML wants it."""
        return {"zh": "zh-CN", "en": "en"}[self.value]


def language(text: str | None) -> Language:
    """From the address of a page. Raises InvalidInput."""
    try:
        return Language(text or Language.ZH)
    except ValueError as fault:
        raise InvalidInput(f"came {(text or '')[:16]!r}, expected zh or en", "lang") from fault


@cache
def words(of: Language) -> Words:
    """Everything said in a language."""
    found: Words = json.loads((FOLDER / f"{of.value}.json").read_text(encoding="utf-8"))
    return found
