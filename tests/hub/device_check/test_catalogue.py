"""Every failure of the field is found by a check or explained, and every check is set off by the device that has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import InvalidInput
from graph.model.period import Granularity
from hub.device_check.bench import all_checks
from hub.device_check.catalogue import FAILURES, Failure
from hub.device_check.findings import FAILURES as NUMBERS
from hub.device_check.findings import Check, Severity
from hub.device_check.judging import Quirks
from hub.simulate.device_faults import FAULTS, Where
from national_sync.intake import all_rules
from tests.hub.device_check.exported import checked, codes, export, plan

OURS = {16, 17}  # counters, which no device uploads
# What only a conversation shows, by faults and by checks: test_sandbox.py has these.
LIVE = {"hard-coded-urls", "endless-401", "old-dictionary"}
IN_A_FILE = sorted(
    name for name, fault in FAULTS.items() if fault.number and fault.number != 22 and name not in LIVE
)


def shown_by(number: int) -> set[str]:
    """The checks that show a failure."""
    return {check.code for check in all_checks().values() if number in check.failures}


def test_the_catalogue_has_every_number_once_and_both_languages() -> None:
    assert [failure.number for failure in FAILURES] == list(NUMBERS)
    assert all(failure.chinese and failure.english for failure in FAILURES)


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: str(failure.number))
def test_every_failure_has_a_check_or_says_why_it_has_none(failure: Failure) -> None:
    assert bool(shown_by(failure.number)) is (failure.absent is None)


@pytest.mark.parametrize("number", sorted(set(NUMBERS) - OURS))
def test_the_simulated_device_makes_every_failure_that_a_device_can_make(number: int) -> None:
    assert [fault for fault in FAULTS.values() if fault.number == number]


def test_every_check_says_what_is_wrong_and_what_to_mend_in_both_languages() -> None:
    for check in all_checks().values():
        words = check.words
        assert all((words.chinese, words.english, words.mend_chinese, words.mend_english)), check.code
        assert not words.english.endswith("."), check.code


def test_no_check_names_a_failure_beyond_the_catalogue() -> None:
    check = all_checks()["late"]
    with pytest.raises(InvalidInput, match="failure 23"):
        Check("x", (23,), Severity.ERROR, check.words, check.finds)


@pytest.mark.parametrize("dialect", [Where.NHJC04, Where.NHJC_AK])
def test_a_clean_device_sets_off_no_check(dialect: Where, tmp_path: Path) -> None:
    report = checked(export(tmp_path, dialect=dialect))
    assert codes(report) == set()
    assert report.conforms
    assert report.summary.completeness == 1


@pytest.mark.parametrize("seed", range(2, 8))
def test_no_clean_plant_sets_off_a_check_whatever_it_uses_and_however_long_its_periods_are(
    seed: int, tmp_path: Path
) -> None:
    for granularity, minutes in (
        (Granularity.QUARTER_HOUR, 15),
        (Granularity.HOUR, 60),
        (Granularity.DAY, 15),
    ):
        file = export(tmp_path, seed=seed, granularity=granularity, days=7)
        report = checked(file, Quirks("0", minutes))
        assert codes(report) == set(), (granularity, report.findings)
        assert report.summary.completeness == 1


@pytest.mark.parametrize("dialect", [Where.NHJC04, Where.NHJC_AK])
@pytest.mark.parametrize("name", IN_A_FILE)
def test_each_fault_is_found_by_a_check_of_its_number(name: str, dialect: Where, tmp_path: Path) -> None:
    number = FAULTS[name].number
    assert number is not None
    if FAULTS[name].where not in (Where.BOTH, dialect):
        with pytest.raises(InvalidInput, match="only in"):
            plan(name, dialect=dialect)
        return
    report = checked(export(tmp_path, name, dialect=dialect))
    assert codes(report) & shown_by(number), (name, codes(report))
    assert all(finding.found.count > 0 for finding in report.findings)


def test_every_check_is_set_off_by_a_fault_of_one_of_its_numbers(tmp_path: Path) -> None:
    set_off = {
        (code, number)
        for name in IN_A_FILE
        for code in codes(checked(export(tmp_path, name)))
        if (number := FAULTS[name].number) in all_checks_by_code()[code].failures
    }
    silent = set(all_checks_by_code()) - {code for code, _ in set_off}
    unnumbered = {check.code for check in all_checks().values() if not check.failures}
    assert unnumbered == {"clock-ahead", "days-apart", "incomplete", "other-rules"}
    assert silent == LIVE | unnumbered


def all_checks_by_code() -> dict[str, Check]:
    """Every check by what a report calls it."""
    return {check.code: check for check in all_checks().values()}


def test_rules_that_checks_tell_of_are_rules_of_the_hub_or_of_a_decoder() -> None:
    decoders = {"malformed-row", "scope-mismatch", "unknown-word"}
    known = {rule.code for rule in all_rules()} | decoders
    assert {rule for check in all_checks().values() for rule in check.rules} <= known
