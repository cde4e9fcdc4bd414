"""What is kept of a device's password: sealed, one a device, and the audit knows when it was set and never what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import NotFound, StoreError
from graph.model.credit_code import CreditCode
from graph.ports import Ask, Condition
from hub.access.sealing import Seal
from hub.device_sides import SealedPasswords
from hub.settings import Settings
from hub.stores.registry.device_rows import NewDevice
from hub.stores.registry.registry import Registry
from hub.wiring import open_registry
from tests.hub.ak_devices import UNIT, ak_folder
from tests.hub.invented_hub import YI, units_of

OTHER = CreditCode(units_of(YI)[2].code)
DIGEST, ANOTHER = b"d" * 32, b"e" * 32


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    made = open_registry(Settings(data_dir=ak_folder(tmp_path)))
    for unit in (UNIT, OTHER):
        made.devices.enrol(NewDevice("ak", unit))
    return made


def test_a_digest_is_kept_sealed_and_the_next_takes_its_place(registry: Registry) -> None:
    passwords = SealedPasswords(registry.device_passwords, Seal(b"k" * 32))
    assert passwords.find("ak", UNIT) is None
    passwords.keep("ak", UNIT, DIGEST)
    assert passwords.find("ak", UNIT) == DIGEST
    passwords.keep("ak", UNIT, ANOTHER)
    assert passwords.find("ak", UNIT) == ANOTHER
    assert passwords.find("ak", OTHER) is None
    sealed = registry.device_passwords.find("ak", str(UNIT))
    assert sealed is not None
    assert ANOTHER.decode() not in sealed
    registry.close()


def test_a_sealed_digest_is_of_its_own_device_alone(registry: Registry) -> None:
    passwords = SealedPasswords(registry.device_passwords, Seal(b"k" * 32))
    passwords.keep("ak", UNIT, DIGEST)
    stolen = registry.device_passwords.find("ak", str(UNIT))
    assert stolen is not None
    registry.device_passwords.keep("ak", str(OTHER), stolen)
    with pytest.raises(StoreError, match="sealed"):
        passwords.find("ak", OTHER)
    with pytest.raises(StoreError, match="sealed"):
        SealedPasswords(registry.device_passwords, Seal(b"l" * 32)).find("ak", UNIT)
    registry.close()


def test_who_is_no_device_has_no_password(registry: Registry) -> None:
    with pytest.raises(NotFound, match="no device"):
        registry.device_passwords.keep("other", str(UNIT), "sealed")
    registry.close()


def test_that_it_was_set_is_audited_and_not_what_it_is(registry: Registry) -> None:
    SealedPasswords(registry.device_passwords, Seal(b"k" * 32)).keep("ak", UNIT, DIGEST)
    sealed = registry.device_passwords.find("ak", str(UNIT))
    rows = registry.rows(Ask("audit", where=(Condition("noun", "device_password"),))).table.to_pylist()
    assert [row["who"] for row in rows] == [f"device of {UNIT}"]
    assert str(sealed) not in repr(rows)
    registry.close()


def test_one_that_is_forgotten_gives_way_to_the_next_and_the_audit_says_who_did_so(
    registry: Registry,
) -> None:
    passwords = SealedPasswords(registry.device_passwords, Seal(b"k" * 32))
    assert registry.device_passwords.forget("ak", str(UNIT), "somebody") is False
    passwords.keep("ak", UNIT, DIGEST)
    passwords.keep("ak", OTHER, DIGEST)
    assert registry.device_passwords.forget("ak", str(UNIT), "somebody") is True
    assert passwords.find("ak", UNIT) is None
    assert passwords.find("ak", OTHER) == DIGEST
    passwords.keep("ak", UNIT, ANOTHER)
    assert passwords.find("ak", UNIT) == ANOTHER
    rows = registry.rows(Ask("audit", where=(Condition("noun", "device_password"),))).table.to_pylist()
    assert [row["who"] for row in rows].count("somebody") == 1
    with pytest.raises(NotFound, match="no device"):
        registry.device_passwords.forget("other", str(UNIT), "somebody")
    registry.close()
