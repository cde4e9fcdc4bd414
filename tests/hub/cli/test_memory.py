"""While a hub serves, what stood when it began is not looked through for garbage; afterwards all is as it was."""

from __future__ import annotations

import gc

import pytest

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
