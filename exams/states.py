"""States of exam sessions and of a candidate's attempt."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


class SessionState(models.TextChoices):
    """Where an exam session stands."""

    PLANNED = "planned", pgettext_lazy("session", "Planned")
    CLOSED = "closed", pgettext_lazy("session", "Closed")
    CANCELLED = "cancelled", pgettext_lazy("session", "Cancelled")


SESSION = Lifecycle(
    name="session",
    states=SessionState,
    refusal=_("The session is in the state “{state}”: this step is no longer possible."),
    transitions=(
        Transition("close", ("planned",), "closed", who="officer"),
        Transition("cancel", ("planned",), "cancelled", who="officer", needs_reason=True),
    ),
)


class AttemptState(models.TextChoices):
    """Where a candidate's exam stands."""

    SCHEDULED = "scheduled", pgettext_lazy("attempt", "Scheduled")
    IN_PROGRESS = "in_progress", pgettext_lazy("attempt", "In progress")
    MARKED = "marked", pgettext_lazy("attempt", "Marked")
    RELEASED = "released", pgettext_lazy("attempt", "Result released")
    STOPPED = "stopped", pgettext_lazy("attempt", "Stopped")
    NO_SHOW = "no_show", pgettext_lazy("attempt", "Did not appear")
    CANCELLED = "cancelled", pgettext_lazy("attempt", "Cancelled")


# An attempt that may still get a result; a candidate has at most one of them for an application.
OPEN_ATTEMPTS = (AttemptState.SCHEDULED, AttemptState.IN_PROGRESS, AttemptState.MARKED)
# An attempt whose session can no longer be moved or called off.
BEGUN_ATTEMPTS = (AttemptState.IN_PROGRESS, AttemptState.MARKED, AttemptState.RELEASED, AttemptState.STOPPED)
# An attempt at which nothing was held: where the case stands is told by the one before it.
NOT_HELD = (AttemptState.CANCELLED, AttemptState.NO_SHOW)
# An exam whose signed stages can be amended. One that was stopped has no verdict, but a stage that was passed in it may
# still count in a later exam.
AMENDABLE = BEGUN_ATTEMPTS

ATTEMPT = Lifecycle(
    name="attempt",
    states=AttemptState,
    refusal=_("The exam is in the state “{state}”: this step is no longer possible. Reload the page to see it."),
    transitions=(
        Transition("begin", ("scheduled",), "in_progress", who="assessor"),
        Transition("complete", ("in_progress",), "marked", who="assessor"),
        Transition("release", ("marked",), "released", who="officer"),
        Transition("stop", ("in_progress",), "stopped", who="officer or assessor", needs_reason=True),
        Transition("no_show", ("scheduled",), "no_show", who="officer or assessor", needs_reason=True),
        Transition("cancel", ("scheduled",), "cancelled", who="officer", needs_reason=True),
    ),
)


class ClientKind(models.TextChoices):
    """Who sits opposite the candidate in the client session."""

    REAL = "real", _("Real client")
    ROLE_PLAYED = "role_played", _("Role-played client")


class IdentityDocument(models.TextChoices):
    """By what the candidate's identity was checked on the day."""

    IDENTITY_CARD = "identity_card", _("Identity card")
    PASSPORT = "passport", _("Passport")
    DRIVING_LICENCE = "driving_licence", _("Driving licence")


class PanelRole(models.TextChoices):
    """What an assessor does on a panel."""

    LEAD = "lead", _("Lead assessor")
    MEMBER = "member", _("Assessor")
    OBSERVER = "observer", _("Observer")


class SheetState(models.TextChoices):
    """Where one assessor's marks of a stage stand."""

    OPEN = "open", pgettext_lazy("sheet", "Being marked")
    SEALED = "sealed", pgettext_lazy("sheet", "Sealed")
    ABSTAINED = "abstained", pgettext_lazy("sheet", "Abstained")
    HANDED_OVER = "handed_over", pgettext_lazy("sheet", "Handed over")


SHEET = Lifecycle(
    name="sheet",
    states=SheetState,
    refusal=_("The marks are in the state “{state}”: this step is no longer possible. Reload the page to see them."),
    transitions=(
        Transition("seal", ("open",), "sealed", who="assessor"),
        Transition("abstain", ("open",), "abstained", who="assessor, lead assessor or officer", needs_reason=True),
        # An interest declared after sealing (contract B1); until the stage is signed off.
        Transition("recuse", ("sealed",), "abstained", who="assessor, lead assessor or officer", needs_reason=True),
        Transition("hand_over", ("open",), "handed_over", who="officer", needs_reason=True),
    ),
)


class EventKind(models.TextChoices):
    """What a device sends."""

    MARK = "mark", _("Mark")
    COMMENT = "comment", _("Comment")


class Audience(models.TextChoices):
    """For whom a comment is."""

    CANDIDATE = "candidate", _("For the candidate")
    INTERNAL = "internal", _("Internal")


class IncidentKind(models.TextChoices):
    """What can happen at an exam besides marking."""

    LATE_START = "late_start", _("Late start")
    INTERRUPTION = "interruption", _("Interruption")
    EQUIPMENT = "equipment", _("Equipment fault")
    CHEATING = "cheating", _("Suspected cheating")
    STOPPED = "stopped", _("Exam stopped")
    OTHER = "other", _("Other incident")


class BreachState(models.TextChoices):
    """Where a suspicion of cheating stands."""

    OPEN = "open", pgettext_lazy("breach", "Open")
    DISMISSED = "dismissed", pgettext_lazy("breach", "Not confirmed")
    CONFIRMED = "confirmed", pgettext_lazy("breach", "Confirmed")


BREACH = Lifecycle(
    name="breach",
    states=BreachState,
    refusal=_("The case is in the state “{state}”: this step is no longer possible."),
    transitions=(
        Transition("dismiss", ("open",), "dismissed", who="another officer", needs_reason=True),
        Transition("confirm", ("open",), "confirmed", who="another officer", needs_reason=True),
    ),
)


class AmendmentState(models.TextChoices):
    """Where a change of a signed mark stands."""

    PROPOSED = "proposed", pgettext_lazy("amendment", "Proposed")
    APPROVED = "approved", pgettext_lazy("amendment", "Approved")
    REJECTED = "rejected", pgettext_lazy("amendment", "Rejected")


AMENDMENT = Lifecycle(
    name="amendment",
    states=AmendmentState,
    refusal=_("The amendment is in the state “{state}”: this step is no longer possible."),
    transitions=(
        Transition("approve", ("proposed",), "approved", who="another assessor or officer"),
        Transition("reject", ("proposed",), "rejected", who="another assessor or officer", needs_reason=True),
    ),
)


class PaperKind(models.TextChoices):
    """Printed papers of exams."""

    EXAM_PROTOCOL = "exam_protocol", _("Exam protocol")
    SESSION_PROTOCOL = "session_protocol", _("Protocol of the session")
    DECISION_DOSSIER = "decision_dossier", _("Decision dossier")


VERBS = {
    "session.schedule": _("Exam session scheduled"),
    "session.edit": _("Exam session changed"),
    "session.panel": _("Panel changed"),
    "session.close": _("Exam session closed"),
    "session.cancel": _("Exam session cancelled"),
    "attempt.schedule": _("Exam scheduled"),
    "attempt.reschedule": _("Exam moved"),
    "attempt.cancel": _("Exam cancelled"),
    "attempt.no_show": _("Candidate did not appear"),
    "attempt.identify": _("Identity checked"),
    "attempt.begin": _("Exam begun"),
    "attempt.complete": _("Exam marked"),
    "attempt.release": _("Result released"),
    "stage.start": _("Stage started"),
    "stage.end": _("Stage ended"),
    "stage.sign_off": _("Stage signed off"),
    "stage.settle": _("Difference settled by the panel"),
    "stage.unsettle": _("What the panel agreed on is open again"),
    "stage.take_in": _("Unsent marks taken in from a file"),
    "stage.amend": _("Signed verdict amended"),
    "attempt.stop": _("Exam stopped"),
    "attempt.incident": _("Incident recorded"),
    "attempt.resume": _("Exam resumed"),
    "attempt.call": _("Help called"),
    "attempt.answer": _("Call for help answered"),
    "attempt.amend": _("Verdict of the exam amended"),
    "sheet.seal": _("Marks sealed"),
    "sheet.abstain": _("Assessor abstained"),
    "sheet.recuse": _("Sealed marks withdrawn for an interest"),
    "sheet.hand_over": _("Assessor's work handed over"),
    "session.hand_over": _("Seat handed over"),
    "amendment.propose": _("Amendment proposed"),
    "amendment.approve": _("Amendment approved"),
    "amendment.reject": _("Amendment rejected"),
    "breach.open": _("Breach case opened"),
    "breach.dismiss": _("Suspicion not confirmed"),
    "breach.confirm": _("Breach confirmed"),
    "phrase.add": _("Phrase added"),
    "phrase.edit": _("Phrase changed"),
    "phrase.delete": _("Phrase deleted"),
    "paper.request": _("Printed paper requested"),
}
