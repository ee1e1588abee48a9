"""What an officer does with a submitted application: accept, return, refuse; and how the case ends."""

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.queries import timeline
from audit.services import record
from candidates.models import IDENTITY_FIELDS, Application, Person
from candidates.services.guards import require_reviewer
from candidates.services.notices import tell_applicant, tell_left_address
from candidates.states import APPLICATION, ApplicationState, Section
from core.errors import RuleViolation
from core.transitions import locked, move

# Called with the refused application and the actor, inside the transaction.
RefusalHook = Callable[[Application, User], None]
# Called with an application that an officer is about to accept: raises `RuleViolation` when what it declares cannot be
# taken over, and changes nothing.
AcceptanceObjection = Callable[[Application], None]
_refusal_hooks: list[RefusalHook] = []
_acceptance_objections: list[AcceptanceObjection] = []


def register_refusal_hook(hook: RefusalHook) -> None:
    """Have `hook` called when an application is refused; called by upper floors when Django starts."""
    if hook not in _refusal_hooks:
        _refusal_hooks.append(hook)


def register_acceptance_objection(objection: AcceptanceObjection) -> None:
    """Have `objection` asked before every acceptance, and by the page that offers it; called when Django starts.

    Its `RuleViolation` vetoes the acceptance: nothing is changed, the application waits on, and the officer reads what
    has to be done first.
    """
    if objection not in _acceptance_objections:
        _acceptance_objections.append(objection)


def objection_to_accept(application: Application) -> str:
    """Return why an upper floor would veto the acceptance as things stand; "" when nothing stands against it."""
    try:
        _ask_objections(application)
    except RuleViolation as violation:
        return str(violation)
    return ""


def _ask_objections(application: Application) -> None:
    for objection in _acceptance_objections:
        objection(application)


@transaction.atomic
def accept_application(application: Application, *, submission: int | None = None, actor: User) -> Application:
    """Accept a submitted application; with it the officer confirms that the applicant is the person whom the FIN names.

    Brings the person's record up to what was declared, but for what was put on record since ("person.update"; an e-mail
    address that is left is told so), and links the applicant's account to the person when nobody's is ("person.link").
    Writes "application.accept"; tells the applicant (application_accepted). `submission` says which submission the
    officer has read (the first, the second after a return).

    Raises `NotAllowed` "not_reviewer", `RuleViolation` "state", "changed" (another submission was read),
    "person_other_account" (the person belongs to another account), "account_other_person" (the account belongs to
    another person), or an objection's: nothing is changed then.
    """
    require_reviewer(application, actor=actor)
    current = _locked_as_read(application, submission)
    accepted = move(
        current,
        APPLICATION,
        "accept",
        actor=actor,
        changes={"settled_at": timezone.now(), "settled_by": actor, "state_reason": ""},
        related=[application.person] if application.person else [],
    )
    person = Person.objects.select_for_update(of=("self",), no_key=True).get(applications=accepted)
    _link_account(person, accepted, actor=actor)
    _ask_objections(accepted)
    _update_person(person, accepted, actor=actor)
    tell_applicant(accepted, "application_accepted")
    application.refresh_from_db()
    return accepted


def _locked_as_read(application: Application, submission: int | None) -> Application:
    """Return the application locked; raises `RuleViolation` "changed" when another submission of it was read."""
    current = locked(application)
    if submission is not None and submission != current.submissions:
        raise RuleViolation(
            _("The application has been submitted anew since you opened this page. Please read it again."),
            code="changed",
        )
    return current


def _link_account(person: Person, application: Application, *, actor: User) -> None:
    account = application.account
    if account is None or person.user_id == account.pk:
        return
    if person.user_id is not None:
        raise RuleViolation(
            _(
                "The person belongs to another account. Find out who applied: refuse the application, or unlink the "
                "other account."
            ),
            code="person_other_account",
        )
    link(person, account, actor=actor)


def link(person: Person, account: User, *, actor: User, reason: str = "") -> None:
    """Make `account` the account of a locked person; writes "person.link".

    Raises `RuleViolation` "account_other_person" when the account belongs to somebody else. The account's row is
    locked, so that two officers cannot link it to two persons at once.
    """
    locked(account)
    if Person.objects.filter(user=account).exclude(pk=person.pk).exists():
        raise RuleViolation(
            _("The account %(account)s belongs to another person: the FIN or the account is wrong.")
            % {"account": account.email},
            code="account_other_person",
        )
    person.user = account
    person.save(update_fields=["user"])
    record(actor=actor, verb="person.link", obj=person, before={"user": None}, after={"user": account}, reason=reason)


def _update_person(person: Person, application: Application, *, actor: User) -> None:
    newer = _on_record_since(person, application)
    changed = {
        name: declared
        for name in IDENTITY_FIELDS
        if name not in newer and (declared := getattr(application, name)) != getattr(person, name)
    }
    if not changed:
        return
    before = {name: getattr(person, name) for name in changed}
    for name, value in changed.items():
        setattr(person, name, value)
    person.save(update_fields=list(changed))
    record(actor=actor, verb="person.update", obj=person, before=before, after=changed, related=[application])
    if "email" in changed:
        tell_left_address(application, person, before["email"])


def _on_record_since(person: Person, application: Application) -> set[str]:
    """Return what was put on a person's record after the application was submitted: it does not take that back."""
    later = timeline(person).filter(verb="person.update", at__gt=application.submitted_at)
    return {name for after in later.values_list("after", flat=True) for name in after}


@transaction.atomic
def return_application(
    application: Application, *, sections: Sequence[str], reason: str, submission: int | None = None, actor: User
) -> Application:
    """Give a submitted application back to be completed, with the parts that lack something and what is missing.

    `submission` says which submission the officer has read. Writes "application.return"; tells the applicant
    (application_returned). Raises `NotAllowed` "not_reviewer", `RuleViolation` "state", "changed", "reason", or
    "sections" when no part is named.
    """
    require_reviewer(application, actor=actor)
    named = [section.value for section in Section if section in sections]
    if not named:
        raise RuleViolation(_("Choose the parts in which something is missing."), code="sections")
    returned = move(
        _locked_as_read(application, submission),
        APPLICATION,
        "return",
        actor=actor,
        reason=reason,
        changes={"state_reason": reason.strip(), "returned_sections": named},
        related=[application.person] if application.person else [],
    )
    tell_applicant(returned, "application_returned", reason=returned.state_reason, sections=named)
    return returned


@transaction.atomic
def refuse_application(
    application: Application, *, reason: str, submission: int | None = None, actor: User
) -> Application:
    """Refuse a submitted application for good, with the reason; a new one may be made.

    `submission` says which submission the officer has read. Writes "application.refuse"; tells the applicant
    (application_refused). Raises `NotAllowed` "not_reviewer", `RuleViolation` "state", "changed" or "reason".
    """
    require_reviewer(application, actor=actor)
    refused = move(
        _locked_as_read(application, submission),
        APPLICATION,
        "refuse",
        actor=actor,
        reason=reason,
        changes={"state_reason": reason.strip(), "settled_at": timezone.now(), "settled_by": actor},
        related=[application.person] if application.person else [],
    )
    for hook in _refusal_hooks:
        hook(refused, actor)
    tell_applicant(refused, "application_refused", reason=refused.state_reason)
    return refused


@transaction.atomic
def conclude_application(application: Application, *, actor: User) -> Application:
    """Note that the decision on certification has ended the case, so that the person may apply for the scheme again.

    Called by the service that decides. Concluding twice changes nothing. Writes "application.conclude". Raises
    `RuleViolation` "state" unless the application was accepted.
    """
    current = locked(application)
    if current.state != ApplicationState.ACCEPTED:
        raise RuleViolation(
            str(APPLICATION.refusal).format(state=current.get_state_display()),
            code="state",
        )
    if current.concluded_at is None:
        current.concluded_at = timezone.now()
        current.save(update_fields=["concluded_at"])
        after = {"concluded_at": current.concluded_at}
        record(actor=actor, verb="application.conclude", obj=current, before={"concluded_at": None}, after=after)
    application.concluded_at = current.concluded_at
    return current
