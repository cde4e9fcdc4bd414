"""What is kept of an existing platform: read again as it was, and its secret in no words about it."""

from __future__ import annotations

import pytest

from edge_probe.nhjc04_client import Given
from edge_probe.nhjc_ak_client import Known
from edge_probe.platform_memory import keep, recalled

pytestmark = pytest.mark.anyio
KEY = "0123456789abcdef"
GIVEN = Given("00000001", "http://a/c", "http://a/d", "http://a/v", None, "02:10:00", KEY)
KNOWN = Known(KEY, has_applied=True, upload_time="02:10:00")


class Kept:
    """A memory of one text."""

    def __init__(self, text: str | None = None) -> None:
        self.text = text

    def recall(self) -> str | None:
        """The text."""
        return self.text

    def keep(self, text: str) -> None:
        """Another text."""
        self.text = text


@pytest.mark.parametrize("value", [GIVEN, KNOWN])
async def test_what_a_platform_gave_is_kept_with_its_key_and_shown_without_it(value: Given | Known) -> None:
    memory = Kept()
    await keep(memory, value)
    assert KEY in (memory.text or "")
    assert await recalled(memory, type(value)) == value
    assert KEY not in f"{value!r} {value} {[value]}"
    assert "02:10:00" in repr(value)


async def test_what_was_kept_before_is_read_and_what_is_of_another_form_is_nothing() -> None:
    before = '{"secret_key":"k","has_applied":true,"dic_version":"2","base":null}'
    assert await recalled(Kept(before), Known) == Known("k", has_applied=True, dic_version="2")
    for text in (None, "[]", "{", '{"has_applied":true}'):
        assert await recalled(Kept(text), Known) is None
