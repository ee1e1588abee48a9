"""Cases on their way to a certificate, made as short as the database allows."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from candidates.models import Application, Person
from certificates.models import Certificate, Contract, Decision
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import accept_contract, load_contract_templates
from certificates.services.decisions import decide
from certificates.services.lifecycle import Because
from certificates.states import Ground, Outcome
from exams.canonical import short_code
from exams.models import Attempt, ExamSession, PanelMember, Sheet, StageRun
from exams.sheets import marked_sheet
from exams.states import AttemptState, SheetState
from schemes.models import SchemeVersion
from tests.exams.factories import an_event, sent
from tests.factories import UserFactory, next_fin

_numbers = count(1)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
IDENTITY = {
    "surname": "Əliyeva",
    "given_name": "Günay",
    "patronymic": "İsmayıl qızı",
    "date_of_birth": date(1990, 4, 5),
    "identity_series": "AZE",
    "identity_number": "12345678",
    "address": "Bakı, Nizami küçəsi 5",
    "telephone": "+994501234567",
    "email": "gunay@example.az",
    "language": "az",
}


def holder(**changes: Any) -> User:
    """Return the account of a candidate."""
    return UserFactory.create(roles=[Role.CANDIDATE], **changes)


def application(version: SchemeVersion, *, user: User | None = None, **identity: Any) -> Application:
    """Return an accepted application of a new person."""
    number = next(_numbers)
    declared = {**IDENTITY, "fin": next_fin(), **identity}
    user = user or holder()
    return Application.objects.create(
        **declared,
        reference=f"M-{number}",
        scheme=version.scheme,
        scheme_version=version,
        account=user,
        person=Person.objects.create(**declared, user=user),
        state="accepted",
        submitted_at=timezone.now(),
        settled_at=timezone.now(),
    )


def attempt(
    version: SchemeVersion,
    *,
    passed: bool = True,
    assessor: User | None = None,
    on: Application | None = None,
    state: AttemptState = AttemptState.RELEASED,
    **identity: Any,
) -> Attempt:
    """Return an exam without marks, released unless another state is given."""
    assessor = assessor or UserFactory.create(roles=[Role.ASSESSOR])
    case = on or application(version, **identity)
    starts = timezone.now() - timedelta(days=2)
    session = ExamSession.objects.create(
        scheme_version=version,
        starts_at=starts,
        place="Bakı, Oldu Town Plaza, otaq 3",
        capacity=10,
        created_by=assessor,
    )
    PanelMember.objects.create(session=session, assessor=assessor, role="lead")
    assert case.person is not None
    return Attempt.objects.create(
        session=session,
        application=case,
        person=case.person,
        starts_at=starts,
        state=state,
        identity_checked_at=starts,
        identity_checked_by=assessor,
        identity_document="identity_card",
        passed=passed if state == AttemptState.RELEASED else None,
        released_at=timezone.now() if state == AttemptState.RELEASED else None,
    )


def marked(version: SchemeVersion, *, missed: str = "", comment: str = "", **identity: Any) -> Attempt:
    """Return a released exam with every step marked; the step `missed` is not met and has the comment."""
    exam = attempt(version, state=AttemptState.IN_PROGRESS, **identity)
    assessor = exam.session.panel.get().assessor
    for stage in exam.session.scheme_version.stages.all():
        steps = list(stage.steps.all())
        run = StageRun.objects.create(
            attempt=exam, stage=stage, scenario="S-4", client_kind="real", started_at=exam.starts_at,
            short_reason="Müştəri yorulmuşdu.",
        )  # fmt: skip
        sheet = Sheet.objects.create(run=run, assessor=assessor, opened_at=exam.starts_at)
        for step in steps:
            met = step.code != missed
            events = [an_event(run, step.code, met)]
            if comment and not met:
                events.append(an_event(run, step.code, comment=comment))
            sent(run, *events, actor=assessor)
        lost = [step for step in steps if step.code == missed]
        run.ended_at = exam.starts_at + timedelta(minutes=20)
        run.save()
        digest = marked_sheet(sheet).digest
        sheet.state, sheet.closed_at, sheet.closed_by = SheetState.SEALED, timezone.now(), assessor
        sheet.digest, sheet.receipt, sheet.steps = digest, short_code(digest), len(steps)
        sheet.save()
        run.signed_off_at, run.signed_off_by = timezone.now(), assessor
        run.met, run.total, run.passed = len(steps) - len(lost), len(steps), not any(step.critical for step in lost)
        run.missed_critical = [step.code for step in lost if step.critical]
        run.save()
    exam.state, exam.released_at = AttemptState.RELEASED, timezone.now()
    exam.passed = all(exam.stages.values_list("passed", flat=True))
    exam.save()
    return exam


def granted(version: SchemeVersion, *, decider: User | None = None, **identity: Any) -> Decision:
    """Return a granted decision, whose contract is offered."""
    load_contract_templates()
    decider = decider or UserFactory.create(roles=[Role.DECIDER])
    exam = attempt(version, **identity)
    return decide(exam, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün meyarlar ödənilib.")


def offered(version: SchemeVersion, **identity: Any) -> Contract:
    """Return an offered contract."""
    return granted(version, **identity).contract


def concluded(version: SchemeVersion, **identity: Any) -> Contract:
    """Return a contract that its holder accepted in the portal."""
    contract = offered(version, **identity)
    return accept_contract(contract, actor=account(contract), request_address="203.0.113.7")


def certificate(version: SchemeVersion, *, officer: User | None = None, **identity: Any) -> Certificate:
    """Return an issued certificate."""
    officer = officer or UserFactory.create(roles=[Role.OFFICER])
    return issue_certificate(concluded(version, **identity), actor=officer)


def because(reason: str = "Sahibin öz xahişi ilə.", ground: Ground = Ground.HOLDER_WISH, **words: Any) -> Because:
    """Return why a certificate's state changes; this ground fits every decision of an officer."""
    return Because(ground=ground, reason=reason, **words)


def account(case: Contract | Certificate | Attempt) -> User:
    """Return the account of the person whose case it is."""
    assert case.person.user is not None
    return case.person.user


def scan() -> SimpleUploadedFile:
    """Return the scan of a signed contract."""
    return SimpleUploadedFile("skan.pdf", PDF, content_type="application/pdf")
