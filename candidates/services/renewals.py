"""Applying to have a certificate renewed: the case of a person who is known, with what the floor above asks for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import is_officer
from audit.services import record
from candidates.models import IDENTITY_FIELDS, ONE_OPEN_OF_ACCOUNT, Application, Person
from candidates.permissions import may_apply
from candidates.services.attachments import add_document
from candidates.services.declarations import declare
from candidates.services.paper import PaperDocument
from candidates.states import DocumentKind
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.models import PrivateFile
from schemes.models import SchemeVersion
from schemes.states import RenewalNeeds

_OPEN_DRAFT = {
    ONE_OPEN_OF_ACCOUNT: _(
        "You have begun another application for this scheme: finish or withdraw it under “My applications” first."
    )
}


@dataclass(frozen=True, slots=True)
class Declared:
    """What was declared: the kinds that were agreed to, the texts that were shown, and the language they were in."""

    agreed: Collection[str]
    seen: Collection[int]
    language: str


@dataclass(frozen=True, slots=True)
class SignedPaper:
    """A signed application that an officer enters: its scan, kept by `keep_upload`, and the day of the signature."""

    scan: PrivateFile
    signed_on: date


@transaction.atomic
def begin_renewal(
    person: Person,
    version: SchemeVersion,
    *,
    declared: Declared,
    documents: Iterable[PaperDocument] = (),
    paper: SignedPaper | None = None,
    actor: User,
) -> Application:
    """Return an application for renewal, filled with the person's record, its documents and declarations.

    With `paper` an officer enters it; else the person does, through their own account. It is still to be submitted, in
    the same transaction. Writes "application.start" or "application.enter", and what attaching and declaring write.

    Raises `NotAllowed` "not_officer" or "not_holder"; `RuleViolation` "signed_future", ONE_OPEN_OF_ACCOUNT when the
    account has another application open for the scheme, and what `add_document` and `declare` raise.
    """
    _require_right(person, paper, actor)
    identity = {name: getattr(person, name) for name in IDENTITY_FIELDS}
    with constraint_errors(_OPEN_DRAFT):
        application = Application.objects.create(
            **identity,
            scheme=version.scheme,
            scheme_version=version,
            account=None if paper else actor,
            entered_by=actor if paper else None,
            person=person,
            is_renewal=True,
            needs_exam=version.renewal_needs != RenewalNeeds.EVIDENCE,
        )
    after = {"scheme": version.scheme.code, "is_renewal": True}
    verb = "application.enter" if paper else "application.start"
    record(actor=actor, verb=verb, obj=application, after=after, related=[person])
    if paper:
        add_document(application, stored=paper.scan, kind=DocumentKind.PAPER_APPLICATION, actor=actor)
    for document in documents:
        add_document(application, stored=document.stored, kind=document.kind, actor=actor)
    declare(
        application,
        agreed=declared.agreed,
        seen=declared.seen,
        language=declared.language,
        declared_at=timezone.make_aware(datetime.combine(paper.signed_on, time(12))) if paper else None,
        actor=actor,
    )
    return application


def _require_right(person: Person, paper: SignedPaper | None, actor: User) -> None:
    if paper is None:
        if person.user_id != actor.pk or not may_apply(actor):
            raise NotAllowed(_("Only the holder applies for the renewal of a certificate."), code="not_holder")
        return
    if not is_officer(actor) or person.user_id == actor.pk:
        raise NotAllowed(_("Only an officer whom the case does not concern enters an application."), code="not_officer")
    if paper.signed_on > timezone.localdate():
        raise RuleViolation(_("The date of the signature is in the future."), code="signed_future")
