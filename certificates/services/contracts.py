"""The certificate-use contract: its text, its offer to a holder, and how it is concluded."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _, gettext_noop

from accounts.models import User
from audit.services import record
from candidates.services.review import conclude_application
from certificates.contract_text import Content, digest, load_content, read_contract_text, shipped_versions
from certificates.documents.snapshots import ConclusionMethod, ConclusionSnapshot
from certificates.models import Contract, ContractTemplate, Decision
from certificates.numbers import CONTRACT_PREFIX, CONTRACT_SERIES
from certificates.queries.contracts import current_template
from certificates.services.duties import Term, lapse_about, meet_about, open_duty
from certificates.services.guards import require_officer, stated_reason
from certificates.services.notices import tell_of_concluded_contract, tell_of_offered_contract, tell_of_void_contract
from certificates.services.snapshots import concluded_snapshot, contract_snapshot
from certificates.states import CONTRACT, AcceptanceWay, ContractState, DutyKind
from core import numbering
from core.errors import NotAllowed, RuleViolation
from core.rendering import request_render
from core.services.uploads import store_upload
from core.transitions import locked, move

NO_ADDRESS = _(
    "The address of your computer could not be determined, and it has to be kept with your agreement. Nothing was "
    "concluded: tell the certification body, or sign the contract on paper."
)


def load_contract_templates() -> list[tuple[ContractTemplate, bool]]:
    """Take in every contract text that comes with the software; tells of each version whether it was new.

    Loading again changes nothing. Raises `RuleViolation` "contract_text" when a text differs from what was loaded under
    its version before: contracts refer to a version for ever, so a changed text needs a new one. Raises
    `ContractTextError` for a text that lacks a rule.
    """
    with transaction.atomic():
        return [take_in_text(load_content(version)) for version in shipped_versions()]


def take_in_text(content: Content) -> tuple[ContractTemplate, bool]:
    """Take in one contract text as a new version, unless it is there; tells whether it was new.

    Writes "contract_text.load". Raises as `load_contract_templates`.
    """
    text, sha256 = read_contract_text(content), digest(content)
    template, created = ContractTemplate.objects.get_or_create(
        version=text.version, defaults={"content": content, "content_sha256": sha256}
    )
    if template.content_sha256 != sha256:
        raise RuleViolation(
            _("The text of version %(version)s differs from the one that was loaded: give the new text a new version.")
            % {"version": text.version},
            code="contract_text",
        )
    if created:
        record(
            actor=None,
            verb="contract_text.load",
            obj=template,
            after={"version": text.version, "content_sha256": sha256},
        )
    return template, created


def offer_contract(decision: Decision, *, actor: User) -> Contract:
    """Offer the contract to a person who was granted certification; part of the decision's transaction.

    Effects: a number of the yearly series, every word and blank frozen, a draft to print requested, the holder told
    with the last day. Raises `RuleViolation` "no_template" when no contract text has been loaded.
    """
    template = current_template()
    if template is None:
        raise RuleViolation(_("No contract text has been loaded: ask the system administrator."), code="no_template")
    now = timezone.now()
    today = timezone.localdate(now)
    version = decision.scheme_version
    number = numbering.with_check(
        f"{CONTRACT_PREFIX}-{today.year}-{numbering.allocate(CONTRACT_SERIES, today.year):05d}"
    )
    snapshot = contract_snapshot(decision, template, number=number, dated_on=today)
    contract = Contract.objects.create(
        number=number,
        decision=decision,
        person=decision.person,
        template=template,
        snapshot=snapshot,
        offered_at=now,
        due_on=today + timedelta(days=version.contract_acceptance_days),
        draft_document=request_render("contract", snapshot, f"muqavile-layihe-{number}.pdf"),
    )
    record(
        actor=actor,
        verb="contract.offer",
        obj=contract,
        after={"number": number, "text": template.version, "due_on": contract.due_on},
        related=(decision, decision.application, decision.person),
    )
    open_duty(DutyKind.ACCEPT_CONTRACT, about=contract, person=contract.person, term=Term(today, contract.due_on))
    tell_of_offered_contract(contract)
    return contract


def accept_contract(contract: Contract, *, actor: User, request_address: str) -> Contract:
    """Conclude the contract in the portal: the holder agrees to its words.

    The view sees to it that they have just signed in once more. Keeps the text version and its SHA-256 (in the
    snapshot), the moment and the address of the request, and requests the final document. Raises `NotAllowed`
    "not_holder"; `RuleViolation` "no_address" when the address of the request is not known, "state" when it is
    concluded or void already.
    """
    if contract.person.user_id != actor.pk:
        raise NotAllowed(_("Only the holder can accept this contract."), code="not_holder")
    if not request_address:
        raise RuleViolation(NO_ADDRESS, code="no_address")
    now = timezone.now()
    with transaction.atomic():
        contract = _offered(contract)
        conclusion = ConclusionSnapshot(
            how=ConclusionMethod.PORTAL, at=timezone.localtime(now), address=request_address
        )
        facts = {"concluded_at": now, "request_address": request_address, "signed_on": timezone.localdate(now)}
        return _conclude(contract, "accept", actor=actor, conclusion=conclusion, facts=facts)


def record_paper_contract(contract: Contract, *, actor: User, signed_on: date, scan: "UploadedFile[Any]") -> Contract:
    """Conclude the contract on paper: an officer records the copy that the holder signed, with its scan.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "signed_future", "signed_early" (before the
    offer), "state", and those of `store_upload`.
    """
    require_officer(actor, contract.person)
    require_signed_in_time(contract, signed_on)
    with transaction.atomic():
        contract = _offered(contract)
        now = timezone.now()
        conclusion = ConclusionSnapshot(how=ConclusionMethod.PAPER, at=timezone.localtime(now), signed_on=signed_on)
        facts = {"concluded_at": now, "signed_on": signed_on, "scan": store_upload(scan, actor=actor)}
        return _conclude(contract, "record_paper", actor=actor, conclusion=conclusion, facts=facts)


def void_contract(contract: Contract, *, actor: User, reason: str) -> Contract:
    """Give up an offered contract that will not be concluded: no certificate follows, and the application is concluded.

    Raises `NotAllowed` "role", "own_case" or "interest"; `RuleViolation` "reason" or "state".
    """
    require_officer(actor, contract.person)
    reason = stated_reason(reason)
    with transaction.atomic():
        moved = move(contract, CONTRACT, "void", actor=actor, reason=reason, related=_related(contract))
        conclude_application(contract.decision.application, actor=actor)
        lapse_about(contract, [DutyKind.ACCEPT_CONTRACT], reason=reason)
        tell_of_void_contract(moved, reason=reason)
    return moved


def _offered(contract: Contract) -> Contract:
    """Return the locked contract, before anything is stored for it.

    Raises `RuleViolation` "state" unless it is still offered.
    """
    current = locked(contract)
    if current.state != ContractState.OFFERED:
        refusal = str(CONTRACT.refusal).format(state=current.get_state_display())
        raise RuleViolation(refusal, code="state")
    return current


def _conclude(
    contract: Contract, verb: str, *, actor: User, conclusion: ConclusionSnapshot, facts: dict[str, Any]
) -> Contract:
    """Move the contract to concluded, with its final document, and tell the holder what follows."""
    document = request_render("contract", concluded_snapshot(contract, conclusion), f"muqavile-{contract.number}.pdf")
    changes = {
        "concluded_how": AcceptanceWay(str(conclusion.how)),
        "concluded_by": actor,
        "document": document,
        **facts,
    }
    moved = move(contract, CONTRACT, verb, actor=actor, changes=changes, related=_related(contract))
    proof = gettext_noop("Contract concluded")
    meet_about(contract, DutyKind.ACCEPT_CONTRACT, actor=actor, proof=proof, on=moved.signed_on)
    tell_of_concluded_contract(moved)
    return moved


def _related(contract: Contract) -> tuple[Model, ...]:
    """Return what else the entry belongs to."""
    decision = contract.decision
    return (decision, decision.application, contract.person)


def require_signed_in_time(contract: Contract, signed_on: date) -> None:
    """Raise `RuleViolation` "signed_future" or "signed_early" (before the offer)."""
    if signed_on > timezone.localdate():
        raise RuleViolation(_("The date of signature lies in the future."), code="signed_future")
    if signed_on < timezone.localdate(contract.offered_at):
        raise RuleViolation(_("The date of signature lies before the day of the offer."), code="signed_early")
