"""The dossier, and the queue of decisions."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from candidates.models import ApplicationDocument, ConflictOfInterest, RecommendationLetter
from certificates.models import Decision
from certificates.services.contracts import load_contract_templates
from core.services.uploads import store_upload
from exams.models import Incident
from exams.services.settling import settle
from exams.services.sheets import abstain
from exams.services.sign_off import release_result, sign_off_stage
from tests.certificates import factories
from tests.certificates.pages.reading import at, fetch, text, with_role
from tests.exams.factories import (
    an_event,
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    sealed_stage,
    sent,
    sheet_of,
    signed_stage,
)
from tests.factories import UserFactory


@pytest.fixture
def attempt(version):
    load_contract_templates()
    return factories.marked(version, missed="P1.4", comment="Müqavilə bağlanmadı.")


def decision_form(outcome="granted", reasons="Bütün şərtlər ödənilib.", **changes):
    return {"outcome": outcome, "reasons": reasons, "confirmed": "on", **changes}


def test_dossier_shows_what_the_decision_rests_on(attempt, sign_in, decider):
    page = text(sign_in(decider).get(at("dossier", attempt.pk)))
    step = attempt.session.scheme_version.steps.first()
    for shown in (
        "Əliyeva Günay İsmayıl qızı",
        attempt.application.reference,
        attempt.application.fin,
        str(attempt.session.panel.get().assessor),
        step.statement,
        "Müştəri yorulmuşdu.",
    ):
        assert shown in page


def test_dossier_shows_every_assessors_marks_what_was_settled_and_what_happened(version, sign_in, decider):
    lead, other, ill = (UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(3))
    exam = new_attempt(new_session(version, lead, other, ill))
    run = ended_stage(exam, ago=12)
    abstain(sheet_of(run, ill), reason="Xəstələndi", actor=ill)
    sent(run, an_event(run, "BQ.2", comment="yalnız heyət üçün", minute=17), actor=other)
    marked_stage(run, assessor=lead)
    marked_stage(run, assessor=other, missed=["BQ.2"])
    sealed_stage(run)
    settle(run, run.stage.steps.get(code="BQ.2"), value=False, reason="Videoda görünür", actor=lead)
    Incident.objects.create(
        attempt=exam, kind="equipment", note="Mikrofon söndü", started_at=exam.starts_at, recorded_by=lead
    )
    sign_off_stage(run, actor=lead)
    signed_stage(exam, "P2")
    exam.refresh_from_db()
    release_result(exam, actor=UserFactory.create(roles=[Role.OFFICER]))
    page = text(sign_in(decider).get(at("dossier", exam.pk)))
    receipt = sheet_of(run, other)
    for shown in ("Xəstələndi", "yalnız heyət üçün", "Videoda görünür", "Mikrofon söndü", receipt.receipt, str(other)):
        assert shown in page
    assert reverse("exams:receipt", args=[receipt.pk]) not in page  # decision-makers read the dossier only


def test_dossier_grants_by_its_form(attempt, sign_in, decider):
    client = sign_in(decider)
    response = client.post(at("dossier", attempt.pk), decision_form())
    assert (response.status_code, response["Location"]) == (302, at("dossier", attempt.pk))
    decision = Decision.objects.get()
    assert (decision.outcome, decision.decided_by) == ("granted", decider)
    assert "Bütün şərtlər ödənilib." in text(client.get(at("dossier", attempt.pk)))


def test_dossier_pressed_twice_says_that_it_is_decided(attempt, sign_in, decider):
    client = sign_in(decider)
    client.post(at("dossier", attempt.pk), decision_form())
    response = client.post(at("dossier", attempt.pk), decision_form("refused", "Başqa səbəb"))
    assert response.status_code == 422
    assert response.context["form"].non_field_errors().as_data()
    assert Decision.objects.count() == 1


def test_dossier_keeps_what_was_typed_on_an_error(attempt, sign_in, decider):
    response = sign_in(decider).post(at("dossier", attempt.pk), {"outcome": "granted", "reasons": "Uzun əsaslandırma"})
    assert response.status_code == 422
    assert "Uzun əsaslandırma" in text(response)


def test_dossier_offers_no_grant_after_a_failed_exam(version, sign_in, decider):
    failed = factories.attempt(version, passed=False)
    response = sign_in(decider).post(at("dossier", failed.pk), decision_form("granted"))
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["outcome"])


def conflict(attempt, user):
    ConflictOfInterest.objects.create(person=attempt.person, user=user, kind="trained", note="təlim", declared_by=user)


def test_queue_names_the_reason_why_an_exam_is_not_for_a_decider(attempt, sign_in, decider):
    conflict(attempt, decider)
    page = text(sign_in(decider).get(at("decision_queue")))
    assert at("dossier", attempt.pk) not in page


def test_dossier_stays_closed_to_a_conflicted_decider(attempt, sign_in, decider):
    conflict(attempt, decider)
    client = sign_in(decider)
    page = text(client.get(at("dossier", attempt.pk)))
    assert attempt.application.fin not in page
    assert attempt.application.address not in page
    response = client.post(at("dossier", attempt.pk), decision_form())
    assert response.status_code == 422
    assert attempt.application.fin not in text(response)
    assert not Decision.objects.exists()


@pytest.mark.parametrize(("role", "status"), [(Role.OFFICER, 200), (Role.AUDITOR, 200), (Role.ASSESSOR, 403)])
def test_dossier_is_read_but_not_decided_by_others(attempt, sign_in, role, status):
    client = with_role(sign_in, role)
    assert client.get(at("dossier", attempt.pk)).status_code == status
    assert client.post(at("dossier", attempt.pk), decision_form()).status_code == 403


def attached(attempt, officer):
    """Attach a letter and a document as if the application were still being written."""
    case = attempt.application
    type(case).objects.filter(pk=case.pk).update(state="returned")
    letter = RecommendationLetter.objects.create(
        application=case, stored=store_upload(factories.scan(), actor=officer), issuer="Şirkət", issuer_kind="client",
        topic="Kouçinq", hours=20, dated=timezone.localdate(),
    )  # fmt: skip
    document = ApplicationDocument.objects.create(
        application=case, stored=store_upload(factories.scan(), actor=officer), kind="identity"
    )
    type(case).objects.filter(pk=case.pk).update(state="accepted")
    return letter, document


def test_dossier_files_are_for_readers_of_the_dossier(version, sign_in, officer, decider, assessor):
    mine, other = factories.attempt(version), factories.attempt(version)
    letter, document = attached(mine, officer)
    for one in (letter, document):
        assert fetch(sign_in(decider), at("dossier_file", mine.pk, one.stored_id))[::2] == (200, factories.PDF)
        assert sign_in(assessor).get(at("dossier_file", mine.pk, one.stored_id)).status_code == 403
        assert sign_in(decider).get(at("dossier_file", other.pk, one.stored_id)).status_code == 404
    assert sign_in(decider).get(at("dossier_file", mine.pk, uuid4())).status_code == 404
    conflict(mine, decider)
    assert sign_in(decider).get(at("dossier_file", mine.pk, letter.stored_id)).status_code == 403
