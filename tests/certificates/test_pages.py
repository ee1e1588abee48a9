"""The pages behind sign-in: who may open them, what they show, what their buttons do."""

from datetime import timedelta
from uuid import uuid4

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from candidates.models import ApplicationDocument, ConflictOfInterest, RecommendationLetter
from certificates.models import Certificate, Contract, Decision
from certificates.services.contracts import load_contract_templates
from certificates.services.decisions import decide
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from core.services.uploads import store_upload
from core.tasks import render_file
from exams.models import Incident
from exams.services.settling import settle
from exams.services.sheets import abstain
from exams.services.sign_off import release_result, sign_off_stage
from tests.certificates import factories
from tests.certificates.factories import because
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
from tests.factories import PASSWORD, UserFactory


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


def fetch(client, address):
    """Read a download to its end, which closes it; gives its status, name and content."""
    response = client.get(address)
    content = b"".join(response.streaming_content) if response.streaming else b""
    return response.status_code, response.get("Content-Disposition"), content


def with_role(sign_in, role):
    return sign_in(UserFactory.create(roles=[role]))


LISTS = ["decision_queue", "decision_list", "contract_list", "certificate_list"]
READERS = {
    "decision_queue": {"officer", "decider", "auditor"},
    "decision_list": {"officer", "decider", "auditor"},
    "contract_list": {"officer", "auditor"},
    "certificate_list": {"officer", "auditor"},
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("role", Role.values)
def test_lists_open_to_their_readers_only(db, sign_in, name, role):
    assert with_role(sign_in, role).get(at(name)).status_code == (200 if role in READERS[name] else 403)


@pytest.mark.parametrize("name", [*LISTS, "mine"])
def test_pages_send_strangers_to_sign_in(db, client, name):
    response = client.get(at(name))
    assert response["Location"] == f"{reverse('account_login')}?next={at(name)}"


@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_for_one_row_and_for_three(version, sign_in, auditor, django_assert_num_queries, name):
    client = sign_in(auditor)
    make = factories.attempt if name == "decision_queue" else factories.certificate
    make(version)
    client.get(at(name))
    with CountedQueries() as one:
        assert client.get(at(name)).status_code == 200
    make(version)
    make(version)
    with django_assert_num_queries(one.count):
        page = text(client.get(at(name)))
    assert page.count("<tr>") == 4


class CountedQueries:
    """Counts the queries of a block."""

    def __enter__(self):
        self.context = CaptureQueriesContext(connection)
        self.context.__enter__()
        return self

    def __exit__(self, *error):
        self.context.__exit__(*error)
        self.count = len(self.context)


# --- Decisions --------------------------------------------------------------------------------------------------------


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


# --- Contracts --------------------------------------------------------------------------------------------------------


def reauthenticated(client):
    """Have the person confirm that it is them."""
    response = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert response.status_code == 302
    return client


def test_holder_accepts_after_signing_in_once_more(version, sign_in):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    accept = at("contract_accept", contract.pk)
    response = client.get(accept)
    assert response["Location"] == f"{reverse('account_reauthenticate')}?next={accept.replace('/', '%2F')}"
    reauthenticated(client)
    assert contract.number in text(client.get(accept))
    response = client.post(accept, {"agreed": "on"})
    assert response["Location"] == at("contract", contract.pk)
    contract.refresh_from_db()
    assert (contract.state, contract.request_address) == ("concluded", "127.0.0.1")
    again = client.post(accept, {"agreed": "on"})
    assert again.status_code == 422


def test_accepting_without_a_fresh_sign_in_changes_nothing(version, sign_in):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": 1.0, "reauthenticated": True}]
    session.save()
    response = client.post(at("contract_accept", contract.pk), {"agreed": "on"})
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    contract.refresh_from_db()
    assert contract.state == "offered"


def test_an_acceptance_that_was_held_up_by_the_password_goes_through_after_it(version, sign_in):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    accept = at("contract_accept", contract.pk)
    asked = client.post(accept, {"agreed": "on"})
    response = client.post(asked["Location"], {"password": PASSWORD, "next": accept})
    assert (response.status_code, response["Location"]) == (302, at("contract", contract.pk))
    contract.refresh_from_db()
    assert (contract.state, contract.request_address) == ("concluded", "127.0.0.1")


def test_accepting_needs_the_tick(version, sign_in):
    contract = factories.offered(version)
    client = reauthenticated(sign_in(factories.account(contract)))
    assert client.post(at("contract_accept", contract.pk), {}).status_code == 422


def test_contract_is_closed_to_near_misses(version, sign_in, officer, decider):
    contract, other = factories.offered(version), factories.offered(version)
    for name in ("contract", "contract_accept"):
        assert sign_in(factories.account(other)).get(at(name, contract.pk)).status_code == 403
        assert sign_in(decider).get(at(name, contract.pk)).status_code == 403
    assert sign_in(officer).get(at("contract_accept", contract.pk)).status_code == 403
    assert sign_in(officer).get(at("contract", contract.pk)).status_code == 200
    assert sign_in(factories.account(contract)).get(at("contract", contract.pk)).status_code == 200
    assert sign_in(factories.account(contract)).get(at("contract_file", contract.pk, "scan")).status_code == 404


def test_contract_page_shows_the_full_text_with_its_blanks(version, sign_in):
    contract = factories.offered(version)
    page = text(sign_in(factories.account(contract)).get(at("contract", contract.pk)))
    assert "Sertifikat Qurumun mülkiyyətidir" in page
    assert "Bakı, Nizami küçəsi 5" in page
    assert "{" not in page.split("<article", 1)[1].split("</article", 1)[0]


@pytest.mark.parametrize("name", ["contract_paper", "contract_void", "issue"])
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DECIDER, Role.CANDIDATE])
def test_contract_verbs_are_for_officers(version, sign_in, name, role):
    contract = factories.offered(version)
    assert with_role(sign_in, role).post(at(name, contract.pk), {}).status_code == 403


def test_officer_does_not_issue_their_own_certificate(version, sign_in):
    contract = factories.concluded(version)
    factories.account(contract).role_assignments.create(role=Role.OFFICER)
    assert sign_in(factories.account(contract)).post(at("issue", contract.pk)).status_code == 403


def test_officer_records_paper_voids_and_issues(version, sign_in, officer):
    client = sign_in(officer)
    paper, void = factories.offered(version), factories.offered(version)
    answer = client.post(
        at("contract_paper", paper.pk), {"signed_on": timezone.localdate().isoformat(), "scan": factories.scan()}
    )
    assert answer["Location"] == at("contract", paper.pk)
    assert fetch(client, at("contract_file", paper.pk, "scan"))[::2] == (200, factories.PDF)
    wrong = client.post(
        at("contract_void", void.pk), {"reason": "Səbəb aydın göstərilib", "confirmation": paper.number}
    )
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["confirmation"])
    client.post(at("contract_void", void.pk), {"reason": "Səbəb aydın göstərilib", "confirmation": void.number})
    assert Contract.objects.get(pk=void.pk).state == "void"
    issued = client.post(at("issue", paper.pk))
    certificate = Certificate.objects.get()
    assert issued["Location"] == at("certificate", certificate.pk)
    twice = client.post(at("issue", paper.pk), follow=True)
    assert twice.redirect_chain == [(at("certificate", certificate.pk), 302)]
    said = [str(message.level_tag) for message in twice.context["messages"]]
    assert said == ["success", "success", "error"]
    assert "Sertifikat artıq verilib: bu səhifədədir." in text(twice)


def test_issue_before_the_contract_goes_back_with_the_reason(version, sign_in, officer):
    contract = factories.offered(version)
    response = sign_in(officer).post(at("issue", contract.pk), follow=True)
    assert response.redirect_chain == [(at("contract", contract.pk), 302)]


def test_unknown_numbers_in_addresses_are_not_found(db, sign_in, officer):
    client = sign_in(officer)
    for name in ("dossier", "contract", "certificate", "suspend"):
        assert client.get(at(name, 999)).status_code == 404


def test_filters_that_make_no_sense_do_not_break_a_list(version, sign_in, officer):
    factories.certificate(version)
    client = sign_in(officer)
    for address in (at("certificate_list") + "?status=x&page=99&q='", at("contract_list") + "?state=x&page=-1"):
        assert client.get(address).status_code == 200


# --- The holder -------------------------------------------------------------------------------------------------------


def test_mine_is_empty_before_a_decision(candidate, sign_in):
    assert sign_in(candidate).get(at("mine")).context["cards"] == []


def step_of(client):
    return [str(card.step) for card in client.get(at("mine")).context["cards"]]


def test_mine_says_what_comes_next(version, sign_in, officer, decider):
    contract = factories.offered(version)
    client = sign_in(factories.account(contract))
    assert step_of(client) == ["accept"]
    client = sign_in(factories.account(factories.concluded(version)))
    assert step_of(client) == ["wait_for_issue"]
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    assert step_of(client) == ["nothing"]
    review = timezone.localdate() + timedelta(days=5)
    suspend_certificate(certificate, actor=officer, because=because("Şikayət araşdırılır"), review_on=review)
    assert step_of(client) == ["stop_using"]
    assert "Şikayət araşdırılır" in text(client.get(at("mine")))
    revoke_certificate(certificate, actor=officer, because=because("Səbəb aydın göstərilib"))
    assert step_of(client) == ["hand_back"]


def test_mine_shows_nothing_of_others(version, sign_in, candidate):
    factories.certificate(version)
    assert sign_in(candidate).get(at("mine")).context["cards"] == []


def test_mine_asks_again_while_a_document_is_made(version, sign_in):
    certificate = factories.certificate(version)
    client = sign_in(factories.account(certificate))
    assert 'hx-trigger="every 3s"' in text(client.get(at("mine")))
    render_file(str(certificate.document.pk))
    render_file(str(certificate.contract.document_id))
    fragment = client.get(at("mine"), headers={"hx-request": "true"})
    assert "hx-trigger" not in text(fragment)
    assert text(fragment).startswith('<div id="cards"')


def test_mine_costs_the_same_for_one_case_and_for_three(version, sign_in, django_assert_num_queries):
    user = factories.holder()
    client = sign_in(user)
    decided(version, user)
    client.get(at("mine"))
    with CountedQueries() as one:
        client.get(at("mine"))
    decided(version, user)
    decided(version, user)
    with django_assert_num_queries(one.count):
        assert len(client.get(at("mine")).context["cards"]) == 3


def decided(version, user):
    """Refuse certification once more to the same person, each time on a new application."""
    load_contract_templates()
    person = getattr(user, "person", None)
    case = factories.application(version, user=user) if person is None else again(person, version, user)
    decide(
        factories.attempt(version, passed=False, on=case),
        actor=UserFactory.create(roles=[Role.DECIDER]),
        outcome="refused",
        reasons="Səbəb aydın göstərilib",
    )
    user.refresh_from_db()


def again(person, version, user):
    last = person.applications.latest("id")
    last.pk, last._state.adding = None, True
    last.reference, last.concluded_at = f"{last.reference}x", None
    last.save()
    return last


def test_pages_of_a_stranger_never_answer(version):
    certificate = factories.certificate(version)
    for name in ("certificate", "certificate_file", "suspend", "reinstate", "revoke"):
        response = Client().get(at(name, certificate.pk))
        assert response["Location"].startswith(reverse("account_login"))
