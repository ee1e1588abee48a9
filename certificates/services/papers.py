"""The decision dossier on paper: all that a decision rests on, printed as it stands."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, override

from accounts.models import User
from candidates.models import Application
from candidates.queries import application_page, declared
from certificates.models import Decision
from certificates.permissions import reads_dossier
from certificates.queries.decisions import decision_of
from core.errors import NotAllowed
from core.transitions import locked
from exams.documents.kinds import Outcome
from exams.documents.snapshots import (
    ApplicationSnapshot,
    CandidateSnapshot,
    DecisionDossierSnapshot,
    DecisionSnapshot,
    DocumentSnapshot,
    QuestionSnapshot,
    RequirementSnapshot,
)
from exams.models import Amendment, Attempt, BreachCase, CarriedStage, Paper
from exams.protocols import body_snapshot, held_exam, scheme_snapshot
from exams.queries.attempts import attempts_of_application
from exams.services.papers import keep_paper
from exams.states import AmendmentState, AttemptState, BreachState, PaperKind


@transaction.atomic
def request_decision_dossier(attempt: Attempt, *, actor: User) -> Paper:
    """Ask for the dossier of a decision; what says the same as the last one is not made again.

    Raises `NotAllowed` "paper" for anyone who may not read the dossier.
    """
    if not reads_dossier(actor, attempt):
        raise NotAllowed(gettext_lazy("Only those who may read the dossier may print it."), code="paper")
    locked(attempt)
    snapshot = decision_dossier(attempt).to_json()
    return keep_paper(PaperKind.DECISION_DOSSIER, snapshot, f"dosye-{attempt.pk}.pdf", of=attempt, actor=actor)


def decision_dossier(attempt: Attempt) -> DecisionDossierSnapshot:
    """Return all that the dossier tells now."""
    application = application_page().get(pk=attempt.application_id)
    held = [one for one in attempts_of_application(application.pk) if one.state != AttemptState.CANCELLED]
    decision = decision_of(attempt)
    return DecisionDossierSnapshot(
        made_at=timezone.now(),
        body=body_snapshot(),
        scheme=scheme_snapshot(application.scheme_version),
        application=application_snapshot(application),
        exams=tuple(held_exam(one) for one in reversed(held)),
        questions=questions(held),
        decision=decision_snapshot(decision) if decision else None,
    )


def application_snapshot(
    application: Application, further: tuple[RequirementSnapshot, ...] = ()
) -> ApplicationSnapshot:
    """Return an application as the papers tell it, with what it has to bring; `further` requirements come last."""
    return ApplicationSnapshot(
        reference=application.reference or "",
        candidate=CandidateSnapshot(
            surname=application.surname,
            given_name=application.given_name,
            patronymic=application.patronymic,
            fin=application.fin,
            date_of_birth=application.date_of_birth,
        ),
        submitted_at=application.submitted_at,
        accepted_at=application.settled_at,
        accepted_by=str(application.settled_by or ""),
        special_needs=application.special_needs,
        requirements=(*_requirements(application), *further),
        documents=_documents(application),
    )


def _requirements(application: Application) -> tuple[RequirementSnapshot, ...]:
    """Return what an application has to bring: every declaration asked for, and letters, which a renewal need not."""
    declarations = tuple(
        RequirementSnapshot(
            title_az=in_language(declaration.text.get_kind_display, "az"),
            title_en=in_language(declaration.text.get_kind_display, "en"),
            met=declaration.agreed,
            how=f"{timezone.localtime(declaration.declared_at):%d.%m.%Y %H:%M}",
        )
        for declaration in declared(application).values()
    )
    letters = list(application.letters.all())
    if application.is_renewal and not letters:
        return declarations
    return (
        *declarations,
        RequirementSnapshot(
            title_az=in_language(lambda: _("Letters of recommendation"), "az"),
            title_en=in_language(lambda: _("Letters of recommendation"), "en"),
            met=bool(letters) or None,  # asked for, not required
            how="; ".join(f"{one.issuer}: {one.topic}, {one.hours} h" for one in letters),
        ),
    )


def _documents(application: Application) -> tuple[DocumentSnapshot, ...]:
    papers = [
        _document(one.get_kind_display, one.stored.original_name, one.added_at) for one in application.documents.all()
    ]
    letters = [_document(_letter, f"{one.issuer}: {one.topic}", one.added_at) for one in application.letters.all()]
    return (*papers, *letters)


def _document(kind: Callable[[], object], title: str, added_at: datetime) -> DocumentSnapshot:
    return DocumentSnapshot(
        kind_az=in_language(kind, "az"),
        kind_en=in_language(kind, "en"),
        title=title,
        received_on=timezone.localdate(added_at),
    )


def _letter() -> str:
    return _("Letter of recommendation")


def in_language(words: Callable[[], object], language: str) -> str:
    """Return words as they are in a language: papers carry both."""
    with override(language):
        return str(words())


def questions(held: Sequence[Attempt]) -> tuple[QuestionSnapshot, ...]:
    """Return what the decision-maker has to see to: suspicions and amendments, settled or not.

    Of these exams, and of those in which stages were held that they carry.
    """
    carried = CarriedStage.objects.filter(attempt__in=[one.pk for one in held])
    keys = {*(one.pk for one in held), *carried.values_list("run__attempt", flat=True)}
    suspicions = [
        QuestionSnapshot(
            title_az=in_language(lambda: _("Suspected cheating"), "az"),
            title_en=in_language(lambda: _("Suspected cheating"), "en"),
            details=case.conclusion or case.incident.note,
            since=case.opened_at,
            settled=case.state != BreachState.OPEN,
        )
        for case in BreachCase.objects.filter(attempt__in=keys).select_related("incident").order_by("opened_at", "id")
    ]
    amendments = [
        QuestionSnapshot(
            title_az=in_language(lambda: _("Amendment of a mark"), "az") + f": {one.step.code}",
            title_en=in_language(lambda: _("Amendment of a mark"), "en") + f": {one.step.code}",
            details=one.why,
            since=one.proposed_at,
            settled=one.state != AmendmentState.PROPOSED,
        )
        for one in Amendment.objects.filter(run__attempt__in=keys).select_related("step").order_by("proposed_at", "id")
    ]
    return (*suspicions, *amendments)


def decision_snapshot(decision: Decision) -> DecisionSnapshot:
    """Return a decision as the papers tell it."""
    return DecisionSnapshot(
        outcome=Outcome(decision.outcome),
        reasons=decision.reasons,
        decided_by=str(decision.decided_by),
        decided_at=decision.decided_at,
        appeal_until=decision.appeal_until,
    )
