"""The changelog tells what is new first."""

from __future__ import annotations

import re

from tests.house.tree import ROOT


def test_unreleased_stands_on_top_and_says_something() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    sections = re.findall(r"^## (.+)\n((?:(?!## ).*\n?)*)", text, re.MULTILINE)
    title, body = sections[0]
    assert title.strip("[] ") == "Unreleased"
    assert re.search(r"^- \w", body, re.MULTILINE)
