"""Sessions, exams and marks for tests, at any point of their life."""

import itertools
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from candidates.models import Application, ConflictOfInterest, Person
from candidates.states import ApplicationState
from exams.models import Attempt, ExamSession, MarkEvent, PanelMember, Sheet, StageRun
from exams.queries.attempts import attempts
from exams.queries.sessions import seats_that_mark
from exams.services.intake import Taken, take_in
from exams.services.sheets import seal_sheet
from exams.services.sign_off import release_result, sign_off_stage
from exams.sheets import marked_sheet
from exams.states import AttemptState, ClientKind, EventKind, IdentityDocument, PanelRole, SheetState
from exams.wire import batch_of
from schemes.models import SchemeVersion
from tests.factories import UserFactory, next_fin

_numbers = itertools.count(1)


def identity(number: int, **changes: object) -> dict[str, object]:
    """Return who somebody is."""
    return {
        "surname": f"Quliyev{number}",
        "given_name": "Aygün",
        "patronymic": "Kamil qızı",
        "date_of_birth": date(1990, 5, 17),
        "identity_series": "AA",
        "identity_number": f"{number:07d}",
        "fin": next_fin(),
        "address": "Bakı, Nizami küçəsi 1",
        "telephone": "+994501234567",
        "email": f"candidate{number}@example.az",
        "language": "az",
        **changes,
    }


def accepted_application(
    version: SchemeVersion, *, user: User | None = None, special_needs: str = "", **changes: object
) -> Application:
    """Return an accepted application of a new person, with an account if one is given."""
    number = next(_numbers)
    data = identity(number, **changes)
    person = Person.objects.create(user=user, **data)
    return Application.objects.create(
        reference=f"T-{number}",
        scheme=version.scheme,
        scheme_version=version,
        person=person,
        account=user,
        entered_by=None if user else UserFactory.create(roles=[Role.OFFICER]),
        state=ApplicationState.ACCEPTED,
        submitted_at=timezone.now(),
        settled_at=timezone.now(),
        special_needs=special_needs,
        **data,
    )


def noon(days: int = 7) -> datetime:
    """Return noon of the day so many days from now, in Baku."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=days)


def interest(person: Person | None, user: User) -> None:
    """Put on record that the user trained the person."""
    assert person is not None
    ConflictOfInterest.objects.create(person=person, user=user, kind="trained", note="", declared_by=user)


def new_session(
    version: SchemeVersion,
    *assessors: User,
    starts_at: datetime | None = None,
    capacity: int = 4,
    place: str = "Bakı, otaq 5",
    observers: Sequence[User] = (),
) -> ExamSession:
    """Return a session, today unless told otherwise; its first assessor leads, and one is made if none is given."""
    session = ExamSession.objects.create(
        scheme_version=version,
        starts_at=starts_at or timezone.now(),
        place=place,
        capacity=capacity,
        created_by=UserFactory.create(roles=[Role.OFFICER]),
    )
    for place_on_panel, assessor in enumerate(assessors or [UserFactory.create(roles=[Role.ASSESSOR])]):
        role = PanelRole.MEMBER if place_on_panel else PanelRole.LEAD
        PanelMember.objects.create(session=session, assessor=assessor, role=role)
    for observer in observers:
        PanelMember.objects.create(session=session, assessor=observer, role=PanelRole.OBSERVER)
    return session


def new_attempt(session: ExamSession, application: Application | None = None, *, user: User | None = None) -> Attempt:
    """Return a scheduled exam at the beginning of the session."""
    application = application or accepted_application(session.scheme_version, user=user)
    assert application.person is not None
    attempt = Attempt.objects.create(
        session=session, application=application, person=application.person, starts_at=session.starts_at
    )
    return attempts().get(pk=attempt.pk)


def assessor_of(attempt: Attempt) -> User:
    """Return the lead of the panel."""
    return attempt.session.panel.get(role=PanelRole.LEAD).assessor


def identified(attempt: Attempt) -> Attempt:
    """Return the exam with the identity checked."""
    attempt.identity_checked_at = timezone.now()
    attempt.identity_checked_by = assessor_of(attempt)
    attempt.identity_document = IdentityDocument.IDENTITY_CARD
    attempt.save()
    return attempt


def running_stage(attempt: Attempt, code: str = "P1", *, since_minutes: float = 0) -> StageRun:
    """Return a stage that began so many minutes ago; the exam is under way, and everyone who marks has a sheet."""
    if attempt.state == AttemptState.SCHEDULED:
        identified(attempt)
        attempt.state = AttemptState.IN_PROGRESS
        attempt.save()
    stage = attempt.session.scheme_version.stages.get(code=code)
    started = timezone.now() - timedelta(minutes=since_minutes)
    run = StageRun.objects.create(
        attempt=attempt,
        stage=stage,
        scenario="S-01",
        client_kind=ClientKind.REAL if stage.min_minutes else "",
        started_at=started,
    )
    for seat in seats_that_mark(attempt.session):
        Sheet.objects.create(run=run, assessor=seat.assessor, opened_at=started)
    return run


def ended_stage(attempt: Attempt, code: str = "P1", *, minutes: float = 30, ago: float = 0) -> StageRun:
    """Return a stage that took so many minutes and ended `ago` minutes before now."""
    run = running_stage(attempt, code, since_minutes=minutes + ago)
    assert run.started_at is not None
    run.ended_at = run.started_at + timedelta(minutes=minutes)
    run.save()
    return run


def sheet_of(run: StageRun, assessor: User | None = None) -> Sheet:
    """Return the sheet of an assessor, of the lead unless told otherwise."""
    return Sheet.objects.select_related("run__attempt__session", "assessor").get(
        run=run, assessor=assessor or assessor_of(run.attempt)
    )


DEVICE = UUID("d0000000-0000-4000-8000-000000000001")
OTHER_DEVICE = UUID("d0000000-0000-4000-8000-000000000002")


def an_event(run: StageRun, step: str | None, value: bool | None = True, **changes: Any) -> dict[str, Any]:
    """Return a mark as a device sends it; with `comment`, a comment (internal unless `audience` says otherwise)."""
    said = {"comment": changes["comment"], "audience": "internal"} if "comment" in changes else {"value": value}
    return {
        "id": str(uuid4()),
        "run": run.pk,
        "seq": next(_numbers),
        "step": step,
        **said,
        "minute": 1,
        "at": int(timezone.now().timestamp() * 1000),
        "skew": 0,
        "replaces": [],
        **changes,
    }


def a_batch(assessor: User, *events: dict[str, Any], device: UUID = DEVICE, **changes: Any) -> dict[str, Any]:
    """Return events as a device sends them at once."""
    now = int(timezone.now().timestamp() * 1000)
    head = {"v": 1, "assessor": assessor.pk, "device": str(device), "now": now, "unsent": {}}
    return {**head, "events": list(events), **changes}


def sent(run: StageRun, *events: dict[str, Any], actor: User, device: UUID = DEVICE) -> Taken:
    """Let a device send events of one stage, and return what became of them."""
    return take_in(batch_of(a_batch(actor, *events, device=device)), actor=actor)[run.pk]


def marked_stage(
    run: StageRun,
    *,
    missed: Collection[str] = (),
    without: Collection[str] = (),
    assessor: User | None = None,
) -> StageRun:
    """Mark every step of the stage as met, but for those missed and those left without a mark.

    By everyone on the panel alike, or by one `assessor` only.
    """
    sheets = Sheet.objects.filter(run=run, state=SheetState.OPEN)
    for sheet in sheets.filter(assessor=assessor) if assessor else sheets:
        MarkEvent.objects.bulk_create(
            MarkEvent(
                sheet=sheet,
                step=step,
                kind=EventKind.MARK,
                value=step.code not in missed,
                device=DEVICE,
                seq=next(_numbers),
                minute=1,
                device_time=timezone.now(),
                skew_ms=0,
                author_id=sheet.assessor_id,
            )
            for step in run.stage.steps.order_by("order")
            if step.code not in without
        )
    return run


def sealed(sheet: Sheet) -> Sheet:
    """Seal a complete sheet, as its assessor's device does."""
    return seal_sheet(sheet, digest=marked_sheet(sheet).digest, notes={}, actor=sheet.assessor)


def sealed_stage(run: StageRun) -> StageRun:
    """Seal every open sheet of a stage that has ended."""
    for sheet in Sheet.objects.filter(run=run, state=SheetState.OPEN).select_related("assessor"):
        sealed(sheet)
    return run


def sign_off(run: StageRun, *, actor: User | None = None, **reasons: str) -> StageRun:
    """Seal every open sheet of a marked stage, and let the lead sign it off."""
    return sign_off_stage(sealed_stage(run), actor=actor or assessor_of(run.attempt), **reasons)


def signed_stage(attempt: Attempt, code: str, *, missed: Collection[str] = (), ago: float = 0) -> StageRun:
    """Return a stage that is signed off."""
    minutes = 30 if code == "P1" else 10
    return sign_off(marked_stage(ended_stage(attempt, code, minutes=minutes, ago=ago), missed=missed))


def marked_attempt(attempt: Attempt, *, missed: Collection[str] = ()) -> Attempt:
    """Sign off both stages of the coach exam; `missed` are the codes of steps that were not met."""
    in_p1 = set(attempt.session.scheme_version.steps.filter(stage__code="P1").values_list("code", flat=True))
    signed_stage(attempt, "P1", missed=in_p1 & set(missed), ago=12)
    signed_stage(attempt, "P2", missed=set(missed) - in_p1)
    return attempts().get(pk=attempt.pk)


def released_attempt(attempt: Attempt, *, missed: Collection[str] = ()) -> Attempt:
    """Mark the exam and release its result."""
    officer = UserFactory.create(roles=[Role.OFFICER])
    release_result(marked_attempt(attempt, missed=missed), actor=officer)
    return attempts().get(pk=attempt.pk)
