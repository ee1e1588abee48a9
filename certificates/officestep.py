"""What the body does next about a certificate, or whom it waits for, and by when: told from the facts; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from certificates.duewords import page_of, work_of
from certificates.models import Certificate, CertificateEvent, Contract, DecisionReview, Duty, MisuseCase, Suspension
from certificates.queries.duties import CHASED, is_overtaken, is_work
from certificates.queries.renewals import OpenRenewal
from certificates.states import (
    RETURNS,
    ContractState,
    DutyKind,
    EventKind,
    Ground,
    MisuseRule,
    MisuseState,
    OwedBy,
    RenewalStage,
    Status,
    rule_of,
)
from core.templatetags.core_ui import longdate


@dataclass(frozen=True, slots=True)
class OfficeStep:
    """A step about a certificate: in words, who takes it ("" for nobody), by when, and the page on which it is done."""

    step: str | Promise
    who: str = ""
    due: date | None = None
    url: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a certificate, as far as its reader may know it.

    `plan` is what is decided from a later day on; `suspension` the one that is open; `duties` what is open, due first;
    `cases` the cases of misuse that are not settled; `review` one of the decision, because its exam was amended;
    `reader` the key of the account: whoever opened a case does not settle it (contract B1).
    """

    certificate: Certificate
    plan: CertificateEvent | None = None
    suspension: Suspension | None = None
    duties: Sequence[Duty] = ()
    cases: Sequence[MisuseCase] = ()
    renewal: OpenRenewal | None = None
    review: DecisionReview | None = None
    reader: int | None = None


def steps_of_office(facts: Facts, today: date) -> list[OfficeStep]:
    """Return what the body has to do now, due first; if that is nothing, the one thing that it waits for or knows.

    Never empty: the first is what the page of the certificate tells.
    """
    work = sorted(_work(facts, today), key=lambda step: (step.due is None, step.due or date.max))
    return work or [_awaited(facts, today)]


# --- What the body has to do ------------------------------------------------------------------------------------------
def _work(facts: Facts, today: date) -> Iterator[OfficeStep]:
    certificate = facts.certificate
    if facts.suspension and certificate.status_on(today) in {Status.SUSPENDED, Status.EXPIRED}:
        yield _decide_on_suspension(facts.suspension, certificate.status_on(today))
    for duty in facts.duties:
        if duty.kind != DutyKind.REVIEW_SUSPENSION and is_work(duty, today) and not is_overtaken(duty, certificate):
            yield _of_duty(duty)
    for case in facts.cases:
        if case.state != MisuseState.HEARING or _is_unanswered(case, today):
            yield _of_case(case, facts.reader)
    if facts.review:
        yield OfficeStep(
            _("Review the decision, because the exam was amended. The certificate is in force until an officer "
              "suspends or revokes it."),
            _decider(),
            url=reverse("certificates:review", args=[facts.review.pk]),
            action=_("Open the review"),
        )  # fmt: skip
    if facts.renewal:
        yield from _of_renewal(facts.renewal, certificate, today)


def _decide_on_suspension(suspension: Suspension, status: Status) -> OfficeStep:
    words = (
        _("The validity ended while the certificate was suspended. Decide whether to end the suspension or to revoke "
          "the certificate: no renewal is issued before that.")
        if status == Status.EXPIRED
        else _("Decide whether to reinstate or to revoke the certificate.")
    )  # fmt: skip
    return OfficeStep(words, _officer(), suspension.review_on)


def _of_duty(duty: Duty) -> OfficeStep:
    if duty.kind in CHASED:
        url, action = reverse("certificates:duty", args=[duty.pk]), _("To the duty")
    else:
        url, action = page_of(duty), _("Open what it is about")
    return OfficeStep(f"{work_of(duty)}.", _officer(), duty.due_on, url, action)


def _is_unanswered(case: MisuseCase, today: date) -> bool:
    return bool(vars(case)["answer_by"] < today)  # annotated (queries.cases)


def _of_case(case: MisuseCase, reader: int | None) -> OfficeStep:
    due, url = vars(case)["settle_by"], reverse("certificates:misuse", args=[case.pk])  # annotated
    if case.state == MisuseState.OPEN:
        return OfficeStep(_("Open the hearing in the case of misuse."), _officer(), due, url, _("Open the case"))
    who = _("another officer than who opened the case") if case.opened_by_id == reader else _officer()
    return OfficeStep(_("Settle the case of misuse."), who, due, url, _("Open the case"))


def _of_renewal(renewal: OpenRenewal, certificate: Certificate, today: date) -> Iterator[OfficeStep]:
    """Give the step of a renewal if it is the body's: it should be over by the last day of the old certificate."""
    due = certificate.valid_until if certificate.valid_until >= today else None
    facts = {"reference": renewal.reference}
    application = reverse("candidates:detail", args=[renewal.application])
    page = reverse("certificates:renewal", args=[renewal.key])
    contract = renewal.contract
    if renewal.stage == RenewalStage.SUBMITTED:
        words = _("Check the application for renewal %(reference)s.")
        yield OfficeStep(words % facts, _officer(), due, application, _("Open the application"))
    elif renewal.stage == RenewalStage.EXAM:
        words = _("The renewal %(reference)s takes an exam: schedule it, or see how far it is.")
        yield OfficeStep(words % facts, _officer(), due, application, _("Open the application"))
    elif renewal.stage == RenewalStage.DECISION:
        yield OfficeStep(
            _("Decide on the renewal %(reference)s.") % facts, _decider(), due, page, _("Open the renewal")
        )
    elif contract and contract.state == ContractState.CONCLUDED:
        words = _("Issue the certificate: the contract of the renewal %(reference)s is concluded.")
        yield OfficeStep(words % facts, _officer(), due, _contract_page(contract), _("To the contract"))
    elif contract and contract.state == ContractState.OFFERED and contract.due_on < today:
        words = _("Ask for the overdue contract of the renewal %(reference)s.")
        yield OfficeStep(words % facts, _officer(), contract.due_on, _contract_page(contract), _("To the contract"))


# --- One duty ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Remedy:
    """What an officer can do about a duty that a holder has left undone, and where."""

    label: str
    url: str


def step_about(duty: Duty, today: date) -> OfficeStep:
    """Return what an open duty asks of the office: to do it, to chase what was left undone, or to wait."""
    page, action = page_of(duty), _("Open what it is about")
    if duty.owed_by == OwedBy.BODY:
        return OfficeStep(f"{work_of(duty)}.", _("Certification body"), duty.due_on, page, action)
    if duty.kind in CHASED and duty.overdue_since(today):
        return OfficeStep(f"{work_of(duty)}.", _officer(), duty.due_on, page, action)
    return OfficeStep(_holder_owes(duty), duty.person.full_name, duty.due_on, page, action)


def remedies_of(duty: Duty, today: date) -> list[Remedy]:
    """Return the ways to go on about a duty under a certificate that its holder has left undone; none of the others.

    The holder is written to; an original that stays away is misuse (contract H8), and a certificate can be suspended
    for an assessment that was not passed (H10) or terms that were not accepted (B5).
    """
    certificate = duty.certificate
    if certificate is None or duty.owed_by != OwedBy.HOLDER or not duty.overdue_since(today):
        return []
    address = f"{reverse('certificates:notify')}?{urlencode({'q': certificate.number})}"
    found = [Remedy(_("Write to the holder"), address)]
    if duty.kind in RETURNS:
        address = f"{reverse('certificates:misuse_open', args=[certificate.pk])}?rule={MisuseRule.H8}"
        found.append(Remedy(_("Open a case of misuse (contract H8)"), address))
    ground = _GROUNDS.get(DutyKind(duty.kind))
    if ground and certificate.status_on(today) == Status.VALID:
        address = f"{reverse('certificates:suspend', args=[certificate.pk])}?ground={ground}"
        words = _("Suspend the certificate (contract %(rule)s)") % {"rule": rule_of(ground)}
        found.append(Remedy(words, address))
    return found


_GROUNDS = {
    DutyKind.EXTRA_ASSESSMENT: Ground.ASSESSMENT_DUE,
    DutyKind.ACCEPT_TERMS: Ground.TERMS_NOT_ACCEPTED,
}


def _holder_owes(duty: Duty) -> str:
    return _("The holder owes: %(duty)s.") % {"duty": duty.name}


# --- What the body waits for, or knows --------------------------------------------------------------------------------
def _awaited(facts: Facts, today: date) -> OfficeStep:
    """Return what comes next without the body: the first by its day of what the holder owes and what is planned."""
    of_holder = _of_holder(facts, today)
    if facts.plan and facts.certificate.status_on(today) not in _ENDED:
        comes_before = of_holder and of_holder.due and of_holder.due < facts.plan.effective_on
        return of_holder if of_holder and comes_before else _of_plan(facts.plan, facts.certificate.successor)
    return _of_status(facts, of_holder, today)


_ENDED = (Status.REVOKED, Status.SUPERSEDED, Status.EXPIRED)


def _of_plan(plan: CertificateEvent, successor: Certificate | None) -> OfficeStep:
    day = {"day": longdate(plan.effective_on)}
    if plan.kind == EventKind.SUPERSEDE and successor:
        words = _("Nothing to do: %(number)s takes the place of this certificate on %(day)s.")
        url = reverse("certificates:certificate", args=[successor.pk])
        named = {"number": successor.number, **day}
        return OfficeStep(words % named, url=url, action=_("Open the renewal"))
    words = (
        _("Nothing to do: it is decided that the certificate is suspended from %(day)s.")
        if plan.kind == EventKind.SUSPEND
        else _("Nothing to do: it is decided that the certificate is revoked from %(day)s.")
    )
    return OfficeStep(words % day)


def _of_holder(facts: Facts, today: date) -> OfficeStep | None:
    """Return what the holder does next: what they owe by a day, or an application or contract that lies with them."""
    steps = [*_owed_by_holder(facts, today), *_renewal_of_holder(facts)]
    return min(steps, key=lambda step: step.due or date.max) if steps else None


def _owed_by_holder(facts: Facts, today: date) -> Iterator[OfficeStep]:
    certificate, who = facts.certificate, facts.certificate.person.full_name
    for duty in facts.duties:
        has_begun = duty.kind != DutyKind.APPLY_FOR_RENEWAL  # told below, from the first reminder on
        if duty.owed_by == OwedBy.HOLDER and has_begun and not is_overtaken(duty, certificate):
            url = reverse("certificates:duty", args=[duty.pk])
            yield OfficeStep(_holder_owes(duty), who, duty.due_on, url, _("To the duty"))
    is_renewed = facts.renewal or certificate.successor or facts.plan
    if certificate.status_on(today) == Status.VALID and today >= certificate.renewal_from and not is_renewed:
        words = _("The certificate is about to expire: the holder applies for renewal (contract H6).")
        yield OfficeStep(words, who, certificate.valid_until)


def _renewal_of_holder(facts: Facts) -> Iterator[OfficeStep]:
    renewal, who = facts.renewal, facts.certificate.person.full_name
    if renewal is None:
        return
    named = {"reference": renewal.reference}
    if renewal.stage == RenewalStage.RETURNED:
        words = _("The holder completes the application for renewal %(reference)s.")
        url = reverse("candidates:detail", args=[renewal.application])
        yield OfficeStep(words % named, who, url=url, action=_("Open the application"))
    elif renewal.contract and renewal.contract.state == ContractState.OFFERED:
        words = _("The holder concludes the contract of the renewal %(reference)s.")
        contract = renewal.contract
        yield OfficeStep(words % named, who, contract.due_on, _contract_page(contract), _("To the contract"))


def _of_status(facts: Facts, of_holder: OfficeStep | None, today: date) -> OfficeStep:
    """Return what the state of the certificate says when nothing with a day is to come before it."""
    certificate = facts.certificate
    status = certificate.status_on(today)
    if status in _ENDED:
        returns = [duty for duty in facts.duties if duty.kind in RETURNS]
        return _of_ended(certificate, status, next(_owed_by_holder(replace(facts, duties=returns), today), None))
    if of_holder:
        return of_holder
    if status == Status.NOT_YET_VALID:
        return OfficeStep(_("Nothing: the certificate has force from its first day on."))
    return OfficeStep(_("Nothing: the certificate is in force."))


def _of_ended(certificate: Certificate, status: Status, returning: OfficeStep | None) -> OfficeStep:
    """Return what is left to do about a certificate that has ended: its original may still be on its way back."""
    successor = certificate.successor
    if status == Status.SUPERSEDED and successor:
        words = _("Nothing more can be done with this certificate: %(number)s has taken its place.")
        url = reverse("certificates:certificate", args=[successor.pk])
        return OfficeStep(words % {"number": successor.number}, url=url, action=_("Open the renewal"))
    if status == Status.REVOKED:
        words = (
            _("Nothing more can be done with this certificate. The holder hands the original back (contract H9).")
            if returning
            else _("Nothing more can be done with this certificate: it is revoked, and no original is awaited.")
        )
    else:
        words = (
            _("The validity has ended. The holder hands the original back (contract H9).")
            if returning
            else _("The validity has ended. The holder may still apply for renewal (contract B10).")
        )
    return replace(returning, step=words) if returning else OfficeStep(words)


def _contract_page(contract: Contract) -> str:
    return reverse("certificates:contract", args=[contract.pk])


def _officer() -> str:
    return _("Certification officer")


def _decider() -> str:
    return _("decision-maker")
