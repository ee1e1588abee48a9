"""What stands in the way of issuing somebody's certificate with those of the others of a session."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IssueStand(models.TextChoices):
    """How far a candidate of a session is on the way to a certificate."""

    READY = "ready", _("Ready to be issued")
    ISSUED = "issued", _("The certificate has been issued")
    NO_RESULT = "no_result", _("There is no released result of the exam")
    NOT_DECIDED = "not_decided", _("No decision has been made yet")
    REFUSED = "refused", _("Certification was refused")
    OFFERED = "offered", _("The holder has not concluded the contract yet")
    VOID = "void", _("The contract is void")
    REVIEW = "review", _("The decision is under review: the exam was amended")
    CLOSED = "closed", _("The application is closed")
    OWN_CASE = "own_case", _("Your own case: another officer has to do it (contract B1)")
    INTEREST = "interest", _("You have an interest in this person: another officer has to do it (contract B1)")
