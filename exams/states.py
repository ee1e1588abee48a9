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
    NO_SHOW = "no_show", pgettext_lazy("attempt", "Did not appear")
    CANCELLED = "cancelled", pgettext_lazy("attempt", "Cancelled")


# An attempt that may still get a result; a candidate has at most one of them for an application.
OPEN_ATTEMPTS = (AttemptState.SCHEDULED, AttemptState.IN_PROGRESS, AttemptState.MARKED)
# An attempt whose session can no longer be moved or called off.
BEGUN_ATTEMPTS = (AttemptState.IN_PROGRESS, AttemptState.MARKED, AttemptState.RELEASED)

ATTEMPT = Lifecycle(
    name="attempt",
    states=AttemptState,
    refusal=_("The exam is in the state “{state}”: this step is no longer possible. Reload the page to see it."),
    transitions=(
        Transition("begin", ("scheduled",), "in_progress", who="assessor"),
        Transition("complete", ("in_progress",), "marked", who="assessor"),
        Transition("release", ("marked",), "released", who="officer"),
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
}
