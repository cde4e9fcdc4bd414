"""Where rows that would have to wait find no room, the run fails and says so, and the next one loses and doubles nothing."""

from __future__ import annotations

from pathlib import Path

from graph.model.sync_run import RunState
from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.replay_stage import Stage, columns_of, stage_in


def test_without_room_a_run_fails_and_the_next_one_with_room_takes_it_from_there(tmp_path: Path) -> None:
    with stage_in(tmp_path, quarantine_bytes_max=1) as stage:
        stage.lay_down("1.csv", columns_of("用电量"))
        for _ in range(2):
            run = stage.run()
            assert (run.state, run.quarantined) == (RunState.FAILED, 0)
            assert "quarantine is full" in str(run.error)
            assert "nengshu replay files" in str(run.error)
        booked = stage.current()
        assert len(booked) == 3
        assert (stage.folder / "1.csv").exists()
        batches = stage.hub.store.last_batch()
    with open_hub(Settings(data_dir=tmp_path / "data", sync_seconds=0)) as hub:
        stage = Stage(hub, tmp_path / "drop")
        run = stage.run()
        assert (run.state, run.quarantined) == (RunState.SUCCEEDED, 3)
        assert (stage.current(), hub.store.last_batch()) == (booked, batches)
        (file,) = hub.quarantine.waiting(stage.link)
        assert (file.batch, file.waiting) == (batches, 3)
