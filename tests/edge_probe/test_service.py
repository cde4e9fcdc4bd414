"""The service file is what systemd takes, and shuts the probe in: read here, and by systemd itself where it is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.needs import ROOT, need_systemd

UNIT = ROOT / "docs" / "systemd" / "nengshu-probe.service"
EXPOSURE_MAX = 20  # of systemd's 0 to 100 in tenths; from 20 on it says OK, and no longer that all is well


def settings(text: str) -> dict[str, dict[str, list[str]]]:
    """Sections with their settings, each as often as it stands."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = defaultdict(list)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            section = found.setdefault(heading[1], defaultdict(list))
            continue
        key, is_setting, value = line.partition("=")
        assert is_setting, f"line {number} is neither a section nor a setting: {line}"
        assert re.fullmatch(r"[A-Z][A-Za-z]+", key), f"line {number}: {key}"
        section[key].append(value)
    return found


def test_the_service_runs_the_probe_for_ever_and_shuts_it_in() -> None:
    found = settings(UNIT.read_text("utf-8"))
    service = found["Service"]
    assert set(found) == {"Unit", "Service", "Install"}
    assert service["ExecStart"] == ["/opt/nengshu/bin/nengshu probe run /etc/nengshu-probe/probe.toml"]
    assert (service["Restart"], service["User"]) == (["always"], ["nengshu-probe"])
    assert service["CapabilityBoundingSet"] == [""]
    shut = ("NoNewPrivileges", "ProtectHome", "PrivateTmp", "ProtectKernelModules", "RestrictNamespaces")
    assert {key: service[key] for key in shut} == {key: ["yes"] for key in shut}
    assert service["UMask"] == ["0077"]
    assert found["Install"]["WantedBy"] == ["multi-user.target"]


def test_a_line_that_is_no_setting_is_seen() -> None:
    with pytest.raises(AssertionError, match="line 2"):
        settings("[Service]\nProtectHome yes\n")


def test_the_user_of_the_service_is_the_one_that_is_made() -> None:
    made = (UNIT.parent / "nengshu-probe.conf").read_text("utf-8")
    assert re.search(r"^u nengshu-probe ", made, re.MULTILINE)


def installed(folder: Path) -> Path:
    """The unit with a program that is there, as systemd looks for it."""
    copy = folder / UNIT.name
    text = UNIT.read_text("utf-8").replace("/opt/nengshu/bin/nengshu", shutil.which("true") or "")
    copy.write_text(text, "utf-8")
    return copy


def test_systemd_finds_no_fault_in_the_service(tmp_path: Path) -> None:
    analyze = need_systemd()
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(installed(tmp_path))], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "nengshu-probe" in line]
    assert ours == []


def test_systemd_calls_the_service_well_shut_in(tmp_path: Path) -> None:
    analyze = need_systemd()
    command = [analyze, "security", "--offline=true", f"--threshold={EXPOSURE_MAX}", "--no-pager"]
    done = subprocess.run([*command, str(installed(tmp_path))], capture_output=True, text=True, check=False)
    overall = [line for line in done.stdout.splitlines() if "Overall exposure" in line]
    assert (done.returncode, bool(overall)) == (0, True), done.stdout[-2000:] + done.stderr
