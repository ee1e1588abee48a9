"""What the server gives the marking page and the page of sealing; how they behave is in test_marking_browser.py."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from exams.models import StageRun
from exams.views.intake import milliseconds
from schemes.models import SchemeVersion
from tests.exams.factories import (
    OTHER_DEVICE,
    an_event,
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    running_stage,
    sealed,
    sent,
    sheet_of,
    signed_stage,
)
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def facts(client: Client, run: StageRun) -> dict[str, Any]:
    page = client.get(reverse("exams:marking", args=[run.pk])).content.decode()
    found = json.loads(page.partition('id="marking-facts" type="application/json">')[2].partition("</script>")[0])
    assert isinstance(found, dict)
    return found


def test_facts_hold_moments_and_every_standing_event(sign_in, assessor, run):
    sent(run, an_event(run, "BQ.2", True), an_event(run, None, comment="Aydın"), actor=assessor)
    sent(run, an_event(run, "BQ.2", False), actor=assessor, device=OTHER_DEVICE)
    found = facts(sign_in(assessor), run)
    assert sorted((head["step"] or "", head.get("value"), head.get("comment")) for head in found["heads"]) == [
        ("", None, "Aydın"),
        ("BQ.2", False, None),
        ("BQ.2", True, None),
    ]
    assert (found["run"], found["state"], found["marked"], len(found["steps"])) == (run.pk, "open", 0, 27)
    assert found["started"] == found["examStart"] == milliseconds(run.started_at)
    assert (found["ended"], found["pauses"], found["othersEnded"]) == (None, [], None)
    assert (found["minMinutes"], found["examMinutes"]) == (25, 45)


def test_facts_of_the_last_stage_tell_when_the_exam_began_and_the_others_ended(sign_in, attempt, assessor):
    first = signed_stage(attempt, "P1", ago=10)
    found = facts(sign_in(assessor), running_stage(attempt, "P2", since_minutes=2))
    assert found["examStart"] == milliseconds(first.started_at)
    assert found["othersEnded"] == milliseconds(first.ended_at)


def test_nobody_gets_the_marks_of_another(sign_in, version, assessor):
    member, observer = UserFactory.create_batch(2, roles=["assessor"])
    run = running_stage(new_attempt(new_session(version, assessor, member, observers=[observer])))
    sent(run, an_event(run, "BQ.2", True), actor=assessor)
    assert facts(sign_in(member), run)["heads"] == []
    assert sign_in(observer).get(reverse("exams:marking", args=[run.pk])).status_code == 403


def test_hidden_criticality_shows_nowhere_before_sealing(sign_in, assessor, version):
    SchemeVersion.objects.filter(pk=version.pk).update(hide_critical=True)
    version.refresh_from_db()
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor))))
    client = sign_in(assessor)
    before = client.get(f"/exams/runs/{run.pk}/").content.decode()
    assert not re.search(r"#star|data-critical|mark-chip-star|data-filter=.critical", before)
    sheet = sheet_of(run)
    sealed(sheet)
    after = client.get(f"/exams/runs/{run.pk}/").content.decode()
    assert "mark-chip-star" in after


def test_sealing_asks_for_a_note_on_hidden_critical_steps_and_names_what_is_missing(sign_in, assessor, version):
    SchemeVersion.objects.filter(pk=version.pk).update(hide_critical=True)
    version.refresh_from_db()
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor))), missed=["BQ.2"], without=["BQ.9"])
    client, url = sign_in(assessor), reverse("exams:seal", args=[run.pk])
    before = client.get(url).content.decode()
    assert "#step-BQ.9" in before
    assert not re.search(r"#star|note-BQ|data-receipt", before)
    sent(run, an_event(run, "BQ.9", True), actor=assessor)
    after = client.get(url).content.decode()
    assert re.search(r'name="note-BQ\.2"', after)
    assert not re.search(r'name="note-BQ\.4"', after)


def test_sealing_without_the_digest_of_a_device_seals_nothing(sign_in, attempt, assessor):
    run = marked_stage(ended_stage(attempt))
    url = reverse("exams:seal", args=[run.pk])
    for digest in ("", "0" * 64):
        answer = sign_in(assessor).post(url, {"digest": digest})
        assert answer.status_code == 422
    assert sheet_of(run).is_open
