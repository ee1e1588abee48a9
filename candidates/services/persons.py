"""A person's record: changes of its data, conflicts of interest, and whose account it belongs to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import has_role
from accounts.queries import has_verified_address
from accounts.states import Role
from audit.services import record
from candidates import identity
from candidates.models import CONFLICT_ONCE, Application, ConflictOfInterest, Person
from candidates.permissions import declares_conflict, manages_person
from candidates.queries import find_by_reference
from candidates.services.review import link
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.names import clean_name
from core.transitions import locked

# What may change of a person. The FIN and the date of birth never do: an error in them is another person's case.
CHANGEABLE = (
    "surname",
    "given_name",
    "patronymic",
    "identity_series",
    "identity_number",
    "address",
    "telephone",
    "email",
    "language",
)
_NORMAL_FORMS: dict[str, Callable[[str], str]] = {
    "surname": clean_name,
    "given_name": clean_name,
    "patronymic": clean_name,
    "telephone": identity.clean_telephone,
}
_CONFLICT_ERROR = {CONFLICT_ONCE: _("This conflict of interest is on record already.")}


@transaction.atomic
def record_conflict(person: Person, *, user: User, kind: str, note: str, actor: User) -> ConflictOfInterest:
    """Put on record why `user` may neither assess nor decide on `person` (contract B1); it stays for ever.

    Officers record it for any member of staff, everyone else for themselves. Writes "person.conflict".
    Raises `NotAllowed` "not_yours", `RuleViolation` "not_staff" or CONFLICT_ONCE.
    """
    if actor.pk != user.pk and not manages_person(actor, person):
        raise NotAllowed(_("You may declare only your own conflict of interest."), code="not_yours")
    if not declares_conflict(user):
        raise RuleViolation(
            _("Choose a member of staff who could assess or decide: an assessor, a decision-maker or an officer."),
            code="not_staff",
        )
    with constraint_errors(_CONFLICT_ERROR):
        conflict = ConflictOfInterest.objects.create(
            person=person, user=user, kind=kind, note=note.strip(), declared_by=actor
        )
    after = {"user": user, "kind": kind, "note": conflict.note}
    record(actor=actor, verb="person.conflict", obj=person, after=after, related=[user])
    return conflict


def declare_own_conflict(reference: str, *, kind: str, note: str, actor: User) -> ConflictOfInterest:
    """Declare one's own conflict with the applicant behind a reference, without the right to open the case.

    Raises `RuleViolation` "unknown_reference", and what `record_conflict` raises.
    """
    application: Application | None = find_by_reference(reference)
    if application is None or application.person is None:
        raise RuleViolation(
            _("There is no application with this reference: please compare it with the one that you were given."),
            code="unknown_reference",
        )
    return record_conflict(application.person, user=actor, kind=kind, note=note, actor=actor)


@transaction.atomic
def link_account(person: Person, *, email: str, reason: str, actor: User) -> Person:
    """Give a person who is known from paper the account through which they come to the portal; writes "person.link".

    Raises `NotAllowed` "not_officer", or "self" for the own account; `RuleViolation` "linked" when the person has an
    account, "no_account" when nobody has the address as a candidate, "unverified" when whoever signed up has not shown
    that it is theirs, "account_other_person" when the account belongs to somebody else.
    """
    _require_manager(person, actor)
    current = locked(person)
    if current.user_id is not None:
        raise RuleViolation(_("The person has an account already: unlink it first."), code="linked")
    account = User.objects.filter(email__iexact=email.strip()).first()
    if account is None or not has_role(account, Role.CANDIDATE):
        raise RuleViolation(_("No candidate's account has this e-mail address: invite them first."), code="no_account")
    if account.pk == actor.pk:
        raise NotAllowed(_("Nobody links their own account to a person: ask a colleague."), code="self")
    if not has_verified_address(account):
        raise RuleViolation(
            _("Nobody has confirmed this e-mail address yet: somebody else may have signed up with it."),
            code="unverified",
        )
    link(current, account, actor=actor, reason=reason)
    person.user = account
    return current


@transaction.atomic
def unlink_account(person: Person, *, reason: str, actor: User) -> Person:
    """Part a person from an account that turned out not to be theirs, or that they lost; writes "person.unlink".

    The account keeps the applications that were filled in with it. Raises `NotAllowed` "not_officer"; `RuleViolation`
    "reason", or "not_linked" (a second click).
    """
    _require_manager(person, actor)
    if not reason.strip():
        raise RuleViolation(_("Please give the reason: it is kept with the decision."), code="reason")
    current = locked(person)
    if current.user is None:
        raise RuleViolation(_("The person has no account."), code="not_linked")
    before = {"user": current.user}
    current.user = None
    current.save(update_fields=["user"])
    record(actor=actor, verb="person.unlink", obj=current, before=before, after={"user": None}, reason=reason)
    person.user = None
    return current


def labels_of(names: Iterable[str]) -> str:
    """Return the words for fields of a person's record, in the reader's language."""
    fields = {field.name: field for field in Person._meta.local_fields}
    return ", ".join(str(fields[name].verbose_name) for name in names)


def changed_details(person: Person, typed: Mapping[str, str]) -> dict[str, list[str]]:
    """Return what of `typed` differs from the record, each field as [as it is on record, as it is typed].

    Everything is brought into its normal form first. Raises `RuleViolation` "not_changeable" for a field that never
    changes, "invalid" with the words of whatever rule of candidates.identity or of the record refuses.
    """
    if not set(typed) <= set(CHANGEABLE):
        raise RuleViolation(_("The FIN and the date of birth never change."), code="not_changeable")
    try:
        cleaned = {name: _NORMAL_FORMS.get(name, str.strip)(text) for name, text in typed.items()}
        wanted = copy(person)
        for name, value in cleaned.items():
            setattr(wanted, name, value)
        wanted.identity_number = identity.clean_card_number(wanted.identity_series, wanted.identity_number)
        wanted.clean_fields(exclude=[field.name for field in Person._meta.fields if field.name not in cleaned])
    except ValidationError as error:
        raise RuleViolation(" ".join(error.messages), code="invalid") from error
    return {
        name: [before, after]
        for name in CHANGEABLE
        if (after := getattr(wanted, name)) != (before := getattr(person, name))
    }


@transaction.atomic
def update_person(
    person: Person,
    *,
    changes: Mapping[str, Sequence[str]],
    actor: User,
    reason: str,
    related: Sequence[models.Model] = (),
) -> Person:
    """Change data on a person's record (contract H2): `changes` has each field as [as it was, as it is].

    Writes "person.update". Accounts keep their own names and sign-in addresses. Raises `NotAllowed` "not_officer";
    `RuleViolation` "outdated" when the record does not say any more what was to be changed, and the errors of
    `changed_details`: nothing is changed then.
    """
    _require_manager(person, actor)
    current = locked(person)
    moved_on = [name for name, (before, _after) in changes.items() if getattr(current, name) != before]
    if moved_on:
        names = labels_of(moved_on)
        raise RuleViolation(
            format_lazy(
                _("The record has been changed meanwhile: {names}. Nothing was changed: compare it with the notice."),
                names=names,
            ),
            code="outdated",
        )
    checked = changed_details(current, {name: after for name, (_before, after) in changes.items()})
    old = {name: before for name, (before, _after) in checked.items()}
    new = {name: after for name, (_before, after) in checked.items()}
    for name, value in new.items():
        setattr(current, name, value)
        setattr(person, name, value)
    current.save(update_fields=list(new))
    record(actor=actor, verb="person.update", obj=current, before=old, after=new, reason=reason, related=related)
    return current


def _require_manager(person: Person, actor: User) -> None:
    if not manages_person(actor, person):
        raise NotAllowed(_("Only an officer whom the record does not concern may do this."), code="not_officer")
