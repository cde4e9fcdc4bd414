"""One-time codes of people: the first administrator alone chooses who they are, every code counts once and for a day."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyotp
import pytest

from graph.errors import Conflict, Unauthenticated
from graph.model.principal import OrganisationKind, Part, Reach, Role
from graph.model.region import RegionCode
from hub.access.people.beginning import Begun
from hub.access.people.codes import digest_of, fresh_code
from hub.access.people.pauses import ADDRESS_FREE, TooManyAttempts
from hub.access.people.welcome import Chosen, Waiting
from hub.stores.registry.account_rows import Invitation
from tests.hub.access.people.fakes import Stage
from tests.hub.access.people.persons import DESK, FIRST, PASSWORD, entered, first, headers_of, invited


def chosen(stage: Stage, waiting: Waiting, **other: str) -> Chosen:
    """All right, or something else."""
    code = pyotp.TOTP(waiting.telephone).at(stage.clock.now())
    given = {"password": PASSWORD, "again": PASSWORD, "code": code, "account": FIRST, "name": "张三"}
    return Chosen(**given | other)


def test_the_first_administrator_administers_the_hubs_own_organisation(stage: Stage) -> None:
    first(stage)
    account = stage.accounts.find(FIRST)
    assert account is not None
    principal = account.principal
    assert (principal.client, principal.organisation) == ("user:zhang", "own")
    assert (principal.kind, principal.parts) == (OrganisationKind.NATIONAL_AGENCY, frozenset(Part))
    assert principal.roles == set(Role) - {Role.UPLOAD, Role.SYNC, Role.INTROSPECT}
    assert principal.reach.is_national
    assert account.organisation_name == "试验枢纽"


def test_that_of_a_provincial_hub_is_its_department(stage: Stage) -> None:
    province = Stage(stage.registry, stage.clock, served=Reach(RegionCode("970000")))
    first(province)
    account = stage.accounts.find(FIRST)
    assert account is not None
    assert account.principal.kind is OrganisationKind.PROVINCIAL_DEPARTMENT
    assert account.principal.reach == Reach(RegionCode("970000"))
    assert account.place.province == "970000"


def test_the_terminals_code_counts_only_while_there_is_no_account(stage: Stage) -> None:
    code = stage.people.first.make()
    assert code is not None
    waiting = stage.people.welcome.show(code, DESK)
    later = stage.people.welcome.show(code, DESK)
    stage.people.welcome.redeem(waiting.ticket, chosen(stage, waiting), DESK)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.redeem(later.ticket, chosen(stage, later, account="second"), DESK)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.show(code, DESK)
    assert stage.people.first.make() is None
    with pytest.raises(Conflict):
        stage.accounts.add_first("second", "x", stage.people.rules.own, "digest", "sealed")
    assert [account.key for account in stage.accounts.list()] == [FIRST]


def test_a_new_code_on_the_terminal_ends_the_one_before(stage: Stage) -> None:
    before, now = stage.people.first.make(), stage.people.first.make()
    assert before is not None
    assert now is not None
    with pytest.raises(Unauthenticated):
        stage.people.welcome.show(before, DESK)
    stage.people.welcome.show(now, DESK)


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"account": "two words"}, "account"),
        ({"account": ""}, "account"),
        ({"name": "  "}, "name"),
        ({"password": "short"}, "passwordLength"),
        ({"password": "zhangzhangzhang-1", "account": "zhangzhangzhang-1"}, "passwordName"),
        ({"again": "another password"}, "passwordAgain"),
        ({"code": "000000"}, "code"),
    ],
)
def test_a_choice_that_is_none_can_be_made_again_with_the_same_telephone(
    stage: Stage, other: dict[str, str], wrong: str
) -> None:
    code = stage.people.first.make()
    assert code is not None
    waiting = stage.people.welcome.show(code, DESK)
    again = stage.people.welcome.redeem(waiting.ticket, chosen(stage, waiting, **other), DESK)
    assert isinstance(again, Waiting)
    assert (again.wrong, again.telephone) == (wrong, waiting.telephone)
    assert again.ticket != waiting.ticket
    assert stage.accounts.is_empty()
    assert isinstance(stage.people.welcome.redeem(again.ticket, chosen(stage, again), DESK), Begun)


def test_a_ticket_is_taken_once_and_lives_for_half_an_hour(stage: Stage) -> None:
    code = stage.people.first.make()
    assert code is not None
    waiting = stage.people.welcome.show(code, DESK)
    stage.later(minutes=30)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.redeem(waiting.ticket, chosen(stage, waiting), DESK)


def test_an_invited_person_keeps_who_they_are_whatever_they_send(stage: Stage) -> None:
    first(stage)
    somebody = entered(stage, invited(stage), account="zhang", name="Somebody else")
    assert somebody.key == "li"
    account = stage.accounts.find("li")
    assert account is not None
    assert (account.name, account.principal.roles) == ("李 li", frozenset({Role.READ}))
    assert ("invite", "user:li", "user:li", "granted") in stage.log.told


def test_an_invitation_counts_once_and_for_a_day(stage: Stage) -> None:
    first(stage)
    used, late = invited(stage), invited(stage, "wang")
    entered(stage, used)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.show(used, DESK)
    stage.later(hours=24)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.show(late, DESK)


def test_of_two_who_show_one_invitation_the_first_to_choose_has_it(stage: Stage) -> None:
    first(stage)
    code = invited(stage)
    one, other = (stage.people.welcome.show(code, DESK) for _ in range(2))
    assert isinstance(stage.people.welcome.redeem(one.ticket, chosen(stage, one), DESK), Begun)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.redeem(other.ticket, chosen(stage, other), DESK)


def test_an_invitation_of_a_revoked_account_is_none(stage: Stage) -> None:
    first(stage)
    code = invited(stage)
    stage.accounts.revoke("li", "tester")
    with pytest.raises(Unauthenticated):
        stage.people.welcome.show(code, DESK)


def test_a_new_invitation_ends_password_telephone_and_sessions(stage: Stage) -> None:
    first(stage)
    somebody = entered(stage, invited(stage))
    cookie = {"cookie": f"nengshu-session={somebody.begun.secret}"}
    stage.people.gate.signed_in(cookie)
    code = fresh_code()
    until = stage.clock.now().replace(year=2027)
    stage.accounts.invite("li", Invitation(digest_of(code), until), "tester")
    with pytest.raises(Unauthenticated):
        stage.people.gate.signed_in(cookie)
    with pytest.raises(Unauthenticated):
        stage.people.local.sign_in(somebody.proof(stage), DESK)
    anew = entered(stage, code)
    stage.people.local.sign_in(anew.proof(stage), DESK)


def invited_anew(stage: Stage, key: str = "li") -> str:
    """The one-time code of somebody whose telephone was stolen."""
    code = fresh_code()
    until = stage.clock.now() + dt.timedelta(hours=24)
    stage.accounts.invite(key, Invitation(digest_of(code), until), "tester")
    return code


def test_a_stolen_session_does_not_come_back_once_its_owner_has_chosen_anew(stage: Stage) -> None:
    first(stage)
    stolen = headers_of(stage, entered(stage, invited(stage)).begun.secret)
    secrets = dict(stage.sessions.kept)
    own = entered(stage, invited_anew(stage))
    assert own.begun.secret in stage.sessions.kept
    assert len(stage.sessions.kept) == 2  # the administrator's, and the one that began now
    stage.people.gate.signed_in(headers_of(stage, own.begun.secret))
    stage.sessions.kept |= secrets  # even where its row was not deleted
    with pytest.raises(Unauthenticated):
        stage.people.gate.signed_in(stolen)


def test_a_stolen_session_does_not_come_back_with_a_login_at_the_provider(stage: Stage) -> None:
    first(stage)
    entered(stage, invited(stage))
    begun = []
    for subject in ("first", "second"):
        invited_anew(stage)
        assert stage.accounts.bind("li", "https://id.example", subject)
        bound = stage.accounts.by_subject("https://id.example", subject)
        assert bound is not None
        begun.append(headers_of(stage, stage.people.beginning.begin(bound, "oidc", DESK).secret))
        stage.people.gate.signed_in(begun[-1])
    with pytest.raises(Unauthenticated):
        stage.people.gate.signed_in(begun[0])


def test_a_login_that_was_under_way_when_its_account_was_invited_anew_never_counts(stage: Stage) -> None:
    first(stage)
    entered(stage, invited(stage))
    looked_up = stage.accounts.find("li")
    assert looked_up is not None
    code = invited_anew(stage)
    entered(stage, code)
    late = stage.people.beginning.begin(looked_up, "password", DESK)
    with pytest.raises(Unauthenticated):
        stage.people.gate.signed_in(headers_of(stage, late.secret))


def test_who_guesses_codes_has_to_wait(stage: Stage) -> None:
    for _ in range(ADDRESS_FREE):
        with pytest.raises(Unauthenticated):
            stage.people.welcome.show(fresh_code(), DESK)
    with pytest.raises(TooManyAttempts):
        stage.people.welcome.show(fresh_code(), DESK)
    with pytest.raises(Unauthenticated):
        stage.people.welcome.show(fresh_code(), replace(DESK, address="192.0.2.8"))
