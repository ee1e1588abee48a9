"""Newer terms announced while older ones wait: these lapse, and the holder is asked one thing (contract B5)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from certificates.models import Duty, TermsConsent
from certificates.queries.terms import (
    announced_of_late,
    concerned,
    concerned_rows,
    counts_of,
    search_consents,
    terms_to_accept,
)
from certificates.services.certificates import issue_certificate
from certificates.services.reminders import sweep, write_waiting
from certificates.services.terms import accept_terms, announce_change, prepare_change, record_paper_terms
from core.models import OutgoingMessage
from core.templatetags.core_ui import longdate
from schemes.models import SchemeVersion
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.certificates.factories import account, scan
from tests.certificates.life_factories import in_days, noon, renewed, undone
from tests.certificates.pages.reading import reauthenticated, text
from tests.certificates.renewal_factories import asking, on_day
from tests.certificates.requests_factories import refused
from tests.certificates.terms_factories import SUMMARIES, next_template, prepared
from tests.exams.racing import DONE, at_once
from tests.exams.refusals import database_refusal

ADDRESS = "203.0.113.7"


def announced(officer):
    return announce_change(prepared(officer), actor=officer)


def on_day_after(days):
    return noon(in_days(days))


def consent_to(change, certificate):
    return TermsConsent.objects.get(change=change, certificate=certificate)


def accept(consent):
    return accept_terms(consent, actor=account(consent.certificate), request_address=ADDRESS)


@pytest.mark.parametrize(
    ("language", "words"),
    [("az", "Öncəki dəyişikliyi (v2) ayrıca qəbul"), ("en", "need not accept the earlier change (v2) any more")],
)
def test_what_was_not_accepted_of_older_terms_lapses(version, officer, language, words):
    certificate, done = factories.certificate(version, language=language), factories.certificate(version)
    second = announced(officer)
    accepted = accept(consent_to(second, done))
    third = announced(officer)
    while write_waiting():
        pass
    old, new = consent_to(second, certificate), consent_to(third, certificate)
    assert (old.replaced_by, old.standing, old.is_open) == (third, "replaced", False)
    duty = Duty.objects.get(about=f"certificates.termsconsent:{old.pk}")
    assert (duty.state, duty.details) == ("lapsed", "v2")
    entry = AuditEntry.objects.get(verb="duty.lapse", object_ref=f"certificates.duty:{duty.pk}")
    assert entry.reason == "Newer terms were announced, and took the place of these"
    assert list(terms_to_accept(certificate.person)) == [new]
    # Told of one thing: the message about the older terms, which was not written yet, is not written any more.
    bodies = list(
        OutgoingMessage.objects.filter(kind="terms_announced", recipient=certificate.person.email).values_list(
            "body", flat=True
        )
    )
    assert [words in body for body in bodies if certificate.number in body] == [True]
    # What was accepted stays accepted; the newer terms are accepted beside it.
    accepted.refresh_from_db()
    assert (accepted.standing, accepted.replaced_by) == ("accepted", None)
    assert counts_of(second) == {"told": 2, "accepted": 1, "late": 0, "waiting": 0, "replaced": 1, "ended": 0}
    assert counts_of(third)["waiting"] == 2
    assert list(search_consents(second, standing="replaced")) == [old]
    assert refused(lambda: accept(old)) == "replaced"
    day = timezone.localdate()
    assert refused(lambda: record_paper_terms(old, actor=officer, signed_on=day, scan=scan())) == "replaced"
    assert accept(new).standing == "accepted"


def test_terms_of_another_kind_stay(version, officer):
    certificate = factories.certificate(version)
    contract = announced(officer)
    newer = SchemeVersion.objects.create(
        scheme=version.scheme,
        version=version.version + 1,
        **{
            field.name: getattr(version, field.name)
            for field in SchemeVersion._meta.concrete_fields
            if field.name not in {"id", "scheme", "version"}
        },
    )
    day = timezone.localdate() + timedelta(days=9)
    change = prepare_change(newer, actor=officer, **SUMMARIES, effective_on=day, transition_until=day)
    announce_change(change, actor=officer)
    assert consent_to(contract, certificate).standing == "waiting"
    assert consent_to(change, certificate).standing == "waiting"
    assert sorted(Duty.objects.filter(kind="accept_terms").values_list("details", flat=True)) == [str(newer), "v2"]


def test_who_comes_later_is_told_of_the_newest_terms_alone(version, officer):
    contract = factories.concluded(version)  # on the first text
    second = announced(officer)
    third = announced(officer)
    late = issue_certificate(contract, actor=officer)
    sweep()
    assert [one.change for one in TermsConsent.objects.filter(certificate=late)] == [third]
    assert list(concerned(second)) == []


def test_the_preview_says_which_terms_were_accepted_and_which_wait(version, officer, sign_in):
    waiting, done = factories.certificate(version), factories.certificate(version)
    second = announced(officer)
    accept(consent_to(second, done))
    draft = prepared(officer)
    client = sign_in(officer)
    page = text(client.get(reverse("certificates:terms", args=[draft.pk]), headers={"accept-language": "en"}))
    assert page.count("lapses with this announcement") == 1
    assert page.count("v2: accepted on") == 1
    assert "________" in page
    assert {row.pk: [one.change_id for one in vars(row)["told"]] for row in concerned_rows(draft)} == {
        waiting.pk: [second.pk], done.pk: [second.pk],
    }  # fmt: skip


def test_whoever_opens_replaced_terms_reads_so(version, officer, sign_in):
    certificate = factories.certificate(version)
    old = consent_to(announced(officer), certificate)
    third = announced(officer)
    holder = reauthenticated(sign_in(account(certificate)))
    answer = holder.get(reverse("certificates:terms_accept", args=[old.pk]), headers={"accept-language": "en"})
    assert answer["Location"] == reverse("certificates:mine")
    mine = text(holder.get(answer["Location"], headers={"accept-language": "en"}))
    assert "Newer terms were announced since" in mine
    assert (reverse("certificates:terms_accept", args=[old.pk]) in mine, "v3" in mine) == (False, True)
    office = sign_in(officer)
    paper = text(office.get(reverse("certificates:terms_paper", args=[old.pk]), headers={"accept-language": "en"}))
    assert "Newer terms were announced since" in paper
    section = text(
        office.get(reverse("certificates:certificate", args=[certificate.pk]), headers={"accept-language": "en"})
    )
    assert f"not accepted; {third.subject} took its place" in section


def test_database_lets_nothing_be_replaced_that_was_accepted(version, officer):
    certificate = factories.certificate(version)
    consent = accept(consent_to(announced(officer), certificate))
    third = announced(officer)
    change = "UPDATE certificates_termsconsent SET replaced_by_id = %s WHERE id = %s"
    assert database_refusal(change, third.pk, consent.pk) == "certificates_consent_frozen"


@pytest.mark.django_db(transaction=True)
def test_acceptance_and_announcement_at_the_same_moment(version, officer):
    certificate = factories.certificate(version)
    consent = consent_to(announced(officer), certificate)
    draft = prepared(officer)
    outcomes = at_once(lambda: accept(consent), lambda: announce_change(draft, actor=officer))
    consent.refresh_from_db()
    assert (outcomes[0] if consent.replaced_by_id is None else outcomes.count(DONE)) in {DONE, 1}
    assert consent.standing == ("accepted" if consent.replaced_by_id is None else "replaced")
    assert consent_to(draft, certificate).standing == "waiting"
    open_duties = Duty.objects.filter(kind="accept_terms", state="open").values_list("about", flat=True)
    assert list(open_duties) == [f"certificates.termsconsent:{consent_to(draft, certificate).pk}"]


def test_days_of_terms_are_checked_in_the_form(version, officer, sign_in):
    today = timezone.localdate()
    typed = {
        "subject": "", "summary_az": "x", "effective_on": today.isoformat(),
        "transition_until": today.isoformat(),
    }  # fmt: skip
    certificate = factories.certificate(version)
    consent = consent_to(announced(officer), certificate)
    next_template()
    client = sign_in(officer)
    page = reverse("certificates:terms_paper", args=[consent.pk])
    for ahead in (-1, 1):
        answer = client.post(page, {"signed_on": (today + timedelta(days=ahead)).isoformat()})
        assert set(answer.context["form"].errors) == {"signed_on", "scan"}
    answer = client.post(reverse("certificates:terms_new"), typed)
    assert {"subject", "summary_az", "summary_en", "effective_on"} == set(answer.context["form"].errors)
    typed |= {
        "effective_on": (today + timedelta(days=9)).isoformat(),
        "transition_until": (today + timedelta(days=8)).isoformat(),
    }
    answer = client.post(reverse("certificates:terms_new"), typed)
    assert "transition_until" in answer.context["form"].errors


def test_who_is_renewed_has_nothing_to_accept_for_the_old_certificate(version, officer):
    certificate = factories.certificate(asking(version, RenewalNeeds.EVIDENCE))
    change = announced(officer)
    consent = consent_to(change, certificate)
    with on_day(certificate, -60):
        renewed(certificate, officer)
        consent = TermsConsent.objects.get(pk=consent.pk)
        assert (consent.is_open, consent.standing) == (False, "ended")
        assert Duty.objects.get(about=f"certificates.termsconsent:{consent.pk}").state == "lapsed"
        assert list(terms_to_accept(certificate.person)) == []
        assert (counts_of(change)["waiting"], counts_of(change)["ended"]) == (0, 1)
        assert refused(lambda: accept(consent)) == "ended"


def test_certificate_issued_on_the_old_text_after_the_transition_is_told_with_a_term_of_its_own(version, officer):
    contract = factories.concluded(version)  # offered, and agreed to, before anything was announced
    change = announce_change(prepared(officer, transition=20), actor=officer)
    with on_day_after(21):
        certificate = issue_certificate(contract, actor=officer)
        sweep()
        consent = consent_to(change, certificate)
        assert (consent.due_on, consent.is_over) == (timezone.localdate() + timedelta(days=30), False)
        assert Duty.objects.get(about=f"certificates.termsconsent:{consent.pk}").due_on == consent.due_on
        while write_waiting():
            pass
        assert longdate(consent.due_on) in OutgoingMessage.objects.get(kind="terms_announced").body
    with on_day_after(40), undone():
        accept(consent)
        assert (consent_to(change, certificate).is_late, counts_of(change)["accepted"]) == (False, 1)
    with on_day_after(52):
        accept(consent)
        assert (consent_to(change, certificate).is_late, counts_of(change)["late"]) == (True, 1)


def test_whoever_was_issued_long_after_a_transition_is_not_looked_for(version, officer):
    factories.certificate(version)
    announce_change(prepared(officer, transition=20), actor=officer)
    with on_day_after(20 + 91):
        issue_certificate(factories.concluded(version), actor=officer)
        assert list(announced_of_late(timezone.localdate())) == []
