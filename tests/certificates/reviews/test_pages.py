"""Reviews on pages and in queues."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Role
from certbody.queries import amendment_queue, decider_queue, officer_queue
from certificates.models import DecisionReview
from certificates.queries.decisions import queue_to_review_by
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract
from certificates.services.reviews import settle_review
from certificates.states import ReviewState
from exams.services.amendments import approve_amendment
from tests.certificates.reviews.cases import CONCLUSION, decided
from tests.exams.amending import PDF, amend, propose
from tests.exams.factories import assessor_of, interest, new_attempt, new_session, released_attempt, signed_stage
from tests.factories import UserFactory


def test_queues_lead_to_the_review(review, exam, decider, officer, sign_in):
    partial = UserFactory.create(roles=[Role.DECIDER])
    interest(exam.person, partial)
    page = reverse("certificates:review", args=[review.pk])
    assert [item.url for item in decider_queue(decider)] == [page]
    assert page in {item.url for item in officer_queue(officer)}
    assert list(queue_to_review_by(partial)) == []
    assert {sign_in(user).get("/").status_code for user in (decider, officer)} == {200}


def test_amendment_waits_on_the_home_page_of_the_other_assessor(version, candidate, sign_in):
    second = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, UserFactory.create(roles=[Role.ASSESSOR]), second)
    amendment = propose(signed_stage(new_attempt(session, user=candidate), "P1"))
    page = reverse("exams:amendment", args=[amendment.pk])
    assert [item.url for item in amendment_queue(second)] == [page]
    assert page in sign_in(second).get("/").content.decode()


def test_review_is_concluded_on_its_page(review, decider, sign_in):
    page = reverse("certificates:review", args=[review.pk])
    client = sign_in(decider)
    assert client.get(page).context["may_settle"] is True
    done = client.post(page, {"conclusion": CONCLUSION}, follow=True)
    review.refresh_from_db()
    assert (done.status_code, review.state) == (200, ReviewState.SETTLED)
    assert CONCLUSION in done.content.decode()
    assert client.post(page, {"conclusion": CONCLUSION}).status_code == 422


def test_review_tells_who_is_not_independent_why(review, exam, sign_in):
    partial = UserFactory.create(roles=[Role.DECIDER])
    interest(exam.person, partial)
    client, page = sign_in(partial), reverse("certificates:review", args=[review.pk])
    assert client.get(page).status_code == 403
    answer = client.post(page, {"conclusion": CONCLUSION})
    assert (answer.status_code, answer.templates[0].name) == (422, "certificates/dossier_closed.html")


def test_file_of_the_amendment_opens_from_the_review(exam, stage, decider, officer, candidate, sign_in):
    decided(exam, decider)
    approve_amendment(propose(stage, file=SimpleUploadedFile("qeyd.pdf", PDF)), actor=officer)
    page = reverse("certificates:review_file", args=[DecisionReview.objects.get().pk])
    assert b"".join(sign_in(decider).get(page).streaming_content) == PDF
    assert sign_in(candidate).get(page).status_code == 403


def test_review_without_a_file_has_none_to_open(review, decider, sign_in):
    page = reverse("certificates:review_file", args=[review.pk])
    assert sign_in(decider).get(page).status_code == 404


def test_review_pages_by_role(review, exam, decider, officer, auditor, candidate, sysadmin, sign_in):
    people = {
        "decider": decider, "officer": officer, "auditor": auditor, "candidate": candidate, "sysadmin": sysadmin,
        "assessor": assessor_of(exam),
    }  # fmt: skip
    readers = {"decider", "officer", "auditor"}
    for page in (reverse("certificates:review", args=[review.pk]), reverse("certificates:reviews")):
        assert {name for name, user in people.items() if sign_in(user).get(page).status_code == 200} == readers


def test_flag_is_shown_where_the_decision_is(review, exam, decider, officer, sign_in):
    page = reverse("certificates:review", args=[review.pk])
    client = sign_in(officer)
    contract = review.decision.contract
    assert page in client.get(reverse("certificates:dossier", args=[exam.pk])).content.decode()
    assert page in client.get(reverse("certificates:contract", args=[contract.pk])).content.decode()
    assert client.get(reverse("certificates:decision_list")).context["page"].object_list[0].review_open


def test_flag_is_shown_with_the_certificate(exam, stage, decider, officer, candidate, sign_in):
    contract = decided(exam, decider).contract
    accept_contract(contract, actor=candidate, request_address="203.0.113.7")
    certificate = issue_certificate(contract, actor=officer)
    amend(stage, officer=officer)
    client, address = sign_in(officer), reverse("certificates:certificate", args=[certificate.pk])
    page = client.get(address)
    review = reverse("certificates:review", args=[DecisionReview.objects.get().pk])
    assert review in page.content.decode()
    assert [step.url for step in page.context["steps"]] == [review]
    settle_review(DecisionReview.objects.get(), conclusion=CONCLUSION, actor=decider)
    assert [step.url for step in client.get(address).context["steps"]] == [""]


def test_flag_is_not_shown_to_the_holder(review, candidate, sign_in):
    page = sign_in(candidate).get(reverse("certificates:contract", args=[review.decision.contract.pk]))
    assert reverse("certificates:review", args=[review.pk]) not in page.content.decode()


def test_reviews_are_filtered_by_state(review, officer, sign_in):
    client, page = sign_in(officer), reverse("certificates:reviews")
    shown = [len(client.get(page, {"state": state}).context["page"].object_list) for state in ("", "open", "settled")]
    assert shown == [1, 1, 0]


def test_lists_cost_the_same_for_one_row_and_three(version, exam, stage, decider, officer, sign_in):
    client = sign_in(officer)
    pages = [reverse(f"certificates:{name}") for name in ("reviews", "decision_queue", "decision_list")]
    decided(exam, decider)
    amend(stage, officer=officer)
    waiting_exam(version)
    counts = [queries_of(client, page) for page in pages]
    for number in range(2):
        other = released_attempt(new_attempt(new_session(version, place=f"Bakı, otaq {10 + number}")))
        decided(other, decider)
        amend(other.stages.get(stage__code="P1"), officer=officer)
        waiting_exam(version)
    assert [queries_of(client, page) for page in pages] == counts


def waiting_exam(version):
    """A released exam that waits for a decision, with an amendment open."""
    exam = released_attempt(new_attempt(new_session(version, place="Bakı, otaq 20")))
    propose(exam.stages.get(stage__code="P1"))


def queries_of(client, page):
    client.get(page)  # fills the caches of the process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)
