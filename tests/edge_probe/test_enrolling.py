"""A probe is enrolled with its own key: made here, told to nobody, approved by its public half."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from edge_probe import wiring
from edge_probe.cli import app
from edge_probe.tokens import Credential
from tests.edge_probe.fakes import UNIT
from tests.edge_probe.test_config import SOUND

HUB = "https://hub.example"
DEVICE = SOUND[SOUND.index("[[devices]]") : SOUND.index("[[uplinks]]")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def enrol(*options: str, hub: str = HUB) -> Result:
    return CliRunner().invoke(app, ["enrol", hub, "--client", "works-probe", *options])


def test_the_key_is_the_owners_alone_and_only_its_public_half_is_handed_on(folder: Path) -> None:
    done = enrol("--unit", UNIT)
    assert done.exit_code == 0, done.output
    secret = folder / "works-probe.credential"
    assert secret.stat().st_mode & 0o777 == 0o600
    credential = Credential.parse(secret.read_text("utf-8").strip())
    assert (credential.client, credential.hub) == ("works-probe", HUB)
    (public,) = json.loads((folder / "works-probe.jwks.json").read_text("utf-8"))["keys"]
    assert public == {key: value for key, value in credential.key.as_dict(private=True).items() if key != "d"}
    private = str(credential.key.as_dict(private=True)["d"])
    said = [file.read_text("utf-8") for file in folder.iterdir() if file != secret]
    assert len(said) == 2
    assert not any(private in text for text in (*said, done.output))
    assert str(credential.key.thumbprint()) in done.output
    approval = (
        f"client add works-probe --organisation KEY --role upload --unit {UNIT} --jwks works-probe.jwks.json"
    )
    assert approval in done.output


def test_what_is_written_is_a_sound_configuration_once_it_has_a_meter(folder: Path) -> None:
    enrol("--unit", UNIT)
    file = folder / "probe.toml"
    file.write_text(file.read_text("utf-8") + "\n" + DEVICE, "utf-8")
    config, credentials = wiring.load(file, {})
    assert (config.uplinks[0].url, config.uplinks[0].name) == (HUB, "hub")
    assert isinstance(credentials["hub"], Credential)


def test_a_configuration_that_is_there_gets_one_more_uplink_and_stays_as_it_is(folder: Path) -> None:
    file = folder / "probe.toml"
    file.write_text(SOUND, "utf-8")
    file.chmod(0o640)
    assert enrol().exit_code == 0
    assert file.read_text("utf-8").startswith(SOUND)
    assert file.stat().st_mode & 0o777 == 0o640
    config, _ = wiring.load(file, {"PROBE": (folder / "works-probe.credential").read_text("utf-8")})
    assert [plan.name for plan in config.uplinks] == ["province", "hub"]


def test_a_configuration_that_a_service_reads_by_its_group_stays_that_groups(folder: Path) -> None:
    file = folder / "probe.toml"
    file.write_text(SOUND, "utf-8")
    groups = [54321] if os.geteuid() == 0 else [each for each in os.getgroups() if each != os.getegid()]
    if not groups:
        pytest.skip("whoever runs this belongs to one group alone")
    os.chown(file, -1, groups[0])
    assert enrol().exit_code == 0
    assert file.stat().st_gid == groups[0]


@pytest.mark.parametrize(
    ("before", "options", "hub", "why"),
    [
        ("", (), HUB, "--unit: name it"),
        ("", ("--unit", "91990101MA00000009"), HUB, "91990101MA00000009"),
        (SOUND, ("--uplink", "province"), HUB, "has an uplink province already"),
        (SOUND, ("--unit", "91970000MA05TEEL1J"), HUB, "is of unit"),
        (SOUND.replace("[[uplinks]]", "[uplinks]"), (), HUB, "cannot be added"),
        (SOUND, ("--client", "../probe"), HUB, "expected letters, digits, - and _"),
        (SOUND, (), "http://hub.example", "expected https"),
        (SOUND, (), "https://me:secret@hub.example", "expected an address"),
        (SOUND, (), 'https://hub.example/"', "quotes"),
    ],
)
def test_what_cannot_be_enrolled_is_told_and_nothing_is_written(
    folder: Path, before: str, options: tuple[str, ...], hub: str, why: str
) -> None:
    file = folder / "probe.toml"
    if before:
        file.write_text(before, "utf-8")
    done = enrol(*options, hub=hub)
    assert done.exit_code == 1
    assert why in done.stderr
    assert {each.name for each in folder.iterdir()} == ({"probe.toml"} if before else set())
    assert not before or file.read_text("utf-8") == before


def test_a_key_that_is_there_is_never_written_over(folder: Path) -> None:
    enrol("--unit", UNIT)
    before = {file: file.read_bytes() for file in folder.iterdir()}
    done = enrol("--uplink", "other")
    assert (done.exit_code, "works-probe.credential: File exists" in done.stderr) == (1, True)
    assert {file: file.read_bytes() for file in folder.iterdir()} == before


def test_where_the_public_key_cannot_be_written_no_private_one_is_left(folder: Path) -> None:
    (folder / "works-probe.jwks.json").mkdir()
    assert enrol("--unit", UNIT).exit_code == 1
    assert [file.name for file in folder.iterdir()] == ["works-probe.jwks.json"]
