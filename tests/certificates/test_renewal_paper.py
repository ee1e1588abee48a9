"""The decision dossier of a renewal on evidence, on paper."""

import json

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import ConflictOfInterest
from candidates.services.declarations import load_declarations
from candidates.services.review import accept_application, return_application
from candidates.services.submission import submit_application
from candidates.states import Section
from certificates.documents.renewal import render_renewal_dossier, renewal_dossier_html
from certificates.documents.renewal_snapshots import RenewalDossierSnapshot
from certificates.models import Renewal, RenewalPaper
from certificates.services.lifecycle import suspend_certificate
from certificates.services.misuse import open_case
from certificates.services.renewal_papers import renewal_dossier, request_renewal_dossier
from certificates.services.renewals import Evidence, amend_evidence
from certificates.services.surveillance import open_extraordinary
from certificates.states import MisuseRule, Outcome
from core.errors import NotAllowed, RuleViolation
from core.models import RenderedFile
from core.snapshots import SnapshotError
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.life_factories import in_days, with_scopes
from tests.certificates.printed import words
from tests.certificates.renewal_factories import PRACTICE, accepted, apply, asking, decided, on_day, paper
from tests.factories import UserFactory

RETURNED = "Görüşlərin siyahısında tarixlər yoxdur."


@pytest.fixture
def old(version):
    """A certificate with scopes whose renewal takes evidence alone, near its end."""
    load_declarations()
    certificate = factories.certificate(with_scopes(asking(version, RenewalNeeds.EVIDENCE)))
    with on_day(certificate, -60):
        yield certificate


def reviewed(certificate, officer: User) -> Renewal:
    """Apply, have it returned, complete it, and have it accepted."""
    renewal = apply(certificate)
    return_application(renewal.application, sections=[Section.DOCUMENTS], reason=RETURNED, actor=officer)
    holder = factories.account(certificate)
    amend_evidence(renewal, text=f"{PRACTICE} Tarixlər siyahıya əlavə edilib.", actor=holder)
    renewal.application.refresh_from_db()
    accept_application(submit_application(renewal.application, actor=holder), actor=officer)
    return Renewal.objects.get(pk=renewal.pk)


def test_dossier_tells_what_was_asked_handed_in_reviewed_and_decided(old, officer):
    renewal = reviewed(old, officer)
    ConflictOfInterest.objects.create(person=old.person, user=officer, kind="trained", note="2024", declared_by=officer)
    decision = decided(renewal)
    dossier = renewal_dossier(renewal)
    assert RenewalDossierSnapshot.from_json(json.loads(json.dumps(dossier.to_json()))) == dossier
    assert (dossier.renewal.number, dossier.renewal.evidence) == (old.number, Renewal.objects.get().evidence)
    assert [scope.code for scope in dossier.renewal.scopes] == old.scopes
    practice = dossier.application.requirements[-1]
    assert (practice.title_en, practice.met, practice.how) == ("Evidence of continued practice", True, "mektub.pdf")
    assert [line.what_en for line in dossier.reviewed] == [
        "Application submitted", "Application returned for completion", "Description of the practice changed",
        "Application submitted", "Application accepted",
    ]  # fmt: skip
    assert [(line.details_az, line.by) for line in dossier.reviewed[1:2]] == [(RETURNED, str(officer))]
    assert [line.what_en for line in dossier.life] == ["Issued"]
    assert [line.what_en for line in dossier.earlier] == ["Exam: Result released", "Decision: Granted"]
    assert [(one.name, one.kind_en) for one in dossier.interests] == [(str(officer), "Trained the candidate")]
    assert dossier.decision is not None
    assert (dossier.decision.outcome, dossier.decision.decided_by) == ("granted", str(decision.decided_by))
    pdf = render_renewal_dossier(dossier.to_json())
    assert pdf == render_renewal_dossier(dossier.to_json())
    printed = words(pdf)
    told = ("Yenilənmə üzrə qərar dosyesi", old.number, PRACTICE, RETURNED, decision.reasons, str(decision.decided_by))
    assert [text for text in told if " ".join(text.split()) not in printed] == []


def test_dossier_before_a_decision_names_what_is_open_and_leaves_room(old, officer, auditor):
    renewal = apply(old)
    suspend_certificate(old, because("Şikayət araşdırılır."), actor=officer, review_on=in_days(30))
    open_case(old, rule=MisuseRule.H3, facts="Görüşü başqası aparıb.", actor=officer)
    open_extraordinary(old, cause="Gizli şikayət.", due_on=in_days(9), actor=officer)
    dossier = renewal_dossier(renewal)
    assert [(one.title_en.partition(":")[0], one.settled) for one in dossier.questions] == [
        ("Certificate suspended", False), ("Case of misuse", False),
    ]  # fmt: skip
    assert (dossier.decision, dossier.application.requirements[-1].met) == (None, None)
    page = renewal_dossier_html(dossier)
    assert ("Qərar gözlənilir" in page, page.count("<hr>"), "Dayandırılıb" in page) == (True, 8, True)
    assert "Gizli şikayət" not in page  # the holder must not learn of it before it is held (contract B7)


def test_late_application_refused_without_scopes_and_hostile_words(version, officer):
    load_declarations()
    old = factories.certificate(asking(version, RenewalNeeds.EVIDENCE))
    with on_day(old, 10):
        words_of = "<script>alert(1)</script> & {{ body }}: 40 müştəri ilə 310 saat."
        renewal = accepted(old, evidence=Evidence(text=words_of, files=[paper(factories.account(old))]))
        decided(renewal, Outcome.REFUSED)
        page = renewal_dossier_html(renewal_dossier(renewal))
    assert ("B10" in page, "Əhatə dairəsi" in page, "<script>" in page) == (True, False, False)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ body }}" in page


def test_snapshot_with_a_field_too_many_is_refused(old):
    told = renewal_dossier(apply(old)).to_json()
    with pytest.raises(SnapshotError, match="unknown field secret"):
        render_renewal_dossier({**told, "secret": "x"})


def test_dossier_that_says_the_same_is_not_made_again(old, officer):
    renewal = accepted(old)
    first = request_renewal_dossier(renewal, actor=officer)
    assert request_renewal_dossier(renewal, actor=officer) == first
    decided(renewal)
    second = request_renewal_dossier(renewal, actor=officer)
    assert (RenewalPaper.objects.count(), RenderedFile.objects.filter(kind="renewal_dossier").count()) == (2, 2)
    assert (str(second), first.rendered.snapshot["decision"]) == (f"yenilenme-{renewal.pk}.pdf", None)
    assert AuditEntry.objects.filter(verb="paper.request", object_ref=f"certificates.renewal:{renewal.pk}").count() == 2


def test_paper_is_for_those_who_may_read_the_dossier(old, officer, sign_in):
    renewal = accepted(old)
    holder, decider = factories.account(old), UserFactory.create(roles=[Role.DECIDER])
    other, interested = (UserFactory.create(roles=[Role.DECIDER]) for _one in range(2))
    ConflictOfInterest.objects.create(person=old.person, user=interested, kind="related", declared_by=officer)
    ask = reverse("certificates:print_renewal", args=[renewal.pk])
    dossier = reverse("certificates:renewal_decide", args=[renewal.pk])
    client = sign_in(decider)
    assert ask in client.get(dossier).content.decode()
    page = client.post(ask).url
    waiting = client.get(page).content.decode()
    assert (f'hx-get="{page}"' in waiting, client.get(f"{page}file/").status_code) == (True, 404)
    work = RenewalPaper.objects.get().rendered
    work.file.name, work.sha256, work.size, work.rendered_at = "documents/aa/x.pdf", "0" * 64, 1, work.requested_at
    work.save()
    part = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert (f"{page}file/" in part, "<html" in part, "hx-get" in part) == (True, False, False)
    # An officer who is the holder has no business with what is said of them; another decision-maker asks for their own.
    holder.role_assignments.create(role=Role.OFFICER, granted_by=officer)
    for reader, code in ((officer, 200), (other, 403), (interested, 403), (holder, 403)):
        assert sign_in(User.objects.get(pk=reader.pk)).get(page).status_code == code, reader
    for reader in (interested, holder):
        with pytest.raises(NotAllowed) as refused:
            request_renewal_dossier(renewal, actor=User.objects.get(pk=reader.pk))
        assert refused.value.code == "paper"
        assert sign_in(User.objects.get(pk=reader.pk)).post(ask).status_code == 403


def test_renewal_with_an_exam_has_the_dossier_of_its_exam(version, officer, sign_in):
    load_declarations()
    old = factories.certificate(asking(version, RenewalNeeds.BOTH))
    with on_day(old, -60):
        renewal = apply(old)
        with pytest.raises(RuleViolation) as refused:
            request_renewal_dossier(renewal, actor=officer)
        ask = reverse("certificates:print_renewal", args=[renewal.pk])
        back = reverse("certificates:renewal_decide", args=[renewal.pk])
        client = sign_in(officer)
        assert (client.post(ask).url, ask in client.get(back).content.decode()) == (back, False)
    assert (refused.value.code, RenewalPaper.objects.exists()) == ("needs_exam", False)
