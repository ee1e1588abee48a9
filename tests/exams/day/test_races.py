"""What two people do at the same moment on the day."""

import pytest

from core.models import OutgoingMessage
from exams.models import Attempt, HelpCall, Incident, StageRun
from exams.services.help import call_help
from exams.services.incidents import interrupt
from exams.services.sign_off import sign_off_stage
from exams.services.stages import end_stage
from exams.services.stopping import stop_exam
from tests.exams.factories import ended_stage, marked_stage, sealed_stage
from tests.exams.racing import DONE, at_once

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_two_who_stop_at_once_stop_once(run, assessor, officer):
    outcome = at_once(
        lambda: stop_exam(run.attempt, reason="bir", actor=assessor),
        lambda: stop_exam(Attempt.objects.get(), reason="iki", actor=officer),
    )
    assert outcome == [DONE, "state"]
    assert Incident.objects.filter(kind="stopped").count() == 1
    assert OutgoingMessage.objects.filter(kind="exam_stopped").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_interrupt_at_once_interrupt_once(run, assessor, officer):
    outcome = at_once(
        lambda: interrupt(run.attempt, note="bir", actor=assessor),
        lambda: interrupt(Attempt.objects.get(), note="iki", actor=officer),
    )
    assert outcome == [DONE, "interrupted"]


@pytest.mark.django_db(transaction=True)
def test_stage_does_not_end_under_an_interruption(run, assessor, officer):
    outcome = at_once(lambda: interrupt(run.attempt, note="x", actor=officer), lambda: end_stage(run, actor=assessor))
    assert outcome == [DONE, DONE]
    run = StageRun.objects.get()
    pauses = Incident.objects.filter(run=run)
    assert all(one.ended_at == run.ended_at for one in pauses)


@pytest.mark.django_db(transaction=True)
def test_stop_and_sign_off_come_one_after_the_other(attempt, assessor, officer):
    run = sealed_stage(marked_stage(ended_stage(attempt)))
    outcome = at_once(
        lambda: sign_off_stage(run, actor=assessor),
        lambda: stop_exam(Attempt.objects.get(), reason="x", actor=officer),
    )
    run.refresh_from_db()
    assert outcome in ([DONE, DONE], [DONE, "state"])
    assert Attempt.objects.get().state == "stopped"
    assert run.is_signed_off == (outcome == [DONE, DONE])


@pytest.mark.django_db(transaction=True)
def test_help_called_from_two_devices_at_once_is_one_call(run, assessor):
    assert at_once(*[lambda: call_help(run.attempt, actor=assessor)] * 4) == [DONE] * 4
    assert HelpCall.objects.count() == 1
