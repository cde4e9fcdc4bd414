"""Values that a device encrypts one by one: what does not decrypt costs its row, and all of them the upload."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ConfigurationError
from provincial_adapters._nhjc04.ciphering import ciphers
from provincial_adapters._nhjc04.ciphers.sm4_cbc import BLOCKS_MAX, CIPHER
from provincial_adapters.nhjc04 import DIALECT
from tests.provincial_adapters.nhjc04_stage import LINK, STRANGER, UNIT, Stage
from tests.provincial_adapters.test_access_devices import ROW, SUCCESS, failed, said

SECRET = "00112233445566778899aabbccddeeff"


def encrypted(text: str, secret: str = SECRET) -> str:
    """As a device would: with the library's own CBC, which the hub does not use."""
    padder = padding.PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    cipher = Cipher(algorithms.SM4(bytes.fromhex(secret)), modes.CBC(UNIT.text[:16].encode())).encryptor()
    return cipher.update(padded).hex()


def stage() -> Stage:
    return Stage(link=replace(LINK, quirks={**LINK.quirks, "encryption": "sm4_cbc"}))


def upload(to: Stage, *values: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a device is given, and what it is answered once it sent these values."""
    given = to.devices().register(said(enterpriseCode=UNIT.text))
    rows = [{**ROW, "dataValue": value(given["secretKey"]) if callable(value) else value} for value in values]
    message = said(deviceId=given["deviceId"], enterpriseCode=UNIT.text, data=rows)
    return given, to.devices().upload_data(message)


def value(text: str) -> Any:
    return lambda secret: encrypted(text, secret)


LETTERS = st.text(st.characters(max_codepoint=126, min_codepoint=32), max_size=16 * BLOCKS_MAX - 1)


@given(st.lists(LETTERS, max_size=6))
def test_whatever_was_encrypted_is_read_again(texts: list[str]) -> None:
    opened = CIPHER.open(pa.array([encrypted(text) for text in texts], pa.string()), SECRET, UNIT)
    assert opened.texts.to_pylist() == texts
    assert opened.faults == {}


@given(
    st.lists(
        st.none() | st.text(max_size=40) | st.binary(min_size=16, max_size=16).map(bytes.hex), max_size=6
    )
)
def test_whatever_comes_is_a_text_or_a_fault_of_its_own(texts: list[str | None]) -> None:
    opened = CIPHER.open(pa.array([encrypted("1052.25"), *texts], pa.string()), SECRET, UNIT)
    plain = opened.texts.to_pylist()
    assert plain[0] == "1052.25"
    assert [place for place, text in enumerate(plain) if text is None] == sorted(opened.faults)


def test_a_device_of_a_link_with_a_cipher_is_given_a_secret_and_no_other_is() -> None:
    given = stage().devices().register(said(enterpriseCode=UNIT.text))
    assert len(given["secretKey"]) == 32
    assert given["secretKey"] != given["deviceId"]
    assert given == stage().devices().register(said(enterpriseCode=UNIT.text))
    assert "secretKey" not in Stage().devices().register(said(enterpriseCode=UNIT.text))


def test_encrypted_values_are_stored_as_they_were_before_and_wait_so_too() -> None:
    to = stage()
    assert upload(to, value("1052.25"), value("1048.50"))[1] == SUCCESS
    assert to.deliveries[0].arrived.table["value"].to_pylist() == ["1052.25", "1048.50"]
    assert all('"dataValue":"10' in text for text in to.raws[0]["said"].to_pylist())


def test_a_value_that_does_not_decrypt_costs_its_row_alone() -> None:
    to = stage()
    _, answer = upload(to, value("1"), "1.5", 7, value("2"), "ff" * 16)
    assert answer == SUCCESS
    arrived = to.deliveries[0].arrived
    assert arrived.table["row"].to_pylist() == [1, 4]
    assert arrived.table["value"].to_pylist() == ["1", "2"]
    refused = arrived.rejections.to_pylist()
    assert [(row["row"], row["code"]) for row in refused] == [(n, "decryption-failed") for n in (2, 3, 5)]
    assert all(row["why"].startswith("dataValue") for row in refused)


def test_an_upload_of_which_nothing_decrypts_is_told_so_in_the_words_of_the_field() -> None:
    to = stage()
    assert failed(upload(to, "1.5", "2.5")[1], "解密失败", "第 1 条")
    assert failed(upload(to, lambda _: encrypted("1", SECRET))[1], "解密失败")
    assert to.deliveries == []


def test_an_upload_without_rows_is_still_empty_and_a_broken_one_still_malformed() -> None:
    assert failed(upload(stage())[1], "data 为空")
    given = stage().devices().register(said(enterpriseCode=UNIT.text))
    message = said(deviceId=given["deviceId"], enterpriseCode=UNIT.text, data={})
    assert failed(stage().devices().upload_data(message), "报文有误")


def test_another_units_vector_opens_nothing_of_ours() -> None:
    opened = CIPHER.open(pa.array([encrypted("1052.25")], pa.string()), SECRET, STRANGER)
    assert opened.texts.to_pylist() != ["1052.25"]


def test_a_cipher_is_a_file_of_the_open_folder_and_a_link_names_one_there_is() -> None:
    assert ciphers().keys() == {"sm4_cbc"}
    with pytest.raises(ConfigurationError, match="expected one of none, sm4_cbc"):
        DIALECT.check({"encryption": "rot13"})
