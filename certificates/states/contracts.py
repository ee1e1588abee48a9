"""The lifecycle of a certificate-use contract, and what is asked when its terms change."""

from django.db import models
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


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


class TermsKind(models.TextChoices):
    """What a change of terms is about (contract B5)."""

    CONTRACT = "contract", pgettext_lazy("terms", "Text of the contract")
    SCHEME = "scheme", pgettext_lazy("terms", "Scheme")


class TermsState(models.TextChoices):
    """Where a change of terms stands; that its transition is over follows from the date."""

    DRAFT = "draft", pgettext_lazy("terms", "In preparation")
    ANNOUNCED = "announced", pgettext_lazy("terms", "Announced")
    CANCELLED = "cancelled", pgettext_lazy("terms", "Given up")


TERMS = Lifecycle(
    name="terms",
    states=TermsState,
    refusal=_("The change of terms is in the state “{state}”: this step is no longer possible."),
    transitions=(
        Transition("announce", ("draft",), "announced", who="officer"),
        Transition("cancel", ("draft",), "cancelled", who="officer", needs_reason=True),
    ),
)
