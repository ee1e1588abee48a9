"""Cases that the body opens after the decision: misuse and surveillance (contract H3, H10, H11, B7)."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


class MisuseRule(models.TextChoices):
    """Which duty of the holder a case of misuse is about."""

    H1 = "H1", _("H1: false statement or forged paper")
    H3 = "H3", _("H3: used by someone else, when not valid, or out of scope")
    H8 = "H8", _("H8: damaged certificate still used, original not handed in")
    H9 = "H9", _("H9: used after expiry, suspension or revocation")
    H10 = "H10", _("H10: change made without the extra assessment it needs")
    H11 = "H11", _("H11: alteration, misleading or unlawful use, harm to the body's reputation")


class MisuseState(models.TextChoices):
    """Where a case of misuse stands."""

    OPEN = "open", pgettext_lazy("misuse", "Opened")
    HEARING = "hearing", pgettext_lazy("misuse", "Holder is heard")
    ANSWERED = "answered", pgettext_lazy("misuse", "Holder has answered")
    SETTLED = "settled", pgettext_lazy("misuse", "Settled")


class MisuseOutcome(models.TextChoices):
    """What follows from a case of misuse."""

    NO_GROUND = "no_ground", _("No ground")
    WARNING = "warning", _("Warning")
    ASSESSMENT = "assessment", _("Extra assessment")
    SUSPENSION = "suspension", _("Suspension")
    REVOCATION = "revocation", _("Revocation")
    LEGAL = "legal", _("Legal proceedings")


MISUSE = Lifecycle(
    name="misuse",
    states=MisuseState,
    refusal=_("The case is in the state “{state}”: this step is not possible now. Reload the page to see it."),
    transitions=(
        Transition("hear", ("open",), "hearing", who="officer"),
        Transition("answer", ("hearing",), "answered", who="holder, or an officer for them"),
        Transition("settle", ("open", "hearing", "answered"), "settled", who="officer", needs_reason=True),
    ),
)


class SurveillanceKind(models.TextChoices):
    """Surveillance by plan and with notice, or on a complaint and without (contract B7)."""

    PLANNED = "planned", pgettext_lazy("surveillance", "Planned")
    FOLLOW_UP = "follow_up", pgettext_lazy("surveillance", "Follow-up")
    EXTRAORDINARY = "extraordinary", pgettext_lazy("surveillance", "Extraordinary")


class SurveillanceState(models.TextChoices):
    """Where a surveillance stands."""

    PLANNED = "planned", pgettext_lazy("surveillance", "To be held")
    ANNOUNCED = "announced", pgettext_lazy("surveillance", "Holder told")
    HELD = "held", pgettext_lazy("surveillance", "Held")
    CANCELLED = "cancelled", pgettext_lazy("surveillance", "Not held")


class SurveillanceResult(models.TextChoices):
    """What a surveillance found."""

    CONFIRMED = "confirmed", _("Confirmed")
    FOLLOW_UP = "follow_up", _("Follow-up")
    SUSPENSION = "suspension", _("Suspension")
    REVOCATION = "revocation", _("Revocation")


SURVEILLANCE = Lifecycle(
    name="surveillance",
    states=SurveillanceState,
    refusal=_("The surveillance is in the state “{state}”: this step is not possible now. Reload the page to see it."),
    transitions=(
        Transition("announce", ("planned",), "announced", who="system ahead of the day, or an officer"),
        Transition("hold", ("planned", "announced"), "held", who="officer", needs_reason=True),
        Transition("cancel", ("planned", "announced"), "cancelled", who="officer, or the system", needs_reason=True),
    ),
)
