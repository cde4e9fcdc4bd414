"""A password for a meter's server comes from the environment or a file, never from the configuration itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge_probe import wiring
from edge_probe.config import ProbeConfig
from edge_probe.logins import PASSWORD_CHARACTERS_MAX
from graph.errors import ConfigurationError
from tests.edge_probe.hub_double import CREDENTIAL
from tests.edge_probe.test_config import SOUND

SERVER = SOUND.replace('map = "eastron_sdm630"', 'map = "simulated_opcua"\nprotocol = "opcua"\n{login}')


def loaded(folder: Path, login: str, **environ: str) -> ProbeConfig:
    file = folder / "probe.toml"
    file.write_text(SERVER.format(login=login), "utf-8")
    config, _ = wiring.load(file, {"PROBE": CREDENTIAL, **environ})
    return config


def faults(folder: Path, login: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as told:
        loaded(folder, login, **environ)
    return "\n".join(told.value.faults)


def test_a_password_comes_from_the_environment_or_from_a_file_beside(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("hush\n", "utf-8")
    (tmp_path / "word").chmod(0o600)
    for login in ('user = "u"\ncredential_env = "WORD"', 'user = "u"\ncredential_file = "word"'):
        (device,) = loaded(tmp_path, login, WORD="hush").devices
        assert device.login is not None
        assert (device.login.user, device.login.password) == ("u", "hush")
        assert "hush" not in repr(device)


def test_a_device_without_a_user_shows_no_password(tmp_path: Path) -> None:
    (device,) = loaded(tmp_path, "").devices
    assert device.login is None


@pytest.mark.parametrize(
    ("login", "told"),
    [
        ('password = "hush"', "a secret does not belong in the file"),
        ('user = "u"', "name either credential_env or credential_file"),
        ('user = "u"\ncredential_env = "A"\ncredential_file = "b"', "name either"),
        ('credential_env = "WORD"', "credential_env: no such setting"),
        ('user = "u"\ncredential_env = "GONE"', "environment variable GONE holds no credential"),
        ('user = "u"\ncredential_file = "gone"', "credential_file"),
        ('user = "u"\ncredential_file = "open"', "others may read it: chmod 600"),
        ('user = "u"\ncredential_env = "LONG"', "holds something else than a credential"),
    ],
)
def test_a_login_that_cannot_be_had_is_told_without_the_secret(tmp_path: Path, login: str, told: str) -> None:
    (tmp_path / "open").write_text("hush", "utf-8")
    (tmp_path / "open").chmod(0o644)
    found = faults(tmp_path, login, WORD="hush", LONG="x" * (PASSWORD_CHARACTERS_MAX + 1))
    assert told in found
    assert "hush" not in found


def test_a_protocol_without_logins_knows_no_user(tmp_path: Path) -> None:
    file = tmp_path / "probe.toml"
    file.write_text(SOUND.replace('name = "main"', 'name = "main"\nuser = "u"'), "utf-8")
    with pytest.raises(ConfigurationError, match="user: no such setting"):
        wiring.load(file, {"PROBE": CREDENTIAL})
