"""Cases of misuse: the facts, the evidence, the hearing of the holder, the outcome (contract H3, H10, H11, B1).

Nobody is punished unheard, and whoever opened a case does not settle it; the database keeps both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from audit.services import record
from certificates.models import CaseFile, Certificate, MisuseCase
from certificates.queries.cases import DatedCase, misuse_cases
from certificates.queries.duties import work_calendar
from certificates.services.calendar import hold_calendar
from certificates.services.case_notices import (
    tell_of_answer,
    tell_of_hearing,
    tell_of_late_answer,
    tell_of_ordered_assessment,
    tell_of_settled_case,
)
from certificates.services.duties import Term, lapse_about, meet_about, open_duty
from certificates.services.guards import LONGEST_REASON, require_officer, stated_reason
from certificates.services.lifecycle import Because, settle_due
from certificates.services.measures import bearer_in_force, keep_files, owe_assessment, take_measure
from certificates.services.surveillance_plan import require_due_in_time
from certificates.states import (
    MISUSE,
    DutyKind,
    EventKind,
    Ground,
    MisuseOutcome,
    MisuseRule,
    MisuseState,
)
from core.errors import NotAllowed, RuleViolation
from core.templatetags.core_ui import longdate_lazy
from core.transitions import locked, move
from core.words import untranslated

OPENED_BY_SAME = _(
    "You opened this case: another officer settles it, so that nobody both accuses and judges (contract B1). Nothing "
    "was changed."
)
UNHEARD = _("The holder has not been heard: open the hearing first. Without it a case can only end with “no ground”.")
LEAST_TO_ANSWER = 5  # working days; without a day of its own the hearing has 10 (certificates.states.DUTIES)
DUE_SHORT = _("The holder needs at least 5 working days to answer: choose {day} or a later day.")
ANSWER_AWAITED = _("The holder may still answer until {day}: nothing but “no ground” is decided before.")
CHANGED_MEANWHILE = _("Something happened in this case since you opened the page: read it again, then decide.")
OPENED_ALREADY = _("A case with the same rule and the same facts is open already: go on with that one.")
NOT_HOLDER = _("Only the holder, or an officer for them, can answer. Nothing was changed.")
RECEIVED_IN_FUTURE = _("The day on which it was received lies in the future.")
RECEIVED_UNASKED = _("The day on which it was received lies before the hearing was opened.")
CAME_LATE = gettext_noop("The answer came after the day by which it was due.")

# On which grounds a certificate is suspended and revoked when a rule was broken (certificates.states.GROUNDS).
GROUNDS_OF_RULE: dict[MisuseRule, dict[EventKind, Ground]] = {
    MisuseRule.H1: {EventKind.SUSPEND: Ground.FALSE_DECLARATION, EventKind.REVOKE: Ground.FALSE_DECLARATION},
    MisuseRule.H3: {EventKind.SUSPEND: Ground.MISUSE, EventKind.REVOKE: Ground.MISUSE},
    MisuseRule.H8: {EventKind.SUSPEND: Ground.ORIGINAL_NOT_RETURNED, EventKind.REVOKE: Ground.MISUSE},
    MisuseRule.H9: {EventKind.SUSPEND: Ground.MISUSE, EventKind.REVOKE: Ground.MISUSE},
    MisuseRule.H10: {EventKind.SUSPEND: Ground.ASSESSMENT_DUE, EventKind.REVOKE: Ground.ASSESSMENT_DUE},
    MisuseRule.H11: {EventKind.SUSPEND: Ground.REPUTATION, EventKind.REVOKE: Ground.REPUTATION},
}
MEASURES = {MisuseOutcome.SUSPENSION: EventKind.SUSPEND, MisuseOutcome.REVOCATION: EventKind.REVOKE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """How a case ends, and what goes with the outcome.

    `details` and `due_on` with an extra assessment, `review_on` with a suspension, `public_reason` when a suspension or
    revocation is published (contract B3). `seen` is the state in which the officer read the case.
    """

    outcome: MisuseOutcome
    reasons: str
    details: str = ""
    due_on: date | None = None
    review_on: date | None = None
    public_reason: str = ""
    public_reason_en: str = ""
    seen: str = ""


def open_case(
    certificate: Certificate, *, rule: MisuseRule, facts: str, actor: User, files: Sequence["UploadedFile[Any]"] = ()
) -> MisuseCase:
    """Open a case about a certificate, whatever its state: one that expired or was revoked can be misused too (H9).

    Opens the body's duty to settle it. The holder is told nothing before the hearing. Raises `NotAllowed` "role",
    "own_case" or "interest"; `RuleViolation` "reason" (no facts), "opened_already" (a second click: the same rule and
    facts are being looked into), "too_many", "upload_empty", "upload_size", "upload_type".
    """
    require_officer(actor, certificate.person)
    facts = stated_reason(facts)
    with transaction.atomic():
        certificate = locked(certificate)
        if certificate.misuse_cases.filter(rule=rule, facts=facts).exclude(state=MisuseState.SETTLED).exists():
            raise RuleViolation(OPENED_ALREADY, code="opened_already")
        case = MisuseCase.objects.create(
            certificate=certificate, rule=rule, facts=facts, opened_at=timezone.now(), opened_by=actor
        )
        record(
            actor=actor,
            verb="misuse.open",
            obj=case,
            after={"rule": rule, "state": case.state},
            reason=facts,
            related=[certificate],
        )
        keep_files(case, files, actor=actor)
        open_duty(
            DutyKind.SETTLE_MISUSE,
            about=case,
            person=certificate.person,
            certificate=certificate,
            shown_to_holder=False,
        )
    return case


def add_evidence(
    case: MisuseCase,
    files: Sequence["UploadedFile[Any]"],
    *,
    note: str,
    actor: User,
    shown_to_holder: bool = False,
) -> list[CaseFile]:
    """Add papers to a case that is not settled; `note` says what they show and where they come from.

    `shown_to_holder`: the holder reads them too, from the hearing on. Raises `NotAllowed` "role", "own_case" or
    "interest"; `RuleViolation` "reason" (no note), "no_file", "state" when it is settled, and as `open_case`.
    """
    require_officer(actor, case.certificate.person)
    note = stated_reason(note)
    if not files:
        raise RuleViolation(_("Please choose at least one file."), code="no_file")
    with transaction.atomic():
        current = locked(case)
        if current.state == MisuseState.SETTLED:
            raise RuleViolation(str(MISUSE.refusal).format(state=current.get_state_display()), code="state")
        kept = keep_files(current, files, actor=actor, shown_to_holder=shown_to_holder)
        record(
            actor=actor,
            verb="misuse.evidence",
            obj=current,
            after={"files": [str(one) for one in kept]},
            reason=note,
            related=[current.certificate],
        )
    return kept


def open_hearing(case: MisuseCase, *, charge: str, actor: User, answer_due_on: date | None = None) -> MisuseCase:
    """Tell the holder what is held against them and ask for their answer, by 10 working days unless another day is set.

    Opens the holder's duty to answer; from now on they see the case. Raises `NotAllowed` "role", "own_case" or
    "interest"; `RuleViolation` "reason" (no charge), "due_short" (in less than 5 working days), or "state".
    """
    require_officer(actor, case.certificate.person)
    charge = stated_reason(charge)
    if answer_due_on is not None:
        require_time_to_answer(answer_due_on)
    with transaction.atomic():
        current = locked(case)
        duty = open_duty(
            DutyKind.ANSWER_HEARING,
            about=current,
            person=current.certificate.person,
            certificate=current.certificate,
            term=Term(due_on=answer_due_on),
        )
        changes = {"charge": charge, "heard_at": timezone.now(), "answer_due_on": duty.due_on}
        heard = move(
            current,
            MISUSE,
            "hear",
            actor=actor,
            reason=charge,
            changes=changes,
            untold={"charge"},
            related=[current.certificate],
        )
        tell_of_hearing(heard)
    return heard


def answer_hearing(
    case: MisuseCase,
    *,
    answer: str,
    actor: User,
    received_on: date | None = None,
    files: Sequence["UploadedFile[Any]"] = (),
) -> MisuseCase:
    """Take the holder's answer: by themselves in the portal, or by an officer for them; a late one too.

    Meets their duty to answer: today, or for what an officer enters on the day `received_on` on which it came in. That
    it came late follows from the days (`misuse_cases`); the trail says so, and the holder is told that it may not be
    considered. Raises `NotAllowed` "not_holder", "role", "own_case" or "interest"; `RuleViolation` "answer" (nothing
    said), "received_future", "received_early" (before the hearing), "state" (no hearing, answered or settled already),
    and as `open_case` for the files.
    """
    is_holder = case.certificate.person.user_id == actor.pk
    if not is_holder:
        _require_officer_for_holder(actor, case)
    if not answer.strip():
        raise RuleViolation(_("Please write your answer."), code="answer")
    with transaction.atomic():
        hold_calendar()
        current = locked(case)
        day = timezone.localdate() if is_holder else received_on or timezone.localdate()
        require_answer_in_time(current, day)
        passed = _passed_on(current, day)
        answered = move(
            current,
            MISUSE,
            "answer",
            actor=actor,
            reason=CAME_LATE if passed else "",
            changes={"answer": answer.strip(), "answered_at": timezone.now()},
            untold={"answer"},
            related=[current.certificate],
        )
        keep_files(answered, files, actor=actor, by_holder=True)
        proof = gettext_noop("Answer to the hearing")
        meet_about(answered, DutyKind.ANSWER_HEARING, actor=actor, proof=proof, on=day)
        if passed:
            tell_of_late_answer(answered, answered_on=day, answer_by=passed)
        else:
            tell_of_answer(answered, answered_on=day)
    return answered


def require_answer_in_time(case: MisuseCase, day: date) -> None:
    """Raise `RuleViolation` "received_future" or "received_early" unless an answer can have come in on this day."""
    if day > timezone.localdate():
        raise RuleViolation(RECEIVED_IN_FUTURE, code="received_future")
    if case.heard_at is not None and day < timezone.localdate(case.heard_at):
        raise RuleViolation(RECEIVED_UNASKED, code="received_early")


def _passed_on(case: MisuseCase, day: date) -> date | None:
    """Return the day until which the holder could answer, if it has passed on `day`; none before the hearing."""
    answer_by = misuse_cases().values_list("answer_by", flat=True).get(pk=case.pk)
    return answer_by if answer_by is not None and answer_by < day else None


def settle_case(case: MisuseCase, settlement: Settlement, *, actor: User) -> MisuseCase:
    """Settle a case once its holder was heard, and let the outcome have its effect, all or nothing.

    Extra assessment: the holder owes it by a day. Suspension, revocation: the certificate is suspended or revoked on
    the ground of the broken rule. If it was renewed meanwhile, this has its effect on the one that is in force. The
    holder is told the outcome with its reasons, unless the case ends before they knew of it. Raises `NotAllowed`
    "role", "own_case", "interest" or "opened_by_same"; `RuleViolation` "reason", "unheard", "answer_awaited", "changed"
    (not as `seen`), "assessment" (no particulars), "due_missing", "due_past", "due_late", "ended" (nothing of the chain
    is in force), "review_missing", what the verbs of the certificate raise, or "state".
    """
    require_officer(actor, case.certificate.person)
    if case.opened_by_id == actor.pk:
        raise NotAllowed(OPENED_BY_SAME, code="opened_by_same")
    reasons = stated_reason(settlement.reasons, longest=LONGEST_REASON)
    with transaction.atomic():
        # The certificate first, as all decisions about it do: no two of them wait for each other.
        certificate = settle_due(locked(case.certificate))
        current = locked(case)
        current.certificate = certificate
        _require_ripe(current, settlement)
        settled = move(
            current,
            MISUSE,
            "settle",
            actor=actor,
            reason=reasons,
            changes={
                "outcome": settlement.outcome,
                "reasons": reasons,
                "settled_at": timezone.now(),
                "settled_by": actor,
            },
            untold={"reasons"},
            related=[certificate],
        )
        settled.certificate = certificate
        meet_about(settled, DutyKind.SETTLE_MISUSE, actor=actor, proof=untranslated(settlement.outcome.label))
        lapse_about(settled, [DutyKind.ANSWER_HEARING], reason=gettext_noop("The case is settled."))
        _let_follow(settled, settlement, actor=actor)
    return settled


def require_time_to_answer(due_on: date) -> None:
    """Raise `RuleViolation` "due_short", with the first day that may be chosen, when the holder has too little time."""
    first = work_calendar().after(timezone.localdate(), LEAST_TO_ANSWER)
    if due_on < first:
        raise RuleViolation(format_lazy(DUE_SHORT, day=longdate_lazy(first)), code="due_short")


def offered_outcomes(case: DatedCase) -> list[MisuseOutcome]:
    """Return the outcomes for which a case of `misuse_cases` is ripe: without a hearing only that there is no ground.

    Of a settled case all: that it is settled is for `settle_case` to say.
    """
    is_waiting = case.state == MisuseState.HEARING and case.answer_by >= timezone.localdate()
    is_unheard = case.state == MisuseState.OPEN or is_waiting
    return [MisuseOutcome.NO_GROUND] if is_unheard else list(MisuseOutcome)


def _require_officer_for_holder(actor: User, case: MisuseCase) -> None:
    try:
        require_officer(actor, case.certificate.person)
    except NotAllowed as refusal:
        if refusal.code == "role":
            raise NotAllowed(NOT_HOLDER, code="not_holder") from refusal
        raise


def _require_ripe(case: MisuseCase, settlement: Settlement) -> None:
    """Refuse an outcome that the case does not carry yet; that it is settled already is for the table to say."""
    if case.state == MisuseState.SETTLED:
        return
    if settlement.seen and settlement.seen != case.state:
        raise RuleViolation(CHANGED_MEANWHILE, code="changed")
    if settlement.outcome == MisuseOutcome.NO_GROUND or case.state == MisuseState.ANSWERED:
        return
    if case.state == MisuseState.OPEN:
        raise RuleViolation(UNHEARD, code="unheard")
    answer_by = misuse_cases().values_list("answer_by", flat=True).get(pk=case.pk)
    if answer_by >= timezone.localdate():
        raise RuleViolation(format_lazy(ANSWER_AWAITED, day=longdate_lazy(answer_by)), code="answer_awaited")


def _let_follow(case: MisuseCase, settlement: Settlement, *, actor: User) -> None:
    if settlement.outcome == MisuseOutcome.ASSESSMENT:
        _order_assessment(case, settlement, actor=actor)
        return
    if settlement.outcome in MEASURES:
        kind = MEASURES[settlement.outcome]
        ground = GROUNDS_OF_RULE[MisuseRule(case.rule)][kind]
        because = Because(
            ground=ground,
            reason=case.reasons,
            public_reason=settlement.public_reason,
            public_reason_en=settlement.public_reason_en,
        )
        take_measure(case.certificate, kind, because, actor=actor, review_on=settlement.review_on)
    if case.heard_at is not None:
        tell_of_settled_case(case)


def _order_assessment(case: MisuseCase, settlement: Settlement, *, actor: User) -> None:
    bearer = bearer_in_force(case.certificate)
    details = stated_reason(settlement.details, code="assessment", longest=LONGEST_REASON)
    due_on = require_due_in_time(bearer, settlement.due_on)
    owe_assessment(case, bearer, details=details, due_on=due_on, actor=actor)
    tell_of_ordered_assessment(case)
