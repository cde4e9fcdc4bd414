"""A sandbox upsets a device on purpose and sees what it does: over a real socket, each a program of its own."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from hub.cli.device import app
from hub.simulate.device import app as simulated

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 30.0
DAYS = ("--start", "2026-11-16", "--days", "3", "--totals")

AK = ("--dialect", "nhjc_ak", "--start", "2026-11-16", "--days", "5", "--granularity", "day")


@dataclass
class Sandbox:
    """A sandbox that is open: where, and its report and what it told beside it once it ended."""

    base: str
    report: dict[str, Any] = field(default_factory=dict)
    told: str = ""
    code: int = -1

    def device(self, *faults: str, words: tuple[str, ...] = DAYS, ends: bool = True) -> None:
        """Have a device with these faults send three days."""
        wrong = [word for fault in faults for word in ("--fault", fault)]
        done = CliRunner().invoke(simulated, ["--base-url", self.base, *words, *wrong])
        assert (done.exit_code == 0) is ends, done.output

    @property
    def codes(self) -> set[str]:
        """Which checks found something."""
        return {finding["check"] for finding in self.report["findings"]}


@contextmanager
def sandbox(folder: Path, *words: str) -> Iterator[Sandbox]:
    """A sandbox as somebody opens it, ended by Ctrl-C, which leaves nothing behind."""
    arguments = ["device", "check", "http://127.0.0.1:0", "--json", "--valid-means", "0", *words]
    environment = {"PATH": "", "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli", *arguments],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:[0-9]+", said)
        assert found, said + process.stderr.read()
        it = Sandbox(found[0])
        try:
            yield it
        finally:
            process.send_signal(signal.SIGINT)
            out, it.told = process.communicate(timeout=PATIENCE_S)
            it.code = process.returncode
        it.report = json.loads(out)
    assert list(folder.iterdir()) == []


def test_a_clean_device_conforms_though_an_answer_was_lost_and_the_dictionary_changed(tmp_path: Path) -> None:
    with sandbox(tmp_path) as it:
        it.device()
        it.device()
    assert it.codes <= {"resent"}  # the second conversation sends the same days
    assert (it.code, it.report["conforms"]) == (0, True)
    assert it.report["completeness"] == "1.0000"
    assert "/enterprise/uploadEnergyData → lost" in it.told
    assert it.report["readings"] == 3 * 97 * 2


def test_what_only_a_conversation_shows_is_found(tmp_path: Path) -> None:
    with sandbox(tmp_path) as it:
        it.device("hard-coded-urls", "old-dictionary", "resend")
    assert it.codes == {"hard-coded-urls", "old-dictionary", "resent"}
    assert it.code == 1
    strayed = next(each for each in it.report["findings"] if each["check"] == "hard-coded-urls")
    assert strayed["evidence"] == "/enterprise/versionCheck"


def test_a_clean_device_of_the_ak_dialect_gets_another_token_and_conforms(tmp_path: Path) -> None:
    with sandbox(tmp_path) as it:
        it.device(words=AK)
    assert it.codes == set()
    assert it.code == 0
    assert "/YNEnergy/dataEnterpriseEnergy → unauthorized" in it.told
    assert "/YNEnergy/dataEnterpriseEnergy → lost" in it.told


def test_a_device_that_goes_on_with_an_old_token_or_dictionary_is_found(tmp_path: Path) -> None:
    with sandbox(tmp_path) as it:
        it.device("endless-401", "old-dictionary", "hard-coded-urls", words=AK, ends=False)
    assert it.codes >= {"endless-401", "old-dictionary", "hard-coded-urls"}
    assert it.code == 1


def test_a_device_that_forgets_what_was_not_answered_is_found(tmp_path: Path) -> None:
    with sandbox(tmp_path) as it, httpx.Client(trust_env=False) as client:
        unit = {"enterpriseCode": "91990000MA0000001B"}
        given = client.post(f"{it.base}/enterprise/register", json={**unit, "region": "990000"}).json()
        sender = {**unit, "deviceId": given["deviceId"]}
        lost = client.post(given["centerDataURL"], json={**sender, "data": [{"dataCode": "x"}]})
        assert lost.status_code == 504
        assert client.post(given["centerDataURL"], content=b"no message").json()["responseCode"] == "1"
        nothing = client.post(given["centerDataURL"], json=sender).json()
        assert nothing["responseMessage"] != "RECEIVE SUCCESS"
        empty = client.post(given["centerDataURL"], json={**sender, "data": []}).json()
        assert "data" in empty["responseMessage"]
        assert client.get(f"{it.base}/healthz").status_code == 200
    assert it.codes == {"no-back-fill", "empty-reports", "bad-rows"}
    assert it.report["conforms"] is False


def test_a_sandbox_closes_when_its_time_is_over(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["check", "http://127.0.0.1:0", "--minutes", "0.01", "--lang", "en"])
    assert done.exit_code == 1
    assert "verdict: nothing to look at" in done.stdout


@pytest.mark.parametrize("address", ["https://127.0.0.1:8500", "http://127.0.0.1:8500/path", "http://"])
def test_an_address_that_is_none_of_a_sandbox_is_refused(address: str) -> None:
    done = CliRunner().invoke(app, ["check", address])
    assert done.exit_code == 3
    assert "such as http://127.0.0.1:8500" in done.stderr
