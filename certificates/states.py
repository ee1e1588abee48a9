"""Decisions, the lifecycle of a contract and of a certificate."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


class Outcome(models.TextChoices):
    """What was decided on certification."""

    GRANTED = "granted", pgettext_lazy("decision", "Granted")
    REFUSED = "refused", pgettext_lazy("decision", "Refused")


class Obstacle(models.TextChoices):
    """Why a decision-maker may not decide on a person (contract B1)."""

    OWN_CASE = "own_case", _("it is your own case")
    PANEL = "panel", _("you were on a panel of this candidate")
    MARKED = "marked", _("you marked an exam of this candidate")
    INTEREST = "interest", _("a conflict of interest with this candidate is on record")


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


class ContractState(models.TextChoices):
    """Where a certificate-use contract stands."""

    OFFERED = "offered", _("Waiting for the holder")
    CONCLUDED = "concluded", _("Concluded")
    VOID = "void", _("Void")


CONTRACT = Lifecycle(
    name="contract",
    states=ContractState,
    refusal=_("The contract is in the state “{state}”: this step is no longer possible."),
    transitions=(
        Transition("accept", ("offered",), "concluded", who="holder"),
        Transition("record_paper", ("offered",), "concluded", who="officer"),
        Transition("void", ("offered",), "void", who="officer", needs_reason=True),
    ),
)


class AcceptanceWay(models.TextChoices):
    """How the holder concluded the contract."""

    PORTAL = "portal", _("In the portal")
    PAPER = "paper", _("Signed on paper")


class CertificateState(models.TextChoices):
    """What was decided about a certificate.

    *Expired* is not here: it follows from the date (see models.Certificate).
    """

    VALID = "valid", _("Valid")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")


class Status(models.TextChoices):
    """What a reader is told about a certificate on a day: its state, or that it ran out."""

    VALID = "valid", _("Valid")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")
    EXPIRED = "expired", _("Expired")
    NOT_YET_VALID = "not_yet_valid", _("Not yet valid")


CERTIFICATE = Lifecycle(
    name="certificate",
    states=CertificateState,
    refusal=_("The certificate is in the state “{state}”: this step is not possible now. Reload the page to see it."),
    transitions=(
        Transition("suspend", ("valid",), "suspended", who="officer", needs_reason=True),
        Transition("reinstate", ("suspended",), "valid", who="officer", needs_reason=True),
        Transition("revoke", ("valid", "suspended"), "revoked", who="officer", needs_reason=True),
    ),
)
