"""What holders report and ask for (contract H2, H7, H8): what follows, what is refused, what is told."""

from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override

from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import IDENTITY_FIELDS, Application, ConflictOfInterest, Person
from candidates.services.persons import update_person
from certificates.models import ChangeNotice, Circumstance, Duty, Replacement
from certificates.queries.certificates import by_code
from certificates.queries.requests import request_index, requests_of
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract
from certificates.services.copies import make_copy
from certificates.services.decisions import decide
from certificates.services.duties import record_met
from certificates.services.lifecycle import reinstate_certificate, revoke_certificate, suspend_certificate
from certificates.services.requests import circumstances
from certificates.services.requests.changes import accept_change, reject_change, report_change, withdraw_change
from certificates.services.requests.circumstances import Evaluation, evaluate_circumstance, report_circumstance
from certificates.services.requests.replacements import (
    issue_replacement,
    reject_replacement,
    request_replacement,
    withdraw_replacement,
)
from certificates.states import (
    CertificateState,
    ChangeState,
    CircumstanceKind,
    CircumstanceOutcome,
    CopyReason,
    DutyKind,
    ReplacementKind,
    Status,
)
from core.errors import NotAllowed
from core.models import OutgoingMessage
from tests.certificates import factories, life_factories as life
from tests.certificates.factories import account, because
from tests.certificates.requests_factories import REASON, ago, change, circumstance, intake, refused, replacement
from tests.factories import UserFactory


def owed(kind, **more):
    return Duty.objects.get(kind=kind, **more)


def told():
    wanted = ("change", "circumstance", "replacement")
    kinds = OutgoingMessage.objects.order_by("id").values_list("kind", flat=True)
    return [kind for kind in kinds if kind.startswith(wanted)]


def copy_of(code):
    """Return the copy that a code finds."""
    copy = by_code(code)
    assert copy is not None
    return copy


def another_of(certificate, officer):
    """Issue a second certificate to the same person."""
    person = certificate.person
    first = certificate.decision.application
    again = Application.objects.create(
        **{name: getattr(person, name) for name in IDENTITY_FIELDS},
        reference="M-again",
        scheme=first.scheme,
        scheme_version=first.scheme_version,
        account=person.user,
        person=person,
        state="accepted",
        submitted_at=timezone.now(),
        settled_at=timezone.now(),
    )
    exam = factories.attempt(first.scheme_version, on=again)
    decision = decide(
        exam, actor=UserFactory.create(roles=[Role.DECIDER]), outcome="granted", reasons="Bütün meyarlar ödənilib."
    )
    contract = accept_contract(decision.contract, actor=account(certificate), request_address="203.0.113.7")
    return issue_certificate(contract, actor=officer)


# --- Changes of data (H2) ---------------------------------------------------------------------------------------------
def test_a_change_is_due_in_ten_working_days_and_a_late_one_shows_in_the_ledger(version, officer):
    with time_machine.travel("2026-03-02T09:00+04:00", tick=False):
        certificate = factories.certificate(version)
    with time_machine.travel("2026-04-20T09:00+04:00", tick=False):
        late = change(certificate, changed_on=date(2026, 3, 13), address="Gəncə, Nizami küçəsi 1")
        report = owed(DutyKind.REPORT_CHANGE)
        # Ten working days that are no weekends, not Novruz nor Ramazan, nor the days off instead of theirs.
        assert (late.due_on, late.is_late, report.due_on) == (date(2026, 4, 7), True, date(2026, 4, 7))
        assert (report.state, report.met_on) == ("met", date(2026, 4, 20))
        assert owed(DutyKind.SETTLE_CHANGE).start_on == date(2026, 4, 20)
    assert "10 iş günü" in OutgoingMessage.objects.get(kind="change_received").body
    assert [row["id"] for row in request_index(late=True)] == [late.pk]


def test_a_change_of_name_updates_the_person_and_replaces_every_copy_that_shows_it(version, officer):
    certificate = factories.certificate(version)
    second = another_of(certificate, officer)
    stranger = factories.certificate(version)
    old = certificate.current_copy
    notice = change(certificate, surname="  quliyeva-Əliyeva ", email="yeni@example.az", language="en")
    assert notice.changes == {
        "surname": ["Əliyeva", "quliyeva-Əliyeva"],
        "email": ["gunay@example.az", "yeni@example.az"],
        "language": ["az", "en"],
    }
    accepted = accept_change(notice, actor=officer)
    copy = accepted.copy
    assert copy is not None
    assert (accepted.state, accepted.settled_by, copy_of(copy.code)) == (ChangeState.ACCEPTED, officer, copy)
    assert (copy.number, copy.reason, copy.snapshot["holder"]["surname"]) == (2, CopyReason.CHANGED, "quliyeva-Əliyeva")
    assert copy.snapshot["number"] == certificate.number
    assert copy_of(old.code).in_force is False
    back = owed(DutyKind.RETURN_COPY, certificate=certificate)
    assert (back.due_on, back.details) == (ago(-15), str(old))
    assert owed(DutyKind.RETURN_COPY, certificate=second).details == f"{second.number} / 1"
    assert (second.copies.count(), stranger.copies.count()) == (2, 1)
    assert owed(DutyKind.SETTLE_CHANGE).state == "met"
    entry = AuditEntry.objects.get(verb="person.update")
    assert (entry.before["surname"], entry.after["surname"]) == ("Əliyeva", "quliyeva-Əliyeva")
    messages = {m.kind: (m.recipient, m.language) for m in OutgoingMessage.objects.filter(kind__startswith="change")}
    assert messages == {
        "change_received": ("gunay@example.az", "az"),
        "change_accepted": ("yeni@example.az", "en"),
        "change_left_address": ("gunay@example.az", "en"),
    }
    body = OutgoingMessage.objects.get(kind="change_accepted").body
    for one in (certificate, second):
        assert f"{one.number} / 1 → {one.number} / 2. Hand the original of the old copy in" in body
    assert refused(lambda: accept_change(notice, actor=officer)) == "state"
    record_met(back, actor=officer, proof="Poçtla gəldi.", on=timezone.localdate())
    assert refused(lambda: record_met(back, actor=officer, proof="Poçtla gəldi.", on=timezone.localdate())) == "state"


def test_a_change_that_no_certificate_shows_makes_no_copy(version, officer):
    certificate = factories.certificate(version)
    accepted = accept_change(change(certificate, telephone="050 765 43 21"), actor=officer)
    assert (accepted.copy, certificate.copies.count()) == (None, 1)
    assert Person.objects.get(pk=certificate.person_id).telephone == "+994507654321"
    assert not Duty.objects.filter(kind=DutyKind.RETURN_COPY).exists()


@pytest.mark.parametrize(
    ("days", "details", "file", "code"),
    [
        (1, {"address": "Bakı, yeni ünvan"}, None, "changed_future"),
        (-60 * 365, {"address": "Bakı, yeni ünvan"}, None, "changed_early"),
        (0, {"address": "Bakı, Nizami küçəsi 5"}, None, "nothing_changed"),
        (0, {"given_name": "Aygün"}, None, "evidence"),
        (0, {"identity_series": "AA"}, factories.scan(), "invalid"),
        (0, {"telephone": "12"}, None, "invalid"),
        (0, {"email": "kim?"}, None, "invalid"),
        (0, {"surname": ""}, factories.scan(), "invalid"),
        (0, {"language": "ru"}, None, "invalid"),
        (0, {"fin": "1234567"}, factories.scan(), "not_changeable"),
        (0, {"date_of_birth": "2000-01-01"}, factories.scan(), "not_changeable"),
    ],
)
def test_a_change_that_cannot_be_is_refused_and_leaves_nothing(version, days, details, file, code):
    certificate = factories.certificate(version)
    call = lambda: report_change(  # noqa: E731
        certificate, changed_on=ago(-days), details=details, actor=account(certificate), intake=intake(file=file)
    )
    assert refused(call) == code
    assert not ChangeNotice.objects.exists()
    assert not Duty.objects.filter(kind__in=[DutyKind.REPORT_CHANGE, DutyKind.SETTLE_CHANGE]).exists()
    assert told() == []


def test_one_datum_has_one_open_notice_and_old_values_must_still_hold(version, officer):
    certificate = factories.certificate(version)
    notice = change(certificate, surname="Quliyeva")
    assert refused(lambda: change(certificate, surname="Həsənova", address="Şəki")) == "pending"
    change(certificate, address="Şəki şəhəri, 5")
    update_person(
        certificate.person, changes={"surname": ["Əliyeva", "Həsənova"]}, actor=officer, reason="Səhv düzəldildi."
    )
    assert refused(lambda: accept_change(notice, actor=officer)) == "outdated"
    notice.refresh_from_db()
    assert (notice.state, certificate.copies.count()) == (ChangeState.REPORTED, 1)
    rejected = reject_change(notice, actor=officer, reason=REASON)
    assert (rejected.state, rejected.answer) == (ChangeState.REJECTED, REASON)
    assert REASON in OutgoingMessage.objects.get(kind="change_rejected").body
    assert change(certificate, surname="Quliyeva").state == ChangeState.REPORTED


def test_a_revoked_certificate_takes_no_report_and_gets_no_new_copy(version, officer):
    kept, lost = (factories.certificate(version) for _ in range(2))
    notice = change(lost)
    revoke_certificate(lost, because(), actor=officer)
    accept_change(notice, actor=officer)
    assert (lost.copies.count(), kept.copies.count()) == (1, 1)
    assert Person.objects.get(pk=lost.person_id).surname == "Quliyeva"
    assert refused(lambda: change(lost, address="Bakı, başqa küçə")) == "final"
    assert refused(lambda: circumstance(lost)) == refused(lambda: replacement(lost)) == "ended"


# --- Who may ----------------------------------------------------------------------------------------------------------
def test_reports_are_for_the_holder_or_an_officer_without_interest(version, officer, auditor):
    certificate, stranger = factories.certificate(version), factories.holder()
    own_officer = UserFactory.create(roles=[Role.CANDIDATE, Role.OFFICER])
    partial = UserFactory.create(roles=[Role.OFFICER])
    own = factories.certificate(version, user=own_officer)
    ConflictOfInterest.objects.create(
        person=certificate.person, user=partial, kind="family", note="Qohum", declared_by=partial
    )
    today = timezone.localdate()

    def all_three(case, user, **how):
        paper = intake(**how)
        report_change(case, changed_on=today, details={"address": "Şəki"}, actor=user, intake=paper)
        report_circumstance(
            case, kind=CircumstanceKind.OTHER, since=today, description=REASON, actor=user, intake=paper
        )
        request_replacement(
            case, kind=ReplacementKind.LOST, description=REASON, stops_use=True, actor=user, intake=paper
        )

    assert refused(lambda: all_three(certificate, stranger)) == "not_holder"
    assert refused(lambda: all_three(certificate, auditor)) == "not_holder"
    assert refused(lambda: all_three(certificate, partial)) == "interest"
    assert refused(lambda: all_three(certificate, officer, received_on=ago(-1))) == "received_future"
    assert refused(lambda: all_three(certificate, officer, received_on=ago(1))) == "received_early"
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        all_three(certificate, officer, received_on=today, file=None)
    all_three(own, own_officer, received_on=ago(30), file=None)
    for model in (ChangeNotice, Circumstance, Replacement):
        entered = model.objects.get(certificate=certificate)
        assert (entered.entered_by, entered.received_on) == (officer, today)
        assert model.objects.get(certificate=own).received_on == today
    for settle in (
        lambda: accept_change(ChangeNotice.objects.get(certificate=own), actor=own_officer),
        lambda: issue_replacement(Replacement.objects.get(certificate=own), actor=own_officer),
        lambda: reject_replacement(Replacement.objects.get(certificate=own), actor=own_officer, reason=REASON),
        lambda: evaluate_circumstance(
            Circumstance.objects.get(certificate=own),
            Evaluation(CircumstanceOutcome.NONE, REASON),
            actor=own_officer,
        ),
    ):
        assert refused(settle) == "own_case"
    with pytest.raises(NotAllowed):
        withdraw_change(ChangeNotice.objects.get(certificate=certificate), actor=officer)
    with pytest.raises(NotAllowed):
        withdraw_replacement(Replacement.objects.get(certificate=certificate), actor=stranger)


# --- Circumstances (H7) -----------------------------------------------------------------------------------------------
def test_the_outcome_reaches_the_renewal_that_has_begun_meanwhile(version, officer):
    certificate = factories.certificate(version, officer=officer)
    renewal = life.renewed(certificate, officer)
    other, case = circumstance(certificate, "Başqa hal baş verib."), circumstance(certificate)
    with time_machine.travel(datetime.combine(renewal.valid_from, time(9), tzinfo=timezone.get_current_timezone())):
        order = Evaluation(CircumstanceOutcome.ASSESSMENT, REASON, details=REASON, due_on=renewal.valid_until)
        evaluate_circumstance(other, order, actor=officer)
        assert owed(DutyKind.EXTRA_ASSESSMENT).certificate == renewal
        assert renewal.number in OutgoingMessage.objects.get(kind="circumstance_evaluated").body
        evaluate_circumstance(case, Evaluation(CircumstanceOutcome.REVOCATION, REASON), actor=officer)
        certificate.refresh_from_db()
        renewal.refresh_from_db()
        assert (certificate.status, renewal.state) == ("superseded", CertificateState.REVOKED)


@pytest.mark.parametrize("outcome", CircumstanceOutcome)
def test_the_outcome_of_a_circumstance_follows_at_once(version, officer, outcome):
    certificate = factories.certificate(version)
    case = circumstance(certificate)
    evaluation = Evaluation(outcome, REASON, due_on=ago(-20), details="Praktiki imtahan, P1", review_on=ago(-40))
    evaluated = evaluate_circumstance(case, evaluation, actor=officer)
    certificate.refresh_from_db()
    assert (evaluated.outcome, evaluated.answer, evaluated.settled_by) == (outcome, REASON, officer)
    assert owed(DutyKind.EVALUATE_CIRCUMSTANCE).state == "met"
    assert certificate.state == {
        "suspension": CertificateState.SUSPENDED,
        "revocation": CertificateState.REVOKED,
    }.get(outcome, CertificateState.VALID)
    assessment = Duty.objects.filter(kind=DutyKind.EXTRA_ASSESSMENT).first()
    assert (assessment.due_on == ago(-20) if assessment else None) == (outcome == "assessment" or None)
    decided = {"suspension": ["certificate_suspended"], "revocation": ["certificate_revoked"]}.get(outcome, [])
    assert [*OutgoingMessage.objects.order_by("id").values_list("kind", flat=True)][-1 - len(decided) :] == [
        *decided,
        "circumstance_evaluated",
    ]
    assert refused(lambda: evaluate_circumstance(case, evaluation, actor=officer)) == "state"


@pytest.mark.parametrize(
    ("evaluation", "code"),
    [
        (Evaluation(CircumstanceOutcome.NONE, " x "), "reason"),
        (Evaluation(CircumstanceOutcome.ASSESSMENT, REASON, due_on=date(2999, 1, 1)), "details"),
        (Evaluation(CircumstanceOutcome.ASSESSMENT, REASON, details=REASON), "assessment_past"),
        (
            Evaluation(CircumstanceOutcome.ASSESSMENT, REASON, details=REASON, due_on=date(2999, 1, 1)),
            "assessment_late",
        ),
        (Evaluation(CircumstanceOutcome.SUSPENSION, REASON), "review_past"),
        (Evaluation(CircumstanceOutcome.SUSPENSION, REASON, review_on=date(2999, 1, 1)), "review_late"),
    ],
)
def test_an_incomplete_evaluation_leaves_everything_as_it_was(version, officer, evaluation, code):
    case = circumstance(factories.certificate(version))
    assert refused(lambda: evaluate_circumstance(case, evaluation, actor=officer)) == code
    case.refresh_from_db()
    assert (case.state, case.certificate.state) == ("reported", "valid")
    assert owed(DutyKind.EVALUATE_CIRCUMSTANCE).state == "open"
    assert not Duty.objects.filter(kind=DutyKind.EXTRA_ASSESSMENT).exists()


def test_a_circumstance_is_not_reported_twice_nor_ahead(version):
    certificate = factories.certificate(version)
    circumstance(certificate)
    assert refused(lambda: circumstance(certificate)) == "reported"
    assert (
        refused(
            lambda: report_circumstance(
                certificate,
                kind=CircumstanceKind.OTHER,
                since=ago(-1),
                description=REASON,
                actor=account(certificate),
                intake=intake(),
            )
        )
        == "since_future"
    )


# --- New copies (H8) --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ReplacementKind)
def test_a_new_copy_keeps_the_number_and_supersedes_the_old_one(version, officer, kind):
    certificate = factories.certificate(version)
    old = certificate.current_copy
    case = replacement(certificate, kind)
    back = Duty.objects.filter(kind=DutyKind.RETURN_COPY).first()
    assert (back.due_on if back else None) == (None if kind == "lost" else ago(-15))
    assert refused(lambda: replacement(certificate, kind)) == "certificates_one_open_replacement"
    issued = issue_replacement(case, actor=officer)
    new = issued.new_copy
    assert new is not None
    assert (new.number, new.reason, issued.old_copy) == (2, kind, old)
    assert new.snapshot["number"] == certificate.number
    assert (copy_of(old.code).in_force, copy_of(new.code).in_force) == (False, True)
    assert owed(DutyKind.SETTLE_REPLACEMENT).state == "met"
    assert (back is None) or owed(DutyKind.RETURN_COPY).state == "open"
    assert told() == ["replacement_received", "replacement_issued"]
    assert new.grouped_code in OutgoingMessage.objects.get(kind="replacement_issued").body
    assert refused(lambda: issue_replacement(case, actor=officer)) == "state"
    assert requests_of(certificate)[0].case == case


def test_a_request_that_is_given_up_or_rejected_leaves_the_copy_with_the_holder(version, officer):
    certificate = factories.certificate(version)
    asked = replacement(certificate)
    withdrawn = withdraw_replacement(asked, actor=account(certificate))
    states = {(duty.kind, duty.state) for duty in Duty.objects.filter(kind__contains="_copy")}
    assert (withdrawn.state, states) == ("withdrawn", {("return_copy", "lapsed")})
    rejected = reject_replacement(replacement(certificate), actor=officer, reason=REASON)
    assert (rejected.state, rejected.answer) == ("rejected", REASON)
    assert set(Duty.objects.filter(kind="return_copy").values_list("state", flat=True)) == {"lapsed"}
    assert Duty.objects.filter(kind="settle_replacement", state="open").count() == 0
    assert refused(lambda: withdraw_replacement(rejected, actor=account(certificate))) == "state"
    assert certificate.copies.count() == 1


def test_no_new_copy_while_suspended_and_none_of_a_copy_that_was_replaced(version, officer):
    certificate = factories.certificate(version)
    case = replacement(certificate)
    suspend_certificate(certificate, because(), actor=officer, review_on=ago(-30))
    assert refused(lambda: issue_replacement(case, actor=officer)) == "suspended"
    reinstate_certificate(certificate, because(), actor=officer)
    make_copy(certificate, CopyReason.CHANGED, actor=officer)  # a newer copy of former days, which settled no request
    assert refused(lambda: issue_replacement(case, actor=officer)) == "superseded"
    reject_replacement(case, actor=officer, reason=REASON)
    # The old copy was replaced all the same: it is owed once, and stays owed.
    assert [(one.state, one.about) for one in Duty.objects.filter(kind=DutyKind.RETURN_COPY)] == [
        ("open", f"certificates.replacement:{case.pk}")
    ]
    with time_machine.travel(timezone.now() + timedelta(days=365 * 6)):
        assert certificate.status == Status.EXPIRED
        assert refused(lambda: replacement(certificate)) == "ended"
    assert (
        refused(
            lambda: request_replacement(
                certificate,
                kind=ReplacementKind.LOST,
                description=REASON,
                stops_use=False,
                actor=account(certificate),
                intake=intake(),
            )
        )
        == "stop_use"
    )


def test_only_so_many_circumstances_wait_at_once(version, officer, monkeypatch):
    monkeypatch.setattr(circumstances, "MOST_WAITING", 2)
    certificate = factories.certificate(version)
    first, _second = (circumstance(certificate, f"Uzunmüddətli xəstəlik, {number}.") for number in "ab")
    assert refused(partial(circumstance, certificate, "Üçüncü uzunmüddətli xəstəlik.")) == "too_many"
    with override("az"):
        evaluate_circumstance(first, Evaluation(CircumstanceOutcome.NONE, REASON), actor=officer)
    assert Duty.objects.get(kind="evaluate_circumstance", state="met").proof == "Nothing follows"
    circumstance(certificate, "Üçüncü uzunmüddətli xəstəlik.")
