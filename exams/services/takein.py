"""The last resort: marks that a device could not send, saved there as a file and taken in by an officer.

What was sent meanwhile is recognised by its identifier, so a file can be taken in twice, or after the device found its
way back, without harm. The file names its author; a token that the server gave to the author's page, and that nobody
else can make, proves for which stages the device was opened. The trail says who took in what; each event says by whom
it was brought; and the author, who alone can seal, sees all of them before sealing.

A device may hold marks of several sessions: each session takes in its own, and the list says where the others belong.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from exams.models import DeviceReport, ExamSession, Sheet
from exams.queries.sessions import is_partial
from exams.services.guards import need_officer
from exams.services.intake import Taken, take_in
from exams.wire import Batch, Malformed, Refused, SentEvent, batch_of

FORMAT = "certbody-unsent-marks"
LARGEST_FILE = 2_000_000  # bytes: some six thousand marks
_FIELDS = frozenset({"format", "v", "site", "assessor", "device", "saved_at", "tokens", "events"})
_SALT = "exams.unsent-marks"
_NO_FILE = _("This is not a file of unsent marks, or it is damaged. Nothing was taken in.")
_NO_TOKEN = _("The file does not prove that it comes from this assessor's device for this exam.")
_OTHER_SESSION = _("It belongs to another session: take the file in there too.")


@dataclass(frozen=True, slots=True)
class TakenEvent:
    """What became of one event of a file: `outcome` is "new", "known" (already here) or "refused", with the reason.

    It does not hold the mark itself: nobody but its author sees it before all have sealed.
    """

    number: int
    outcome: str
    code: str = ""
    message: str | Promise = ""
    stage: str = ""
    candidate: str = ""
    step: str | None = None
    kind: str = ""
    moment: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakenFile:
    """What became of a file: whose marks they are, and of every event in it, in its order."""

    assessor: User
    events: tuple[TakenEvent, ...]

    def number(self, outcome: str) -> int:
        """Return how many events had this outcome."""
        return sum(1 for event in self.events if event.outcome == outcome)

    @property
    def new(self) -> int:
        """How many are stored now that were not before."""
        return self.number("new")

    @property
    def known(self) -> int:
        """How many the server had already."""
        return self.number("known")

    @property
    def refused(self) -> int:
        """How many are not stored."""
        return self.number("refused")


def device_token(sheet: Sheet) -> str:
    """Return the proof, for the file of last resort, that the page of this sheet was open on the device."""
    return signing.dumps([sheet.run_id, sheet.assessor_id], salt=_SALT, compress=False)


@transaction.atomic
def take_in_file(session: ExamSession, content: bytes, *, actor: User) -> TakenFile:
    """Take in the marks of a file for one session; they stay their author's, and the trail names the officer.

    Raises `NotAllowed` "officer", or "own_case" for the exam of an officer or of somebody in whom they have an
    interest; `RuleViolation` "file" for anything but such a file, "token" when nothing in it proves where it comes
    from, "session" when none of it belongs to the session. Nothing is taken in then.
    """
    need_officer(actor)
    batch, tokens = _read(content)
    proved = {event.run for event in batch.events if _proves(tokens, event.run, batch.assessor)}
    if not proved:
        raise RuleViolation(_NO_TOKEN, code="token")
    sheets = _sheets(session, proved, batch.assessor)
    if not sheets:
        raise RuleViolation(_("The marks in this file belong to another session."), code="session")
    if any(is_partial(actor, sheet.run.attempt.person) for sheet in sheets.values()):
        message = _("You are the candidate, or have an interest in them: another officer has to do this (contract B1).")
        raise NotAllowed(message, code="own_case")
    author = next(iter(sheets.values())).assessor
    own = replace(batch, unsent={}, events=tuple(event for event in batch.events if event.run in sheets))
    taken = take_in(own, actor=author, taken_in_by=actor)
    for run, result in taken.items():
        _note_arrived(sheets[run], batch, result)
        _record(sheets[run], result, content, actor)
    return TakenFile(author, _account(batch, sheets, proved, taken))


def _read(content: bytes) -> tuple[Batch, dict[str, Any]]:
    problem = RuleViolation(_NO_FILE, code="file")
    if len(content) > LARGEST_FILE:
        raise RuleViolation(_("The file is too large to be one of unsent marks."), code="file")
    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise problem from None
    if not isinstance(data, dict) or data.get("format") != FORMAT or data.keys() != _FIELDS:
        raise problem
    tokens, events = data["tokens"], data["events"]
    if not isinstance(tokens, dict) or not isinstance(events, list):
        raise problem
    names = ("v", "assessor", "device", "events")
    try:
        fields = {name: data[name] for name in names}
        batch = batch_of({**fields, "now": data["saved_at"]}, most=len(events))
    except Malformed as error:
        raise RuleViolation(error.message, code="file") from None
    if not batch.events:
        raise RuleViolation(_("There is no mark in this file that can be read."), code="file")
    return batch, tokens


def _proves(tokens: dict[str, Any], run: int, assessor: int) -> bool:
    """Tell whether the file has the token that the server gave this assessor's page of this stage."""
    token = tokens.get(str(run))
    if not isinstance(token, str):
        return False
    try:
        return bool(signing.loads(token, salt=_SALT) == [run, assessor])
    except signing.BadSignature:
        return False


def _sheets(session: ExamSession, runs: set[int], assessor: int) -> dict[int, Sheet]:
    found = Sheet.objects.filter(run__in=runs, assessor=assessor, run__attempt__session=session)
    return {sheet.run_id: sheet for sheet in found.select_related("run__stage", "run__attempt__person", "assessor")}


def _account(
    batch: Batch, sheets: Mapping[int, Sheet], proved: set[int], taken: Mapping[int, Taken]
) -> tuple[TakenEvent, ...]:
    """Say of every event in the file what became of it, in the order of the file."""
    all_refused = [*batch.refused, *(one for result in taken.values() for one in result.refused)]
    refused = {one.index: one for one in all_refused}
    lines = {index: TakenEvent(index + 1, "refused", one.code, one.message) for index, one in refused.items()}
    for event in batch.events:
        why = refused.get(event.index)
        if event.run not in sheets:
            message = ("session", _OTHER_SESSION) if event.run in proved else ("token", _NO_TOKEN)
            why = Refused(event.index, str(event.id), *message)
        lines[event.index] = _line(event, sheets.get(event.run), why, taken)
    return tuple(lines[index] for index in sorted(lines))


def _line(event: SentEvent, sheet: Sheet | None, refused: Refused | None, taken: Mapping[int, Taken]) -> TakenEvent:
    is_new = not refused and event.index in taken[event.run].new
    return TakenEvent(
        number=event.index + 1,
        outcome="refused" if refused else "new" if is_new else "known",
        code=refused.code if refused else "",
        message=refused.message if refused else "",
        stage=sheet.run.stage.code if sheet else "",
        candidate=str(sheet.run.attempt.person) if sheet else "",
        step=event.step,
        kind=event.kind,
        moment=_moment(event),
    )


def _moment(event: SentEvent) -> datetime | None:
    try:
        return event.moment
    except OverflowError:
        return None


def _note_arrived(sheet: Sheet, batch: Batch, result: Taken) -> None:
    """Lower what the device last said of unsent marks by those that came in: it may never be heard of again.

    Not by those that were here already: since they came, the device or an earlier file has lowered the number.
    """
    left = Greatest(F("unsent") - len(result.new), 0)
    DeviceReport.objects.filter(sheet=sheet, device=batch.device).update(unsent=left)


def _record(sheet: Sheet, result: Taken, content: bytes, actor: User) -> None:
    record(
        actor=actor,
        verb="stage.take_in",
        obj=sheet.run,
        after={
            "assessor": str(sheet.assessor),
            "stored": len(result.new),
            "known": len(result.stored) - len(result.new),
            "refused": len(result.refused),
            "sha256": hashlib.sha256(content).hexdigest(),
        },
        related=[sheet.run.attempt, sheet.run.attempt.session],
    )
