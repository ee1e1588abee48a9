"""The home page: what waits for whom, at a cost that does not grow with the rows."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from candidates.services.drafts import start_application
from certbody.navigation import entries_for
from certbody.queries import decider_queue, officer_queue, own_next_step
from certificates.models import Duty
from certificates.services.lifecycle import revoke_certificate, suspend_certificate
from certificates.states import DutyKind
from tests.candidates import factories as candidates
from tests.certificates import factories as certificates
from tests.certificates.factories import because
from tests.exams import factories as exams
from tests.factories import UserFactory

SignIn = Callable[[User], Client]


def one_of_each(version, officer):
    """Something for every line of the officer's queue and for the decision-maker's."""
    candidates.submitted(version)
    candidates.accepted(version, officer)
    exams.marked_attempt(exams.new_attempt(exams.new_session(version)))
    certificates.attempt(version)
    certificates.offered(version)
    offers = Duty.objects.filter(kind=DutyKind.ACCEPT_CONTRACT, state="open")
    offers.update(due_on=timezone.localdate() - timedelta(days=1))
    certificates.concluded(version)
    suspended = certificates.certificate(version)
    suspend_certificate(
        suspended, actor=officer, because=because("Yoxlanılır."), review_on=timezone.localdate() + timedelta(days=5)
    )


def steps(queue):
    return {str(item.step) for item in queue}


def test_officer_queue_holds_every_kind_of_work_by_due_day_then_oldest_first(version, officer):
    one_of_each(version, officer)
    queue = officer_queue(officer)
    assert steps(queue) >= {
        "Müraciətə baxın",
        "İmtahana vaxt təyin edin",
        "Nəticəni elan edin",
        "Vaxtı keçmiş müqaviləni soruşun",
        "Sertifikatı verin",
        "Dayandırmaya yenidən baxın",
    }
    dated, others = ([item for item in queue if (item.due is None) == is_none] for is_none in (False, True))
    assert [item.kind for item in dated] == ["accept_contract", "review_suspension"]
    assert queue == [*dated, *sorted(others, key=lambda item: item.since)]


def test_home_shows_one_kind_of_work_when_the_address_names_it(version, officer, sign_in: SignIn):
    one_of_each(version, officer)
    client = sign_in(officer)
    whole = client.get("/").context
    one = client.get("/", {"kind": "issue"}).context
    assert {item.kind for item in one["officer_queue"]} == {"issue"}
    assert one["work_kinds"] == whole["work_kinds"]
    assert client.get("/", {"kind": "none"}).context["officer_queue"] == whole["officer_queue"]


def test_home_of_a_holder_names_what_they_owe(version, sign_in: SignIn):
    contract = certificates.offered(version)
    owed = Duty.objects.get(person=contract.person, kind=DutyKind.ACCEPT_CONTRACT)
    page = sign_in(certificates.account(contract)).get("/").content.decode()
    assert reverse("certificates:duty", args=[owed.pk]) in page


def test_officer_queue_links_lead_to_where_it_is_done(version, officer, sign_in: SignIn):
    one_of_each(version, officer)
    client = sign_in(officer)
    assert {client.get(item.url).status_code for item in officer_queue(officer)} == {200}


@pytest.mark.parametrize("role", [Role.OFFICER, Role.DECIDER, Role.ASSESSOR])
def test_home_costs_the_same_for_one_row_and_three(version, officer, sign_in: SignIn, role):
    client = sign_in(UserFactory.create(roles=[role]))
    one_of_each(version, officer)
    client.get("/")  # fills the caches of the process
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get("/")
    one_of_each(version, officer)
    one_of_each(version, officer)
    with CaptureQueriesContext(connection) as three:
        client.get("/")
    assert len(three) == len(one)


def test_decider_queue_leaves_out_exams_that_someone_else_decides(version):
    assessor = UserFactory.create(roles=[Role.ASSESSOR, Role.DECIDER])
    certificates.attempt(version, assessor=assessor)
    assert decider_queue(assessor) == []
    assert len(decider_queue(UserFactory.create(roles=[Role.DECIDER]))) == 1


def test_home_names_the_next_step_of_a_holder(version, sign_in: SignIn):
    contract = certificates.offered(version)
    page = sign_in(certificates.account(contract)).get("/").content.decode()
    assert reverse("certificates:contract", args=[contract.pk]) in page
    assert "Oxuyun və qəbul edin" in page
    certificate = certificates.certificate(version)
    assert 'class="whatnow' not in sign_in(certificates.account(certificate)).get("/").content.decode()


def test_home_names_what_is_under_way_before_what_became_of_an_earlier_case(version, officer, sign_in: SignIn):
    revoked = certificates.certificate(version)
    revoke_certificate(revoked, actor=officer, because=because("Sertifikat dəyişdirilib."))
    account = certificates.account(revoked)
    assert "əslini bizə təhvil verin" in sign_in(account).get("/").content.decode()
    start_application(version.scheme, actor=account)
    assert "Müraciətiniz hələ təqdim edilməyib." in sign_in(account).get("/").content.decode()


def test_own_next_step_names_the_exam_that_is_scheduled(version):
    scheduled = exams.new_attempt(exams.new_session(version), user=UserFactory.create(roles=[Role.CANDIDATE]))
    waiting = own_next_step(certificates.account(scheduled))
    assert waiting is not None
    assert (waiting.url, waiting.due) == (reverse("exams:mine"), timezone.localdate(scheduled.starts_at))


def test_home_of_a_stranger_says_how_to_verify_and_to_apply(client, version):
    page = client.get("/")
    assert page.status_code == 200
    assert reverse("certificates:verify") in page.content.decode()
    assert reverse("schemes:detail", args=["coach-6"]) in page.content.decode()


def test_navigation_marks_the_page_that_is_open(rf, officer):
    request = rf.get(reverse("certificates:certificate_list"))
    request.user = officer
    entries = entries_for(request)
    assert [str(entry["label"]) for entry in entries if entry["active"]] == ["Sertifikatlar"]


@pytest.mark.parametrize(
    ("view", "active"), [("people", ["Şəxslər"]), ("invitations", ["Şəxslər"]), ("me", []), ("my_details", [])]
)
def test_navigation_marks_no_section_on_pages_of_the_own_account(rf, officer, view, active):
    request = rf.get(reverse(f"accounts:{view}"))
    request.user = officer
    assert [str(entry["label"]) for entry in entries_for(request) if entry["active"]] == active


def test_navigation_shows_the_pages_of_a_section_below_it(rf, officer, sysadmin):
    request = rf.get(reverse("certificates:renewal_list"))
    request.user = officer
    section = next(entry for entry in entries_for(request) if entry["active"])
    assert [page["url"] for page in section["below"] if page["active"]] == [reverse("certificates:renewal_list")]
    assert section["url"] == reverse("certificates:duties")
    request.user = sysadmin
    assert [entry["below"] for entry in entries_for(request) if entry["below"]] == []
