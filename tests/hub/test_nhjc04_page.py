"""docs/nhjc04.md, run in one shell as a reader would: each call is answered with success."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from graph.model.verdict import Outcome
from national_sync.intake import all_rules
from provincial_adapters._nhjc04.problems import NAMES
from provincial_adapters._toolkit.chinese import REFUSALS
from provincial_adapters.nhjc04 import DIALECT
from tests.hub.test_access_pages import PORT, ROOT, SERVE, WAIT, blocks, free_port
from tests.hub.test_links_page import environment

PAGE = "nhjc04.md"
TEXT = (ROOT / "docs" / PAGE).read_text(encoding="utf-8")


def test_the_page_names_every_quirk_and_every_problem() -> None:
    assert [quirk.key for quirk in DIALECT.quirks if f"| `{quirk.key}` |" not in TEXT] == []
    assert [code for code, name in NAMES.items() if f"| `{code}` | {name} |" not in TEXT] == []


def test_every_rule_the_page_names_exists() -> None:
    named = set(re.findall(r"(?:marked|refused) \(?`([a-z-]+)`", TEXT))
    assert len(named) > 7
    assert named - {rule.code for rule in all_rules()} == set()


def test_a_device_is_told_each_refusal_in_the_rules_own_chinese() -> None:
    refusing = {rule.code: rule.text.chinese for rule in all_rules() if rule.text.outcome is Outcome.REJECT}
    assert {code: REFUSALS.get(code, ("",))[0] for code in refusing} == refusing


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_every_call_of_the_page_is_answered_with_success(tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "bin").mkdir()
    for name, arguments in (("nengshu", "-m hub.cli "), ("python", "")):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        program.chmod(0o755)
    commands = [block.replace(SERVE, f"{SERVE}{WAIT}") for block in blocks(PAGE, "console")]
    port = str(free_port())
    script = "\n".join(["set -eu", "trap 'kill $(jobs -p)' EXIT", *commands]).replace(PORT, port)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path, env={**environment(tmp_path), "NENGSHU_PORT": port},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert done.stdout.count("RECEIVE SUCCESS") == TEXT.count("curl --silent") - 1  # one goes into a file
    assert "RECEIVE SUCCESS" in (tmp_path / "base_data.json").read_text(encoding="utf-8")
