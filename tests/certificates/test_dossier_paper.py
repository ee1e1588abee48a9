"""The decision dossier on paper."""

import json

import pytest
from django.urls import reverse

from accounts.states import Role
from certificates.services.papers import decision_dossier, request_decision_dossier
from core.errors import NotAllowed
from exams.documents.dossier import render_decision_dossier
from exams.documents.snapshots import DecisionDossierSnapshot
from exams.models import Paper
from exams.queries.attempts import attempts
from tests.certificates.factories import attempt as released, granted, marked
from tests.certificates.printed import words
from tests.factories import UserFactory


def test_dossier_tells_application_exam_and_decision(version):
    decision = granted(version)
    assert decision.attempt is not None
    dossier = decision_dossier(decision.attempt)
    assert dossier.application.reference == decision.application.reference
    assert [held.exam.number for held in dossier.exams] == [decision.attempt_id]
    assert dossier.decision is not None
    assert (dossier.decision.outcome, dossier.decision.reasons) == ("granted", decision.reasons)
    assert DecisionDossierSnapshot.from_json(json.loads(json.dumps(dossier.to_json()))) == dossier


def test_dossier_before_a_decision_leaves_room_for_it(version):
    exam = marked(version)
    dossier = decision_dossier(attempts().get(pk=exam.pk))
    assert dossier.decision is None
    printed = words(render_decision_dossier(dossier.to_json()))
    assert exam.person.surname in printed


def test_only_who_may_read_the_dossier_prints_it(client, version):
    exam = released(version)
    near = exam.session.panel.get().assessor
    with pytest.raises(NotAllowed) as refusal:
        request_decision_dossier(exam, actor=near)
    assert refusal.value.code == "paper"
    decider = UserFactory.create(roles=[Role.DECIDER])
    client.force_login(decider)
    answer = client.post(reverse("certificates:print_dossier", args=[exam.pk]))
    paper = Paper.objects.get()
    assert answer.url == reverse("exams:paper", args=[paper.pk])
    assert client.get(answer.url).status_code == 200
    client.force_login(near)
    assert client.get(answer.url).status_code == 403
