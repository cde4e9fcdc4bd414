"""A configuration is sound, or all that is wrong with it is told at once; it never holds a secret."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from edge_probe import meter_map, wiring
from edge_probe.config import ProbeConfig
from edge_probe.config_file import load_config
from edge_probe.tokens import Credential
from edge_probe.uplinking import Proof
from graph.errors import ConfigurationError
from tests.edge_probe.fakes import ELECTRICITY, UNIT
from tests.edge_probe.hub_double import CREDENTIAL

SOUND = f"""
[probe]
unit = "{UNIT}"
spool = "data/spool.sqlite"

[[devices]]
name = "main"
host = "192.0.2.17"
map = "eastron_sdm630"

[[devices.points]]
quantity = "import_energy"
data_code = "00-00-0000-023300-11"
ct_pt = 80.1

[[uplinks]]
name = "province"
url = "https://hub.example/"
credential_env = "PROBE"
"""


def read(tmp_path: Path, text: str) -> ProbeConfig:
    file = tmp_path / "probe.toml"
    file.write_text(text, "utf-8")
    return load_config(file, {"modbus_tcp"}, {"nengshu"})


def faults(tmp_path: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as told:
        read(tmp_path, text)
    return told.value.faults


def test_a_sound_configuration_becomes_frozen_values_with_defaults(tmp_path: Path) -> None:
    config = read(tmp_path, SOUND)
    (device,), (uplink,) = config.devices, config.uplinks
    assert (str(config.unit), config.cycle_s, config.tolerance_s) == (UNIT, 60, 30)
    assert config.spool == tmp_path / "data/spool.sqlite"
    assert (device.protocol, device.port, device.device_id, device.timeout_s) == ("modbus_tcp", 502, 1, 1.0)
    assert (device.points[0].data_code, device.points[0].ct_pt) == (ELECTRICITY, Decimal("80.1"))
    assert (uplink.kind, uplink.url, uplink.credential_env) == ("nengshu", "https://hub.example", "PROBE")


def test_a_ratio_is_exact_as_written(tmp_path: Path) -> None:
    assert read(tmp_path, SOUND.replace("80.1", "0.1")).devices[0].points[0].ct_pt == Decimal("0.1")


def test_all_faults_are_told_at_once_each_with_its_place(tmp_path: Path) -> None:
    text = """
        [probe]
        unit = "91990101MA00000009"
        cycle_seconds = 7
        colour = "blue"
        [[devices]]
        name = "main"
        protocol = "telepathy"
        host = ""
        port = 99999
        map = "nokia"
        timeout_seconds = "soon"
        [[devices.points]]
        quantity = "import_energy"
        data_code = "00-00-0000023300-11"
        ct_pt = -1
        [[uplinks]]
        name = "province"
        kind = "pigeon"
        url = "ftp://hub"
        token = "secret"
    """
    places = [tuple(fault.split(": ")[:2]) for fault in faults(tmp_path, text)]
    device, uplink = "file.devices[1]", "file.uplinks[1]"
    assert set(places) == {
        ("file.probe", "unit"), ("file.probe", "spool"), ("file.probe", "cycle_seconds"), ("file.probe", "colour"),
        (device, "protocol"), (device, "host"), (device, "port"), (device, "map"), (device, "timeout_seconds"),
        (f"{device}.points[1]", "data_code"), (f"{device}.points[1]", "ct_pt"),
        (uplink, "kind"), (uplink, "url"), (uplink, "token"), (uplink, "credential_env"),
    }  # fmt: skip


@pytest.mark.parametrize("name", ["token", "key", "credential"])
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, name: str) -> None:
    told = faults(tmp_path, SOUND.replace('credential_env = "PROBE"', f'{name} = "s3cret"'))
    assert any("a secret does not belong in the file" in fault for fault in told)
    assert not any("s3cret" in fault for fault in told)


def test_a_url_with_a_password_is_refused(tmp_path: Path) -> None:
    told = faults(tmp_path, SOUND.replace("https://", "https://me:pw@"))
    assert "without user" in told[0]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("import_energy", "voltage_l1", "no counter"),
        ("import_energy", "steam", "its counters are import_energy, export_energy, total_energy"),
        ("023300", "011500", "counts m3, and import_energy is in kWh"),
    ],
)
def test_a_point_must_be_a_counter_in_its_data_codes_unit(
    tmp_path: Path, old: str, new: str, why: str
) -> None:
    assert why in faults(tmp_path, SOUND.replace(old, new))[0]


def test_two_meters_cannot_feed_one_data_code(tmp_path: Path) -> None:
    device = SOUND[SOUND.index("[[devices]]") : SOUND.index("[[uplinks]]")]
    told = faults(tmp_path, SOUND + device.replace('"main"', '"second"'))
    assert told == (f"file.devices: data_code: {ELECTRICITY!r} stands more than once",)


@pytest.mark.parametrize(
    "text",
    [
        *("probe = 3", "[[probe]]", "devices = 'x'", "", "= no toml", "[[devices]]\nname=[1]"),
        *("a = " + "1" * 5_000, "a = " + "[" * 50_000, "a = 1e99999999999999999999"),
    ],
    ids=range(9),
)
def test_nonsense_is_told_and_never_a_traceback(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_config(tmp_path / "gone.toml", {"modbus_tcp"}, {"nengshu"})


def client_of(loaded: tuple[ProbeConfig, Mapping[str, Proof]]) -> str:
    """Whose credential an uplink shows."""
    shown = loaded[1]["province"]
    assert isinstance(shown, Credential)
    return shown.client


def test_a_platform_that_is_shown_nothing_names_no_credential_and_is_told_what_it_needs(
    tmp_path: Path,
) -> None:
    device_like = SOUND.replace('name = "province"', 'name = "province"\nkind = "nhjc04"')
    file = tmp_path / "probe.toml"
    file.write_text(device_like.replace('credential_env = "PROBE"', ""), "utf-8")
    with pytest.raises(ConfigurationError) as told:
        wiring.load(file, {})
    assert [fault.split(": ")[1] for fault in told.value.faults] == ["region", "valid_means"]
    file.write_text(device_like, "utf-8")
    with pytest.raises(ConfigurationError, match="a platform of kind nhjc04 is shown none"):
        wiring.load(file, {"PROBE": CREDENTIAL})


def test_a_credential_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "probe.json").write_text(CREDENTIAL + "\n", "utf-8")
    (tmp_path / "probe.json").chmod(0o644)
    file = tmp_path / "probe.toml"
    file.write_text(SOUND, "utf-8")
    assert client_of(wiring.load(file, {"PROBE": CREDENTIAL})) == "probe"
    file.write_text(SOUND.replace('credential_env = "PROBE"', 'credential_file = "probe.json"'), "utf-8")
    with pytest.raises(
        ConfigurationError, match=r"credential_file .*probe\.json: others may read it: chmod 600"
    ):
        wiring.load(file, {})
    (tmp_path / "probe.json").chmod(0o600)
    assert client_of(wiring.load(file, {})) == "probe"


@pytest.mark.parametrize("text", ["", "key.secret", '{"client": "probe"}', "schlüssel", "x" * 9_000])
def test_a_credential_that_is_none_is_told_without_showing_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "probe.toml"
    file.write_text(SOUND, "utf-8")
    with pytest.raises(ConfigurationError, match="environment variable PROBE holds") as told:
        wiring.load(file, {"PROBE": text})
    assert not text or text not in str(told.value)


@pytest.mark.parametrize(
    ("line", "slot"),
    [
        ("", "03:00-05:30"),
        ('reconcile_slot = "23:00-01:00"', "23:00-01:00"),
        ('reconcile_slot = "off"', "None"),
    ],
)
def test_a_probe_reconciles_by_night_unless_told_otherwise(tmp_path: Path, line: str, slot: str) -> None:
    assert str(read(tmp_path, SOUND.replace("[probe]", f"[probe]\n{line}")).reconcile_slot) == slot


@pytest.mark.parametrize("slot", ["3:00-5:30", "never", "03:00-03:00"])
def test_a_slot_that_is_none_is_a_fault(tmp_path: Path, slot: str) -> None:
    (fault,) = faults(tmp_path, SOUND.replace("[probe]", f'[probe]\nreconcile_slot = "{slot}"'))
    assert fault.startswith("file.probe: reconcile_slot: ")
    assert fault.endswith("or 'off'")


def test_a_device_may_name_maps_of_several_firmwares(tmp_path: Path) -> None:
    several = 'map = ["chint_dtsu666", "chint_dtsu666_fc04_4000"]'
    (device,) = read(tmp_path, SOUND.replace('map = "eastron_sdm630"', several)).devices
    assert (device.map.name, [each.name for each in device.others]) == (
        "chint_dtsu666",
        ["chint_dtsu666_fc04_4000"],
    )


@pytest.mark.parametrize(
    ("several", "told"),
    [
        ('["chint_dtsu666", "eastron_sdm630"]', "eastron_sdm630 has no [known] register"),
        ("[]", "expected a text, or 1 to 8 different ones"),
        ('["chint_dtsu666", "chint_dtsu666"]', "expected a text, or 1 to 8 different ones"),
        ('["chint_dtsu666", 3]', "expected a text, or 1 to 8 different ones"),
        ("7", "expected text"),
    ],
)
def test_maps_that_cannot_be_told_apart_are_refused(tmp_path: Path, several: str, told: str) -> None:
    (fault,) = faults(tmp_path, SOUND.replace('"eastron_sdm630"', several))
    assert told in fault


def test_a_counter_is_of_one_unit_in_all_maps_of_its_device(tmp_path: Path) -> None:
    own = (Path(meter_map.__file__).parent / "maps/eastron_sdm630.toml").read_text("utf-8")
    known = '[known]\nquantity = "import_energy"\nleast = 0\nmost = 9\n'
    for name, unit in (("a.toml", "kWh"), ("b.toml", "kvarh")):
        text = own.replace("[quantities.", f"{known}[quantities.", 1)
        (tmp_path / name).write_text(text.replace('unit = "kWh"', f'unit = "{unit}"', 1), "utf-8")
    told = faults(tmp_path, SOUND.replace('"eastron_sdm630"', '["a.toml", "b.toml"]'))
    assert any(
        "import_energy is in another unit, or a rate, in one of the device's maps" in why for why in told
    )


def test_how_registers_are_read_is_no_setting_of_a_meter_that_has_none(tmp_path: Path) -> None:
    text = SOUND.replace("eastron_sdm630", "dlt645_2007")
    reads = text.replace("[[devices.points]]", "[devices.reads]\npause_ms = 200\n\n[[devices.points]]")
    (told,) = faults(tmp_path, reads)
    assert told == "file.devices[1]: reads: these settings are of registers, and the device's map has none"


def test_a_meter_of_the_grid_counts_behind_its_transformers(tmp_path: Path) -> None:
    text = SOUND.replace("eastron_sdm630", "dlt645_2007").replace("ct_pt = 80.1\n", "")
    (told,) = faults(tmp_path, text)
    assert "ct_pt: is missing: this meter counts behind its transformers" in told


def test_a_meter_behind_transformers_must_be_told_their_ratio(tmp_path: Path) -> None:
    secondary = SOUND.replace("eastron_sdm630", "chint_dtsu666")
    assert read(tmp_path, secondary).devices[0].points[0].ct_pt == Decimal("80.1")
    (fault,) = faults(tmp_path, secondary.replace("ct_pt = 80.1", ""))
    assert fault.startswith("file.devices[1].points[1]: ct_pt: is missing: this meter counts behind")
