"""Starting an application and filling in its parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from candidates.models import IDENTITY_FIELDS, Application
from candidates.permissions import may_apply
from candidates.queries import open_application, person_of
from candidates.services.guards import lock_editable
from core.errors import NotAllowed, RuleViolation
from core.transitions import locked
from schemes.models import Scheme
from schemes.queries import current_version

IDENTITY_PART = (
    "surname", "given_name", "patronymic", "date_of_birth", "identity_series", "identity_number", "fin",
)  # fmt: skip
CONTACT_PART = ("address", "telephone", "email", "language", "special_needs")


@transaction.atomic
def start_application(scheme: Scheme, *, actor: User) -> Application:
    """Return the account's open application for the scheme, or a new draft, filled with what the account already shows.

    A second click, even at the same moment, gives the same draft. Writes "application.start". Raises `NotAllowed`
    "not_candidate", `RuleViolation` "no_version" when no version of the scheme is in effect.
    """
    if not may_apply(actor):
        raise NotAllowed(_("Only candidates apply."), code="not_candidate")
    locked(actor)  # an account starts one application at a time
    existing = open_application(actor, scheme)
    if existing:
        return existing
    version = current_version(scheme)
    if version is None:
        raise RuleViolation(_("The scheme is not in effect yet: please apply later."), code="no_version")
    draft = Application.objects.create(scheme=scheme, scheme_version=version, account=actor, **known_identity(actor))
    record(actor=actor, verb="application.start", obj=draft, after={"scheme": scheme.code})
    return draft


def known_identity(user: User) -> dict[str, Any]:
    """Return what a new draft starts with: the confirmed person's data, or else the account's names and address."""
    person = person_of(user)
    if person:
        return {name: getattr(person, name) for name in IDENTITY_FIELDS}
    return {
        "surname": user.surname,
        "given_name": user.given_name,
        "patronymic": user.patronymic,
        "email": user.email,
        "language": user.language or "az",
    }


def save_identity(application: Application, *, data: Mapping[str, Any], actor: User) -> Application:
    """Save who the applicant is (names, birth, card, FIN), complete or not. Errors: see `lock_editable`."""
    return _save_part(application, IDENTITY_PART, data, actor=actor)


def save_contact(application: Application, *, data: Mapping[str, Any], actor: User) -> Application:
    """Save address, telephone, e-mail, language and special needs, complete or not. Errors: see `lock_editable`."""
    return _save_part(application, CONTACT_PART, data, actor=actor)


@transaction.atomic
def _save_part(application: Application, part: Sequence[str], data: Mapping[str, Any], *, actor: User) -> Application:
    """Write the changed fields of a part and "application.edit"; saving the same again leaves no trace.

    The trail is read by officers and auditors and never forgets: of what has not been submitted yet it is told which
    fields were filled in, not with what.
    """
    current = lock_editable(application, actor=actor)
    changed = {name: data[name] for name in part if data[name] != getattr(current, name)}
    if not changed:
        return current
    before = {name: getattr(current, name) for name in changed}
    for name, value in changed.items():
        setattr(current, name, value)
    current.save(update_fields=list(changed))
    if current.submitted_at is None:
        record(actor=actor, verb="application.edit", obj=current, after={"fields": sorted(changed)})
    else:
        record(actor=actor, verb="application.edit", obj=current, before=before, after=changed)
    return current
