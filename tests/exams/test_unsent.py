"""Marks that a device still holds: no sheet is closed over them unless somebody says that they shall be lost."""

from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from core.errors import RuleViolation
from exams.models import DeviceReport, Sheet, StageRun
from exams.services.handover import leave_seat
from exams.services.sheets import abstain, seal_sheet
from exams.services.sign_off import seal_and_sign_off
from exams.sheets import marked_sheet
from tests.exams.factories import (
    DEVICE,
    OTHER_DEVICE,
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sheet_of,
)
from tests.exams.refusals import code_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def reported(sheet: Sheet, unsent: int, device: UUID = OTHER_DEVICE) -> None:
    DeviceReport.objects.create(sheet=sheet, device=device, unsent=unsent, skew_ms=0, seen_at=timezone.now())


@pytest.fixture
def member(db: None) -> User:
    return UserFactory.create(roles=[Role.ASSESSOR])


@pytest.fixture
def panel(version, assessor, member) -> StageRun:
    """Stage P1 of a panel of two, ended, with every step marked by both."""
    return marked_stage(ended_stage(new_attempt(new_session(version, assessor, member))))


def test_sheet_is_not_sealed_over_marks_of_another_device_unless_it_is_said(panel, assessor):
    sheet = sheet_of(panel)
    digest = marked_sheet(sheet).digest
    reported(sheet, 0, DEVICE)
    reported(sheet, 3)
    with pytest.raises(RuleViolation) as refusal:
        seal_sheet(sheet, digest=digest, notes={}, actor=assessor)
    assert refusal.value.code == "unsent"
    assert "3" in str(refusal.value)
    assert sheet_of(panel).is_open
    assert seal_sheet(sheet, digest=digest, notes={}, despite_unsent=True, actor=assessor).is_sealed


def test_device_that_has_sent_everything_seals(panel, assessor, member):
    sheet = sheet_of(panel)
    reported(sheet, 0, DEVICE)
    reported(sheet, 0)
    reported(sheet_of(panel, member), 5)
    assert seal_sheet(sheet, digest=marked_sheet(sheet).digest, notes={}, actor=assessor).is_sealed


def test_panel_of_one_signs_nothing_off_over_marks_of_another_device(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    sheet = sheet_of(run)
    reported(sheet, 1)
    values = {"digest": marked_sheet(sheet).digest, "notes": {}, "actor": assessor}
    assert code_of(seal_and_sign_off, sheet, **values) == "unsent"
    run.refresh_from_db()
    assert (sheet_of(run).is_open, run.is_signed_off) == (True, False)
    seal_and_sign_off(sheet, **values, despite_unsent=True)


def test_nobody_abstains_over_marks_of_a_device_unless_it_is_said(panel, member, officer):
    sheet = sheet_of(panel, member)
    reported(sheet, 2)
    for actor in (member, officer):
        assert code_of(abstain, sheet, reason="Xəstələndi", actor=actor) == "unsent"
    assert abstain(sheet, reason="Xəstələndi", despite_unsent=True, actor=officer).state == "abstained"
    assert code_of(abstain, sheet, reason="Xəstələndi", actor=member) == "state"


def test_seat_is_not_left_over_marks_of_a_device_unless_it_is_said(version, assessor, member):
    session = new_session(version, assessor, member)
    runs = [running_stage(new_attempt(session)) for _number in range(2)]
    for run in runs:
        reported(sheet_of(run, member), 2)
    seat = session.panel.get(assessor=member)
    with pytest.raises(RuleViolation) as refusal:
        leave_seat(seat, reason="Xəstələndi", actor=member)
    assert (refusal.value.code, "4" in str(refusal.value)) == ("unsent", True)
    seat.refresh_from_db()
    assert (seat.left_at, sheet_of(runs[0], member).state) == (None, "open")
    leave_seat(seat, reason="Xəstələndi", despite_unsent=True, actor=member)
    assert {sheet_of(run, member).state for run in runs} == {"handed_over"}


def test_forms_ask_only_when_a_device_holds_marks(panel, assessor, member, sign_in):
    sheet, seat = sheet_of(panel, member), panel.attempt.session.panel.get(assessor=member)
    pages = [
        reverse("exams:abstain", args=[sheet.pk]),
        reverse("exams:leave_seat", args=[seat.pk]),
        reverse("exams:seal", args=[panel.pk]),
    ]
    client = sign_in(member)
    assert ["despite_unsent" in client.get(page).context["form"].fields for page in pages] == [False] * 3
    reported(sheet, 7)
    fields = [client.get(page).context["form"].fields["despite_unsent"] for page in pages]
    assert ["7" in str(field.help_text) for field in fields] == [True] * 3
    data = {"reason": "Xəstələndi", "digest": marked_sheet(sheet).digest}
    assert [client.post(page, data).status_code for page in pages] == [422] * 3
    assert sheet_of(panel, member).is_open
    assert client.post(pages[2], {**data, "despite_unsent": "on"}).status_code == 302
    assert sheet_of(panel, member).is_sealed
    assert "despite_unsent" not in client.get(pages[1]).context["form"].fields


def test_leaving_does_not_ask_for_marks_of_a_sheet_that_is_closed(panel, member):
    sheet = sheet_of(panel, member)
    abstain(sheet, reason="Namizədi tanıyıram", actor=member)
    reported(sheet, 3)
    assert leave_seat(panel.attempt.session.panel.get(assessor=member), reason="x", actor=member).left_at
