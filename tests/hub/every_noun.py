"""A hub that holds rows of every noun, in two provinces, so that whoever asks for anything has something to be shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.model.access_device import DayOfDevice, DeviceSays
from graph.model.credit_code import CreditCode
from graph.model.principal import Role
from graph.model.sync_run import RefusedRow, RunFault, SyncRun
from graph.ports import Delivery
from hub.access.log import DENIED, Entry
from hub.simulate import supervision
from hub.simulate.stage import load
from hub.stores.door.devices_seen import SeenDevice
from hub.stores.registry.device_rows import NewDevice
from hub.stores.registry.known import Place
from hub.stores.registry.waiting_rows import NewFile
from hub.wiring import Hub
from provincial_adapters.nengshu_batches import decode
from tests.hub.invented_hub import JIA, NATION_OF_TODAY, WHO, YI, hub_of, of_province, reading, units_of
from tests.hub.members import add_client, organisation
from tests.hub.stores.quarantine_fakes import drifted
from tests.hub.stores.reconciliation_fakes import differing, reconciled

PHONE = "13900000001"
CODES = (JIA, YI)


@contextmanager
def hub_of_every_noun(folder: Path) -> Iterator[Hub]:
    """Such a hub."""
    with hub_of(folder, sync_seconds=0) as hub:
        add_of_the_nation(hub)
        for code in CODES:
            add_of_province(hub, code)
        yield hub


def add_of_the_nation(hub: Hub) -> None:
    """Scores of all provinces, and a bulletin that is published."""
    load(hub.registry, supervision.of_the_nation(NATION_OF_TODAY))
    days = dict.fromkeys(("ndrc_approved_on", "samr_approved_on", "published_on"), dt.date(2026, 7, 1))
    bulletin = {
        "quarter": "2026Q2",
        "edition": 1,
        "title": "通报",
        "state": "published",
        "as_of_batch": 1,
    }
    hub.registry.upsert("bulletin", [{**bulletin, **days}], WHO)


def add_of_province(hub: Hub, code: str) -> None:
    """Rows of every noun of a province whose units are registered."""
    load(hub.registry, supervision.of_units(NATION_OF_TODAY, [code]))
    registry, unit, key = hub.registry, units_of(code)[1].code, f"agency-{code}"
    agency = {"key": key, "name": f"{code} 的部门", "role": "lead", "province": code}
    registry.upsert("agency", [agency], WHO)
    person = {"agency": key, "name": f"{code} 的负责人", "duty": "牵头", "phone": PHONE}
    registry.upsert("person", [person], WHO)
    duty = {
        "key": f"quarterly_report:{code}/2019Q1", "kind": "quarterly_report", "province": code,
        "subject": f"{code}/2019Q1", "due_on": dt.date(2019, 4, 15), "clause": "四",
    }  # fmt: skip
    own = {"key": f"access_end:{unit}/x", "kind": "access_end", "unit": unit, "subject": f"{unit}/x"}
    registry.upsert("duty", [duty, {**duty, **own}], WHO)
    _add_link(hub, code)
    _add_device(hub, code)
    _add_supervision(hub, unit, key)
    _add_members(hub, code)
    _hand_in(hub, code)


def _add_link(hub: Hub, code: str) -> None:
    link = {
        "key": f"link-{code}",
        "dialect": "file_drop",
        "province": code,
        "address": "drop",
        "enabled": False,
    }
    hub.registry.upsert("link", [{**link, "quirks": "{}"}], WHO)
    (own,) = (each for each in hub.registry.links() if each.key == f"link-{code}")
    now = hub.clock.now()
    lease = hub.registry.leases.take(own.key, "other", now, now)
    assert lease is not None
    faults, refused = (RunFault("SOURCE_MALFORMED", "试"),), (RefusedRow(1, 2, "negative", "试"),)
    run = SyncRun(own.key, now, newest=now, faults=faults, refused=refused)
    hub.registry.update(hub.registry.begin(own, now, lease), run)
    hub.registry.leases.give_back(lease, lambda state: state)
    hub.registry.waiting_rows.add(own, *drifted(own))
    unit = units_of(code)[1].code
    hub.registry.reconciliations.keep(reconciled(own.key, differing(7, unit)))


def _add_device(hub: Hub, code: str) -> None:
    """A device that said what it is and sent a day that waits, and was seen."""
    unit, key = CreditCode(units_of(code)[1].code), f"link-{code}"
    (link,) = (each for each in hub.registry.links() if each.key == key)
    hub.registry.devices.enrol(NewDevice(key, unit))
    said = {"enterprise": {"name": "某厂"}, "parts": {"processes": [{"code": "01"}]}}
    says = DeviceSays(json.dumps(said), json.dumps({"energyRespPhone": PHONE}), json.dumps({"name": "试"}))
    hub.registry.devices.say(key, unit, says)
    day = DayOfDevice(dt.date(2026, 1, 1), 2, 1, {"negative": 1}, {"rounded": 1})
    hub.registry.waiting_rows.add_of_device(link, str(unit), NewFile(f"of-{unit}", 1, 1), [day])
    seen = SeenDevice(str(unit), key, code, code)
    hub.door.devices.note(seen, {"registered": None, "told": "1"})


def _add_supervision(hub: Hub, unit: str, agency: str) -> None:
    day = "2026-01-01"
    nouns: dict[str, dict[str, object]] = {
        "waiver": {"unit": unit, "energy": "heat", "grantor": "某委", "granted_on": day},
        "credit_entry": {
            "key": f"entry-{unit}", "unit": unit, "ground": "not_built", "candidate_on": day, "evidence": "试",
        },
        "inspection": {
            "key": f"inspected-{unit}", "unit": unit, "agency": agency, "held_on": day, "basis": "试",
            "outcome": "conforming",
        },
        "rectification_order": {
            "number": f"order-{unit}", "unit": unit, "inspection": f"inspected-{unit}", "issued_by": agency,
            "issued_on": day, "deadline": "2026-02-01", "grounds": "试",
        },
    }  # fmt: skip
    for noun, row in nouns.items():
        hub.registry.upsert(noun, [row], WHO)


def _add_members(hub: Hub, code: str) -> None:
    """A client and a person, and what the client was denied."""
    registry, key = hub.registry, f"client-{code}"
    add_client(registry, key, of_province(code))
    of = organisation(registry, of_province(code))
    registry.accounts.add(f"account-{code}", f"{code} 的人", of, [Role.READ], WHO)
    why = (DENIED, "FORBIDDEN", of, Place(code, code), None, None)
    hub.door.log.note(Entry(hub.clock.now(), key, "denied", "GET /", *why))


def _hand_in(hub: Hub, code: str) -> None:
    """Readings of a unit: one is suspected, one was corrected, one row is refused; and a month beside its days."""
    rows = [reading(code, day) for day in range(1, 4)]
    rows += [reading(code, value="45", granularity="month")]
    rows += [reading(code, 4, value="99999999999"), reading(code, 5, value="-1")]
    rows += [reading(code, 6, value="viel")]
    for number, said in enumerate((rows, [reading(code, 1, value="2.5")])):
        body = json.dumps(said).encode()
        arrived = decode(body, "application/json", "identity", len(body))
        hub.intake.take(
            Delivery(f"client-{code}", f"{code}-{number}", f"{code}-{number}", arrived, of_province(code))
        )
