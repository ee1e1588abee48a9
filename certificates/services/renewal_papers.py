"""The decision dossier of a renewal on evidence, on paper: what was asked, handed in, reviewed and decided."""

from collections.abc import Callable, Iterator
from datetime import date
from operator import attrgetter

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from accounts.models import User
from audit.models import AuditEntry
from audit.queries import timeline
from audit.services import record
from audit.verbs import verb_label
from candidates.models import Application
from candidates.queries import application_page, conflicts_of
from certificates.documents.renewal_snapshots import (
    InterestSnapshot,
    LineSnapshot,
    RenewalDossierSnapshot,
    RenewalSnapshot,
)
from certificates.documents.snapshots import ScopeSnapshot
from certificates.models import Certificate, CertificateEvent, Decision, Renewal, RenewalPaper, Surveillance
from certificates.permissions import prints_renewal
from certificates.queries.cases import DatedCase, misuse_of, surveillance_of
from certificates.queries.decisions import decision_on_evidence, decisions_on, exams_of
from certificates.queries.renewals import renewals
from certificates.services.papers import application_snapshot, decision_snapshot, in_language
from certificates.states import MisuseState, Status, SurveillanceState
from core.errors import NotAllowed, RuleViolation
from core.rendering import request_render
from core.transitions import locked
from exams.documents.snapshots import QuestionSnapshot, RequirementSnapshot
from exams.models import Attempt
from exams.protocols import body_snapshot, scheme_snapshot
from exams.services.papers import says_the_same
from exams.states import AttemptState
from schemes.states import RenewalNeeds

KIND = "renewal_dossier"
# What the trail tells of how an application was handled; the renewal's own words changed are among them.
HANDLED = (
    "application.enter",
    "application.submit",
    "application.return",
    "application.accept",
    "application.refuse",
    "application.withdraw",
    "renewal.amend",
)


@transaction.atomic
def request_renewal_dossier(renewal: Renewal, *, actor: User) -> RenewalPaper:
    """Ask for the dossier of a renewal that takes no exam; what says the same as the last one is not made again.

    Raises `NotAllowed` "paper" for anyone who may not read the dossier, and for the holder whoever else they are;
    `RuleViolation` "needs_exam" where an exam decides: that has a dossier of its own.
    """
    if not prints_renewal(actor, renewal):
        raise NotAllowed(gettext_lazy("Only those who may read the dossier may print it."), code="paper")
    if renewal.needs != RenewalNeeds.EVIDENCE:
        raise RuleViolation(
            gettext_lazy("This renewal takes an exam: print the dossier of the exam."), code="needs_exam"
        )
    current = locked(renewal)
    snapshot = renewal_dossier(current).to_json()
    last = current.papers.select_related("rendered").first()
    if last and says_the_same(last.rendered.snapshot, snapshot):
        return last
    rendered = request_render(KIND, snapshot, f"yenilenme-{renewal.pk}.pdf")
    paper = RenewalPaper.objects.create(renewal=current, rendered=rendered, requested_by=actor)
    record(actor=actor, verb="paper.request", obj=current, after={"paper": KIND}, related=[current.application])
    return paper


def renewal_dossier(renewal: Renewal) -> RenewalDossierSnapshot:
    """Return all that the dossier tells now.

    Surveillance that has not been held is left out: the paper may reach the holder, who must not learn of an
    extraordinary one before (contract B7).
    """
    renewal = renewals().get(pk=renewal.pk)
    application = application_page().get(pk=renewal.application_id)
    decision = decision_on_evidence(renewal)
    return RenewalDossierSnapshot(
        made_at=timezone.now(),
        body=body_snapshot(),
        scheme=scheme_snapshot(application.scheme_version),
        application=application_snapshot(application, (_practice(renewal, application),)),
        renewal=_renewal(renewal),
        reviewed=tuple(_reviewed(renewal, application)),
        questions=tuple(_questions(renewal.certificate)),
        life=tuple(_life(renewal.certificate)),
        earlier=tuple(_earlier(renewal)),
        interests=tuple(_interests(renewal.certificate)),
        decision=decision_snapshot(decision) if decision else None,
    )


def _renewal(renewal: Renewal) -> RenewalSnapshot:
    certificate = renewal.certificate
    state_az, state_en = _both(lambda: Status(certificate.status).label)
    needs_az, needs_en = _both(renewal.get_needs_display)
    return RenewalSnapshot(
        number=certificate.number,
        state_az=state_az,
        state_en=state_en,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        applied_at=renewal.applied_at,
        needs_az=needs_az,
        needs_en=needs_en,
        evidence=renewal.evidence,
        is_late=renewal.is_late,
        scopes=tuple(
            ScopeSnapshot(code=scope.code, name_az=scope.name_az, name_en=scope.name_en)
            for scope in certificate.scheme_version.scopes.all()
            if scope.code in certificate.scopes
        ),
    )


def _practice(renewal: Renewal, application: Application) -> RequirementSnapshot:
    """Tell what was handed in for the practice, which the officer checked; whether it is enough is for the decision."""
    papers = [one.stored.original_name for one in application.documents.all()]
    title_az, title_en = _both(lambda: _("Evidence of continued practice"))
    return RequirementSnapshot(
        title_az=title_az,
        title_en=title_en,
        met=bool(renewal.evidence and papers) if application.settled_at else None,
        how="; ".join(papers),
    )


def _reviewed(renewal: Renewal, application: Application) -> list[LineSnapshot]:
    """Return what was done about the application: who, on which day, with which reason."""
    entries = (timeline(application) | timeline(renewal)).filter(verb__in=HANDLED)
    return [_handled(entry) for entry in entries.order_by("id")]


def _handled(entry: AuditEntry) -> LineSnapshot:
    by = entry.actor_label if entry.actor_id else ""
    return _line(timezone.localdate(entry.at), lambda: verb_label(entry.verb), lambda: entry.reason_words, by=by)


def _questions(certificate: Certificate) -> Iterator[QuestionSnapshot]:
    """Give what the decision-maker has to see to: a suspension that is on, and cases of misuse."""
    for suspension in certificate.suspensions.filter(ended_at=None):
        title_az, title_en = _both(lambda: _("Certificate suspended"))
        yield QuestionSnapshot(
            title_az=title_az, title_en=title_en, details=suspension.reason, since=suspension.started_at
        )
    yield from map(_misuse, misuse_of(certificate).order_by("opened_at", "id"))


def _misuse(case: DatedCase) -> QuestionSnapshot:
    title_az, title_en = _both(lambda: f"{_('Case of misuse')}: {case.get_rule_display()}")
    return QuestionSnapshot(
        title_az=title_az,
        title_en=title_en,
        details=case.reasons or case.facts,
        since=case.opened_at,
        settled=case.state == MisuseState.SETTLED,
    )


def _life(certificate: Certificate) -> list[LineSnapshot]:
    """Return the events of the certificate and the surveillances that were held, in the order of their days."""
    events = map(_event, certificate.events.select_related("recorded_by").order_by("effective_on", "id"))
    held = map(_held, surveillance_of(certificate).filter(state=SurveillanceState.HELD))
    return sorted([*events, *held], key=attrgetter("on"))


def _event(event: CertificateEvent) -> LineSnapshot:
    def because() -> str:
        return " · ".join(
            part for part in (event.get_ground_display(), _(event.reason) if event.reason else "") if part
        )

    return _line(event.effective_on, event.get_kind_display, because, by=str(event.recorded_by or ""))


def _held(one: Surveillance) -> LineSnapshot:
    def what() -> str:
        return f"{one.get_kind_display()}: {one.get_result_display()}"

    return _line(one.held_on or one.due_on, what, lambda: one.report, by=str(one.settled_by or ""))


def _earlier(renewal: Renewal) -> list[LineSnapshot]:
    """Return the exams of the person that were held and the other decisions on them, in the order of their days."""
    person = renewal.certificate.person
    exams = exams_of(person).exclude(state__in=[AttemptState.CANCELLED, AttemptState.SCHEDULED])
    decided = decisions_on(person).exclude(application=renewal.application_id)
    return sorted([*map(_exam, exams), *map(_decided, decided)], key=attrgetter("on"))


def _exam(exam: Attempt) -> LineSnapshot:
    scheme = exam.session.scheme_version.scheme
    return _line(
        timezone.localdate(exam.starts_at), lambda: f"{_('Exam')}: {exam.get_state_display()}", lambda: scheme.name
    )


def _decided(decision: Decision) -> LineSnapshot:
    return _line(
        timezone.localdate(decision.decided_at),
        lambda: f"{_('Decision')}: {decision.get_outcome_display()}",
        lambda: decision.reasons,
        by=str(decision.decided_by),
    )


def _interests(certificate: Certificate) -> Iterator[InterestSnapshot]:
    for one in conflicts_of(certificate.person):
        kind_az, kind_en = _both(one.get_kind_display)
        yield InterestSnapshot(name=str(one.user), kind_az=kind_az, kind_en=kind_en, note=one.note)


def _line(on: date, what: Callable[[], object], details: Callable[[], object], *, by: str = "") -> LineSnapshot:
    what_az, what_en = _both(what)
    details_az, details_en = _both(details)
    return LineSnapshot(on=on, what_az=what_az, what_en=what_en, details_az=details_az, details_en=details_en, by=by)


def _both(words: Callable[[], object]) -> tuple[str, str]:
    return in_language(words, "az"), in_language(words, "en")
