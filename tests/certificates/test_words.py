"""What duties and decisions are called: for the one who is asked, for those who follow it, and in histories."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from audit.queries import timeline
from audit.timelines import stretches
from certificates.feeds import _duty as entry_of
from certificates.queries.feeds import Revision
from certificates.services.duties import Term, lapse, meet, open_duty
from certificates.states import NAMES, DutyKind, MisuseState, SurveillanceState
from core.badges import BADGES
from tests.certificates.duties_factories import duty, person
from tests.certificates.factories import certificate
from tests.certificates.life_factories import revoke

pytestmark = pytest.mark.django_db


def told(obj):
    """Return the lines of an object's history, as their readers see them."""
    shown = stretches(timeline(obj))
    lines = [line for one in shown for line in (*((one.act,) if one.act else ()), *one.minor)]
    return [f"{line.entry.verb_label}: {line.about}" for line in lines]


def test_every_duty_has_a_name_beside_the_words_for_the_one_who_owes_it():
    assert set(NAMES) == set(DutyKind)
    assert not {str(name) for name in NAMES.values()} & {str(kind.label) for kind in DutyKind}
    with translation.override("az"):
        asked = [str(kind.label) for kind in DutyKind]
    assert [words for words in asked if not words.endswith(("in", "ın", "un", "ün"))] == []  # siz, never sən


def test_history_names_the_duty_and_its_day():
    somebody, today = person(), timezone.localdate()
    day = today + timedelta(days=10)
    one = open_duty(DutyKind.EXTRA_ASSESSMENT, about=somebody, person=somebody, term=Term(due_on=day))
    other = open_duty(DutyKind.REPORT_CHANGE, about=somebody, person=somebody, term=Term(due_on=today))
    with translation.override("en"):
        days = [f"{one:%-d %B %Y}" for one in (day, today)]
        meet(one, actor=None, proof="Keçib.")
        lapse(other, reason="The certificate has expired")
        assert told(somebody) == [
            f"Duty no longer owed: Report of a change of data, due on {days[1]}",
            f"Duty met: Extra assessment, due on {days[0]}",
            f"Duty came into being: Report of a change of data, due on {days[1]}",
            f"Duty came into being: Extra assessment, due on {days[0]}",
        ]


def test_history_says_of_a_planned_revocation_that_it_is_decided_and_from_when(officer, version):
    one, day = certificate(version), timezone.localdate() + timedelta(days=20)
    revoke(one, officer, ahead=20)
    with translation.override("en"):
        assert f"Revocation decided: from {day:%-d %B %Y} on" in told(one)


def test_what_was_done_after_its_day_is_not_shown_as_done_in_time():
    today = timezone.localdate()
    late = duty(DutyKind.EXTRA_ASSESSMENT, start_on=today - timedelta(days=9), due_on=today - timedelta(days=1))
    timely = duty(DutyKind.EXTRA_ASSESSMENT, start_on=today - timedelta(days=9), due_on=today)
    shown = [meet(one, actor=None, proof="Keçib.").badge_state for one in (late, timely)]
    assert shown == ["met_late", "met"]


def test_a_feed_of_the_office_does_not_address_the_holder():
    one = duty(DutyKind.ANSWER_HEARING, start_on=timezone.localdate())
    revision = Revision(0, timezone.now())
    with translation.override("en"):
        summaries = [entry_of(one, revision, for_office=office).summary for office in (False, True)]
    assert summaries == ["Answer what is held against you", "Answer in the hearing"]


def test_the_holder_is_not_spoken_of_in_the_third_person():
    assert set(BADGES["misuse_mine"]) == set(MisuseState.values) - {"open"}
    assert set(BADGES["surveillance_mine"]) == set(SurveillanceState.values)
    with translation.override("en"):
        words = {str(badge.word) for kind in ("misuse_mine", "surveillance_mine") for badge in BADGES[kind].values()}
    assert [word for word in words if "older" in word] == []


def test_rules_on_the_holders_page_lead_to_their_clause(client, version):
    one = certificate(version)
    client.force_login(one.person.user)
    contract = reverse("certificates:contract", args=[one.contract_id])
    page = client.get(reverse("certificates:mine")).content.decode()
    text = client.get(contract).content.decode()
    assert f'href="{contract}#H9"' in page
    assert text.count('id="H9"') == 1
