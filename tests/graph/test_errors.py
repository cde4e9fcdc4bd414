"""Laws of the error tree: what the docstring draws is what the classes are."""

from __future__ import annotations

import inspect
import re

import pytest

from graph import errors
from graph.errors import ConfigurationError, InvalidInput, MalformedCode, NengshuError

CLASSES = [
    member for _, member in inspect.getmembers(errors, inspect.isclass) if issubclass(member, NengshuError)
]
DRAWN = re.findall(r"^([│├└─ ]*)(\w+)(?:  +([A-Z_]+)(?:\s|$))?", errors.__doc__ or "", re.MULTILINE)[1:]


def _drawn_tree() -> dict[str, str]:
    """Each class of the drawing with the one it hangs on; a level is four characters wide."""
    line: list[str] = []
    parents = {}
    for branch, name, _ in DRAWN:
        if not branch:
            line = [name]
            continue
        line = [*line[: len(branch) // 4], name]
        parents[name] = line[-2]
    return parents


def test_the_drawing_shows_every_class_under_its_parent() -> None:
    below_root = [found for found in CLASSES if found is not NengshuError]
    assert _drawn_tree() == {found.__name__: found.__mro__[1].__name__ for found in below_root}


def test_the_drawing_shows_every_code() -> None:
    drawn = {name: code for _, name, code in DRAWN if code}
    assert drawn.items() <= {found.__name__: found.code for found in CLASSES}.items()
    assert len(drawn) > 10


def test_no_two_errors_share_a_code() -> None:
    codes = [found.code for found in CLASSES]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code) for code in codes)


@pytest.mark.parametrize("found", CLASSES, ids=lambda found: found.__name__)
def test_every_error_says_in_a_sentence_what_happened(found: type[NengshuError]) -> None:
    assert found.__doc__
    assert found.__doc__.strip().endswith(".")


def test_a_message_begins_with_the_place_where_one_is_known() -> None:
    assert str(InvalidInput("came 0, expected 1", "first")) == "first: came 0, expected 1"
    assert str(InvalidInput("came 0, expected 1")) == "came 0, expected 1"


def test_a_malformed_code_quotes_no_more_than_64_characters_of_what_came() -> None:
    fault = MalformedCode("data code", "9" * 10_000, "whole", "expected 16 digits")
    assert len(str(fault)) < 200
    assert fault.segment == "whole"


def test_a_configuration_tells_all_its_faults_at_once() -> None:
    fault = ConfigurationError("link a", ["no address", "no dialect"])
    assert str(fault) == "link a: no address; no dialect"
    assert fault.faults == ("no address", "no dialect")
