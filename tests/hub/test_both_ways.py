"""A province that is pulled, one that pushes, one that does both at once: all nations end the same, whoever is killed when.

The hubs are processes on real sockets; a kill is SIGKILL of either end, at moments that follow from a seed.
"""

from __future__ import annotations

import random
import subprocess
import time

import pytest

from tests.hub.both_ways_stage import (
    BATCHES,
    READINGS,
    Ended,
    Hosted,
    closing,
    free_ports,
    killed,
    linked,
    province_at,
    until,
)  # fmt: skip
from tests.hub.invented_hub import JIA

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
NAMES = ("pulled", "pushed", "both")
REGION = ("--region", JIA)
RUN_S_MAX = 90.0  # of one command, however busy the machine is
KILLS, KILL_S_MAX = 8, 3.0  # a run takes about two seconds, the start of its process among them


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Hosted]:
    """The province and three nations above it; nobody serves yet."""
    folder, ports = tmp_path_factory.mktemp("both-ways"), free_ports(5)
    made = {name: Hosted(folder / name, port) for name, port in zip((*NAMES, "killed"), ports, strict=False)}
    return {"province": province_at(folder / "province", ports[-1]), **made}


def finished(process: subprocess.Popen[str]) -> None:
    """Wait for a command and see that it went well."""
    assert process.wait(RUN_S_MAX) == 0


def at_end(hosted: Hosted, key: str) -> bool:
    """Whether a link has come to the last batch of the province."""
    cursor = hosted.cursor(key) or "0"
    return cursor == str(BATCHES) or f'"ledger":{BATCHES},' in cursor


def pulled(province: Hosted, nation: Hosted) -> Ended:
    """The nation after it pulled."""
    _, down = linked(province, nation, "pulled")
    with closing(province.serving(*REGION)):
        finished(nation.run("sync", "pull", below=down))
    return nation.ended()


def pushed(province: Hosted, nation: Hosted) -> Ended:
    """The nation after the province pushed to it."""
    up, _ = linked(province, nation, "pushed")
    with closing(nation.serving()):
        finished(province.run("sync", "push", "pushed", pushed=up))
    return nation.ended()


def both(province: Hosted, nation: Hosted) -> Ended:
    """The nation after both served and synced at once, each on its own schedule, until either had come to its end."""
    up, down = linked(province, nation, "both")
    with (
        closing(province.serving(*REGION, sync_s=1, both=up)) as below,
        closing(nation.serving(sync_s=1, below=down)) as above,
    ):
        until(lambda: at_end(province, "both") and at_end(nation, "below"), below)
        assert above.poll() is None
    return nation.ended()


def disturbed(province: Hosted, nation: Hosted) -> Ended:
    """The nation after runs either way of which either end was killed, and then one of each that nobody disturbed."""
    up, down = linked(province, nation, "killed")
    chance = random.Random(20261128)  # noqa: S311 - the same moments each time
    for number in range(KILLS + 2):
        is_push = number % 2 == 0
        server, runs = (nation, province) if is_push else (province, nation)
        words = ("sync", "push", "killed") if is_push else ("sync", "pull", "below")
        with closing(server.serving(*(() if is_push else REGION))) as above:
            run = runs.run(*words, killed=up, below=down)
            if number < KILLS:
                time.sleep(chance.uniform(0, KILL_S_MAX))  # a moment, not a wait for anything
                killed(chance.choice((run, above)))
                run.wait(RUN_S_MAX)
            else:
                finished(run)
    return nation.ended()


def test_every_way_ends_in_the_same_national_store(hosted: dict[str, Hosted]) -> None:
    province = hosted["province"]
    ended = {
        "pulled": pulled(province, hosted["pulled"]),
        "pushed": pushed(province, hosted["pushed"]),
        "both": both(province, hosted["both"]),
        "killed": disturbed(province, hosted["killed"]),
    }
    held = province.ended()
    for name, nation in ended.items():
        assert nation.registry == held.registry, name
        assert nation.values.equals(held.values), name
        assert nation.digests.equals(held.digests), name
        counts = nation.counts
        assert (counts["accepted"], counts["corrected"], counts["rejected"]) == (READINGS, 0, 0), name
        assert counts["rows"] == READINGS + counts["duplicate"], name
    assert [ended[name].counts["duplicate"] for name in NAMES] == [0, 0, READINGS]
    assert held.values.num_rows == held.digests.num_rows == READINGS
