"""What a machine lacks is a skip for people and a failure for CI."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import needs

NEEDS = [
    (needs.need_shared_data, needs.SHARED_DATA),
    (needs.need_browser, needs.BROWSER),
    (needs.need_node, needs.NODE),
    (needs.need_mariadb, needs.MARIADB),
    (needs.need_mosquitto, needs.MOSQUITTO),
    (needs.need_libmodbus, needs.COMPILER),
]


@pytest.mark.parametrize(("need", "setting"), NEEDS)
def test_what_is_missing_is_skipped_with_the_reason(
    need: Callable[[], object], setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(needs.PROMISED, raising=False)
    monkeypatch.setenv(setting, str(tmp_path / "nowhere"))
    with pytest.raises(pytest.skip.Exception, match=setting):
        need()


@pytest.mark.parametrize(("need", "setting"), NEEDS)
def test_what_is_missing_fails_where_it_was_promised(
    need: Callable[[], object], setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(needs.PROMISED, "1")
    monkeypatch.setenv(setting, str(tmp_path / "nowhere"))
    with pytest.raises(pytest.fail.Exception, match=setting):
        need()


def test_what_is_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "chromium"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(needs.SHARED_DATA, str(tmp_path))
    monkeypatch.setenv(needs.BROWSER, str(program))
    assert needs.need_shared_data() == tmp_path
    assert needs.need_browser() == program


def test_node_without_its_packages_is_missing_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "node"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(needs.NODE, str(program))
    monkeypatch.setattr(needs, "CONFORMANCE", tmp_path)
    monkeypatch.setenv(needs.PROMISED, "1")
    with pytest.raises(pytest.fail.Exception, match="npm ci"):
        needs.need_node()
    packages = tmp_path / "node_modules"
    packages.mkdir()
    (packages / ".package-lock.json").touch()
    assert needs.need_node() == program


def test_encryption_is_skipped_for_people_and_failed_for_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "find_spec", lambda _: None)
    monkeypatch.delenv(needs.PROMISED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="extra 'encryption'"):
        needs.need_encryption()
    monkeypatch.setenv(needs.PROMISED, "1")
    with pytest.raises(pytest.fail.Exception, match="extra 'encryption'"):
        needs.need_encryption()
