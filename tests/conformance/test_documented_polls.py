"""The example of docs/polling.md, as it stands there, asks a hub that runs, and keeps its answer while nothing changes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from graph.model.principal import NATION, Role
from tests.conformance.test_subscriptions import hand_in
from tests.hub.invented_hub import JIA, fill
from tests.hub.members import token_at
from tests.hub.served_hub import served
from tests.needs import ROOT

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "polling.md").read_text(encoding="utf-8")
ALONE = {"NENGSHU_SYNC_SECONDS": "0"}  # so that nothing is derived meanwhile


def test_the_example_keeps_its_answer_until_there_is_another(tmp_path: Path) -> None:
    data, files = tmp_path / "data", tmp_path / "files"
    files.mkdir()
    fill(data, JIA)
    (example,) = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    with served(data, ALONE) as (_, port):
        base = f"http://127.0.0.1:{port}"
        asker, sender = token_at(data, base, "asker"), token_at(data, base, "sender", NATION, (Role.UPLOAD,))
        environment = {**os.environ, "HUB": base, "TOKEN": asker, "NO_PROXY": "*", "no_proxy": "*"}

        def run() -> tuple[str, str]:
            """The status it prints, and the answer in its file."""
            shell = [str(shutil.which("sh")), "-c", example]
            done = subprocess.run(
                shell, cwd=files, env=environment, capture_output=True, text=True, check=True
            )
            return done.stdout.strip(), (files / "answer.json").read_text(encoding="utf-8")

        first, again = run(), run()
        hand_in(base, sender, 1)
        changed = run()
        assert [status for status, _ in (first, again, changed, run())] == ["200", "304", "200", "304"]
        assert '"dataVersion":"0"' in first[1]
        assert again[1] == first[1] != changed[1]
