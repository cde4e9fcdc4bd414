"""What stood when a command was loaded, or when a hub began to serve, is not looked through for garbage."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import pytest

from hub.cli import COMMANDS, main
from hub.cli.serve import OBJECTS_UNLOOKED, what_stands_stays


def test_what_stands_is_left_alone_while_the_server_runs_however_it_ends() -> None:
    before = gc.get_threshold()
    seen = list[object]()

    def serve() -> None:
        with what_stands_stays():
            seen.extend((gc.get_freeze_count() > 10_000, gc.get_threshold()[0]))
            raise SystemExit

    with pytest.raises(SystemExit):
        serve()
    assert seen == [True, OBJECTS_UNLOOKED]
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)


def test_what_a_command_loads_is_not_looked_through_and_what_it_makes_then_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one_more_command.py").write_text(
        "import gc\nwas_looking = gc.isenabled()\ndef app(**_words): seen.append((was_looking, gc.isenabled()))\n"
        "seen = []\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(COMMANDS, "once-more", ("one_more_command", "What it does."))
    stood = gc.get_freeze_count()
    main(["once-more"])
    assert gc.get_freeze_count() > stood
    assert sys.modules.pop("one_more_command").seen == [(False, True)]


def test_a_command_that_cannot_be_loaded_leaves_garbage_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "not-there", ("hub.cli.not_there", "Nothing."))
    with pytest.raises(SystemExit):
        main(["not-there"])
    assert gc.isenabled()
