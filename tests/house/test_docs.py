"""The pages keep their word: links lead somewhere, files exist, queries are of the schema, help is the program's."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, parse, validate

from edge_probe.config_file import load_config
from graph.discover import modules_in
from graph.errors import MalformedCode
from graph.model.credit_code import ALPHABET, CreditCode
from graph.model.rights import SENDING
from hub.stores.registry.entering import ENTERING
from national_sync.intake import all_rules
from provincial_adapters.file_drop import FileMapping
from scripts import pages
from tests.house.tree import ROOT, text_of, tracked

PAGES = [file for file in tracked() if file.suffix == ".md"]
QUERIES = [file for file in tracked() if file.parts[:1] == ("docs",) and file.suffix == ".graphql"]
DECISIONS = [file for file in tracked() if file.parts[:2] == ("docs", "adr")]
DECISION_LINES_MAX = 40
READMES = (Path("README.md"), Path("README.zh-CN.md"))
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NAMED = re.compile(r"`([\w.-]+/[\w./-]*)`")
_WORDS = re.compile(r"`(\w+)`")
_SQL = re.compile(r"`(\w+\.sql)`")
SQL = "hub/stores/readings/sql"
_CREDIT_CODE = re.compile(rf"\b9[{ALPHABET}][0-9]{{6}}[{ALPHABET}]{{10}}\b")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", text)


def dead_links(page: Path, text: str) -> list[str]:
    """Links of a page to files or headings that are not there."""
    targets = [target for target in _LINK.findall(prose(text)) if "://" not in target]
    return [target for target in targets if not leads_somewhere(page, target)]


def leads_somewhere(page: Path, target: str) -> bool:
    """Whether a file, and the heading named in it, exist."""
    name, _, anchor = target.partition("#")
    file = (ROOT / page.parent / name).resolve() if name else ROOT / page
    return file.exists() and (not anchor or anchor in anchors(file.read_text(encoding="utf-8")))


def anchors(text: str) -> set[str]:
    """What headings can be linked by."""
    titles = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def missing_files(text: str) -> list[str]:
    """Files and folders a page names in backticks that are not there; placeholders do not count."""
    named = set(_NAMED.findall(prose(text))) | {f"{SQL}/{name}" for name in _SQL.findall(prose(text))}
    return sorted(name for name in named if not (ROOT / name).exists())


def wrong_credit_codes(text: str) -> list[str]:
    """Credit codes of a page that the hub would refuse."""
    return [code for code in sorted(set(_CREDIT_CODE.findall(text))) if not is_credit_code(code)]


def is_credit_code(text: str) -> bool:
    """Whether the model takes it, check character and all."""
    try:
        return str(CreditCode(text)) == text
    except MalformedCode:
        return False


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def headings(text: str) -> list[int]:
    """The depth of each heading, in order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), re.MULTILINE)]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(text_of(Path("graph/schema.graphql")), assume_valid=True)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert dead_links(page, text_of(page)) == []


def test_a_link_to_nothing_is_seen() -> None:
    text = "# A page\n[a](README.md) [b](nowhere.md) [c](#limits) [d](#b)\n```\n[e](no.md)\n```\n"
    assert dead_links(Path("ARCHITECTURE.md"), text + "[f](https://hub.example/)") == ["nowhere.md", "#b"]


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "CONTRIBUTING.md", *map(str, DECISIONS)])
def test_every_file_a_page_names_exists(page: str) -> None:
    assert missing_files(text_of(Path(page))) == []


def test_a_file_that_is_not_there_is_seen() -> None:
    assert missing_files(
        "`graph/ports/` `hub/nothing.py` `no.sql` `around_days.sql` `national_sync/rules/<rule>.py`"
    ) == [
        "hub/nothing.py",
        f"{SQL}/no.sql",
    ]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_credit_code_of_a_page_can_be_typed_in(page: Path) -> None:
    assert wrong_credit_codes(text_of(page)) == []


def test_a_credit_code_with_a_wrong_check_character_is_seen() -> None:
    assert wrong_credit_codes("91970100MA0000001K, 91970100MA00000018") == ["91970100MA0000001K"]


def test_the_architecture_names_no_function_that_is_gone() -> None:
    text = text_of(Path("ARCHITECTURE.md"))
    called = re.findall(
        r"`((?:graph|hub|national_sync|edge_probe|provincial_adapters)/[\w/]+\.py)`,\n? *`([\w.]+)`", text
    )
    assert len(called) >= 10
    gone = [
        name
        for file, name in called
        if not re.search(rf"(?:def|class) {name.split('.')[-1]}\b", text_of(Path(file)))
    ]
    assert gone == []


def test_every_limit_of_the_architecture_stands_where_it_says() -> None:
    table = text_of(Path("ARCHITECTURE.md")).partition("## Limits")[2]
    rows = re.findall(r"^\| (`.+`) \| .+ \| `(.+)` \|$", table, re.MULTILINE)
    assert rows
    absent = [
        (name, file)
        for names, file in rows
        for name in re.findall(r"`(\w+)`", names)
        if name not in text_of(Path(file))
    ]
    assert absent == []


@pytest.mark.parametrize("query", QUERIES, ids=lambda file: file.stem)
def test_a_query_is_of_the_schema_and_says_what_it_asks_in_both_languages(
    query: Path, schema: GraphQLSchema
) -> None:
    text = text_of(query)
    assert validate(schema, parse(text)) == []
    first, second, *_ = text.splitlines()
    assert first.startswith("# ")
    assert _CHINESE.search(first)
    assert second.startswith("# ")
    assert not _CHINESE.search(second)
    assert f"nengshu query {query}" in text


def test_there_are_queries_and_a_wrong_one_is_seen(schema: GraphQLSchema) -> None:
    assert len(QUERIES) >= 6
    assert validate(schema, parse("{ nation { weather } }"))


def test_commands_and_settings_are_told_as_the_program_tells_them() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.pages", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_page_is_named_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "pages", lambda: {"page.md": "new"})
    assert pages.main(["--check"]) == 1
    assert "page.md" in capsys.readouterr().err
    assert pages.main([]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8") == "new"
    assert pages.main(["--check"]) == 0


def test_both_readmes_have_the_same_headings_and_the_same_commands() -> None:
    english, chinese = (text_of(readme) for readme in READMES)
    assert headings(english) == headings(chinese)
    assert blocks(english, "console") == blocks(chinese, "console")
    assert blocks(english, "text") == blocks(chinese, "text")
    assert set(_LINK.findall(english)) - {READMES[1].name} == set(_LINK.findall(chinese)) - {READMES[0].name}


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_a_readme_names_every_script(readme: Path) -> None:
    scripts = [file for file in tracked() if file.parts[0] == "scripts" and len(file.parts) == 2]
    commands = [str(file) for file in scripts if not file.suffix and not file.name.startswith("_")]
    assert commands
    assert [name for name in commands if f"| `{name}" not in text_of(readme)] == []


@pytest.mark.parametrize("readme", READMES, ids=str)
def test_the_first_screen_of_a_readme_holds_the_command_that_shows_it(readme: Path) -> None:
    assert "&& scripts/demo" in "".join(text_of(readme).splitlines(keepends=True)[:24])


def test_every_command_a_page_shows_exists() -> None:
    known = {name for name, _ in pages.commands()}
    groups = {name.split()[0] for name in known if " " in name}
    shown = [
        command
        for page in PAGES
        for block in blocks(text_of(page), "console")
        for command in re.findall(r"(?:^|\(|&& )nengshu ([\w]+(?: [a-z]+)?)", block, re.MULTILINE)
    ]
    assert shown
    words = {command if command.split()[0] in groups else command.split()[0] for command in shown}
    assert words - known == set()


def test_the_batch_protocol_names_every_rule() -> None:
    text = text_of(Path("docs/batches.md"))
    assert [rule.code for rule in all_rules() if f"`{rule.code}`" not in text] == []


def test_the_batch_protocol_tells_key_and_columns_of_every_kind_of_rows() -> None:
    _, _, section = text_of(Path("docs/batches.md")).partition("\n## Hand in rows of the registry\n")
    told = {
        kind: (tuple(_WORDS.findall(key)), set(_WORDS.findall(others)))
        for kind, key, others in re.findall(r"^\| `(\w+)` \| (`.+?) \| (`.+?) \|$", section, re.MULTILINE)
    }
    assert told == {
        kind: (ENTERING[kind].key, ENTERING[kind].cells.keys() - set(ENTERING[kind].key)) for kind in SENDING
    }


def test_decisions_are_numbered_short_and_have_the_three_parts() -> None:
    assert [int(file.name[:4]) for file in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for file in DECISIONS:
        text = text_of(file)
        assert text.startswith(f"# {file.name[:4]} "), file
        assert text.count("\n") <= DECISION_LINES_MAX, file
        assert [
            part for part in ("**Context.**", "**Decision.**", "**Consequences.**") if part not in text
        ] == []


def test_the_examples_are_sound() -> None:
    examples = ROOT / "docs" / "examples"
    assert FileMapping.load(examples / "steel_plant.toml").unit is not None
    probe = load_config(
        examples / "probe.toml",
        list(modules_in("edge_probe.protocols")),
        list(modules_in("edge_probe.uplinks")),
    )
    assert len(probe.devices) == 1
    links = tomllib.loads((examples / "links.toml").read_text(encoding="utf-8"))["link"]
    assert {link["dialect"] for link in links} <= set(modules_in("provincial_adapters"))
