"""What this machine refuses is told in a sentence, and Ctrl-C ends a command in silence, whenever it comes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli import COMMANDS, INTERRUPTED
from hub.cli._cells import LETTERS_MAX, cell
from tests.hub.cli.terminal import ROOT, Terminal
from tests.hub.cli.test_import import MAPPING
from tests.hub.cli.test_registry_command import GOOD, unit_code
from tests.hub.test_whole import PROC, lingering

UP = (  # a test run that was itself put into the background would hand down a deaf ear for Ctrl-C
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from hub.cli import main; print('up', flush=True); main()"
)
END_S = 20.0


@pytest.mark.parametrize(
    "words", [("client", "list"), ("registry", "list", "unit"), ("sync",), ("query", "{ a }")]
)
def test_a_data_folder_that_cannot_be_is_named_with_the_reason(
    nengshu: Terminal, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        said = nengshu(*words, "--data", folder)
        assert (said.code, said.complaint.startswith("CONFIGURATION data folder:")) == (1, True)
        assert folder.name in said.complaint


@pytest.mark.skipif(
    not PROC.is_dir(), reason="a folder nobody can write in is /proc, which this system has not"
)
def test_a_folder_nobody_can_write_in_is_refused(nengshu: Terminal) -> None:
    for folder in (PROC, PROC / "data"):
        said = nengshu("serve", "--data", folder, "--port", "0")
        assert (said.code, f"{folder} cannot be written in" in said.complaint) == (1, True)


def test_a_command_run_in_this_process_leaves_its_signals_as_they_were(
    nengshu: Terminal, tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    file = tmp_path / "file"
    file.touch()
    assert nengshu("serve", "--data", file, "--port", "0").code == 1
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("words", [("serve",), ("demo",), ("simulate", "meter")])
@pytest.mark.parametrize("port", ["-1", "80000", "many"])
def test_a_port_that_is_none_is_refused_before_anything_starts(
    nengshu: Terminal, words: tuple[str, ...], port: str
) -> None:
    said = nengshu(*words, "--port", port)
    assert (said.code, "--port" in said.complaint) == (2, True)


@pytest.mark.parametrize(
    "words",
    [("--initial", "many"), ("--initial", "NaN"), ("--initial=-1",), ("--epoch", "1e300"), ("--late=-1",)],
)
def test_a_meter_that_cannot_be_is_refused(nengshu: Terminal, words: tuple[str, ...]) -> None:
    assert nengshu("simulate", "meter", *words).code == 2


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("words", [("demo", "--once"), ("serve",)])
def test_a_port_that_is_taken_is_told_before_anything_starts(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("NENGSHU_DATA_DIR", str(tmp_path / "data"))
    said = nengshu(*words, "--port", taken)
    assert (said.code, f"port {taken}" in said.complaint, said.out) == (1, True, "")
    assert said.complaint.startswith("CONFIGURATION")
    assert list(tmp_path.iterdir()) == []


def test_what_nobody_translated_is_a_sentence_too(nengshu: Terminal, tmp_path: Path) -> None:
    said = nengshu("schema", "--write", tmp_path / "absent" / "schema.graphql")
    assert (said.code, "this machine refused" in said.complaint, "absent" in said.complaint) == (
        1,
        True,
        True,
    )


@pytest.mark.parametrize("width", ["1", "10", "40"])
def test_rows_of_any_length_are_listed_on_a_terminal_of_any_width(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    long = GOOD.format(code=unit_code()).replace("试省", "省[/red]" * 28)
    (tmp_path / "rows.toml").write_text(long, "utf-8")
    assert nengshu("registry", "load", tmp_path / "rows.toml", "--data", tmp_path).code == 0
    for noun in ("region", "unit", "data_point"):
        assert nengshu("registry", "list", noun, "--data", tmp_path).code == 0
    assert all(nengshu(name, "--help").code == 0 for name in COMMANDS)


def test_a_cell_is_text_of_bounded_length_that_moves_no_cursor() -> None:
    assert cell("[/red]\x1b[2J能\0").plain == "[/red] [2J能 "
    assert cell(None).plain == ""
    assert len(cell("x" * 10**6).plain) == LETTERS_MAX + 1


def interrupted(folder: Path, after_s: float, *words: object, times: int = 1) -> tuple[int, str]:
    """How a command ends that hears Ctrl-C so many seconds after its program is up; what it said went wrong."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NENGSHU_")}
    with subprocess.Popen(
        [sys.executable, "-c", UP, *map(str, words)], cwd=ROOT, env={**environment, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as command:  # fmt: skip
        try:
            assert command.stdout is not None
            assert command.stdout.readline() == "up\n"
            for pause_s in (after_s, 0.05)[:times]:
                with pytest.raises(subprocess.TimeoutExpired):
                    command.wait(pause_s)
                command.send_signal(signal.SIGINT)
            _, errors = command.communicate(timeout=END_S)
        finally:
            command.kill()
    return command.returncode, errors


@pytest.mark.slow
@pytest.mark.skipif(not PROC.is_dir(), reason="children are found in /proc, which this system has not")
@pytest.mark.parametrize("after_s", [0.4, 1.0, 1.6, 2.5, 4.0])
def test_a_demo_ends_in_silence_whenever_it_is_broken_off(tmp_path: Path, after_s: float) -> None:
    assert interrupted(tmp_path, after_s, "demo", "--once") == (INTERRUPTED, "")
    assert lingering(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.4, 0.6])
def test_a_command_ends_in_silence_while_it_is_loaded(tmp_path: Path, after_s: float) -> None:
    (tmp_path / "mapping.toml").write_text(MAPPING, "utf-8")
    words = ("import", "a.csv", "--mapping", tmp_path / "mapping.toml", "--data", tmp_path / "data")
    assert interrupted(tmp_path, after_s, *words) == (INTERRUPTED, "")
