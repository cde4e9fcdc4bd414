"""Signing in here: all three have to be right, nothing says which was not, and no code counts twice."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from graph.errors import Unauthenticated
from graph.model.principal import Role
from hub.access.people.beginning import Begun, Came
from hub.access.people.codes import digest_of, fresh_code
from hub.access.people.passwords import Passwords
from hub.access.people.pauses import ACCOUNT_FREE, ADDRESS_FREE, PAUSE_S_MAX, TooManyAttempts
from hub.stores.registry.account_rows import Invitation
from tests.hub.access.people.fakes import QUICK, Stage
from tests.hub.access.people.persons import DESK, FIRST, PASSWORD, Somebody, entered, first, invited


def test_who_knows_all_gets_a_session_for_eight_hours(stage: Stage) -> None:
    somebody = first(stage)
    begun = stage.people.local.sign_in(somebody.proof(stage), DESK)
    session = stage.sessions.find(begun.secret)
    assert session is not None
    assert (session.account, session.how) == (FIRST, "password")
    assert (session.until - stage.clock.now()).total_seconds() == begun.lives.total_seconds() == 8 * 3600
    assert stage.log.told[-1] == ("login", "user:zhang", "user:zhang", "granted")


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "nobody"},
        {"account": "no key at all! 口令"},
        {"account": ""},
        {"password": "another password"},
        {"code": "000000"},
        {"code": ""},
    ],
)
def test_whatever_is_wrong_the_answer_is_the_same(stage: Stage, wrong: dict[str, str]) -> None:
    somebody = first(stage)
    with pytest.raises(Unauthenticated) as caught:
        stage.people.local.sign_in(somebody.proof(stage, **wrong), DESK)
    assert str(caught.value) == "account, password or code is wrong"
    action, who, _, outcome = stage.log.told[-1]
    assert (action, who, outcome) == ("login", None, "denied")
    assert "口令" not in str(stage.log.entries)


def test_an_account_whose_telephone_cannot_be_read_fails_as_any_other_and_the_operator_is_told_why(
    stage: Stage,
) -> None:
    somebody = first(stage)
    stage.accounts.renew(FIRST, totp="sealed with another key")
    with (
        capture_logs() as lines,
        pytest.raises(Unauthenticated, match="account, password or code is wrong"),
    ):
        stage.people.local.sign_in(somebody.proof(stage), DESK)
    assert [(line["log_level"], line["account"]) for line in lines] == [("warning", FIRST)]
    assert "totp of zhang" in lines[0]["why"]
    assert stage.log.told[-1] == ("login", None, "user:zhang", "denied")


def test_a_code_that_was_used_is_refused(stage: Stage) -> None:
    somebody = first(stage)
    proof = somebody.proof(stage)
    stage.people.local.sign_in(proof, DESK)
    with pytest.raises(Unauthenticated):
        stage.people.local.sign_in(proof, DESK)


def test_a_wrong_password_does_not_use_the_code_up(stage: Stage) -> None:
    proof = first(stage).proof(stage)
    with pytest.raises(Unauthenticated):
        stage.people.local.sign_in(replace(proof, password="another password"), DESK)
    stage.people.local.sign_in(proof, DESK)


def test_after_some_failures_even_the_right_words_wait_and_a_stranger_waits_as_long(stage: Stage) -> None:
    somebody = first(stage)
    for account in (FIRST, "stranger"):
        for number in range(ACCOUNT_FREE):
            with pytest.raises(Unauthenticated):
                stage.people.local.sign_in(
                    somebody.proof(stage, account=account, code="000000"),
                    replace(DESK, address=f"192.0.2.{number}"),
                )
    proof, waits = somebody.proof(stage), []
    stage.clock.moment -= stage.clock.moment - max(last for _, last in stage.attempts.kept.values())
    for account in (FIRST, "stranger"):
        stage.attempts.kept[f"account:{account}"] = (9, stage.clock.now())
        with pytest.raises(TooManyAttempts) as caught:
            stage.people.local.sign_in(replace(proof, account=account), DESK)
        waits.append(caught.value.wait_s)
    assert waits[0] == waits[1] > 0
    stage.later(seconds=waits[0])
    stage.people.local.sign_in(somebody.proof(stage), DESK)
    assert stage.attempts.count(f"account:{FIRST}") == (0, None)


def keep_out(stage: Stage, somebody: Somebody, came: Came) -> None:
    """Fail until an account has to wait for the longest."""
    for _ in range(ACCOUNT_FREE + 10):
        stage.later(seconds=PAUSE_S_MAX)
        with pytest.raises(Unauthenticated):
            stage.people.local.sign_in(somebody.proof(stage, code="000000"), came)


def test_a_strangers_failures_do_not_keep_somebody_out_of_the_browser_they_signed_in_with(
    stage: Stage,
) -> None:
    somebody = first(stage)
    keep_out(stage, somebody, replace(DESK, address="192.0.2.99"))
    with pytest.raises(TooManyAttempts):
        stage.people.local.sign_in(somebody.proof(stage), DESK)
    known = replace(DESK, mark=somebody.begun.mark)
    stage.people.local.sign_in(somebody.proof(stage), known)
    with pytest.raises(TooManyAttempts):  # the stranger's failures stay counted
        stage.people.local.sign_in(somebody.proof(stage), DESK)


def test_failures_of_the_same_address_do_not_keep_a_known_browser_out(stage: Stage) -> None:
    somebody = first(stage)
    stage.attempts.kept[f"address:{DESK.address}"] = (ADDRESS_FREE + 10, stage.clock.now())
    with pytest.raises(TooManyAttempts):
        stage.people.local.sign_in(somebody.proof(stage), DESK)
    stage.people.local.sign_in(somebody.proof(stage), replace(DESK, mark=somebody.begun.mark))


def test_an_invitation_lets_in_whom_strangers_keep_out(stage: Stage) -> None:
    first(stage)
    somebody = entered(stage, invited(stage))
    keep_out(stage, somebody, replace(DESK, address="192.0.2.99"))
    code = fresh_code()
    until = stage.clock.now() + dt.timedelta(hours=1)
    stage.accounts.invite("li", Invitation(digest_of(code), until), "tester")
    anew = entered(stage, code)
    stage.people.local.sign_in(anew.proof(stage), replace(DESK, mark=anew.begun.mark))


def test_a_known_browser_has_its_own_pauses(stage: Stage) -> None:
    somebody = first(stage)
    known = replace(DESK, mark=somebody.begun.mark)
    keep_out(stage, somebody, known)
    with pytest.raises(TooManyAttempts):
        stage.people.local.sign_in(somebody.proof(stage), known)


def test_a_browser_is_known_for_its_own_account_for_a_while_and_until_that_signs_in_with_something_else(
    stage: Stage,
) -> None:
    zhang, li = first(stage), entered(stage, invited(stage))
    keep_out(stage, zhang, replace(DESK, address="192.0.2.99"))
    for mark in (li.begun.mark, "", "x", None):
        with pytest.raises(TooManyAttempts):
            stage.people.local.sign_in(zhang.proof(stage), replace(DESK, mark=mark))
    stage.people.local.sign_in(zhang.proof(stage), replace(DESK, mark=zhang.begun.mark))
    stage.accounts.renew(FIRST, password=Passwords(QUICK).hash(PASSWORD))
    with pytest.raises(TooManyAttempts):
        stage.people.local.sign_in(zhang.proof(stage), replace(DESK, mark=zhang.begun.mark))
    stage.later(days=91)
    keep_out(stage, li, replace(DESK, address="192.0.2.99"))
    with pytest.raises(TooManyAttempts):
        stage.people.local.sign_in(li.proof(stage), replace(DESK, mark=li.begun.mark))


def test_a_session_that_the_browser_had_before_ends_with_a_new_one(stage: Stage) -> None:
    somebody = first(stage)
    planted = stage.sessions.begin("somebody-else", "password", stage.clock.now(), 0)
    begun = stage.people.local.sign_in(somebody.proof(stage), replace(DESK, earlier=planted))
    assert begun.secret != planted
    assert stage.sessions.find(planted) is None


def test_who_was_revoked_or_is_over_or_of_a_closed_organisation_does_not_get_in(stage: Stage) -> None:
    first(stage)
    somebody = entered(stage, invited(stage))
    stage.people.local.sign_in(somebody.proof(stage), DESK)
    stage.accounts.revoke("li", "tester")
    with pytest.raises(Unauthenticated):
        stage.people.local.sign_in(somebody.proof(stage), DESK)


def test_an_older_digest_is_made_anew_at_the_next_login(stage: Stage) -> None:
    somebody = first(stage)
    old = Passwords(replace(QUICK, time_cost=2)).hash(PASSWORD)
    stage.accounts.renew(FIRST, password=old)
    stage.people.local.sign_in(somebody.proof(stage), DESK)
    account = stage.accounts.find(FIRST)
    assert account is not None
    assert account.password is not None
    assert account.password != old
    assert Passwords(QUICK).matches(account.password, PASSWORD)


def test_nothing_secret_shows_in_a_text_of_it(stage: Stage) -> None:
    somebody = first(stage)
    proof = somebody.proof(stage)
    signed_in = stage.people.gate.signed_in({"cookie": f"nengshu-session={somebody.begun.secret}"})
    shown = repr((proof, somebody.begun, signed_in, Came("x", earlier="planted"), stage.log.entries))
    for secret in (PASSWORD, proof.code, somebody.begun.secret, somebody.telephone, "planted", "$argon2id$"):
        assert secret not in shown


def test_the_password_changes_for_who_proves_the_present_one_and_ends_all_other_sessions(
    stage: Stage,
) -> None:
    somebody = first(stage)
    cookie = {"cookie": f"nengshu-session={somebody.begun.secret}"}
    own, of = stage.people.own_account, stage.people.gate.signed_in(cookie)
    assert (
        own.change_password(of, (PASSWORD, somebody.next_code(stage)), "short", "short", DESK)
        == "passwordLength"
    )
    assert own.change_password(of, (PASSWORD, ""), "a fresh password", "another", DESK) == "passwordAgain"
    with pytest.raises(Unauthenticated):
        own.change_password(
            of, ("wrong", somebody.next_code(stage)), "a fresh password", "a fresh password", DESK
        )
    begun = own.change_password(
        of, (PASSWORD, somebody.next_code(stage)), "a fresh password", "a fresh password", DESK
    )
    assert isinstance(begun, Begun)
    assert list(stage.sessions.kept) == [begun.secret]
    with pytest.raises(Unauthenticated):
        stage.people.local.sign_in(somebody.proof(stage), DESK)
    stage.people.local.sign_in(somebody.proof(stage, password="a fresh password"), DESK)


def test_a_new_telephone_takes_the_place_of_the_old_once_it_shows_a_code(stage: Stage) -> None:
    somebody = first(stage)
    own = stage.people.own_account
    of = stage.people.gate.signed_in({"cookie": f"nengshu-session={somebody.begun.secret}"})
    with pytest.raises(Unauthenticated):
        own.begin_telephone(of, (PASSWORD, "000000"), DESK)
    waiting = own.begin_telephone(of, (PASSWORD, somebody.next_code(stage)), DESK)
    again = own.change_telephone(of, waiting.ticket, "000000", DESK)
    assert not isinstance(again, Begun)
    assert (again.wrong, again.telephone) == ("code", waiting.telephone)
    with pytest.raises(Unauthenticated):
        own.change_telephone(of, waiting.ticket, "000000", DESK)  # taken once
    fresh = replace(somebody, telephone=waiting.telephone)
    assert isinstance(own.change_telephone(of, again.ticket, fresh.code(stage), DESK), Begun)
    with pytest.raises(Unauthenticated):
        stage.people.local.sign_in(somebody.proof(stage), DESK)
    stage.people.local.sign_in(fresh.proof(stage), DESK)


def test_what_one_began_for_a_telephone_nobody_else_finishes(stage: Stage) -> None:
    somebody, other = first(stage), None
    other = entered(stage, invited(stage, role=Role.AUDIT))
    gate, own = stage.people.gate, stage.people.own_account
    of, theirs = (
        gate.signed_in({"cookie": f"nengshu-session={one.begun.secret}"}) for one in (somebody, other)
    )
    waiting = own.begin_telephone(of, (PASSWORD, somebody.next_code(stage)), DESK)
    fresh = replace(other, telephone=waiting.telephone)
    with pytest.raises(Unauthenticated):
        own.change_telephone(theirs, waiting.ticket, fresh.code(stage), DESK)
