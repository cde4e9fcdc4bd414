"""The taste of the house in numbers: short files and functions, plain names, nothing left lying about."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from statistics import median, quantiles

from tests.house.tree import PRODUCT, functions, python_files, text_of, tracked

FILE_LINES_MAX = 300  # the largest file is where every project hurts
FUNCTION_LINES_MAX = 50
FUNCTION_LINES_MEDIAN_MAX = 10
FUNCTION_LINES_90TH_MAX = 38
NAMES_OF_NOTHING = {"utils", "util", "common", "core", "helpers", "helper", "misc", "base"}

# Joined from pieces, so that this file does not hold what it forbids.
REMINDERS = tuple("".join(pieces) for pieces in (("TO", "DO"), ("FIX", "ME")))
REGISTRY_HOSTS = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("python" + "hosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("conda", "anaconda", "org"),
    )
)
MACHINE_FOLDERS = ("work", "farm", "tmp", "root", "home", "Users")
MACHINE_PATH = re.compile(rf"(?<![\w.:$}}-])/(?:{'|'.join(MACHINE_FOLDERS)})/")
EXEMPTION = re.compile(r"#\s*(?:type:\s*ignore|noqa)\b(?P<rest>.*)")
CODE_AND_REASON = re.compile(r"(?:\[[\w, -]+\]|:\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*)\W+\w+")


def opens_with_a_sentence(source: str) -> bool:
    """Whether a module's docstring begins with a paragraph that one could say aloud."""
    first_paragraph = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]
    return first_paragraph.rstrip().endswith((".", "?", "!", "。")) and " " in first_paragraph


def names_nothing(file: Path) -> bool:
    """Whether a module or one of its packages is called by a word that says nothing."""
    return any(part.strip("_").lower() in NAMES_OF_NOTHING for part in file.with_suffix("").parts)


def prints(source: str) -> list[int]:
    """Lines that print."""
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"]


def bare_exemptions(source: str) -> list[str]:
    """Comments that switch a check off without a code and a reason."""
    comments = [
        token.string
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    ]
    exemptions = [(comment, found) for comment in comments if (found := EXEMPTION.search(comment))]
    return [comment for comment, found in exemptions if not CODE_AND_REASON.match(found["rest"])]


def strangers(text: str) -> list[str]:
    """Registry hosts and paths of one machine that a text names."""
    hosts = [host for host in REGISTRY_HOSTS if host in text]
    return hosts + MACHINE_PATH.findall(text)


def test_no_python_file_is_over_300_lines() -> None:
    sizes = {str(file): text_of(file).count("\n") for file in python_files()}
    assert {file: lines for file, lines in sizes.items() if lines > FILE_LINES_MAX} == {}


def test_no_function_is_over_50_lines() -> None:
    long = [
        f"{file}: {name} has {lines}"
        for file in python_files()
        for name, lines in functions(text_of(file))
        if lines > FUNCTION_LINES_MAX
    ]
    assert long == []


def test_half_of_the_functions_have_10_lines_or_fewer_and_nine_of_ten_38() -> None:
    sizes = [lines for file in python_files(*PRODUCT) for _, lines in functions(text_of(file))]
    assert median(sizes) <= FUNCTION_LINES_MEDIAN_MAX
    assert quantiles(sizes, n=10)[8] <= FUNCTION_LINES_90TH_MAX


def test_the_measure_counts_from_def_to_end_and_sees_nested_functions() -> None:
    source = "@decorated\ndef outer():\n    async def inner():\n        return 1\n\n    return inner\n"
    assert dict(functions(source)) == {"outer": 5, "inner": 2}


def test_every_module_opens_with_a_sentence() -> None:
    assert [str(file) for file in python_files() if not opens_with_a_sentence(text_of(file))] == []


def test_a_title_or_silence_is_no_sentence() -> None:
    assert opens_with_a_sentence('"""Finds modules, all of them.\n\nMore."""')
    assert not opens_with_a_sentence('"""Utilities"""')
    assert not opens_with_a_sentence('"""Finds modules\n\nMore."""')
    assert not opens_with_a_sentence("x = 1")


def test_no_module_is_called_by_a_word_that_says_nothing() -> None:
    assert [str(file) for file in python_files() if names_nothing(file)] == []


def test_words_that_say_nothing_are_seen_as_module_and_as_package() -> None:
    assert names_nothing(Path("hub/_utils.py"))
    assert names_nothing(Path("hub/core/app.py"))
    assert not names_nothing(Path("graph/model/data_code.py"))


def test_no_product_code_prints() -> None:
    assert {str(file): lines for file in python_files(*PRODUCT) if (lines := prints(text_of(file)))} == {}
    assert prints("x = 1\nprint(x)\nconsole.print(x)\n") == [2]


def test_nothing_is_left_for_later() -> None:
    ours = (file for file in tracked() if "vendor" not in file.parts)
    left = [f"{file}: {word}" for file in ours for word in REMINDERS if word in text_of(file)]
    assert left == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    assert {str(file): found for file in tracked() if (found := strangers(text_of(file)))} == {}


def test_registries_and_machine_paths_are_seen_and_ordinary_paths_are_not() -> None:
    assert strangers(f"--index-url https://{REGISTRY_HOSTS[0]}/simple") == [REGISTRY_HOSTS[0]]
    assert all(strangers(f'open("/{folder}/x")') for folder in MACHINE_FOLDERS)
    assert strangers("frame/home/x $HOME/root/x ./home/x https://example.org/home/ /sync/v1/batches") == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {file.parent for file in python_files("tests")}
    assert [str(folder) for folder in folders if folder / "__init__.py" not in python_files("tests")] == []


def test_every_exemption_from_a_check_in_product_code_says_which_and_why() -> None:
    checked = python_files(*PRODUCT, "scripts")
    assert {str(file): bare for file in checked if (bare := bare_exemptions(text_of(file)))} == {}


def test_an_exemption_without_code_or_reason_is_seen() -> None:
    right = [
        "x = 1  # type: ignore[arg-type]  # the library's stub is wrong",
        "x = 1  # noqa: S608 - columns come from a table",
        "x = 1  # noqa: S603, S607 (our own program)",
        'x = "# noqa"',
    ]
    wrong = ["x = 1  # type: ignore", "x = 1  # type: ignore[misc]", "x = 1  # noqa", "x = 1  # noqa: S608"]
    assert [line for line in right if bare_exemptions(line)] == []
    assert [line for line in wrong if not bare_exemptions(line)] == []


def test_whether_a_day_is_due_is_said_in_one_place_of_the_sql() -> None:
    statements = [file for file in tracked() if file.suffix == ".sql"]
    assert [file.name for file in statements if "until IS NULL OR" in text_of(file)] == ["macros.sql"]
