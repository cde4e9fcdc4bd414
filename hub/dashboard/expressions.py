"""Vega expressions that say a value in words: names, shares, large numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from hub.dashboard.words import Language


def quoted(text: str) -> str:
    """A text as the expression language writes it."""
    return json.dumps(text, ensure_ascii=False)


def picked(value: str, table: Mapping[str, str]) -> str:
    """The table's word for a value; undefined for one it does not know."""
    return f"({json.dumps(dict(table), ensure_ascii=False)})[{value}]"


def named(language: Language) -> str:
    """A province's name in the language."""
    return "datum.name" if language is Language.ZH else "datum.english"


def percent(share: str, digits: int = 1) -> str:
    """A share in percent, rounded down: 99.96 % is not 100 %."""
    scale = 10 ** (2 + digits)
    return f"format(floor({share} * {scale} + 1e-9) / {scale}, '.{digits}%')"


def whole_number(value: str) -> str:
    """With separators."""
    return f"format({value}, ',')"


def short_number(value: str, language: Language) -> str:
    """A large number in three or four digits: 万 and 亿 in Chinese, k, M and G in English."""
    if language is Language.EN:
        return f"(abs({value}) < 1000 ? format({value}, ',.4~r') : format({value}, '.4~s'))"
    hundred_million = f"format({value} / 1e8, ',.4~r') + '亿'"
    ten_thousand = f"format({value} / 1e4, ',.4~r') + '万'"
    small = f"format({value}, ',.4~r')"
    return f"(abs({value}) >= 1e8 ? {hundred_million} : abs({value}) >= 1e4 ? {ten_thousand} : {small})"


def stepped(value: str, bounds: Sequence[float], labels: Sequence[str]) -> str:
    """The label of the step a value lies in; a bound belongs to the step above it."""
    steps = "".join(
        f"{value} < {bound} ? {quoted(label)} : " for bound, label in zip(bounds, labels, strict=False)
    )
    return f"({steps}{quoted(labels[len(bounds)])})"
