"""The pages of amendments: proposing, approving, rejecting, reading; and who may open them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.states import Role
from audit.models import AuditEntry
from exams.models import Amendment
from exams.services.amendments import reject_amendment
from tests.exams.amending import EVIDENCE, PDF, WHY, amend, propose
from tests.exams.factories import released_attempt, signed_stage
from tests.factories import UserFactory


@pytest.fixture
def signed(attempt):
    """P1 signed off with every step met; the exam is under way."""
    return signed_stage(attempt, "P1")


@pytest.fixture
def released(attempt):
    """A passed exam whose result is released."""
    return released_attempt(attempt)


@pytest.fixture
def people(db, officer, assessor, auditor, decider, candidate):
    """People by name: the assessor proposed, the candidate is whose exam it is."""
    return {
        "officer": officer,
        "assessor": assessor,
        "auditor": auditor,
        "decider": decider,
        "candidate": candidate,
        "sysadmin": UserFactory.create(roles=[Role.SYSADMIN]),
        "elsewhere": UserFactory.create(roles=[Role.ASSESSOR]),
    }


def form(value="", **changes):
    return {"why": WHY, "evidence": EVIDENCE, "value": value, **changes}


def test_proposing_and_approving_on_the_pages(released, officer, assessor, sign_in):
    run = released.stages.get(stage__code="P1")
    client = sign_in(assessor)
    page = reverse("exams:propose_amendment", args=[run.pk, "BQ.2"])
    assert client.get(page).status_code == 200
    sent = client.post(page, form(file=SimpleUploadedFile("qeyd.pdf", PDF)), follow=True)
    amendment = Amendment.objects.get()
    assert sent.redirect_chain == [(reverse("exams:amendment", args=[amendment.pk]), 302)]
    assert reverse("exams:approve_amendment", args=[amendment.pk]) not in sent.content.decode()
    other = sign_in(officer)
    shown = other.get(reverse("exams:amendment", args=[amendment.pk])).content.decode()
    assert reverse("exams:approve_amendment", args=[amendment.pk]) in shown
    done = other.post(reverse("exams:approve_amendment", args=[amendment.pk]), {"confirmed": "on"}, follow=True)
    released.refresh_from_db()
    assert (done.status_code, released.passed) == (200, False)
    file = other.get(reverse("exams:amendment_file", args=[amendment.pk]))
    assert (file.status_code, b"".join(file.streaming_content)) == (200, PDF)


def test_approval_without_the_confirmation_keeps_what_was_typed(signed, officer, sign_in):
    amendment = propose(signed)
    page = sign_in(officer).post(reverse("exams:approve_amendment", args=[amendment.pk]), {"note": "Yazını dinlədim."})
    amendment.refresh_from_db()
    assert (page.status_code, amendment.state) == (422, "proposed")
    assert "Yazını dinlədim." in page.content.decode()


def test_rejecting_on_the_page(signed, officer, sign_in):
    amendment = propose(signed)
    page = reverse("exams:reject_amendment", args=[amendment.pk])
    assert sign_in(officer).post(page, {"reason": "Yazı aydın deyil."}, follow=True).status_code == 200
    amendment.refresh_from_db()
    assert (amendment.state, amendment.settled_reason) == ("rejected", "Yazı aydın deyil.")


def test_proposal_written_on_a_page_that_is_out_of_date_is_refused(signed, officer, assessor, sign_in):
    amend(signed, officer=officer)  # the step is not met now; the page said so before
    page = sign_in(assessor).post(reverse("exams:propose_amendment", args=[signed.pk, "BQ.2"]), form(value=""))
    assert page.status_code == 422
    assert Amendment.objects.count() == 1


def test_second_press_is_told_that_it_is_settled(signed, officer, sign_in):
    amendment = propose(signed)
    client, page = sign_in(officer), reverse("exams:approve_amendment", args=[amendment.pk])
    client.post(page, {"confirmed": "on"})
    assert client.post(page, {"confirmed": "on"}).status_code == 422


@pytest.mark.parametrize(
    ("route", "who"),
    [
        ("exams:amendment", {"assessor", "officer", "auditor"}),
        ("exams:amendment_file", {"assessor", "officer", "auditor"}),
        ("exams:approve_amendment", {"officer"}),
        ("exams:reject_amendment", {"officer"}),
    ],
)
def test_pages_of_an_amendment_by_role(route, who, signed, people, sign_in):
    amendment = propose(signed, file=SimpleUploadedFile("qeyd.pdf", PDF))
    page = reverse(route, args=[amendment.pk])
    assert {name for name, user in people.items() if opens(sign_in(user), page)} == who


def opens(client, page):
    answer = client.get(page)
    if answer.streaming:
        b"".join(answer.streaming_content)  # read to the end, the file is closed
    return answer.status_code == 200


def test_list_is_for_officers_and_auditors(signed, officer, auditor, assessor, decider, candidate, sign_in):
    propose(signed)
    page = reverse("exams:amendments")
    assert [sign_in(user).get(page).status_code for user in (officer, auditor)] == [200, 200]
    assert {sign_in(user).get(page).status_code for user in (assessor, decider, candidate)} == {403}


def test_own_exam_is_not_on_the_list_of_an_officer_who_was_its_candidate(signed, candidate, sign_in):
    candidate.role_assignments.create(role=Role.OFFICER)
    proposed = propose(signed)
    client, page = sign_in(candidate), reverse("exams:amendments")
    assert [len(client.get(page, {"state": state}).context["page"]) for state in ("", "proposed")] == [0, 0]
    assert client.get(reverse("exams:amendment", args=[proposed.pk])).status_code == 403


def test_list_is_filtered_by_state(signed, officer, sign_in):
    propose(signed)
    client, page = sign_in(officer), reverse("exams:amendments")
    shown = [len(client.get(page, {"state": state}).context["page"]) for state in ("", "proposed", "approved", "x")]
    assert shown == [1, 1, 0, 1]


def test_pages_cost_the_same_for_one_amendment_and_three(released, officer, sign_in):
    run = released.stages.get(stage__code="P1")
    client = sign_in(officer)
    first = amend(run, officer=officer)
    pages = [reverse("exams:amendments"), reverse("exams:amendment", args=[first.pk])]
    counts = [queries_of(client, page) for page in pages]
    amend(run, "BQ.7", officer=officer)
    propose(run, "BQ.6")
    assert [queries_of(client, page) for page in pages] == counts


def queries_of(client, page):
    client.get(page)  # fills the caches of the process
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page).status_code == 200
    return len(queries)


def test_released_result_says_what_was_amended(released, officer, candidate, sign_in):
    amend(released.stages.get(stage__code="P1"), officer=officer)
    page = sign_in(candidate).get(reverse("exams:result", args=[released.pk])).content.decode()
    assert WHY in page
    assert EVIDENCE not in page


def test_timeline_of_the_exam_tells_of_the_amendment(released, officer):
    amend(released.stages.get(stage__code="P1"), officer=officer)
    subject = f"exams.attempt:{released.pk}"
    verbs = set(AuditEntry.objects.filter(subjects__contains=[subject]).values_list("verb", flat=True))
    assert verbs >= {"amendment.propose", "amendment.approve", "attempt.amend"}


def test_timeline_of_the_session_tells_of_no_step_that_was_amended(released, officer, other_officer):
    run = released.stages.get(stage__code="P1")
    amend(run, officer=officer)
    reject_amendment(propose(run, "BQ.4"), reason="Yazı yoxdur", actor=other_officer)
    subject = f"exams.session:{released.session_id}"
    reference = f"exams.examsession:{released.session_id}"
    found = AuditEntry.objects.filter(subjects__overlap=[subject, reference])
    assert found.exists()
    assert not found.filter(verb__startswith="amendment.").exists()
