"""`nengshu duties derive`: it tells what became of the duties, and a second time changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hub.cli.terminal import Terminal


def test_duties_are_derived_and_a_second_time_change_nothing(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_REGION", "110000")
    first = nengshu("duties", "derive", "--data", tmp_path)
    again = nengshu("duties", "derive", "--data", tmp_path)
    assert (first.code, again.code) == (0, 0), first.err
    added, _, _ = first.out.partition(" duties added, 0 changed, 0 as they were")
    assert int(added) > 30
    assert again.out == f"0 duties added, 0 changed, {added} as they were\n"


def test_a_first_quarter_before_the_order_is_refused(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_FIRST_QUARTER", "2018Q4")
    said = nengshu("duties", "derive", "--data", tmp_path)
    assert said.code == 1
    assert "expected 2019Q1 or later" in said.complaint
