"""The panel's pages and receipts in a browser: accessible, within the window, in both languages and widths."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.states import Role
from exams.models import Settlement, StageRun
from exams.services.sheets import abstain
from tests.browser import PHONE, assert_accessible, assert_fits
from tests.exams.factories import (
    an_event,
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    released_attempt,
    sealed,
    sealed_stage,
    sent,
    sheet_of,
)
from tests.factories import UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def members(db: None):
    return [UserFactory.create(roles=[Role.ASSESSOR]) for _ in range(2)]


@pytest.fixture
def session(version, assessor, members):
    return new_session(version, assessor, *members)


@pytest.fixture
def differing(session, assessor, members) -> StageRun:
    """A stage that two have sealed, who differ on one step; the third abstained."""
    run = ended_stage(new_attempt(session))
    sent(run, an_event(run, "BQ.4", comment="Sual qapalı idi", audience="candidate"), actor=assessor)
    abstain(sheet_of(run, members[1]), reason="Namizədi tanıyır", actor=members[1])
    marked_stage(run, assessor=assessor)
    marked_stage(run, assessor=members[0], missed=["BQ.2"])
    return sealed_stage(run)


# Azerbaijani at both widths is tests/e2e/test_pages; here is the other language on the smaller screen.
@pytest.mark.parametrize(("language", "viewport"), [("en", PHONE)], ids=["en-phone"])
def test_pages_are_accessible_and_fit(
    new_context, session, differing, assessor, members, candidate, viewport, language
):
    waiting = marked_stage(ended_stage(new_attempt(session)))
    mine = sealed(sheet_of(waiting, assessor))
    done = released_attempt(new_attempt(session, user=candidate), missed=["BQ.2"])
    page = new_context(assessor, viewport=viewport, language=language).new_page()
    for path in (
        reverse("exams:run_panel", args=[waiting.pk]),
        reverse("exams:run_panel", args=[differing.pk]),
        reverse("exams:run_panel", args=[differing.pk]) + "?show=differing",
        reverse("exams:settle", args=[differing.pk, "BQ.2"]),
        reverse("exams:sign_off", args=[differing.pk]),
        reverse("exams:abstain", args=[sheet_of(waiting, members[0]).pk]),
        reverse("exams:receipt", args=[mine.pk]),
        reverse("exams:receipts") + f"?code={mine.receipt}",
        reverse("exams:receipts") + "?code=0000-0000",
        reverse("exams:attempt", args=[done.pk]),
    ):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert_accessible(page)
        assert_fits(page)
    page = new_context(candidate, viewport=viewport, language=language).new_page()
    page.goto(reverse("exams:result", args=[done.pk]))
    assert_accessible(page)
    assert_fits(page)


def test_lead_settles_the_difference_and_signs_off_on_one_page(new_context, differing, assessor):
    page = new_context(assessor, viewport=PHONE).new_page()
    page.goto(reverse("exams:run_panel", args=[differing.pk]) + "?show=differing")
    page.locator(".whatnow a").click()
    page.locator("tr.panel-settle").get_by_role("radio").last.check()
    page.locator("[name=reason]").fill("Videoda aydın görünür")
    page.locator("tr.panel-settle button[type=submit], tr.panel-settle input[type=submit]").click()
    expect(page.locator(".panel-settlement")).to_contain_text("Videoda aydın görünür")
    assert [(one.step.code, one.value) for one in Settlement.objects.select_related("step")] == [("BQ.2", False)]
    page.locator("#sign-off").locator("button[type=submit], input[type=submit]").click()
    expect(page.locator(".message-success").first).to_be_visible()
    differing.refresh_from_db()
    assert (differing.met, differing.signed_off_by) == (26, assessor)
