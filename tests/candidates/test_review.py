"""Accept, return, refuse, withdraw, conclude: each once, by the right person, with its effects."""

from datetime import date

import pytest
from allauth.account.models import EmailAddress

from accounts.models import RoleAssignment, User
from accounts.states import Role
from audit.models import AuditEntry
from audit.queries import timeline
from candidates.models import Application, Person
from candidates.queries import account_finding, differences
from candidates.services import withdrawal
from candidates.services.drafts import start_application
from candidates.services.persons import link_account, unlink_account
from candidates.services.review import (
    accept_application,
    conclude_application,
    refuse_application,
    return_application,
)
from candidates.services.submission import submit_application
from candidates.services.withdrawal import register_withdrawal_hook, withdraw_application
from candidates.states import ApplicationState
from core.errors import NotAllowed, RuleViolation
from core.models import OutgoingMessage
from schemes.models import SchemeVersion
from tests.candidates import factories as make
from tests.factories import UserFactory


def test_accept_links_account_and_updates_record(scheme_version: SchemeVersion, officer: User) -> None:
    known = make.person(fin="5ABC1D2", surname="Əliyeva")
    application = make.submitted(scheme_version, fin="5ABC1D2", surname="Həsənova")
    accept_application(application, actor=officer)
    assert (application.state, application.settled_by) == (ApplicationState.ACCEPTED, officer)
    known.refresh_from_db()
    assert (known.surname, known.user) == ("Həsənova", make.account_of(application))
    update = AuditEntry.objects.get(verb="person.update")
    assert [change[:3] for change in update.changes] == [("soyad", "Əliyeva", "Həsənova")]
    assert [entry.verb for entry in timeline(known)][:3] == ["person.update", "person.link", "application.accept"]
    assert OutgoingMessage.objects.filter(kind="application_accepted").count() == 1


def test_accept_person_of_other_account_refuses_and_changes_nothing(
    scheme_version: SchemeVersion, officer: User
) -> None:
    owner = make.new_candidate()
    known = make.person(fin="5ABC1D2", surname="Əliyeva", user=owner)
    application = make.submitted(scheme_version, fin="5ABC1D2", surname="Həsənova")
    finding = account_finding(application)
    assert finding is not None
    assert (finding.code, finding.account, finding.blocks) == ("person_other_account", owner, True)
    with pytest.raises(RuleViolation) as caught:
        accept_application(application, actor=officer)
    assert caught.value.code == "person_other_account"
    assert application.state == ApplicationState.SUBMITTED  # also in memory: the page shows it again
    application.refresh_from_db()
    known.refresh_from_db()
    assert (application.state, application.settled_at, known.surname) == (ApplicationState.SUBMITTED, None, "Əliyeva")
    unlink_account(known, reason="Köhnə hesab itirilib.", actor=officer)
    accept_application(application, actor=officer)
    known.refresh_from_db()
    assert known.user == make.account_of(application)


def test_accept_account_of_other_person_refuses(scheme_version: SchemeVersion, officer: User) -> None:
    account = make.new_candidate()
    make.person(user=account)
    application = make.submitted(scheme_version, account)
    finding = account_finding(application)
    assert finding is not None
    assert (finding.code, finding.blocks) == ("account_other_person", True)
    with pytest.raises(RuleViolation) as caught:
        accept_application(application, actor=officer)
    assert caught.value.code == "account_other_person"


def test_account_finding_known_person_without_account_warns(scheme_version: SchemeVersion, officer: User) -> None:
    first = make.submitted(scheme_version, fin="5ABC1D2")
    assert account_finding(first) is None
    refuse_application(first, reason="Başqasının FİN-i.", actor=officer)
    second = make.submitted(scheme_version, fin="5ABC1D2", surname="Quliyev", date_of_birth=date(1990, 1, 1))
    finding = account_finding(second)
    assert finding is not None
    assert (finding.code, finding.blocks) == ("known_person", False)
    assert [one.field for one in differences(second)] == ["surname", "date_of_birth"]


def test_accept_twice_refuses_the_second(scheme_version: SchemeVersion, officer: User, other_officer: User) -> None:
    application = make.accepted(scheme_version, officer)
    with pytest.raises(RuleViolation) as caught:
        accept_application(application, actor=other_officer)
    assert caught.value.code == "state"
    assert application.settled_by == officer


@pytest.mark.parametrize("verb", ["accept", "return", "refuse"])
def test_review_own_application_refuses(scheme_version: SchemeVersion, officer: User, verb: str) -> None:
    RoleAssignment.objects.create(user=officer, role=Role.CANDIDATE)
    application = make.submitted(scheme_version, User.objects.get(pk=officer.pk))
    calls = {
        "accept": lambda: accept_application(application, actor=officer),
        "return": lambda: return_application(application, sections=["letters"], reason="x", actor=officer),
        "refuse": lambda: refuse_application(application, reason="x", actor=officer),
    }
    with pytest.raises(NotAllowed) as caught:
        calls[verb]()
    assert caught.value.code == "not_reviewer"


@pytest.mark.parametrize("role", [Role.CANDIDATE, Role.ASSESSOR, Role.DECIDER, Role.AUDITOR, Role.SYSADMIN])
def test_review_without_officer_role_refuses(scheme_version: SchemeVersion, role: Role) -> None:
    application = make.submitted(scheme_version)
    with pytest.raises(NotAllowed):
        accept_application(application, actor=UserFactory.create(roles=[role]))


def test_return_keeps_sections_reason_and_tells(scheme_version: SchemeVersion, officer: User) -> None:
    application = make.submitted(scheme_version)
    return_application(application, sections=["documents", "letters"], reason=" Məktub imzasızdır. ", actor=officer)
    application.refresh_from_db()
    assert application.state == ApplicationState.RETURNED
    assert (application.returned_sections, application.state_reason) == (["letters", "documents"], "Məktub imzasızdır.")
    message = OutgoingMessage.objects.get(kind="application_returned")
    assert "Məktub imzasızdır." in message.body
    assert "- Tövsiyə məktubları\n- Sənədlər" in message.body
    submit_application(application, actor=make.account_of(application))
    return_application(application, sections=["letters"], reason="Yenə.", actor=officer)
    assert OutgoingMessage.objects.filter(kind="application_returned").count() == 2


@pytest.mark.parametrize(
    ("sections", "reason", "code"),
    [([], "x", "sections"), (["nonsense"], "x", "sections"), (["letters"], " ", "reason")],
)
def test_return_without_what_is_missing_refuses(
    scheme_version: SchemeVersion, officer: User, sections: list[str], reason: str, code: str
) -> None:
    application = make.submitted(scheme_version)
    with pytest.raises(RuleViolation) as caught:
        return_application(application, sections=sections, reason=reason, actor=officer)
    assert caught.value.code == code


def test_refuse_needs_reason_and_frees_for_a_new_application(scheme_version: SchemeVersion, officer: User) -> None:
    application = make.submitted(scheme_version)
    with pytest.raises(RuleViolation) as caught:
        refuse_application(application, reason="", actor=officer)
    assert caught.value.code == "reason"
    refuse_application(application, reason="Sənədlər başqasınındır.", actor=officer)
    again = start_application(scheme_version.scheme, actor=make.account_of(application))
    assert again != application


def test_withdraw_follows_hook_and_veto(
    scheme_version: SchemeVersion, officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(withdrawal, "_hooks", [])
    seen: list[tuple[int, str]] = []
    register_withdrawal_hook(lambda application, _actor: seen.append((application.pk, application.state)))
    application = make.accepted(scheme_version, officer)
    withdraw_application(application, actor=make.account_of(application))
    assert seen == [(application.pk, "withdrawn")]
    assert OutgoingMessage.objects.filter(kind="application_withdrawn").count() == 1

    def veto(_application: Application, _actor: User) -> None:
        raise RuleViolation("İmtahan başlayıb.", code="exam_started")

    register_withdrawal_hook(veto)
    other = make.accepted(scheme_version, officer)
    with pytest.raises(RuleViolation) as caught:
        withdraw_application(other, actor=make.account_of(other))
    assert caught.value.code == "exam_started"
    other.refresh_from_db()
    assert other.state == ApplicationState.ACCEPTED


def test_withdraw_draft_tells_nobody(scheme_version: SchemeVersion, candidate: User) -> None:
    application = make.draft(scheme_version, candidate)
    withdraw_application(application, actor=candidate)
    assert application.state == ApplicationState.WITHDRAWN
    assert OutgoingMessage.objects.count() == 0


@pytest.mark.parametrize("verb", ["officer", "stranger"])
def test_withdraw_by_others_refuses(scheme_version: SchemeVersion, officer: User, verb: str) -> None:
    application = make.submitted(scheme_version)
    with pytest.raises(NotAllowed):
        withdraw_application(application, actor=officer if verb == "officer" else make.new_candidate())


def test_conclude_lets_apply_again_and_is_idempotent(
    scheme_version: SchemeVersion, officer: User, decider: User
) -> None:
    application = make.accepted(scheme_version, officer)
    assert start_application(scheme_version.scheme, actor=make.account_of(application)) == application
    conclude_application(application, actor=decider)
    first = application.concluded_at
    conclude_application(application, actor=decider)
    assert application.concluded_at == first
    assert AuditEntry.objects.filter(verb="application.conclude").count() == 1
    with pytest.raises(RuleViolation) as caught:
        withdraw_application(application, actor=make.account_of(application))
    assert caught.value.code == "concluded"
    again = make.submitted(scheme_version, make.account_of(application), fin=application.fin)
    assert (again.state, make.person_of(again)) == (ApplicationState.SUBMITTED, make.person_of(application))


def test_conclude_before_acceptance_refuses(scheme_version: SchemeVersion, decider: User) -> None:
    with pytest.raises(RuleViolation) as caught:
        conclude_application(make.submitted(scheme_version), actor=decider)
    assert caught.value.code == "state"


def test_rejected_claim_leaves_no_access_to_the_person(scheme_version: SchemeVersion, officer: User) -> None:
    """Whoever types somebody else's FIN first gains nothing by it."""
    claim = make.submitted(scheme_version, fin="5ABC1D2")
    refuse_application(claim, reason="Başqasının FİN-i.", actor=officer)
    rightful = make.accepted(scheme_version, officer, fin="5ABC1D2")
    assert Person.objects.get(fin="5ABC1D2").user == make.account_of(rightful)


def test_link_account_of_an_unconfirmed_address_refuses(officer: User) -> None:
    person, account = make.person(), make.new_candidate()
    EmailAddress.objects.filter(user=account).update(verified=False)
    with pytest.raises(RuleViolation) as caught:
        link_account(person, email=account.email, reason="Vəsiqə göstərilib.", actor=officer)
    assert caught.value.code == "unverified"
    person.refresh_from_db()
    assert person.user is None


@pytest.mark.django_db
def test_link_account_of_ones_own_refuses() -> None:
    officer = UserFactory.create(roles=[Role.OFFICER, Role.CANDIDATE])
    with pytest.raises(NotAllowed) as caught:
        link_account(make.person(), email=officer.email, reason="Vəsiqə göstərilib.", actor=officer)
    assert caught.value.code == "self"


def test_accept_of_a_submission_that_was_not_read_refuses(
    scheme_version: SchemeVersion, officer: User, other_officer: User
) -> None:
    application = make.submitted(scheme_version)
    read = application.submissions
    return_application(application, sections=["identity"], reason="Ad səhvdir.", actor=other_officer)
    submit_application(application, actor=make.account_of(application))
    with pytest.raises(RuleViolation) as caught:
        accept_application(application, submission=read, actor=officer)
    assert caught.value.code == "changed"
    accept_application(application, submission=application.submissions, actor=officer)
    assert application.state == ApplicationState.ACCEPTED
