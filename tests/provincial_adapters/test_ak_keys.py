"""Keys, passwords and tokens of the AK dialect: only this hub makes them, and nothing of a password is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import InvalidInput
from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc_ak.keys import (
    PASSWORD_BYTES_MAX,
    TOKEN_LETTERS_MAX,
    KeyForm,
    Token,
    check_secret,
    digest_of,
    is_proof,
    proof_of,
    read_token,
    secret_key,
    token_text,
)

UNIT, OTHER = CreditCode("91970000MA00000013"), CreditCode("91990000MA0000002E")
SECRET, ELSE = b"a secret of the test, long enough", b"another secret of the test"
PAGE = Path(__file__).parents[2] / "docs" / "nhjc-ak.md"
TOKEN = Token(UNIT, "link-97", 1_795_000_000)


def test_the_cipher_is_the_one_of_the_standard() -> None:
    """GB/T 32907-2016, appendix A.1."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    cipher = Cipher(SM4(key), ECB()).encryptor()  # noqa: S305 - the standard's own example
    assert (cipher.update(key) + cipher.finalize()).hex() == "681edf34d206965e86b3e94f536e4246"


def test_every_vector_of_the_page_is_what_a_password_makes() -> None:
    vectors = re.findall(r"^\| `(\S+)` \| `([0-9a-f]{32})`", PAGE.read_text(), re.MULTILINE)
    assert len(vectors) == 5
    *as_text, as_hex = vectors
    for password, sent in as_text:
        assert proof_of("A7K2M4Q6R3T5V2X4", UNIT, password) == sent
    assert proof_of("0123456789abcdeffedcba9876543210", UNIT, as_hex[0], KeyForm.HEX) == as_hex[1]


@given(st.text(min_size=1, max_size=40), st.sampled_from(KeyForm))
def test_a_proof_is_known_by_its_digest_alone(password: str, form: KeyForm) -> None:
    try:
        password.encode()
    except UnicodeEncodeError:
        return
    proof = proof_of(secret_key(SECRET, UNIT, "link-97", form), UNIT, password, form)
    assert re.fullmatch(r"[0-9a-f]{32}", proof)
    assert is_proof(proof, digest_of(proof))
    assert is_proof(proof.upper(), digest_of(proof))
    assert not is_proof(proof[::-1] + "0", digest_of(proof))
    assert proof.encode() not in digest_of(proof)


@pytest.mark.parametrize("password", ["", "x" * (PASSWORD_BYTES_MAX + 1)])
def test_a_password_that_is_none_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput, match="password"):
        proof_of("A7K2M4Q6R3T5V2X4", UNIT, password)


def test_keys_differ_by_unit_link_and_secret_and_have_the_form_of_keys() -> None:
    keys = {
        secret_key(secret, unit, link, form)
        for secret in (SECRET, ELSE)
        for unit in (UNIT, OTHER)
        for link in ("link-97", "link-98")
        for form in KeyForm
    }
    assert len(keys) == 16
    assert all(re.fullmatch(r"[A-Z2-7]{16}|[0-9a-f]{32}", key) for key in keys)
    assert secret_key(SECRET, UNIT, "link-97") == secret_key(SECRET, UNIT, "link-97")


@pytest.mark.parametrize("link", ["link-97", "接" * 200])
def test_a_token_says_whose_it_is_to_the_hub_that_made_it(link: str) -> None:
    token = Token(UNIT, link, 1_795_000_000)
    text = token_text(SECRET, token)
    assert read_token(SECRET, text) == token
    assert read_token(ELSE, text) is None
    assert re.fullmatch(r"[A-Za-z0-9._-]+", text)
    assert len(text) <= TOKEN_LETTERS_MAX


@given(st.text(max_size=80) | st.binary(max_size=80).map(lambda raw: raw.decode("latin-1")))
def test_no_other_text_is_a_token(text: str) -> None:
    assert read_token(SECRET, text) is None


@given(st.data())
def test_a_token_changed_anywhere_is_none(data: st.DataObject) -> None:
    text = token_text(SECRET, TOKEN)
    place = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019._-").filter(lambda one: one != text[place]))
    changed = read_token(SECRET, text[:place] + letter + text[place + 1 :])
    assert changed in (None, TOKEN)  # the last letter of base64 has bits that say nothing
    assert changed is None or place == text.index(".") - 1


def test_a_secret_that_is_too_short_is_told() -> None:
    check_secret(SECRET)
    with pytest.raises(InvalidInput, match="device secret"):
        check_secret(b"short")
