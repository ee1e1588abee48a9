"""What is held back from an officer who is a holder, or has an interest in one: on no page, list, table or trail."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import ConflictOfInterest, Person
from certificates.models import CaseFile, Certificate, Duty
from certificates.permissions import prints_renewal, reads_evidence, reads_misuse, reads_surveillance
from certificates.queries.cases import queue_misuse
from certificates.queries.confidences import concealed_from, near_certificates
from certificates.queries.duties import queue_duties
from certificates.services.digests import send_digests
from certificates.services.misuse import add_evidence
from core.models import OutgoingMessage
from schemes.states import RenewalNeeds
from tests.certificates import cases_factories, factories, renewal_factories, requests_factories
from tests.certificates.life_factories import in_days, noon
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["own", "interest"])
def near(request, version, officer):
    """A certificate and an officer: its holder, or a relative of theirs."""
    renewal_factories.asking(version, RenewalNeeds.EVIDENCE)
    certificate = factories.certificate(version)
    reader = UserFactory.create(roles=[Role.CANDIDATE, Role.OFFICER])
    if request.param == "own":
        Person.objects.filter(pk=certificate.person_id).update(user=reader)
    else:
        ConflictOfInterest.objects.create(
            person=certificate.person, user=reader, kind="related", note="Bacısı", declared_by=officer
        )
    return Certificate.objects.get(pk=certificate.pk), reader


@pytest.fixture
def cases(near, officer):
    """A case of misuse before its hearing and an extraordinary surveillance, opened by a colleague."""
    certificate, _reader = near
    return cases_factories.misuse(certificate, officer=officer), cases_factories.extraordinary(
        certificate, officer=officer
    )


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def text(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode()


def test_the_trail_tells_nothing_of_what_is_held_back(near, cases, officer, sign_in):
    certificate, reader = near
    opened = AuditEntry.objects.filter(verb__in=["misuse.open", "surveillance.open"])
    duties = AuditEntry.objects.filter(object_ref__in=[f"certificates.duty:{one.pk}" for one in _hidden(certificate)])
    assert (opened.count(), duties.count()) == (2, len(_hidden(certificate)))
    subjects = [
        "",
        *(f"certificates.{kind}:{one.pk}" for kind, one in zip(("misusecase", "surveillance"), cases, strict=True)),
    ]
    subjects.append(f"certificates.certificate:{certificate.pk}")
    for client, tells in ((sign_in(reader), False), (sign_in(officer), True)):
        lists = "".join(text(client.get(reverse("audit:trail"), {"subject": one})) for one in subjects)
        for entry in (*opened, *duties):
            address = reverse("audit:entry", args=[entry.pk])
            assert (address in lists, client.get(address).status_code) == (tells, 200 if tells else 404)
        history = client.get(at("certificate", certificate.pk)).context["timeline"]
        assert history.filter(pk__in=opened).exists() is tells
        assert history.filter(verb="certificate.issue").exists()


def _hidden(certificate):
    return Duty.objects.filter(certificate=certificate, shown_to_holder=False)


def test_pages_lists_and_tables_have_none_of_it(near, cases, officer, sign_in):
    certificate, reader = near
    misuse, surveillance = cases
    told = [at("misuse", misuse.pk), at("surveillance", surveillance.pk)]
    hidden = [at("duty", duty.pk) for duty in _hidden(certificate)]
    lists = ["misuse_list", "surveillance_list", "duties"]
    pages = [at("certificate", certificate.pk), reverse("home"), *map(at, lists), at("duties") + "?state=all"]
    tables = [f"{at(name)}?format=csv" for name in lists]
    near_to, colleague = sign_in(reader), sign_in(officer)
    for address in pages:
        shown = text(near_to.get(address))
        assert [one for one in (*told, *hidden) if one in shown] == []
    assert [certificate.number in text(near_to.get(address)) for address in tables] == [False, True, True]
    assert [near_to.get(one).status_code for one in (*told, *hidden)] == [403] * len([*told, *hidden])
    assert [colleague.get(one).status_code for one in (*told, *hidden)] == [200] * len([*told, *hidden])
    assert all(one in text(colleague.get(at("certificate", certificate.pk))) for one in told)
    assert (list(queue_misuse(reader)), list(queue_misuse(officer))) == ([], [misuse])
    with noon(in_days(60)):
        assert [duty for duty in queue_duties(reader, most=50) if duty.person_id == certificate.person_id] == []


def test_a_relative_does_not_read_the_case_after_the_hearing_either(version, officer):
    certificate = factories.certificate(version)
    relative = UserFactory.create(roles=[Role.OFFICER])
    case = cases_factories.heard(certificate)
    add_evidence(case, [cases_factories.paper()], note="Saytın şəkli", actor=officer)
    paper = CaseFile.objects.get(misuse=case)
    planned = cases_factories.planned(certificate)
    surveillance = cases_factories.extraordinary(certificate, officer=officer)
    assert (reads_misuse(relative, case), reads_surveillance(relative, surveillance)) == (True, True)
    ConflictOfInterest.objects.create(
        person=certificate.person, user=relative, kind="related", note="Bacısı", declared_by=officer
    )
    assert (reads_misuse(relative, case), reads_surveillance(relative, surveillance)) == (False, False)
    assert reads_surveillance(relative, planned)  # announced to everybody
    assert (reads_evidence(relative, paper), reads_evidence(officer, paper)) == (False, True)
    holder = factories.account(certificate)
    assert (reads_misuse(holder, case), reads_surveillance(holder, surveillance)) == (True, False)


def test_circumstances_of_a_relative_are_in_no_trail_of_theirs_but_ones_own_are(near, officer):
    certificate, reader = near
    circumstance = requests_factories.circumstance(certificate)
    own = certificate.person.user_id == reader.pk
    assert (f"certificates.circumstance:{circumstance.pk}" in concealed_from(reader)) is not own
    assert concealed_from(officer) == []
    assert (near_certificates(reader), near_certificates(officer)) == ([certificate.pk], [])


def test_the_dossier_of_a_renewal_has_no_cases_for_those_near_to_the_holder(near, cases, officer, sign_in):
    certificate, reader = near
    renewal = renewal_factories.standing(certificate)
    address = at("renewal_decide", renewal.pk)
    shown, own = sign_in(reader).get(address), certificate.person.user_id == reader.pk
    assert ("certificates/dossier_closed.html" in [one.name for one in shown.templates]) is own
    if not own:
        assert (list(shown.context["misuse_cases"]), shown.context["is_near"]) == ([], True)
        assert cases[1] not in shown.context["surveillances"]
    assert list(sign_in(officer).get(address).context["misuse_cases"]) == [cases[0]]
    assert (prints_renewal(reader, renewal), prints_renewal(officer, renewal)) == (False, True)


def test_an_officer_who_is_the_candidate_reads_neither_dossier_nor_trail_of_their_exam(near, officer, sign_in):
    certificate, reader = near
    exam = certificate.decision.attempt
    entry = AuditEntry.objects.filter(subjects__contains=[f"exams.attempt:{exam.pk}"]).latest("pk")
    own = certificate.person.user_id == reader.pk
    client, dossier = sign_in(reader), at("dossier", exam.pk)
    assert client.get(reverse("audit:entry", args=[entry.pk])).status_code == (404 if own else 200)
    assert ("certificates/dossier_closed.html" in [one.name for one in client.get(dossier).templates]) is own
    assert sign_in(officer).get(reverse("audit:entry", args=[entry.pk])).status_code == 200


def test_the_mornings_digest_does_not_count_what_is_held_back(near, cases, officer):
    certificate, reader = near
    last = max(duty.due_on for duty in _hidden(certificate))
    with noon(last + timedelta(days=1)):
        Duty.objects.filter(shown_to_holder=True, state="open").update(due_on=timezone.localdate() + timedelta(days=99))
        send_digests()
    told = OutgoingMessage.objects.filter(kind="officer_digest").values_list("recipient", flat=True)
    assert (officer.email in told, reader.email in told) == (True, False)
