"""The command line as a whole: what there is, how each command is told, and what it loads."""

from __future__ import annotations

import json

import pytest

from hub.cli import COMMANDS, missing
from tests.hub.cli.terminal import Terminal, in_its_own_process

ENGINES = (
    "starlette",
    "duckdb",
    "strawberry",
    "sqlmodel",
    "sqlalchemy",
    "pyarrow",
    "uvicorn",
    "numpy",
    "pydantic",
)
TOLD = "sys.stdout.write(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
SETTINGS_READ = f"import sys, json; from hub.settings import load_settings; load_settings(); {TOLD}"
LOADED = "; ".join(
    (
        "import sys, json",
        "from hub.cli import main",
        "sys.argv[0] = 'nengshu'",
        "import contextlib, io",
        "with_out = io.StringIO()",
        "exec('with contextlib.redirect_stdout(with_out), contextlib.suppress(SystemExit):\\n    main()')",
        TOLD,
    )
)


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",)])
def test_without_a_command_every_command_is_told(nengshu: Terminal, words: tuple[str, ...]) -> None:
    said = nengshu(*words)
    assert said.code == 0
    assert all(name in said.out for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(nengshu: Terminal, name: str) -> None:
    said = nengshu(name, "--help")
    assert said.code == 0
    assert f"nengshu {name}" in said.out
    assert len(said.out.split()) > 20
    assert "--help" in said.out


@pytest.mark.parametrize("name", ["import", "query"])
def test_commands_that_take_more_than_a_word_show_an_example(nengshu: Terminal, name: str) -> None:
    assert f"Example: nengshu {name} " in nengshu(name, "--help").out


@pytest.mark.parametrize("name", ["nothing", "", "[/red]", "[bold]x", "Demo", "--what"])
def test_an_unknown_command_is_named_as_it_was_written(nengshu: Terminal, name: str) -> None:
    said = nengshu(name)
    assert said.code == 2
    assert repr(name) in said.complaint
    assert "demo" in said.complaint


@pytest.mark.parametrize("word", ["--version", "-V"])
def test_the_version_is_told(nengshu: Terminal, word: str) -> None:
    said = nengshu(word)
    assert (said.code, said.out.startswith("nengshu")) == (0, True)


@pytest.mark.parametrize(
    "words", [("serve", "--no-such"), ("import",), ("registry", "nothing"), ("client", "add")]
)
def test_a_command_used_wrongly_says_so(nengshu: Terminal, words: tuple[str, ...]) -> None:
    assert nengshu(*words).code == 2


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--version",), ("nothing",), ("probe", "--help")])
def test_no_engine_of_the_hub_is_loaded_before_it_is_needed(words: tuple[str, ...]) -> None:
    said = in_its_own_process(*words, code=LOADED)
    loaded = set(json.loads(said.out))
    assert "hub" in loaded
    assert loaded & set(ENGINES) == set()
    assert ("edge_probe" in loaded) == (words[:1] == ("probe",))


@pytest.mark.slow
def test_settings_are_read_before_any_store_is_loaded() -> None:
    """Commands that only ask another hub read them too; they rest on pydantic alone."""
    said = in_its_own_process(code=SETTINGS_READ)
    assert set(json.loads(said.out)) & set(ENGINES) == {"pydantic"}


@pytest.mark.slow
def test_the_check_of_what_is_loaded_can_fail() -> None:
    said = in_its_own_process("schema", "--help", code=LOADED)
    assert "strawberry" in json.loads(said.out)


def test_the_schema_is_printed_or_written(nengshu: Terminal, tmp_path: object) -> None:
    printed = nengshu("schema")
    file = f"{tmp_path}/schema.graphql"
    written = nengshu("schema", "--write", file)
    assert (printed.code, written.code, written.out) == (0, 0, "")
    assert "type Query" in printed.out
    with open(file, encoding="utf-8") as opened:  # noqa: PTH123 - the name is enough
        assert opened.read().strip() == printed.out.strip()


@pytest.mark.parametrize(("module", "extra"), [("duckdb", "hub"), ("pymodbus.client", "edge")])
def test_a_missing_package_names_the_extra_that_brings_it(module: str, extra: str) -> None:
    assert missing(module).endswith(f"pip install 'nengshu[{extra}]'")
