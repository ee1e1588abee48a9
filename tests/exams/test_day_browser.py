"""The pages of the exam day in a browser: accessible, within the window, in both languages and widths."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from accounts.states import Role
from exams.models import BreachCase, Incident
from exams.services.handover import leave_seat
from exams.services.help import call_help
from exams.services.incidents import interrupt, record_incident
from tests.browser import PHONE, assert_accessible, assert_fits
from tests.exams.factories import new_attempt, new_session, running_stage
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def eventful(version, assessor: User) -> BreachCase:
    """An exam at which everything happened: a fault, a suspicion, an interruption, a call, an assessor who left."""
    member = UserFactory.create(roles=[Role.ASSESSOR])
    session = new_session(version, assessor, member)
    attempt = running_stage(new_attempt(session)).attempt
    record_incident(attempt, kind="equipment", note="Kamera söndü", actor=assessor)
    case = record_incident(attempt, kind="cheating", note="Qulaqcıq göründü", actor=assessor).breach
    interrupt(attempt, note="Yanğın siqnalı", actor=assessor)
    call_help(attempt, note="Siqnal dayanmır", actor=assessor)
    leave_seat(session.panel.get(assessor=member), reason="Xəstələndi", actor=member)
    return BreachCase.objects.select_related("attempt").get(pk=case.pk)


# Azerbaijani at both widths is tests/e2e/test_pages; here is the other language on the smaller screen.
@pytest.mark.parametrize(("language", "viewport"), [("en", PHONE)], ids=["en-phone"])
def test_pages_of_the_day_are_accessible_and_fit(new_context, eventful, officer, viewport, language):
    page = new_context(officer, viewport=viewport, language=language).new_page()
    exam, session = eventful.attempt_id, eventful.attempt.session
    left = session.panel.exclude(left_at=None).get()
    for name, key in (
        ("attempt", exam),
        ("incident", exam),
        ("cheating", exam),
        ("interrupt", exam),
        ("stop", exam),
        ("session", session.pk),
        ("leave_seat", session.panel.get(left_at=None).pk),
        ("substitute", left.pk),
        ("breaches", None),
        ("breach", eventful.pk),
        ("settle_breach", eventful.pk),
    ):
        response = page.goto(reverse(f"exams:{name}", args=[key] if key else []))
        assert response is not None
        assert response.status == 200, name
        assert_accessible(page)
        assert_fits(page)


def test_interrupted_exam_is_resumed_and_the_call_answered_by_their_buttons(new_context, eventful, officer):
    page = new_context(officer, language="en").new_page()
    page.goto(reverse("exams:attempt", args=[eventful.attempt_id]))
    page.get_by_role("button", name="Resume the exam").click()
    expect(page.get_by_role("button", name="Resume the exam")).to_have_count(0)
    assert Incident.objects.get(kind="interruption").ended_at is not None
    page.get_by_role("button", name="Somebody is on the way").click()
    expect(page.get_by_role("button", name="Somebody is on the way")).to_have_count(0)
