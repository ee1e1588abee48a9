"""Decisions on certification and their reviews."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


class Outcome(models.TextChoices):
    """What was decided on certification."""

    GRANTED = "granted", pgettext_lazy("decision", "Granted")
    REFUSED = "refused", pgettext_lazy("decision", "Refused")


class Obstacle(models.TextChoices):
    """Why a decision-maker may not decide on a person (contract B1).

    Accepting the evidence of a renewal is assessing it: where the scheme asks for none, the panel of the exam assesses.
    """

    OWN_CASE = "own_case", _("it is your own case")
    PANEL = "panel", _("you were on a panel of this candidate")
    MARKED = "marked", _("you marked an exam of this candidate")
    INTEREST = "interest", _("a conflict of interest with this candidate is on record")
    CHECKED = "checked", _("you checked the evidence of this renewal, or entered it from paper")


class ReviewState(models.TextChoices):
    """Where the review of a decision stands whose exam was amended."""

    OPEN = "open", pgettext_lazy("review", "To be reviewed")
    SETTLED = "settled", pgettext_lazy("review", "Reviewed")


REVIEW = Lifecycle(
    name="review",
    states=ReviewState,
    refusal=_("The review is in the state “{state}”: this step is no longer possible. Reload the page to see it."),
    transitions=(Transition("settle", ("open",), "settled", who="independent decision-maker", needs_reason=True),),
)
