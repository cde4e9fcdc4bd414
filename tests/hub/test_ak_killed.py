"""A hub killed at any moment has every record it acknowledged, whatever group it was in; the others come again."""

from __future__ import annotations

import datetime as dt
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

from graph.model.access_device import DeviceState
from graph.model.period import Granularity, Period, midnight
from graph.ports import Ask, Condition, ReadingAsk
from hub.device_booking import Booking
from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.ak_devices import LINK, UNIT, Device, ak_folder
from tests.hub.invented_hub import WHO
from tests.hub.served_hub import PATIENCE_S, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
KILLS, SENDERS, EACH = 4, 16, 25
FIRST = dt.date(2026, 1, 1)  # before it nothing is said here; one record a sender and day


def day_of(sender: int, number: int) -> dt.date:
    """The day that a record of a sender speaks of: no two speak of the same."""
    return FIRST + dt.timedelta(days=sender * EACH + number) - dt.timedelta(days=200)


@contextmanager
def killable(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A hub's process and its address; nobody is asked to end in peace."""
    command = [sys.executable, "-m", "hub.cli", "serve", "--data", str(folder), "--port", "0"]
    with (
        (folder / "log").open("a") as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            said = process.stdout.readline()
            yield process, said.split(" on ")[1].split("/ with")[0]
        finally:
            process.kill()
            process.wait(PATIENCE_S)


class Senders:
    """Many connections, each with its own days, until all are acknowledged or the hub is gone."""

    def __init__(self, address: str, token: str, kill_at: int | None, process: subprocess.Popen[str]) -> None:
        self.address, self.token, self.kill_at, self.process = address, token, kill_at, process
        self.acknowledged: set[dt.date] = set()
        self._lock = threading.Lock()

    def run(self, done: set[dt.date]) -> set[dt.date]:
        """Send what is not done yet; the days that were acknowledged."""
        with ThreadPoolExecutor(SENDERS) as threads:
            for sent in [threads.submit(self._send, sender, done) for sender in range(SENDERS)]:
                sent.result()
        return self.acknowledged

    def _send(self, sender: int, done: set[dt.date]) -> None:
        with httpx.Client(base_url=self.address, trust_env=False) as client:
            device = Device(client, shown=self.token)
            for number in range(EACH):
                day = day_of(sender, number)
                if day in done:
                    continue
                try:
                    answer = device.send(statDate=f"{day} 00:00:00", dataValue=f"{number}.5").json()
                except httpx.HTTPError:
                    return
                assert answer["responseCode"] == "200", answer
                self._acknowledge(day)

    def _acknowledge(self, day: dt.date) -> None:
        with self._lock:
            self.acknowledged.add(day)
            if len(self.acknowledged) == self.kill_at:
                self.process.send_signal(signal.SIGKILL)


def stored(folder: Path) -> set[dt.date]:
    """The days a store holds readings of."""
    with open_hub(Settings(data_dir=folder)) as hub:
        where = (Condition("unit", "91920100MA00000164"), Condition("code", "0000000002330011"))
        point = hub.registry.rows(Ask("data_point", where=where)).table.to_pylist()[0]
        unit = hub.registry.rows(Ask("unit", where=(Condition("credit_code", "91920100MA00000164"),))).table
        period = Period(midnight(day_of(0, 0)), midnight(day_of(SENDERS, 0)))
        ask = ReadingAsk([(unit["id"][0].as_py(), point["point_id"])], period, Granularity.DAY)
        return {
            (start + dt.timedelta(hours=8)).date() for start in hub.store.readings(ask)["start"].to_pylist()
        }


def killed_again_and_again(
    folder: Path, seed: int, there: Callable[[Path], set[dt.date]]
) -> tuple[str, set[dt.date]]:
    """The token of a device whose hub was killed some times, and the days acknowledged: each time all of them are there."""
    with killable(folder) as (process, address), httpx.Client(base_url=address, trust_env=False) as client:
        token = str(Device(client).begin().shown)
    chance, done = np.random.default_rng(seed), set[dt.date]()
    for _ in range(KILLS):
        with killable(folder) as (process, address):
            kill_at = int(chance.integers(5, SENDERS * EACH // (KILLS + 1)))
            done |= Senders(address, token, kill_at, process).run(done)
            assert process.wait(PATIENCE_S) == -signal.SIGKILL
        assert done <= there(folder)
    return token, done


def test_whatever_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    folder = ak_folder(tmp_path)
    token, done = killed_again_and_again(folder, 424, stored)
    with killable(folder) as (process, address):
        done |= Senders(address, token, None, process).run(done)
    assert len(done) == SENDERS * EACH
    assert stored(folder) == done


def waiting(folder: Path) -> set[dt.date]:
    """The days of which a device's row waits: each row counted once, in its own day and in its file."""
    with open_hub(Settings(data_dir=folder)) as hub:
        link = hub.registry.link(LINK["key"])
        days = hub.registry.rows(Ask("device_day")).table.to_pylist()
        assert {(day["rows"], day["fitting"]) for day in days} <= {(1, 1)}
        files = hub.quarantine.waiting(link)
        assert [hub.quarantine.raw(file).num_rows for file in files] == [file.waiting for file in files]
        assert sum(file.rows for file in files) == len(days)
        return {day["day"] for day in days}


def test_whatever_an_awaiting_device_was_told_is_kept_waits_once_after_a_kill(tmp_path: Path) -> None:
    folder = ak_folder(tmp_path, approval="needed")
    token, _ = killed_again_and_again(folder, 425, waiting)
    with killable(folder) as (process, address):  # whoever lost a reply sends all of it again
        done = Senders(address, token, None, process).run(set())
    assert waiting(folder) == done
    with open_hub(Settings(data_dir=folder)) as hub:
        approved = {"unit": UNIT.text, "link": LINK["key"], "state": DeviceState.APPROVED}
        hub.registry.upsert("access_device", [approved], WHO)
        booking = Booking(hub)
        assert sum(booking.book(file).fits for file in booking.due()) == SENDERS * EACH
        assert hub.store.rows(Ask("batch")).table.num_rows == 1
    assert stored(folder) == done
