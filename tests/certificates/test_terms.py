"""Changed terms: prepared, announced, accepted; no certificate changes by itself (contract B5)."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from certificates import tasks
from certificates.models import Certificate, Duty, Reminder, TermsChange, TermsConsent
from certificates.queries.terms import concerned, consents_of, counts_of, terms_to_accept
from certificates.services import terms
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import revoke_certificate, suspend_certificate, withdraw_plan
from certificates.services.reminders import sweep, write_waiting
from certificates.services.terms import (
    accept_terms,
    announce_change,
    cancel_change,
    prepare_change,
    record_paper_terms,
)
from certificates.states import AcceptanceWay, DutyState, Status, TermsState
from core.errors import NotAllowed
from core.models import OutgoingMessage
from schemes.models import SchemeVersion
from schemes.services import load_shipped_schemes
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.pages.reading import reauthenticated
from tests.certificates.terms_factories import next_template, prepared
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import code_of, database_refusal
from tests.factories import UserFactory

ADDRESS = "203.0.113.7"


def write_all() -> None:
    """Have every waiting reminder written."""
    last = 0
    while last := write_waiting(last):
        pass


def consent_of(certificate: Certificate) -> TermsConsent:
    """Return the one consent of a certificate's holder."""
    return TermsConsent.objects.get(certificate=certificate)


@pytest.fixture
def certificate(version) -> Certificate:
    return factories.certificate(version)


def test_change_concerns_who_holds_a_certificate_on_older_terms_then(version, officer):
    valid, suspended, revoked = (factories.certificate(version) for _ in range(3))
    offered = factories.concluded(version)
    suspend_certificate(suspended, because(), actor=officer, review_on=timezone.localdate() + timedelta(days=30))
    revoke_certificate(revoked, because(), actor=officer)
    change = prepared(officer)
    factories.certificate(version)  # offered on the newest text
    assert set(concerned(change)) == {valid, suspended}
    late = prepared_at_the_end_of(valid, officer)
    assert set(concerned(late)) == set()
    announce_change(change, actor=officer)
    assert list(concerned(change)) == []
    # Whoever comes under the new terms later, on a contract offered before them, is told by the morning's sweep.
    newcomer = issue_certificate(offered, actor=officer)
    sweep()
    sweep()
    assert {one.certificate for one in change.consents.all()} == {valid, suspended, newcomer}


def prepared_at_the_end_of(certificate: Certificate, officer: Any) -> TermsChange:
    """Return a change that has force only after the certificate expired."""
    day = certificate.valid_until + timedelta(days=1)
    return prepared(officer, effective_on=day, transition_until=day)


def test_scheme_version_concerns_its_own_holders(version, officer, certificate):
    fields = {
        f.name: getattr(version, f.name) for f in version._meta.concrete_fields if f.name not in {"id", "version"}
    }
    newer = SchemeVersion.objects.create(version=version.version + 1, **{**fields, "frozen_at": None})
    day = timezone.localdate() + timedelta(days=10)
    change = prepared_of(newer, officer, day)
    assert (list(concerned(change)), change.subject) == ([certificate], f"{version.scheme.name}, v{newer.version}")
    assert code_of(prepared_of, version, officer, day) == "subject"
    assert code_of(prepared_of, newer, officer, day) == "subject"


def prepared_of(subject: Any, officer: Any, day: Any) -> TermsChange:
    """Prepare a change of anything."""
    from_terms = {"summary_az": "Sxem dəyişir, yenidir.", "summary_en": "The scheme changes."}
    return prepare_change(subject, actor=officer, effective_on=day, transition_until=day, **from_terms)


def test_preparation_is_refused_for_what_makes_no_sense(officer, certificate, candidate):
    today = timezone.localdate()
    assert code_of(prepared, officer, effective_on=today) == "effective_past"
    assert code_of(prepared, officer, transition_until=today) == "transition"
    assert code_of(prepared, officer, summary_en="short") == "reason"
    with pytest.raises(NotAllowed):
        prepared(candidate)
    change = prepared(officer)
    with time_machine.travel(timezone.now() + timedelta(days=10), tick=False):
        assert code_of(announce_change, change, actor=officer) == "effective_past"
    cancel_change(change, actor=officer, reason="Mətn hələ hazır deyil.")
    assert code_of(announce_change, change, actor=officer) == "state"
    assert TermsConsent.objects.count() == 0


def test_announcement_tells_each_once_and_nothing_happens_to_certificates(version, officer):
    found = [factories.certificate(version, language=language) for language in ("az", "en")]
    before = list(Certificate.objects.order_by("pk").values())
    change = prepared(officer)
    announce_change(change, actor=officer)
    assert code_of(announce_change, change, actor=officer) == "state"
    write_all()
    write_all()
    told = OutgoingMessage.objects.filter(kind="terms_announced").order_by("pk")
    assert [one.subject for one in told] == [
        f"Müqavilənin şərtləri dəyişir: {found[0].number}", f"The terms of the contract change: {found[1].number}",
    ]  # fmt: skip
    consent = consent_of(found[0])
    link = reverse("certificates:terms_accept", args=[consent.pk])
    assert [words in told[0].body for words in (change.summary_az, link)] == [True, True]
    duty = Duty.objects.get(about=f"certificates.termsconsent:{consent.pk}")
    assert (duty.kind, duty.due_on, duty.unit, duty.key) == (
        "accept_terms", change.transition_until, "date", f"accept_terms:certificates.termsconsent:{consent.pk}",
    )  # fmt: skip
    assert AuditEntry.objects.filter(verb="duty.open", object_ref=f"certificates.duty:{duty.pk}").count() == 1
    assert AuditEntry.objects.get(verb="terms.tell").after == {"told": 2}
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        sweep()
        assert list(Certificate.objects.order_by("pk").values()) == before
        assert {one.status for one in Certificate.objects.all()} == {Status.VALID}
    assert {one.state for one in Duty.objects.filter(kind="accept_terms")} == {DutyState.OPEN}
    with time_machine.travel(timezone.now() + timedelta(days=365 * 5 + 2), tick=False):
        sweep()
    assert {one.state for one in Duty.objects.filter(kind="accept_terms")} == {DutyState.LAPSED}


def test_very_many_are_told_by_a_worker_once(certificate, officer, monkeypatch):
    monkeypatch.setattr(terms, "TOLD_AT_ONCE", 0)
    announce_change(prepared(officer), actor=officer)
    assert TermsConsent.objects.count() == 0
    for _run in range(2):
        tasks.tell_of_terms()
    assert (TermsConsent.objects.count(), OutgoingMessage.objects.filter(kind="terms_announced").count()) == (1, 1)
    assert AuditEntry.objects.filter(verb="terms.tell").count() == 1


def test_acceptance_in_the_portal_and_on_paper_in_time_and_late(version, officer):
    first, second, third = (factories.certificate(version) for _ in range(3))
    change = prepared(officer)
    announce_change(change, actor=officer)
    holder = factories.account(first)
    with pytest.raises(NotAllowed):
        accept_terms(consent_of(first), actor=factories.account(second), request_address=ADDRESS)
    assert code_of(accept_terms, consent_of(first), actor=holder, request_address="") == "no_address"
    accepted = accept_terms(consent_of(first), actor=holder, request_address=ADDRESS)
    assert (accepted.accepted_how, accepted.request_address, accepted.is_late) == (AcceptanceWay.PORTAL, ADDRESS, False)
    assert Duty.objects.get(about=f"certificates.termsconsent:{accepted.pk}").state == DutyState.MET
    assert OutgoingMessage.objects.filter(kind="terms_accepted").count() == 1
    assert code_of(accept_terms, consent_of(first), actor=holder, request_address=ADDRESS) == "accepted"
    write_all()  # whoever accepted before the e-mail was written is not told any more
    assert OutgoingMessage.objects.filter(kind="terms_announced").count() == 2

    today = timezone.localdate()
    paper = {"actor": officer, "scan": factories.scan()}
    assert code_of(record_paper_terms, consent_of(second), signed_on=today + timedelta(days=1), **paper) == (
        "signed_future"
    )
    assert code_of(record_paper_terms, consent_of(second), signed_on=today - timedelta(days=1), **paper) == (
        "signed_early"
    )
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        late = timezone.localdate()
        record_paper_terms(consent_of(second), signed_on=late, actor=officer, scan=factories.scan())
        revoke_certificate(third, because(), actor=officer)
        assert code_of(record_paper_terms, consent_of(third), signed_on=late, **paper) == "ended"
    assert counts_of(change) == {"told": 3, "accepted": 1, "late": 1, "waiting": 0, "replaced": 0, "ended": 1}
    assert [one.is_late for one in consents_of(second)] == [True]
    assert list(terms_to_accept(third.person)) == []
    assert database_refusal("UPDATE certificates_termsconsent SET accepted_at = NULL WHERE id = %s", accepted.pk) == (
        "certificates_consent_frozen"
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_announce_and_accept_once():
    load_shipped_schemes()
    officer = UserFactory.create(roles=["officer"])
    certificate = factories.certificate(SchemeVersion.objects.get(scheme__code="coach-6"))
    change = prepared(officer)
    assert at_once(*[lambda: announce_change(change, actor=officer)] * 2) == [DONE, "state"]
    assert (TermsConsent.objects.count(), Reminder.objects.filter(kind="terms_announced").count()) == (1, 1)
    holder, consent = factories.account(certificate), consent_of(certificate)
    outcome = at_once(*[lambda: accept_terms(consent, actor=holder, request_address=ADDRESS)] * 2)
    assert outcome == ["accepted", DONE]
    assert OutgoingMessage.objects.filter(kind="terms_accepted").count() == 1


def test_officer_prepares_announces_and_sees_who_has_not_accepted(sign_in, officer, certificate):
    client: Client = sign_in(officer)
    assert client.get(reverse("certificates:terms_list")).context["has_new"] is False
    assert client.get(reverse("certificates:terms_new")).context["unavailable"]
    template = next_template()
    today = timezone.localdate()
    typed = {
        "subject": f"contract-{template.pk}", "summary_az": "Yeni müddət: 15 iş günü.",
        "summary_en": "A new term: 15 working days.", "effective_on": today, "transition_until": today,
    }  # fmt: skip
    refused = client.post(reverse("certificates:terms_new"), typed)
    assert (refused.status_code, refused.context["form"].data["summary_en"]) == (422, typed["summary_en"])
    typed |= {"effective_on": today + timedelta(days=5), "transition_until": today + timedelta(days=30)}
    page = client.post(reverse("certificates:terms_new"), typed, follow=True)
    change = TermsChange.objects.get()
    assert ([one.pk for one in page.context["page"]], page.context["counts"]["told"]) == ([certificate.pk], 0)
    for _click in range(2):
        page = client.post(reverse("certificates:terms_announce", args=[change.pk]), follow=True)
    assert page.context["counts"] == {"told": 1, "accepted": 0, "late": 0, "waiting": 1, "replaced": 0, "ended": 0}
    revoke_certificate(certificate, because(), actor=officer, effective_on=today + timedelta(days=20))
    page = client.get(reverse("certificates:terms", args=[change.pk]))  # a planned revocation ends nothing yet
    assert page.context["counts"] == {"told": 1, "accepted": 0, "late": 0, "waiting": 1, "replaced": 0, "ended": 0}
    assert [one.standing for one in page.context["page"]] == ["waiting"]
    assert reverse("certificates:terms_paper", args=[consent_of(certificate).pk]) in page.content.decode()
    withdraw_plan(Certificate.objects.get(pk=certificate.pk), actor=officer, reason="Səhvən planlaşdırılıb")
    url = reverse("certificates:terms", args=[change.pk])
    found = [list(client.get(url, {"standing": one}).context["page"]) for one in ("waiting", "accepted", "late")]
    assert [len(rows) for rows in found] == [1, 0, 0]
    suspend = f"{reverse('certificates:suspend', args=[certificate.pk])}?ground=terms_not_accepted"
    assert suspend not in client.get(url).content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert suspend in sign_in(officer).get(url).content.decode()
    paper = reverse("certificates:terms_paper", args=[consent_of(certificate).pk])
    done = client.post(paper, {"signed_on": today, "scan": factories.scan()}, follow=True)
    assert done.context["counts"]["accepted"] == 1
    scan = client.get(reverse("certificates:terms_scan", args=[consent_of(certificate).pk]))
    assert scan.getvalue() == factories.PDF


def test_draft_is_given_up_with_a_reason(sign_in, officer, certificate):
    change, client = prepared(officer), sign_in(officer)
    url = reverse("certificates:terms_cancel", args=[change.pk])
    assert client.post(url, {"reason": "yox"}).status_code == 422
    assert client.post(url, {"reason": "Mətn hələ hazır deyil."}).status_code == 302
    change.refresh_from_db()
    assert (change.state, client.get(reverse("certificates:terms", args=[change.pk])).status_code) == (
        TermsState.CANCELLED, 200,
    )  # fmt: skip


def test_holder_reads_what_changes_and_accepts_after_signing_in_again(sign_in, officer, certificate, candidate):
    announce_change(prepared(officer), actor=officer)
    url = reverse("certificates:terms_accept", args=[consent_of(certificate).pk])
    client: Client = sign_in(factories.account(certificate))
    assert client.get(url).headers["Location"].startswith(reverse("account_reauthenticate"))
    reauthenticated(client)
    page = client.get(url)
    assert (page.status_code, page.context["text"].title != "") == (200, True)
    assert certificate.person.full_name in page.content.decode()
    assert client.post(url, {}).status_code == 422
    assert client.post(url, {"agreed": "on"}).status_code == 302
    assert client.post(url, {"agreed": "on"}).status_code == 422
    assert consent_of(certificate).accepted_how == AcceptanceWay.PORTAL
    assert client.get(url).headers["Location"] == reverse("certificates:mine")
    assert sign_in(candidate).get(url).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_cost_the_same_for_one_and_three(sign_in, officer, version, rows, django_assert_num_queries):
    for _row in range(rows):
        factories.certificate(version)
    change, client = prepared(officer), sign_in(officer)
    url = reverse("certificates:terms", args=[change.pk])
    with django_assert_num_queries(11):
        client.get(url)
    announce_change(change, actor=officer)
    with django_assert_num_queries(9):
        client.get(url)


def test_pages_let_in_whom_they_are_for(sign_in, officer, auditor, decider, certificate, version):
    change = announce_change(prepared(officer), actor=officer)
    consent, stranger = consent_of(certificate), factories.account(factories.certificate(version))
    pages = {
        "terms_list": [], "terms_new": [], "terms": [change.pk], "terms_announce": [change.pk],
        "terms_cancel": [change.pk], "terms_accept": [consent.pk], "terms_paper": [consent.pk],
        "terms_scan": [consent.pk],
    }  # fmt: skip
    people = {"f": officer, "u": auditor, "d": decider, "h": factories.account(certificate), "s": stranger}
    let_in = dict.fromkeys(pages, "")
    for letter, person in people.items():
        client = sign_in(person)
        for page, arguments in pages.items():
            answer = client.post(reverse(f"certificates:{page}", args=arguments))
            let_in[page] += letter if answer.status_code != 403 else ""
    assert let_in == {
        "terms_list": "fu", "terms_new": "f", "terms": "fu", "terms_announce": "f", "terms_cancel": "f",
        "terms_accept": "h", "terms_paper": "f", "terms_scan": "fuh",
    }  # fmt: skip
    assert TermsConsent.objects.filter(accepted_at__isnull=False).count() == 0
