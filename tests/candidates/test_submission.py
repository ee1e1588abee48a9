"""Submitting: judged as a whole, numbered, tied to a person by FIN."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEntry
from audit.queries import timeline
from candidates.models import Application, Person
from candidates.services.drafts import save_identity, start_application
from candidates.services.review import accept_application, return_application
from candidates.services.submission import IncompleteApplication, gaps_of, submit_application
from candidates.states import ApplicationState, Section
from core.errors import NotAllowed, RuleViolation
from core.messages import compose
from core.models import OutgoingMessage
from core.numbering import is_valid
from schemes.models import SchemeVersion
from tests.candidates import factories as make


def test_submit_complete_draft_creates_person_and_reference(scheme_version: SchemeVersion) -> None:
    application = make.complete_draft(scheme_version, fin="5ABC1D2", surname="Əliyev")
    submit_application(application, actor=make.account_of(application))
    assert application.state == ApplicationState.SUBMITTED
    year = timezone.localdate().year
    assert make.reference_of(application).startswith(f"M-{year}-00001-")
    assert is_valid(make.reference_of(application))
    assert (make.person_of(application).fin, make.person_of(application).surname) == ("5ABC1D2", "Əliyev")
    assert make.person_of(application).user is None  # an officer confirms it by accepting
    assert application.submissions == 1
    verbs = [entry.verb for entry in timeline(application)]
    assert verbs == [
        "application.submit", "application.declare", "application.attach", "application.attach", "application.edit",
        "application.edit", "application.start",
    ]  # fmt: skip


def test_submit_tells_applicant_once(scheme_version: SchemeVersion) -> None:
    application = make.submitted(scheme_version, email="a@example.az")
    message = OutgoingMessage.objects.get(kind="application_received")
    assert (message.recipient, message.language) == ("a@example.az", "az")
    assert make.reference_of(application) in message.subject
    assert message.key == f"application_received:{application.pk}:1"


def test_submit_empty_draft_names_every_gap_with_its_part(scheme_version: SchemeVersion) -> None:
    account = make.new_candidate()
    application = make.draft(scheme_version, account)
    with pytest.raises(IncompleteApplication) as caught:
        submit_application(application, actor=account)
    found = [(gap.section, gap.blocking) for gap in caught.value.gaps]
    assert found == [
        *[(Section.IDENTITY, True)] * 4,
        *[(Section.CONTACT, True)] * 2,
        *[(Section.DECLARATIONS, True)] * 4,
    ]
    application.refresh_from_db()
    assert (application.state, application.submissions) == (ApplicationState.DRAFT, 0)
    advice = [gap.section for gap in gaps_of(application) if not gap.blocking]
    assert advice == [Section.LETTERS, Section.DOCUMENTS]


def test_submit_twice_refuses_the_second(scheme_version: SchemeVersion) -> None:
    application = make.submitted(scheme_version)
    with pytest.raises(RuleViolation) as caught:
        submit_application(application, actor=make.account_of(application))
    assert caught.value.code == "not_editable"
    assert OutgoingMessage.objects.filter(kind="application_received").count() == 1


def test_submit_someone_elses_draft_refuses(scheme_version: SchemeVersion, officer: User) -> None:
    application = make.complete_draft(scheme_version)
    for actor in (make.new_candidate(), officer):
        with pytest.raises(NotAllowed) as caught:
            submit_application(application, actor=actor)
        assert caught.value.code == "not_yours"


def test_submit_draft_with_future_birth_in_database_is_refused(scheme_version: SchemeVersion) -> None:
    application = make.complete_draft(scheme_version)
    Application.objects.filter(pk=application.pk).update(date_of_birth=timezone.localdate() + timedelta(days=1))
    with pytest.raises(IncompleteApplication) as caught:
        submit_application(application, actor=make.account_of(application))
    assert [gap.section for gap in caught.value.gaps] == [Section.IDENTITY]


def test_start_twice_gives_the_same_draft(scheme_version: SchemeVersion, candidate: User) -> None:
    first = start_application(scheme_version.scheme, actor=candidate)
    assert start_application(scheme_version.scheme, actor=candidate) == first
    assert (first.surname, first.email, first.language) == (candidate.surname, candidate.email, "az")


def test_start_by_officer_refuses(scheme_version: SchemeVersion, officer: User) -> None:
    with pytest.raises(NotAllowed) as caught:
        start_application(scheme_version.scheme, actor=officer)
    assert caught.value.code == "not_candidate"


def test_start_scheme_without_version_in_effect_refuses(scheme_version: SchemeVersion, candidate: User) -> None:
    scheme_version.effective_from = timezone.localdate() + timedelta(days=30)
    scheme_version.save()
    with pytest.raises(RuleViolation) as caught:
        start_application(scheme_version.scheme, actor=candidate)
    assert caught.value.code == "no_version"


def test_submit_fin_with_open_application_refuses_and_keeps_draft(scheme_version: SchemeVersion) -> None:
    make.submitted(scheme_version, fin="5ABC1D2")
    second = make.complete_draft(scheme_version, fin="5ABC1D2", surname="Quliyev")
    with pytest.raises(RuleViolation) as caught:
        submit_application(second, actor=make.account_of(second))
    assert caught.value.code == "candidates_one_open_application"
    second.refresh_from_db()
    assert (second.state, second.surname, second.submissions) == (ApplicationState.DRAFT, "Quliyev", 0)
    third = make.submitted(scheme_version)
    assert make.reference_of(third)[7:12] == "00002"  # the refused one left no gap


def test_submit_known_fin_leaves_record_untouched_until_acceptance(
    scheme_version: SchemeVersion, officer: User
) -> None:
    known = make.person(fin="5ABC1D2", surname="Əliyeva", telephone="+994551112233")
    application = make.submitted(scheme_version, fin="5ABC1D2", surname="Həsənova")
    known.refresh_from_db()
    assert (make.person_of(application), known.surname, known.user) == (known, "Əliyeva", None)
    accept_application(application, actor=officer)
    known.refresh_from_db()
    assert (known.surname, known.telephone, known.user) == ("Həsənova", "+994501234567", make.account_of(application))


def test_resubmit_corrected_fin_moves_to_other_person_and_forgets_the_first(
    scheme_version: SchemeVersion, officer: User
) -> None:
    application = make.submitted(scheme_version, fin="5ABC1D2")
    reference = make.reference_of(application)
    return_application(application, sections=[Section.IDENTITY], reason="FİN səhvdir.", actor=officer)
    application.refresh_from_db()
    save_identity(application, data=make.identity(fin="5ABC1D3"), actor=make.account_of(application))
    submit_application(application, actor=make.account_of(application))
    assert (make.person_of(application).fin, make.reference_of(application), application.submissions) == (
        "5ABC1D3",
        reference,
        2,
    )
    assert (application.state_reason, application.returned_sections) == ("", [])
    assert not Person.objects.filter(fin="5ABC1D2").exists()
    assert OutgoingMessage.objects.filter(kind="application_received").count() == 2


def test_new_draft_of_known_person_is_filled_from_the_record(scheme_version: SchemeVersion, officer: User) -> None:
    first = make.accepted(scheme_version, officer, date_of_birth=date(1980, 1, 2))
    Application.objects.filter(pk=first.pk).update(concluded_at=timezone.now())
    second = start_application(scheme_version.scheme, actor=make.account_of(first))
    assert second != first
    assert (second.fin, second.date_of_birth) == (first.fin, date(1980, 1, 2))


@pytest.mark.parametrize("kind", ["received", "returned", "accepted", "refused", "withdrawn"])
@pytest.mark.parametrize("language", ["az", "en"])
def test_message_has_name_reference_and_link(scheme_version: SchemeVersion, kind: str, language: str) -> None:
    application = make.submitted(scheme_version, surname="O'Nil & Oğlu".replace(" & ", "-"))
    context = {"application": application, "reason": "A <b> & c", "sections": [Section.LETTERS], "link": "http://x/1/"}
    subject, body = compose(f"application_{kind}", language, context)
    assert make.reference_of(application) in subject
    assert "O'Nil-Oğlu" in body
    assert "http://x/1/" in body or kind == "withdrawn"
    if kind in {"returned", "refused"}:
        assert "A <b> & c" in body


def test_trail_of_a_draft_names_fields_and_not_what_was_typed(scheme_version: SchemeVersion) -> None:
    application = make.draft(scheme_version)
    save_identity(application, data=make.identity(fin="5ABC1D3"), actor=make.account_of(application))
    entry = AuditEntry.objects.get(verb="application.edit")
    assert "fin" in entry.after["fields"]
    assert "5ABC1D3" not in str((entry.before, entry.after))


def test_trail_of_a_returned_application_keeps_what_was_changed(scheme_version: SchemeVersion, officer: User) -> None:
    application = make.submitted(scheme_version, fin="5ABC1D2")
    return_application(application, sections=[Section.IDENTITY], reason="FIN", actor=officer)
    before = Application.objects.get(pk=application.pk)
    data = {name: getattr(before, name) for name in make.identity()}
    save_identity(application, data={**data, "fin": "5ABC1D3"}, actor=make.account_of(application))
    entry = AuditEntry.objects.filter(verb="application.edit").latest("pk")
    assert (entry.before, entry.after) == ({"fin": "5ABC1D2"}, {"fin": "5ABC1D3"})
