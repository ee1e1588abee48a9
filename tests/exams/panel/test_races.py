"""What two members of a panel do at the same moment."""

import pytest

from audit.queries import timeline
from exams.models import MarkEvent, Settlement
from exams.services.settling import settle
from exams.services.sheets import abstain, seal_sheet
from exams.services.sign_off import sign_off_stage
from exams.sheets import marked_sheet
from tests.exams.factories import an_event, marked_stage, sealed, sealed_stage, sent, sheet_of
from tests.exams.panel.steps import step
from tests.exams.racing import DONE, at_once

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_two_people_settling_at_once_leave_one_word(ended, assessor, member):
    marked_stage(ended, assessor=assessor)
    marked_stage(ended, assessor=member, missed=["BQ.2"])
    sealed_stage(ended)
    one = step(ended, "BQ.2")
    outcome = at_once(
        lambda: settle(ended, one, value=True, reason="Bir", actor=assessor),
        lambda: settle(ended, one, value=False, reason="İki", actor=assessor),
    )
    assert outcome == [DONE, DONE]
    said = Settlement.objects.get()
    assert (said.value, said.reason) in {(True, "Bir"), (False, "İki")}
    assert [entry.verb for entry in timeline(ended)][:2] == ["stage.settle"] * 2


@pytest.mark.django_db(transaction=True)
def test_settlement_and_sign_off_come_one_after_the_other(ended, assessor, member):
    marked_stage(ended, assessor=assessor)
    marked_stage(ended, assessor=member, missed=["BQ.2"])
    sealed_stage(ended)
    one = step(ended, "BQ.2")
    settle(ended, one, value=True, reason="Bir", actor=assessor)
    outcome = at_once(
        lambda: settle(ended, one, value=False, reason="İki", actor=assessor),
        lambda: sign_off_stage(ended, actor=assessor),
    )
    ended.refresh_from_db()
    changed = Settlement.objects.get().value is False
    assert outcome == ([DONE, DONE] if changed else [DONE, "signed"])
    assert ended.met == (26 if changed else 27)


@pytest.mark.django_db(transaction=True)
def test_two_sign_offs_of_the_panel_sign_once(ended, assessor):
    sealed_stage(marked_stage(ended))
    assert at_once(*[lambda: sign_off_stage(ended, actor=assessor)] * 2) == [DONE, "signed"]


@pytest.mark.django_db(transaction=True)
def test_seal_and_late_event_come_one_after_the_other(ended, assessor):
    marked_stage(ended)
    sheet = sheet_of(ended, assessor)
    standing = MarkEvent.objects.get(sheet=sheet, step__code="BQ.2")
    late = an_event(ended, "BQ.2", value=False, replaces=[str(standing.pk)])
    shown = marked_sheet(sheet).digest
    taken = []
    outcome = at_once(
        lambda: seal_sheet(sheet, digest=shown, notes={}, actor=assessor),
        lambda: taken.append(sent(ended, late, actor=assessor)),
    )
    sheet.refresh_from_db()
    stored = MarkEvent.objects.filter(pk=late["id"]).exists()
    # Stored first: the device showed other marks, so nothing is sealed. Sealed first: the mark is refused with a word.
    assert outcome == (["digest", DONE] if stored else [DONE, DONE])
    assert sheet.is_sealed != stored
    assert [one.code for one in taken[0].refused] == ([] if stored else ["sealed"])


@pytest.mark.django_db(transaction=True)
def test_abstention_and_seal_of_the_same_sheet_close_it_once(ended, assessor, officer):
    marked_stage(ended)
    sheet = sheet_of(ended, assessor)
    outcome = at_once(lambda: sealed(sheet), lambda: abstain(sheet_of(ended, assessor), reason="Xəstə", actor=officer))
    sheet.refresh_from_db()
    assert outcome == sorted([DONE, "state"])
    assert sheet.state in {"sealed", "abstained"}
