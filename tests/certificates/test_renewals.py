"""Renewals (contract H6, B10): from the application to the chained certificate, and all that stands in between."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import Application, ConflictOfInterest
from candidates.queries import latest_texts
from candidates.services.attachments import add_document, remove_document
from candidates.services.declarations import load_declarations
from candidates.services.drafts import save_identity
from candidates.services.review import accept_application, refuse_application, return_application
from candidates.services.submission import IncompleteApplication, submit_application
from candidates.services.withdrawal import withdraw_application
from candidates.states import REQUIRED_DECLARATIONS, Section
from certificates.documents.contract_reading import filled_text
from certificates.models import Certificate, Decision, Duty, Renewal
from certificates.queries.decisions import obstacles
from certificates.queries.reminders import under_renewal
from certificates.queries.renewals import (
    chain_of,
    queue_renewals_to_decide,
    renewals,
)
from certificates.services.certificates import issue_certificate, scopes_for
from certificates.services.decisions import decide, decide_renewal
from certificates.services.lifecycle import (
    reduce_scope,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from certificates.services.renewals import Evidence, amend_evidence
from certificates.states import DutyKind, DutyState, Ground, Obstacle, Outcome, RenewalStage, Status
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage
from exams.queries.sessions import waiting_applications
from exams.services.scheduling import schedule_candidates
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.life_factories import with_scopes
from tests.certificates.renewal_factories import (
    PRACTICE,
    accepted,
    agreed_contract,
    apply,
    asking,
    decided,
    on_day,
    paper,
)
from tests.exams.factories import new_session
from tests.factories import UserFactory, next_fin

EARLY, LATE = -60, 10


@pytest.fixture
def old(version):
    """A certificate whose renewal takes evidence alone."""
    load_declarations()
    return factories.certificate(asking(version, RenewalNeeds.EVIDENCE))


def code_of(call, *args, **kwargs):
    with pytest.raises(RuleViolation) as error:
        call(*args, **kwargs)
    return error.value.code


def stage_of(renewal):
    return RenewalStage(vars(renewals().get(pk=renewal.pk))["stage"])


def under_way():
    """The certificates whose holders get no reminder because they have applied."""
    return under_renewal(Certificate.objects.values_list("pk", flat=True))


def duties_of(certificate):
    owed = Duty.objects.filter(certificate=certificate, kind=DutyKind.APPLY_FOR_RENEWAL)
    return list(owed.order_by("id").values_list("state", flat=True))


def kinds_told():
    return set(OutgoingMessage.objects.values_list("kind", flat=True))


# --- From end to end --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("day", [EARLY, LATE], ids=["early", "late"])
@pytest.mark.parametrize("needs", [RenewalNeeds.EVIDENCE, RenewalNeeds.BOTH])
def test_renewal_leads_to_a_chained_certificate(version, officer, decider, needs, day):
    load_declarations()
    old = factories.certificate(asking(version, needs), language="en" if day == LATE else "az")
    old.person.address = "Gəncə, Həsən bəy Zərdabi küçəsi 1"
    old.person.save()
    assert under_way() == set()
    with on_day(old, day):
        renewal = apply(old)
        application = Application.objects.get(pk=renewal.application_id)
        assert (application.state, application.is_renewal) == ("submitted", True)
        assert (application.needs_exam, renewal.is_late) == (needs != RenewalNeeds.EVIDENCE, day == LATE)
        assert (application.address, application.person) == (old.person.address, old.person)
        assert duties_of(old) == [DutyState.MET]
        assert "renewal_received" in kinds_told()
        assert under_way() == {old.pk}
        accept_application(application, actor=officer)
        assert "renewal_accepted" in kinds_told()
        if needs == RenewalNeeds.EVIDENCE:
            assert list(queue_renewals_to_decide()) == [renewal]
            assert list(waiting_applications()) == []
            session = new_session(version)
            assert code_of(schedule_candidates, session, [application], actor=officer) == "no_exam"
            decision = decided(renewal)
        else:
            assert list(queue_renewals_to_decide()) == []
            assert list(waiting_applications()) == [application]
            assert code_of(decided, renewal) == "needs_exam"
            exam = factories.attempt(version, on=application)
            decision = decide(exam, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün meyarlar ödənilib.")
        assert stage_of(renewal) == RenewalStage.GRANTED
        words = str(filled_text(decision.contract.snapshot))
        assert ("tarixli imtahandan" in words) == (needs != RenewalNeeds.EVIDENCE)
        assert ("sübutları əsasında" in words) == (needs == RenewalNeeds.EVIDENCE)
        new = issue_certificate(agreed_contract(decision), actor=officer)
        today = timezone.localdate()
        first_day = today if day == LATE else old.valid_until + timedelta(days=1)
        old.refresh_from_db()
        assert (new.renews, new.valid_from, stage_of(renewal)) == (old, first_day, RenewalStage.ISSUED)
        assert chain_of(old) == chain_of(new) == [old, new]
        assert under_way() == set()
        before = first_day - timedelta(days=1)
        if day == EARLY:
            assert (old.status, new.status) == (Status.VALID, Status.NOT_YET_VALID)
            assert (old.status_on(before), new.status_on(before)) == (Status.VALID, Status.NOT_YET_VALID)
            assert code_of(apply, new) == "not_yet_valid"
        assert (old.status_on(first_day), new.status_on(first_day)) == (Status.SUPERSEDED, Status.VALID)
        assert code_of(apply, old) == "renewed"


def test_certificate_renewed_twice_is_a_chain_of_three(old, officer):
    first = old
    for _round in range(2):
        with on_day(old, LATE):
            old = issue_certificate(agreed_contract(decided(accepted(old))), actor=officer)
    chain = chain_of(first)
    assert (len(chain), chain[0], chain[-1]) == (3, first, old)
    with CaptureQueriesContext(connection) as queries:
        chain_of(old)
    assert len(queries) == 1


# --- What keeps from applying -----------------------------------------------------------------------------------------
def revoke(old, officer):
    revoke_certificate(old, because(), actor=officer)


def plan_to_revoke(old, officer):
    revoke_certificate(old, because(), actor=officer, effective_on=timezone.localdate() + timedelta(days=5))


def apply_anew(old, officer):
    anew = Application.objects.get(pk=old.decision.application_id)
    anew.pk, anew.reference, anew.state, anew.settled_at, anew.concluded_at = None, "M-0", "submitted", None, None
    anew.save(force_insert=True)


@pytest.mark.parametrize(
    ("code", "before", "changes"),
    [
        ("revoked", revoke, {}),
        ("revoked", plan_to_revoke, {}),
        ("open", lambda old, officer: apply(old), {}),
        ("other_case", apply_anew, {}),
        ("evidence", None, {"evidence": Evidence(text="Kouçam.")}),
        ("evidence_files", None, {"evidence": Evidence(text=PRACTICE)}),
    ],
)
def test_renewal_is_refused_clearly_and_leaves_nothing(old, officer, code, before, changes):
    with on_day(old, EARLY):
        if before:
            before(old, officer)
        rows = (Renewal.objects.count(), Application.objects.count())
        assert code_of(apply, old, **changes) == code
        assert code_of(apply, old, actor=officer) == "no_paper"
        assert (Renewal.objects.count(), Application.objects.count()) == rows


def test_first_day_of_renewal_is_the_day_of_the_first_reminder(old):
    assert old.renewal_from == old.valid_until - timedelta(days=180)
    with on_day(old, -181):
        assert code_of(apply, old) == "too_early"
    with on_day(old, -180):
        assert apply(old).is_late is False


def test_renewal_is_the_holders_own_and_an_officers_with_a_paper(old, officer):
    stranger, decider = factories.holder(), UserFactory.create(roles=[Role.DECIDER])
    with on_day(old, EARLY):
        for actor in (stranger, decider):
            with pytest.raises(NotAllowed) as error:
                apply(old, actor=actor)
            assert error.value.code == "not_holder"
        with pytest.raises(NotAllowed) as error:
            apply(old, actor=decider, scan=paper(decider), signed_on=timezone.localdate())
        assert error.value.code == "role"
        tomorrow = timezone.localdate() + timedelta(days=1)
        assert code_of(apply, old, actor=officer, scan=paper(officer), signed_on=tomorrow) == "signed_future"
        assert not Renewal.objects.exists()
        signed = timezone.localdate() - timedelta(days=2)
        renewal = apply(old, actor=officer, scan=paper(officer, factories.PDF + b"\n%scan"), signed_on=signed)
        application = renewal.application
        assert (application.account, application.entered_by, application.documents.count()) == (None, officer, 2)
        declared_on = {timezone.localdate(one.declared_at) for one in application.declarations.all()}
        assert declared_on == {signed}


def test_required_declarations_are_made_again(old):
    with on_day(old, EARLY), pytest.raises(IncompleteApplication):
        apply(old, agreed=[str(kind) for kind in REQUIRED_DECLARATIONS[1:]])
    assert (Renewal.objects.count(), duties_of(old)) == (0, [DutyState.OPEN])


# --- Between the grant and the issue ----------------------------------------------------------------------------------
def test_old_certificate_that_fell_meanwhile_is_not_renewed(old, officer):
    with on_day(old, EARLY):
        suspend_certificate(old, because(), actor=officer, review_on=timezone.localdate() + timedelta(days=30))
        contract = agreed_contract(decided(accepted(old)))  # may be applied for while it is suspended
        assert code_of(issue_certificate, contract, actor=officer) == "renewed_suspended"
        reinstate_certificate(old, because(ground=Ground.RESOLVED), actor=officer)
        revoke_certificate(old, because(), actor=officer)
        assert code_of(issue_certificate, contract, actor=officer) == "renewed_over"
        assert Certificate.objects.count() == 1


@pytest.mark.parametrize("ahead", [0, 5])
def test_a_suspension_is_not_escaped_by_waiting_for_the_expiry(old, officer, ahead):
    with on_day(old, -20):
        start = timezone.localdate() + timedelta(days=ahead)
        review = timezone.localdate() + timedelta(days=10)
        suspend_certificate(old, because(), actor=officer, review_on=review, effective_on=start)
    with on_day(old, 2):
        contract = agreed_contract(decided(accepted(old)))  # late, and allowed while it is suspended
        assert code_of(issue_certificate, contract, actor=officer) == "renewed_suspended"
        old.refresh_from_db()
        reinstate_certificate(old, because(ground=Ground.RESOLVED), actor=officer)
        assert old.status == Status.EXPIRED
        assert issue_certificate(contract, actor=officer).status == Status.VALID


def test_a_renewal_gives_no_scope_back_that_was_taken_away(version, officer):
    load_declarations()
    with_scopes(asking(version, RenewalNeeds.EVIDENCE))
    old = factories.certificate(version, officer=officer)
    reduce_scope(old, because(), actor=officer, scopes=["qrup", "onlayn"])
    with on_day(old, EARLY):
        new = issue_certificate(agreed_contract(decided(accepted(old))), actor=officer)
    assert new.scopes == ["qrup", "onlayn"]
    assert [scope["code"] for scope in new.snapshot["scopes"]] == ["qrup", "onlayn"]


def test_scopes_of_a_renewal_under_another_version_of_the_scheme():
    def version_with(*codes):
        return SimpleNamespace(scopes=SimpleNamespace(all=lambda: [SimpleNamespace(code=code) for code in codes]))

    old: Any = SimpleNamespace(scheme_version=version_with("fərdi", "qrup", "onlayn"), scopes=["qrup", "onlayn"])
    newer = version_with("komanda", "fərdi", "qrup")
    assert scopes_for(newer, None) == ["komanda", "fərdi", "qrup"]
    assert scopes_for(newer, old) == ["komanda", "qrup"]  # what the old version did not know was examined anew
    assert scopes_for(version_with(), old) == []
    assert code_of(scopes_for, version_with("fərdi"), old) == "scopes"


def test_certificate_revoked_before_the_decision_is_not_granted_anew(old, officer, sign_in):
    with on_day(old, EARLY):
        renewal = accepted(old)
        revoke_certificate(old, because(), actor=officer)
        assert code_of(decided, renewal) == "renewed_revoked"
        for name in ("renewal", "renewal_decide"):
            page = sign_in(officer).get(reverse(f"certificates:{name}", args=[renewal.pk])).content.decode()
            assert "message-warning" in page
        decided(renewal, Outcome.REFUSED)
        assert duties_of(old) == [DutyState.MET]  # nothing is owed for a revoked one


# --- What comes to nothing --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("end", ["decision", "officer", "withdrawn"])
def test_renewal_that_came_to_nothing_leaves_the_certificate_and_is_owed_again(old, officer, end):
    with on_day(old, EARLY):
        if end == "decision":
            renewal = accepted(old)
            decided(renewal, Outcome.REFUSED)
            assert code_of(decided, renewal) == "decided"
        else:
            renewal = apply(old)
            application = Application.objects.get(pk=renewal.application_id)
            if end == "officer":
                refuse_application(application, reason="Sübutlar başqa şəxsə aiddir.", actor=officer)
            else:
                withdraw_application(application, actor=factories.account(old))
        old.refresh_from_db()
        assert (old.status, under_way()) == (Status.VALID, set())
        expected = RenewalStage.WITHDRAWN if end == "withdrawn" else RenewalStage.REFUSED
        assert stage_of(renewal) == expected
        assert duties_of(old) == [DutyState.MET, DutyState.OPEN]
        message = OutgoingMessage.objects.latest("id")
        assert message.kind == {
            "decision": "decision_refused", "officer": "renewal_refused", "withdrawn": "renewal_withdrawn",
        }[end]  # fmt: skip
        assert old.number in message.body or message.kind != "decision_refused"
        again = apply(old)
        assert duties_of(old) == [DutyState.MET, DutyState.MET]
        assert stage_of(again) == RenewalStage.SUBMITTED
    with on_day(old, 1):
        assert old.status == Status.EXPIRED


def test_returned_renewal_is_completed_by_the_holder(old, officer):
    account = factories.account(old)
    with on_day(old, EARLY):
        renewal = apply(old)
        application = Application.objects.get(pk=renewal.application_id)
        assert code_of(amend_evidence, renewal, text=PRACTICE, actor=account) == "not_returned"
        return_application(application, sections=[Section.DOCUMENTS], reason="Məktubda tarix yoxdur.", actor=officer)
        assert (stage_of(renewal), "renewal_returned" in kinds_told()) == (RenewalStage.RETURNED, True)
        application.refresh_from_db()
        document = application.documents.get()
        remove_document(application, document_id=document.pk, actor=account)
        with pytest.raises(IncompleteApplication):
            submit_application(application, actor=account)
        with pytest.raises(NotAllowed):
            amend_evidence(renewal, text=PRACTICE, actor=officer)
        assert code_of(amend_evidence, renewal, text="qısa", actor=account) == "evidence"
        words = PRACTICE + " Əlavə: 2030-cu ildə 80 saat."
        assert amend_evidence(renewal, text=words, actor=account).evidence == words
        assert AuditEntry.objects.filter(verb="renewal.amend").count() == 1
        add_document(application, stored=paper(account, factories.PDF + b"%2"), kind="experience", actor=account)
        fields = {name: getattr(application, name) for name in (
            "surname", "given_name", "patronymic", "date_of_birth", "identity_series", "identity_number",
        )}  # fmt: skip
        save_identity(application, data={**fields, "fin": next_fin()}, actor=account)
        application.refresh_from_db()
        assert code_of(submit_application, application, actor=account) == "renewal_other_person"
        save_identity(application, data={**fields, "fin": old.person.fin}, actor=account)
        application.refresh_from_db()
        submit_application(application, actor=account)
        assert stage_of(renewal) == RenewalStage.SUBMITTED


# --- Independence -----------------------------------------------------------------------------------------------------
def test_only_independent_decision_makers_decide_on_a_renewal(old, officer, sign_in):
    interested, holder_too = (UserFactory.create(roles=[Role.DECIDER]) for _one in range(2))
    ConflictOfInterest.objects.create(person=old.person, user=interested, kind="trained", note="x", declared_by=officer)
    assessor = old.decision.attempt.session.panel.get().assessor
    assessor.role_assignments.create(role=Role.DECIDER)
    assessor = User.objects.get(pk=assessor.pk)
    with on_day(old, EARLY):
        renewal = accepted(old)
        assert obstacles(interested, renewal) == [Obstacle.INTEREST]
        assert obstacles(assessor, renewal) == [Obstacle.PANEL]
        assert obstacles(holder_too, renewal) == []
        reasons = {"outcome": Outcome.GRANTED, "reasons": "Sübutlar kifayət edir, tam baxılıb."}
        for actor, code in ((interested, "conflict"), (assessor, "conflict"), (officer, "role")):
            with pytest.raises(NotAllowed) as error:
                decide_renewal(renewal, actor=actor, **reasons)
            assert error.value.code == code
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Decision.objects.create(
                application=renewal.application, person=old.person, outcome="granted", reasons="x",
                decided_by=interested, decided_at=timezone.now(), appeal_until=timezone.localdate(),
            )  # fmt: skip
        assert constraint_name(refused.value) == "certificates_decider_independent"
        assert code_of(decide_renewal, renewal, actor=holder_too, outcome="granted", reasons="ok") == "reasons"
        address = reverse("certificates:renewal_decide", args=[renewal.pk])
        closed = sign_in(interested).get(address)
        assert "certificates/dossier_closed.html" in [one.name for one in closed.templates]
        assert PRACTICE not in closed.content.decode()
        file = renewal.application.documents.get().stored_id
        file_address = reverse("certificates:renewal_file", args=[renewal.pk, file])
        assert sign_in(interested).get(file_address).status_code == 403
        assert b"".join(sign_in(holder_too).get(file_address).streaming_content).startswith(b"%PDF")
        page = sign_in(holder_too).get(reverse("certificates:decision_queue")).content.decode()
        assert address in page
        assert address not in sign_in(interested).get(reverse("certificates:decision_queue")).content.decode()
        form = {"outcome": "granted", "reasons": reasons["reasons"], "confirmed": "on"}
        assert sign_in(holder_too).post(address, form).status_code == 302
        assert sign_in(holder_too).post(address, form).status_code == 422  # a second click reads that it is decided
        shown = sign_in(holder_too).get(address).content.decode()
        assert reasons["reasons"] in shown
        # what shows decisions copes with one without an exam
        for name, args in (("decision_list", []), ("contract", [Decision.objects.get(attempt=None).contract.pk])):
            assert sign_in(officer).get(reverse(f"certificates:{name}", args=args)).status_code == 200
        person_page = sign_in(officer).get(reverse("candidates:person", args=[old.person_id])).content.decode()
        assert address in person_page


# --- Pages ------------------------------------------------------------------------------------------------------------
def test_holder_applies_in_the_portal_and_follows_it(old, officer, sign_in):
    address = reverse("certificates:apply_for_renewal", args=[old.pk])
    with on_day(old, -181):
        assert "form" in sign_in(factories.account(old)).get(address).context
    with on_day(old, EARLY):
        holder, stranger = sign_in(factories.account(old)), sign_in(factories.holder())
        assert stranger.get(address).status_code == 403
        page = holder.get(address)
        assert (page.status_code, old.person.fin in page.content.decode()) == (200, True)
        texts = latest_texts()
        data = {
            "evidence": "qısa", "confirmed": "on", "seen": ",".join(str(text.pk) for text in texts.values()),
            **dict.fromkeys(map(str, REQUIRED_DECLARATIONS), "on"),
            "papers": [
                SimpleUploadedFile("a.pdf", factories.PDF), SimpleUploadedFile("b.pdf", factories.PDF + b"%b"),
            ],
        }  # fmt: skip
        assert stranger.post(address, data).status_code == 403
        data["papers"] = [
            SimpleUploadedFile("a.pdf", factories.PDF),
            SimpleUploadedFile("b.pdf", factories.PDF + b"%b"),
        ]
        empty = holder.post(address, {"seen": data["seen"]}).context["form"]
        assert list(empty.errors) == ["confirmed", "evidence", "papers", *REQUIRED_DECLARATIONS]
        refused = holder.post(address, data)
        assert (refused.status_code, Renewal.objects.exists()) == (422, False)
        kept = refused.context["form"]["kept"].value()
        assert len(kept.split(",")) == 2  # good files survive the error of another field
        same = {"papers": [SimpleUploadedFile("a.pdf", factories.PDF)], "kept": kept, "evidence": PRACTICE}
        unticked = holder.post(address, {**data, **same, "truth": ""})
        assert list(unticked.context["form"].errors) == ["truth"]
        assert 'id="div_id_truth"' in unticked.content.decode()
        same["papers"] = [SimpleUploadedFile("once-more.pdf", factories.PDF)]  # chosen again, it is the same
        done = holder.post(address, {**data, **same})
        renewal = Renewal.objects.get()
        assert done.url == reverse("certificates:renewal", args=[renewal.pk])
        assert renewal.application.documents.count() == 2
        again = holder.post(address, {**data, "papers": [], "kept": kept, "evidence": PRACTICE})
        assert (again.status_code, Renewal.objects.count()) == (422, 1)
        assert done.url in again.content.decode()
        assert holder.get(done.url).status_code == 200
        assert stranger.get(done.url).status_code == 403
        application = renewal.application
        seen = sign_in(officer).get(reverse("candidates:detail", args=[application.pk])).content.decode()
        assert (old.number in seen, PRACTICE in seen) == (True, True)
        return_application(application, sections=[Section.DOCUMENTS], reason="Tarix yoxdur burada.", actor=officer)
        assert "amend" in holder.get(done.url).content.decode()
        words = PRACTICE + " Daha bir cümlə."
        assert stranger.post(done.url, {"evidence": words}).status_code == 403
        assert holder.post(done.url, {"evidence": words}).status_code == 302
        for step in ("identity", "contact", "documents", "declarations", "review"):
            page = holder.get(reverse(f"candidates:{step}", args=[application.pk]))
            assert (page.status_code, len(page.context["steps"])) == (200, 5)
        assert holder.post(reverse("candidates:review", args=[application.pk])).status_code == 302
        assert Renewal.objects.get().evidence == words


def test_a_form_sent_empty_names_what_it_asks_for(old, sign_in):
    address = reverse("certificates:apply_for_renewal", args=[old.pk])
    with on_day(old, EARLY):
        client, texts = sign_in(factories.account(old)), latest_texts()
        first = client.get(address, headers={"accept-language": "en"})
        assert first.context["form"].fields["papers"].required  # the mark beside its name says so
        typed = {"seen": ",".join(str(text.pk) for text in texts.values())}
        refused = client.post(address, typed, headers={"accept-language": "en"})
        page = " ".join(refused.content.decode().split())
        for kind in REQUIRED_DECLARATIONS:
            name = texts[kind].get_kind_display()
            assert f"I have read “{name}” and agree — Read the text and tick the box" in page.replace("&quot;", '"')
        files = [SimpleUploadedFile("a.pdf", factories.PDF)]
        kept = client.post(address, {**typed, "papers": files}, headers={"accept-language": "en"})
        assert not kept.context["form"].fields["papers"].required


def test_officer_enters_a_signed_application(old, officer, sign_in):
    address = reverse("certificates:apply_for_renewal", args=[old.pk])
    with on_day(old, LATE):
        client, texts = sign_in(officer), latest_texts()
        assert client.get(address).status_code == 200
        data = {
            "evidence": PRACTICE, "seen": ",".join(str(text.pk) for text in texts.values()),
            **dict.fromkeys(map(str, REQUIRED_DECLARATIONS), "on"), "signed_on": timezone.localdate().isoformat(),
        }  # fmt: skip
        refused = client.post(address, {**data, "scan": SimpleUploadedFile("s.pdf", factories.PDF)})
        assert refused.status_code == 422  # no evidence attached
        kept = refused.context["form"]["kept_scan"].value()
        files = [SimpleUploadedFile("a.pdf", factories.PDF + b"%a")]
        assert client.post(address, {**data, "kept_scan": kept, "papers": files}).status_code == 302
        assert Renewal.objects.get().is_late
        partial = UserFactory.create(roles=[Role.OFFICER])
        ConflictOfInterest.objects.create(
            person=old.person, user=partial, kind="trained", note="x", declared_by=officer
        )
        assert sign_in(partial).get(address).status_code == 403


def test_list_filters_and_costs_the_same_for_one_and_three(old, officer, auditor, sign_in):
    client, address = sign_in(auditor), reverse("certificates:renewal_list")
    others = [factories.certificate(old.scheme_version) for _one in range(2)]
    with on_day(old, EARLY):
        apply(old)
        client = sign_in(auditor)
        client.get(address)
        with CaptureQueriesContext(connection) as one:
            client.get(address)
        for other in others:
            accepted(other)
        with CaptureQueriesContext(connection) as three:
            page = client.get(address)
        assert (len(page.context["page"]), len(three)) == (3, len(one))
        assert len(client.get(address, {"stage": "decision"}).context["page"]) == 2
        assert len(client.get(address, {"late": "late"}).context["page"]) == 0
        assert len(client.get(address, {"search": old.number}).context["page"]) == 1
        assert len(client.get(address, {"search": "eliyeva", "late": "in_time"}).context["page"]) == 3
        table = b"".join(client.get(address, {"format": "csv", "stage": "decision"}).streaming_content).decode()
        assert (others[0].number in table, old.number in table) == (True, False)
        queue = reverse("certificates:decision_queue")
        with CaptureQueriesContext(connection) as two:
            assert len(client.get(queue).context["renewals"]) == 2
        decided(Renewal.objects.get(certificate=others[0]))
        with CaptureQueriesContext(connection) as fewer:
            assert len(client.get(queue).context["renewals"]) == 1
        assert len(two) == len(fewer)


# --- Races ------------------------------------------------------------------------------------------------------------
def at_once(*calls):
    """Run the calls in threads that start together; gives the codes of the refused."""
    start = Barrier(len(calls))

    def run(call):
        start.wait()
        try:
            call()
        except RuleViolation as violation:
            return violation.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(run, calls))


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_applies_and_one_decides(version):
    load_declarations()
    old = factories.certificate(asking(version, RenewalNeeds.EVIDENCE))
    with on_day(old, EARLY):
        assert at_once(*[lambda: apply(Certificate.objects.get(pk=old.pk))] * 2) == ["done", "open"]
        renewal = Renewal.objects.get()
        accept_application(renewal.application, actor=UserFactory.create(roles=[Role.OFFICER]))
        outcomes = at_once(
            lambda: decided(Renewal.objects.get()), lambda: decided(Renewal.objects.get(), Outcome.REFUSED)
        )
        assert outcomes == ["decided", "done"]
        assert Decision.objects.filter(attempt=None).count() == 1


@pytest.mark.parametrize("how", ["accepted", "entered"])
def test_who_checked_the_papers_does_not_decide(old, officer, sign_in, how):
    both = UserFactory.create(roles=[Role.OFFICER, Role.DECIDER])
    with on_day(old, EARLY):
        signed: dict[str, Any] = {
            "actor": both,
            "scan": paper(both, factories.PDF + b"\n%scan"),
            "signed_on": timezone.localdate(),
        }
        renewal = apply(old) if how == "accepted" else apply(old, **signed)
        accepting = both if how == "accepted" else officer
        accept_application(Application.objects.get(pk=renewal.application_id), actor=accepting)
        renewal = Renewal.objects.get(pk=renewal.pk)
        assert obstacles(both, renewal) == [Obstacle.CHECKED]
        reasons = {"outcome": Outcome.GRANTED, "reasons": "Sübutlar kifayət edir, tam baxılıb."}
        with pytest.raises(NotAllowed) as error:
            decide_renewal(renewal, actor=both, **reasons)
        assert error.value.code == "conflict"
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            Decision.objects.create(
                application=renewal.application, person=old.person, outcome="granted", reasons="x",
                decided_by=both, decided_at=timezone.now(), appeal_until=timezone.localdate(),
            )  # fmt: skip
        assert constraint_name(refused.value) == "certificates_decider_independent"
        client, address = sign_in(both), reverse("certificates:renewal_decide", args=[renewal.pk])
        assert address not in client.get(reverse("certificates:decision_queue")).content.decode()
        shown = client.get(address)
        assert (shown.context["obstacles"], shown.context["may_decide"]) == ([Obstacle.CHECKED], False)
        assert str(Obstacle.CHECKED.label) in shown.content.decode()
        other = UserFactory.create(roles=[Role.OFFICER, Role.DECIDER])
        assert decide_renewal(renewal, actor=other, **reasons).decided_by == other


@pytest.mark.parametrize(("needs", "hinders"), [(RenewalNeeds.EXAM, False), (RenewalNeeds.BOTH, True)])
def test_papers_hinder_where_the_scheme_weighs_them(version, needs, hinders):
    load_declarations()
    asking(version, needs)
    old = factories.certificate(version)
    both = UserFactory.create(roles=[Role.OFFICER, Role.DECIDER])
    with on_day(old, EARLY):
        renewal = apply(old)
        accept_application(Application.objects.get(pk=renewal.application_id), actor=both)
        renewal = Renewal.objects.get(pk=renewal.pk)
        assert obstacles(both, renewal) == ([Obstacle.CHECKED] if hinders else [])
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT certificates_is_independent(%s, %s, %s)", [both.pk, old.person_id, renewal.application_id]
            )
            assert cursor.fetchone() == (not hinders,)
