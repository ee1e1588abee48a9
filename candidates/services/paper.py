"""Entering an application that came on paper."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import is_officer
from audit.services import record
from candidates.models import Application
from candidates.queries import latest_texts
from candidates.services.attachments import add_document, add_letter
from candidates.services.declarations import declare
from candidates.services.drafts import CONTACT_PART, IDENTITY_PART
from candidates.services.submission import submit_application
from candidates.states import DocumentKind
from core.errors import NotAllowed, RuleViolation
from core.models import PrivateFile
from schemes.models import Scheme
from schemes.queries import current_version


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """A recommendation letter that came with a paper application; its file has been kept by `keep_upload`."""

    stored: PrivateFile
    issuer: str
    issuer_kind: str
    topic: str
    hours: int
    dated: date


@dataclass(frozen=True, slots=True)
class PaperDocument:
    """Another document that came with a paper application; its file has been kept by `keep_upload`."""

    stored: PrivateFile
    kind: str


@transaction.atomic
def enter_paper_application(
    scheme: Scheme,
    *,
    data: Mapping[str, Any],
    agreed: Collection[str],
    signed_on: date,
    scan: PrivateFile,
    letters: Iterable[PaperLetter] = (),
    documents: Iterable[PaperDocument] = (),
    actor: User,
) -> Application:
    """Enter what somebody applied for on paper and submit it in their name, all or nothing.

    `data` holds the fields of identity and contact, `agreed` the kinds of declaration ticked on the paper, `signed_on`
    its date, `scan` the scanned paper, kept by `keep_upload`, `letters` and `documents` what came with it. Writes
    "application.enter" and what attaching, declaring and submitting write.

    Raises `NotAllowed` "not_officer"; `RuleViolation` "no_version", "signed_future", and what `add_letter`,
    `add_document` and `submit_application` raise.
    """
    if not is_officer(actor):
        raise NotAllowed(_("Only officers enter paper applications."), code="not_officer")
    version = current_version(scheme)
    if version is None:
        raise RuleViolation(_("The scheme is not in effect yet: please apply later."), code="no_version")
    if signed_on > timezone.localdate():
        raise RuleViolation(_("The date of the signature is in the future."), code="signed_future")
    fields = {name: data[name] for name in (*IDENTITY_PART, *CONTACT_PART)}
    entered = Application.objects.create(scheme=scheme, scheme_version=version, entered_by=actor, **fields)
    record(actor=actor, verb="application.enter", obj=entered, after={"scheme": scheme.code, "signed_on": signed_on})
    add_document(entered, stored=scan, kind=DocumentKind.PAPER_APPLICATION, actor=actor)
    for letter in letters:
        add_letter(
            entered,
            stored=letter.stored,
            issuer=letter.issuer,
            issuer_kind=letter.issuer_kind,
            topic=letter.topic,
            hours=letter.hours,
            dated=letter.dated,
            actor=actor,
        )
    for document in documents:
        add_document(entered, stored=document.stored, kind=document.kind, actor=actor)
    declare(
        entered,
        agreed=agreed,
        seen=[text.pk for text in latest_texts().values()],
        language=fields["language"],
        declared_at=timezone.make_aware(datetime.combine(signed_on, time(12))),
        actor=actor,
    )
    return submit_application(entered, actor=actor)
