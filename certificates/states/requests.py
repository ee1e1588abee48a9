"""What holders report and ask for after the decision: changes, circumstances, replacements (contract H2, H7, H8)."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition

_REFUSAL = _("This request is in the state “{state}” already. Reload the page to see what became of it.")


class ChangeState(models.TextChoices):
    """Where a notice of changed data stands."""

    REPORTED = "reported", pgettext_lazy("change notice", "Reported")
    ACCEPTED = "accepted", pgettext_lazy("change notice", "Accepted")
    REJECTED = "rejected", pgettext_lazy("change notice", "Rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("change notice", "Withdrawn")


CHANGE = Lifecycle(
    name="change",
    states=ChangeState,
    refusal=_REFUSAL,
    transitions=(
        Transition("accept", ("reported",), "accepted", who="officer"),
        Transition("reject", ("reported",), "rejected", who="officer", needs_reason=True),
        Transition("withdraw", ("reported",), "withdrawn", who="holder"),
    ),
)


class CircumstanceKind(models.TextChoices):
    """What can harm the ability to keep to the scheme (contract H7)."""

    HEALTH = "health", _("Health")
    EXCLUSION = "exclusion", _("Exclusion from the profession")
    WARNING = "warning", _("Official warning")
    OTHER = "other", _("Other circumstance")


class CircumstanceState(models.TextChoices):
    """Where the evaluation of a circumstance stands."""

    REPORTED = "reported", pgettext_lazy("circumstance", "Reported")
    EVALUATED = "evaluated", pgettext_lazy("circumstance", "Evaluated")


class CircumstanceOutcome(models.TextChoices):
    """What follows from a circumstance (contract H7, H10)."""

    NONE = "none", _("Nothing follows")
    ASSESSMENT = "assessment", _("Extra assessment")
    SUSPENSION = "suspension", _("Suspension")
    REVOCATION = "revocation", _("Revocation")


CIRCUMSTANCE = Lifecycle(
    name="circumstance",
    states=CircumstanceState,
    refusal=_REFUSAL,
    transitions=(Transition("evaluate", ("reported",), "evaluated", who="officer", needs_reason=True),),
)


class ReplacementKind(models.TextChoices):
    """What is the matter with a copy of the certificate (contract H8)."""

    DAMAGED = "damaged", _("Torn or damaged")
    LOST = "lost", _("Lost or stolen")
    WRONG = "wrong", _("Something on it is wrong")


class ReplacementState(models.TextChoices):
    """Where a request for a new copy stands."""

    REQUESTED = "requested", pgettext_lazy("replacement", "Requested")
    ISSUED = "issued", pgettext_lazy("replacement", "New copy issued")
    REJECTED = "rejected", pgettext_lazy("replacement", "Rejected")
    WITHDRAWN = "withdrawn", pgettext_lazy("replacement", "Withdrawn")


REPLACEMENT = Lifecycle(
    name="replacement",
    states=ReplacementState,
    refusal=_REFUSAL,
    transitions=(
        Transition("issue", ("requested",), "issued", who="officer"),
        Transition("reject", ("requested",), "rejected", who="officer", needs_reason=True),
        Transition("withdraw", ("requested",), "withdrawn", who="holder"),
    ),
)
