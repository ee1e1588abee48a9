"""Sealing one's marks: complete, undisputed, and what the device shows; or leaving the sheet with a reason."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.queries import timeline
from core.errors import RuleViolation
from exams.canonical import short_code
from exams.models import Sheet
from exams.services.settling import settle
from exams.services.sheets import abstain, seal_sheet
from exams.services.sign_off import seal_and_sign_off, sign_off_stage
from exams.sheets import marked_sheet
from tests.exams.factories import (
    OTHER_DEVICE,
    an_event,
    ended_stage,
    interest,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed,
    sealed_stage,
    sent,
    sheet_of,
    sign_off,
)
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_sealed_sheet_keeps_digest_receipt_and_moment(attempt, assessor):
    sheet = sheet_of(marked_stage(ended_stage(attempt), missed=["BQ.4"]))
    before, digest = timezone.now(), marked_sheet(sheet).digest
    sealed(sheet)
    sheet = Sheet.objects.get()
    assert (sheet.state, sheet.digest, sheet.receipt, sheet.steps) == ("sealed", digest, short_code(digest), 27)
    assert sheet.closed_at is not None
    assert before <= sheet.closed_at <= timezone.now()
    assert (sheet.closed_by, sheet.closed_reason) == (assessor, "")
    assert timeline(attempt)[0].verb == "sheet.seal"
    assert code_of(sealed, sheet) == "state"


def test_sheet_is_sealed_by_its_assessor_alone(version, assessor, officer):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, member))))
    sheet = sheet_of(run, member)
    for actor in (assessor, officer):
        assert code_of(seal_sheet, sheet, digest=marked_sheet(sheet).digest, notes={}, actor=actor) == "panel"
    interest(run.attempt.person, member)
    assert code_of(sealed, sheet) == "panel"


def test_sheet_is_not_sealed_unless_the_device_shows_what_the_server_holds(attempt, assessor):
    sheet = sheet_of(marked_stage(ended_stage(attempt)))
    shown = marked_sheet(sheet).digest
    event = an_event(sheet.run, "BQ.2", comment="başqa cihazda")
    sent(sheet.run, event, actor=assessor, device=OTHER_DEVICE)
    for digest in (shown, "0" * 64, ""):
        assert code_of(seal_sheet, sheet, digest=digest, notes={}, actor=assessor) == "digest"
    sealed(sheet)


def test_sheet_with_unmarked_steps_is_not_sealed_and_they_are_named(attempt, assessor):
    sheet = sheet_of(marked_stage(ended_stage(attempt), without=["BQ.9", "BQ.2"]))
    with pytest.raises(RuleViolation) as caught:
        seal_sheet(sheet, digest="0" * 64, notes={}, actor=assessor)
    assert caught.value.code == "unmarked"
    assert str(caught.value) == "Bu addımlar qiymətləndirilməyib: BQ.2, BQ.9."


def test_sheet_on_which_devices_differ_is_not_sealed_and_the_steps_are_named(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    sent(run, an_event(run, "BQ.9", False), an_event(run, "BQ.2", False), actor=assessor, device=OTHER_DEVICE)
    with pytest.raises(RuleViolation) as caught:
        seal_sheet(sheet_of(run), digest="0" * 64, notes={}, actor=assessor)
    assert caught.value.code == "differs"
    assert "BQ.2, BQ.9" in str(caught.value)


def test_sheet_on_which_comments_on_the_stage_differ_is_not_sealed(attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    sent(run, an_event(run, None, comment="bir"), actor=assessor)
    sent(run, an_event(run, None, comment="iki"), actor=assessor, device=OTHER_DEVICE)
    assert code_of(sealed, sheet_of(run)) == "differs"


def test_sheet_of_a_stage_that_has_not_ended_is_not_sealed(run):
    assert code_of(sealed, sheet_of(marked_stage(run))) == "not_ended"


def test_hidden_critical_steps_are_not_told_before_the_stage_is_over(version, assessor, sign_in):
    version.hide_critical = True
    version.save()
    run = marked_stage(running_stage(new_attempt(new_session(version, assessor)), since_minutes=30), missed=["BQ.2"])
    critical = [step.code for step in run.stage.steps.filter(code="BQ.2", critical=True)]
    client, seal, panel = (
        sign_in(assessor),
        reverse("exams:seal", args=[run.pk]),
        reverse("exams:run_panel", args=[run.pk]),
    )
    checklist = reverse("schemes:version", args=[version.scheme.code, version.version])

    def told() -> tuple[bool, list[str], list[str], bool]:
        page = client.get(seal)
        flagged = [step.code for step, is_critical in page.context["missed"] if is_critical]
        asked = [name for name in page.context["form"].fields if name.startswith("note-")]
        return page.context["shows_critical"], flagged, asked, checklist in client.get(panel).content.decode()

    assert told() == (False, [], [], False)
    assert "BQ.2" in client.get(seal).content.decode()
    run.ended_at = timezone.now()
    run.save()
    assert told() == (True, critical, ["note-BQ.2"], False)
    seal_sheet(sheet_of(run), digest=marked_sheet(sheet_of(run)).digest, notes={"BQ.2": "x"}, actor=assessor)
    assert checklist in client.get(panel).content.decode()


def test_checklist_is_offered_to_those_who_do_not_mark(version, assessor, officer, sign_in):
    version.hide_critical = True
    version.save()
    run = running_stage(new_attempt(new_session(version, assessor)))
    checklist = reverse("schemes:version", args=[version.scheme.code, version.version])
    assert checklist in sign_in(officer).get(reverse("exams:run_panel", args=[run.pk])).content.decode()


def test_critical_step_that_was_hidden_is_confirmed_with_a_note(version, assessor):
    version.hide_critical = True
    version.save()
    run = ended_stage(new_attempt(new_session(version, assessor)))
    sheet = sheet_of(marked_stage(run, missed=["BQ.2", "BQ.4"]))
    digest = marked_sheet(sheet).digest
    for notes, code in (({}, "note"), ({"BQ.2": " "}, "note"), ({"BQ.2": "x" * 1001}, "reason_length")):
        assert code_of(seal_sheet, sheet, digest=digest, notes=notes, actor=assessor) == code
    seal_sheet(sheet, digest=digest, notes={"BQ.2": " Nəticə soruşulmadı ", "BQ.4": "artıq"}, actor=assessor)
    assert list(sheet.critical_notes.values_list("step__code", "note")) == [("BQ.2", "Nəticə soruşulmadı")]


def test_abstention_takes_the_marks_out_with_a_reason_and_keeps_them(version, assessor, officer, auditor):
    member, watcher = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, member, observers=[watcher]))))
    sheet = sheet_of(run, member)
    for stranger in (watcher, auditor):
        assert code_of(abstain, sheet, reason="x", actor=stranger) == "abstain"
    assert code_of(abstain, sheet, reason=" ", actor=member) == "reason"
    abstain(sheet, reason=" Namizədi tanıyıram ", actor=member)
    sheet = sheet_of(run, member)
    assert (sheet.state, sheet.closed_reason, sheet.closed_by) == ("abstained", "Namizədi tanıyıram", member)
    assert (sheet.digest, sheet.events.count()) == ("", 27)
    assert code_of(abstain, sheet, reason="x", actor=officer) == "state"
    assert sign_off(run).met == 27


@pytest.mark.parametrize("by", ["member", "lead", "officer"])
def test_sealed_marks_of_a_later_interest_are_taken_out_before_sign_off(version, assessor, officer, by):
    member, third = UserFactory.create_batch(2, roles=[Role.ASSESSOR])
    run = ended_stage(new_attempt(new_session(version, assessor, member, third)))
    for one in (assessor, third):
        marked_stage(run, assessor=one)
    sealed_stage(marked_stage(run, assessor=member, missed=["BQ.4"]))
    settle(run, run.stage.steps.get(code="BQ.4"), value=False, reason="Yazı", actor=assessor)
    interest(run.attempt.person, member)
    with pytest.raises(RuleViolation) as refusal:
        sign_off_stage(run, actor=assessor)
    assert (refusal.value.code, str(member) in str(refusal.value)) == ("partial", True)
    actor = {"member": member, "lead": assessor, "officer": officer}[by]
    abstain(sheet_of(run, member), reason="Dünən bildirdi", actor=actor)
    sheet = sheet_of(run, member)
    assert (sheet.state, sheet.closed_by, sheet.digest, sheet.receipt) == ("abstained", actor, "", "")
    assert sheet.events.count() == 27
    assert [entry.verb for entry in timeline(run)][:2] == ["stage.unsettle", "sheet.recuse"]
    assert "digest" not in timeline(sheet)[0].before
    assert not run.settlements.exists()
    assert sign_off_stage(run, actor=assessor).met == 27


def test_sealed_marks_without_an_interest_are_not_taken_out(version, assessor, officer):
    run = sealed_stage(marked_stage(ended_stage(new_attempt(new_session(version, assessor)))))
    for actor in (assessor, officer):
        assert code_of(abstain, sheet_of(run), reason="x", actor=actor) == "state"
    leave = "UPDATE exams_sheet SET state = 'abstained', closed_reason = 'x', digest = '', receipt = '', steps = NULL"
    assert database_refusal(leave) == "exams_sheet_final"


def test_marks_of_a_later_interest_stay_after_sign_off(version, assessor, officer):
    run = sign_off(marked_stage(ended_stage(new_attempt(new_session(version, assessor)))))
    interest(run.attempt.person, assessor)
    assert code_of(abstain, sheet_of(run), reason="x", actor=officer) == "signed"
    leave = "UPDATE exams_sheet SET state = 'abstained', closed_reason = 'x', digest = '', receipt = '', steps = NULL"
    assert database_refusal(leave) == "exams_signed_is_final"


def test_database_signs_nothing_off_with_marks_of_an_interest(version, assessor):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = sealed_stage(marked_stage(ended_stage(new_attempt(new_session(version, assessor, member)))))
    interest(run.attempt.person, member)
    sign = (
        "UPDATE exams_stagerun SET signed_off_at = now(), signed_off_by_id = %s, met = 27, total = 27, passed = true,"
        " missed_critical = '{}' WHERE id = %s"
    )
    assert database_refusal(sign, assessor.pk, run.pk) == "exams_signed_impartial"


def test_nobody_with_an_interest_closes_anothers_sheet(version, assessor, officer):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = running_stage(new_attempt(new_session(version, assessor, member)))
    for actor in (assessor, officer):
        interest(run.attempt.person, actor)
        assert code_of(abstain, sheet_of(run, member), reason="x", actor=actor) == "abstain"
    assert abstain(sheet_of(run, assessor), reason="Tanıyıram", actor=assessor).state == "abstained"


def test_panel_of_one_seals_and_signs_off_in_one_step_or_not_at_all(attempt, assessor):
    run = marked_stage(ended_stage(attempt, minutes=20))
    sheet = sheet_of(run)
    values = {"digest": marked_sheet(sheet).digest, "notes": {}, "actor": assessor}
    assert code_of(seal_and_sign_off, sheet, **values) == "short_reason"
    assert (sheet_of(run).state, run.is_signed_off) == ("open", False)
    seal_and_sign_off(sheet, **values, short_reason="Müştəri getdi")
    run.refresh_from_db()
    assert (sheet_of(run).state, run.met, run.short_reason) == ("sealed", 27, "Müştəri getdi")
