"""A spool that was damaged is begun anew: what people said is there, and no new reading is taken for an old one."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

from edge_probe.counters import CounterState, Joint, Sample
from edge_probe.meter_events import detected, row_of
from edge_probe.spool import Spool
from edge_probe.spool_file import take_over
from edge_probe.spool_lanes import SpoolLanes
from tests.edge_probe.fakes import beijing, reading


def test_a_spool_begun_anew_has_what_people_said_of_meters_and_what_was_made_of_it(tmp_path: Path) -> None:
    damaged = Spool(tmp_path / "damaged.sqlite")
    joint = Joint("replaced", beijing("10:16"), Decimal(1015), Decimal(7))
    event = detected("main/import_energy/0", joint, beijing("11:16"))
    state = CounterState(Sample(beijing("11:16"), Decimal(1060)), carried=Decimal(1008), joint=joint)
    said = [("add_meter_event", row_of(event))]
    damaged.append([], {"main/import_energy/0/1": state}, said=said)
    damaged.close()
    anew = Spool(tmp_path / "anew.sqlite")
    with anew.writing() as db:
        assert take_over(db, tmp_path / "damaged.sqlite") == {"counter": 1, "meter_event": 1}
    assert anew.meters.all() == (dataclasses.replace(event, number=1),)
    assert anew.counters() == {"main/import_energy/0/1": state}
    anew.close()


def test_new_readings_of_a_spool_begun_anew_are_none_that_a_platform_has_already(tmp_path: Path) -> None:
    damaged = Spool(tmp_path / "damaged.sqlite")
    damaged.add_uplinks(["province"])
    damaged.append([reading("10:00")] * 50)
    lanes = SpoolLanes(damaged)
    lanes.live("province", 5, beijing("00:00"))
    lanes.took_live("province")
    with damaged.writing() as db:
        db.execute("DELETE FROM reading WHERE sequence > 40")  # as what stood there can be read no more
    damaged.close()
    anew = Spool(tmp_path / "anew.sqlite")
    with anew.writing() as db:
        take_over(db, tmp_path / "damaged.sqlite")
    last = anew.append([reading("11:00")] * 15)
    waiting = [row.sequence for row in anew.unsent("province", 99)]
    assert waiting[-15:] == list(range(last - 14, last + 1))
    anew.close()
