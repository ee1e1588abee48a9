"""Duties with a date: who owes what by when under which rule."""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _, pgettext_lazy

from core.transitions import Lifecycle, Transition


class OwedBy(models.TextChoices):
    """Who has to fulfil a duty."""

    HOLDER = "holder", pgettext_lazy("duty", "Holder")
    BODY = "body", pgettext_lazy("duty", "Certification body")


class DueUnit(models.TextChoices):
    """In what a term is counted; `date` is a day that was set, not computed."""

    DAYS = "days", pgettext_lazy("duty", "calendar days")
    WORKING_DAYS = "working_days", pgettext_lazy("duty", "working days")
    MONTHS = "months", pgettext_lazy("duty", "months")
    DATE = "date", pgettext_lazy("duty", "set day")


class DutyState(models.TextChoices):
    """Where a duty stands; that it is overdue follows from the date."""

    OPEN = "open", pgettext_lazy("duty", "Open")
    MET = "met", pgettext_lazy("duty", "Met")
    WAIVED = "waived", pgettext_lazy("duty", "Waived")
    LAPSED = "lapsed", pgettext_lazy("duty", "No longer owed")


DUTY = Lifecycle(
    name="duty",
    states=DutyState,
    refusal=_("This duty is in the state “{state}” already. Reload the page to see when and by what it was settled."),
    transitions=(
        Transition("meet", ("open",), "met", who="officer, or the system with the event that meets it"),
        Transition("waive", ("open",), "waived", who="officer", needs_reason=True),
        Transition("lapse", ("open",), "lapsed", who="system, when what it is about is over"),
    ),
)


class DutyKind(models.TextChoices):
    """What is owed, in words for the one who owes it; for the others it is in `NAMES`, its particulars in `DUTIES`."""

    ACCEPT_CONTRACT = "accept_contract", pgettext_lazy("duty", "Accept the certificate-use contract")
    REPORT_CHANGE = "report_change", pgettext_lazy("duty", "Report a change of data")
    SETTLE_CHANGE = "settle_change", pgettext_lazy("duty", "Settle the reported change of data")
    EVALUATE_CIRCUMSTANCE = "evaluate_circumstance", pgettext_lazy("duty", "Evaluate the reported circumstance")
    SETTLE_REPLACEMENT = "settle_replacement", pgettext_lazy("duty", "Settle the request for a replacement")
    RETURN_COPY = "return_copy", pgettext_lazy("duty", "Hand in the replaced original")
    RETURN_ENDED = "return_ended", pgettext_lazy("duty", "Hand in the original of the certificate")
    EXTRA_ASSESSMENT = "extra_assessment", pgettext_lazy("duty", "Take the extra assessment")
    ANSWER_HEARING = "answer_hearing", pgettext_lazy("duty", "Answer what is held against you")
    SETTLE_MISUSE = "settle_misuse", pgettext_lazy("duty", "Settle the case of misuse")
    REVIEW_SUSPENSION = "review_suspension", pgettext_lazy("duty", "Review the suspension")
    HOLD_SURVEILLANCE = "hold_surveillance", pgettext_lazy("duty", "Hold the surveillance")
    FOLLOW_UP = "follow_up", pgettext_lazy("duty", "Put right what the surveillance found")
    APPLY_FOR_RENEWAL = "apply_for_renewal", pgettext_lazy("duty", "Apply for renewal")
    ACCEPT_TERMS = "accept_terms", pgettext_lazy("duty", "Accept the changed terms")


# What each is called where nobody is asked to do it: in lists and histories, and for those who follow what others owe.
NAMES: dict[DutyKind, Promise] = {
    DutyKind.ACCEPT_CONTRACT: pgettext_lazy("duty", "Acceptance of the contract"),
    DutyKind.REPORT_CHANGE: pgettext_lazy("duty", "Report of a change of data"),
    DutyKind.SETTLE_CHANGE: pgettext_lazy("duty", "Decision on the reported change of data"),
    DutyKind.EVALUATE_CIRCUMSTANCE: pgettext_lazy("duty", "Evaluation of the reported circumstance"),
    DutyKind.SETTLE_REPLACEMENT: pgettext_lazy("duty", "Decision on the request for a new copy"),
    DutyKind.RETURN_COPY: pgettext_lazy("duty", "Return of the replaced original"),
    DutyKind.RETURN_ENDED: pgettext_lazy("duty", "Return of the original of the certificate"),
    DutyKind.EXTRA_ASSESSMENT: pgettext_lazy("duty", "Extra assessment"),
    DutyKind.ANSWER_HEARING: pgettext_lazy("duty", "Answer in the hearing"),
    DutyKind.SETTLE_MISUSE: pgettext_lazy("duty", "Decision on the case of misuse"),
    DutyKind.REVIEW_SUSPENSION: pgettext_lazy("duty", "Review of the suspension"),
    DutyKind.HOLD_SURVEILLANCE: pgettext_lazy("duty", "Surveillance"),
    DutyKind.FOLLOW_UP: pgettext_lazy("duty", "Correction of what the surveillance found"),
    DutyKind.APPLY_FOR_RENEWAL: pgettext_lazy("duty", "Application for renewal"),
    DutyKind.ACCEPT_TERMS: pgettext_lazy("duty", "Acceptance of the changed terms"),
}


# What an officer records by hand. All others are met by what is done about them: a case settled, a contract accepted.
MET_BY_HAND = frozenset({DutyKind.RETURN_COPY, DutyKind.RETURN_ENDED, DutyKind.EXTRA_ASSESSMENT})

# By which an original comes back.
RETURNS = frozenset({DutyKind.RETURN_COPY, DutyKind.RETURN_ENDED})
# What nobody owes any more once the certificate is at its end. To hand the original in is owed all the more.
ENDS_WITH_CERTIFICATE = (DutyKind.APPLY_FOR_RENEWAL, DutyKind.EXTRA_ASSESSMENT, DutyKind.ACCEPT_TERMS)
# Nor these: the surveillances that were planned are given up with it.
ENDS_WITH_SURVEILLANCE = (DutyKind.HOLD_SURVEILLANCE, DutyKind.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class DutyRule:
    """What the catalogue says of a kind of duty: its rule, who owes it, what triggers it, its usual term."""

    rule: str
    owed_by: OwedBy
    trigger: str | Promise
    amount: int | None = None
    unit: DueUnit = DueUnit.DATE


# Terms that the contract names: 10 working days (H2), 15 days (H8). The others are the body's own choice.
DUTIES: dict[DutyKind, DutyRule] = {
    DutyKind.ACCEPT_CONTRACT: DutyRule("H5", OwedBy.HOLDER, _("the contract was offered")),
    DutyKind.REPORT_CHANGE: DutyRule("H2", OwedBy.HOLDER, _("the data changed"), 10, DueUnit.WORKING_DAYS),
    DutyKind.SETTLE_CHANGE: DutyRule("H2", OwedBy.BODY, _("the change was reported"), 10, DueUnit.WORKING_DAYS),
    DutyKind.EVALUATE_CIRCUMSTANCE: DutyRule(
        "H7", OwedBy.BODY, _("the circumstance was reported"), 10, DueUnit.WORKING_DAYS
    ),
    DutyKind.SETTLE_REPLACEMENT: DutyRule(
        "H8", OwedBy.BODY, _("the replacement was requested"), 10, DueUnit.WORKING_DAYS
    ),
    DutyKind.RETURN_COPY: DutyRule("H8", OwedBy.HOLDER, _("a new copy was requested"), 15, DueUnit.DAYS),
    DutyKind.RETURN_ENDED: DutyRule("H9", OwedBy.HOLDER, _("the right to use it ends"), 15, DueUnit.DAYS),
    DutyKind.EXTRA_ASSESSMENT: DutyRule("H10", OwedBy.HOLDER, _("the assessment was ordered")),
    DutyKind.ANSWER_HEARING: DutyRule("H11", OwedBy.HOLDER, _("the hearing was opened"), 10, DueUnit.WORKING_DAYS),
    DutyKind.SETTLE_MISUSE: DutyRule("H11", OwedBy.BODY, _("the case was opened"), 30, DueUnit.WORKING_DAYS),
    DutyKind.REVIEW_SUSPENSION: DutyRule("H9", OwedBy.BODY, _("the certificate was suspended")),
    DutyKind.HOLD_SURVEILLANCE: DutyRule("B7", OwedBy.BODY, _("the surveillance was planned")),
    DutyKind.FOLLOW_UP: DutyRule("B7", OwedBy.HOLDER, _("the surveillance asked for a follow-up")),
    DutyKind.APPLY_FOR_RENEWAL: DutyRule("H6", OwedBy.HOLDER, _("the validity draws to its end")),
    DutyKind.ACCEPT_TERMS: DutyRule("B5", OwedBy.HOLDER, _("the change of terms was announced")),
}
# An old copy is handed in for three reasons; the catalogue has the commonest. By what the duty is about.
RETURN_COPY_BECAUSE: dict[str, tuple[str, str | Promise]] = {
    "certificates.changenotice": ("H2, H8", _("the data on the certificate changed")),
    "certificates.certificatecopy": ("H8", _("the scope of the certificate was reduced")),
}
