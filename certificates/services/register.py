"""What stands on the public register: a certificate whose holder agreed to it, for as long as they do (contract B6)."""

from collections.abc import Collection

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.references import reference
from audit.services import record
from candidates.models import Person
from candidates.queries import publishes_on_register
from candidates.services.declarations import change_publication
from candidates.states import DeclarationKind
from certificates.models import Certificate, RegisterEntry, RegisterWord
from certificates.permissions import handles, holds
from certificates.queries.register import certificates_past_listing, certificates_to_relist, own_certificates
from certificates.register_words import listed_words
from certificates.services.guards import stated_reason
from core.errors import NotAllowed, RuleViolation
from core.messages import queue_message
from core.rowbyrow import each_alone
from core.text import sort_key
from core.transitions import locked

LONGEST_NAME = 250


def list_certificate(certificate: Certificate, *, actor: User | None) -> RegisterEntry | None:
    """Have the register say of a certificate what its holder agreed to: enter, change or take out the entry.

    The last word of the holder on the application that led to the certificate counts (contract B6), for as long as the
    certificate is in its period of validity, which is what holders agree to. Effects: the entry
    with the holder's name as it is now, and the words by which it is found; "certificate.publish" or
    "certificate.unpublish" in the trail, as the disclosure that it is. Called again, it changes nothing. Two at the
    same moment come one after the other: the certificate's row is locked. Returns the entry, if there is one now.
    """
    with transaction.atomic():
        current = locked(certificate)
        entry = RegisterEntry.objects.filter(certificate=current).first()
        is_over = current.valid_until < timezone.localdate()
        if is_over or not publishes_on_register(current.decision.application):
            _take_out(current, entry, actor)
            return None
        fresh = _entry(current)
        if entry is not None:
            if entry.name == fresh.name:
                return entry
            entry.delete()
        fresh.save()
        RegisterWord.objects.bulk_create(_words(fresh))
        record(
            actor=actor, verb="certificate.publish", obj=current,
            before={"name": entry.name} if entry else None, after={"name": fresh.name}, related=[current.person],
        )  # fmt: skip
    return fresh


def relist_person(person: Person, *, actor: User | None) -> None:
    """Have the register say the name of a person as it is now, for every certificate of theirs; see above."""
    for certificate in person.certificates.order_by("pk"):
        list_certificate(certificate, actor=actor)


def choose_publication(
    certificate: Certificate,
    *,
    agreed: bool,
    actor: User,
    language: str,
    seen: int,
    reason: str = "",
    paper: UploadedFile[bytes] | None = None,
) -> RegisterEntry | None:
    """Record that the holder gives or takes back the consent to publication, and change the register at once.

    The holder says so in the portal; an officer writes down what the holder said otherwise: `reason` says how and when,
    `paper` is the holder's written word, without which nobody's consent is recorded (contract B6). `seen` is the text
    that was shown. Writes "application.publication" and what `list_certificate` writes.
    Of what an officer wrote down the holder is told.
    Raises `NotAllowed` "not_holder"; `RuleViolation` "reason" or "paper" from officers, and what `change_publication`
    raises: "texts_changed", "unchanged" (a second click).
    """
    if not holds(actor, certificate) and not handles(actor, certificate):
        raise NotAllowed(_("Only the holder decides on it, or an officer at the holder's word."), code="not_holder")
    with transaction.atomic():
        current = locked(certificate)
        if not holds(actor, current):
            _require_word(agreed=agreed, reason=reason, paper=paper)
        change_publication(
            current.decision.application,
            agreed=agreed,
            seen=seen,
            language=language,
            actor=actor,
            reason=reason,
            paper=paper,
        )
        entry = list_certificate(current, actor=actor)
        if not holds(actor, current):
            _tell(current, entry, agreed=agreed, reason=reason)
    return entry


def _tell(certificate: Certificate, entry: RegisterEntry | None, *, agreed: bool, reason: str) -> None:
    """Tell the holder what an officer wrote down as their word, each time."""
    person = certificate.person
    last = certificate.decision.application.declarations.filter(text__kind=DeclarationKind.PUBLICATION).latest("id")
    queue_message(
        key=f"publication_changed:{reference(last)}",
        kind="publication_changed",
        to=person.email,
        language=person.language,
        context={
            "person": person,
            "certificate": certificate,
            "entry": entry,
            "agreed": agreed,
            "reason": reason,
            "page": reverse("certificates:publication"),
        },
        about=certificate,
    )


def choose_own_publications(*, listed: Collection[int], actor: User, language: str, seen: int) -> int:
    """Have the register list those of a holder's certificates that they choose, and no other; returns how many changed.

    `listed` are primary keys; what is nobody's own is ignored. All or nothing. Raises what `choose_publication` raises.
    """
    changed = 0
    with transaction.atomic():
        # By key, as `relist_person` takes them: two who lock the same certificates do not wait for each other.
        for certificate in own_certificates(actor, timezone.localdate()).order_by("pk"):
            agreed = certificate.pk in listed
            if publishes_on_register(certificate.decision.application) != agreed:
                choose_publication(certificate, agreed=agreed, actor=actor, language=language, seen=seen)
                changed += 1
    return changed


def rebuild_register() -> int:
    """Have the register say of every certificate what its holder's last word is; returns how many were put right.

    For certificates from before there was a register. Run again, it finds nothing to do.
    """
    return _relist(certificates_to_relist(timezone.localdate()))


def withdraw_expired() -> int:
    """Take out the entries whose certificates have run out; returns how many (each morning).

    Nobody reads them any more, whether this has run or not: the register shows what is valid on the day. But they would
    stand in the way of every search, more of them each year.
    """
    return _relist(certificates_past_listing(timezone.localdate()))


def _relist(certificates: QuerySet[Certificate]) -> int:
    """Have the register say what is true of each; one that fails is logged, and holds up no other."""
    return each_alone(certificates.iterator(chunk_size=500), lambda one: list_certificate(one, actor=None))


def _require_word(*, agreed: bool, reason: str, paper: UploadedFile[bytes] | None) -> None:
    stated_reason(reason)
    if agreed and paper is None:
        raise RuleViolation(
            _("Nobody is published without their written word: add a scan of it (contract B6)."), code="paper"
        )


def _take_out(certificate: Certificate, entry: RegisterEntry | None, actor: User | None) -> None:
    if entry is None:
        return
    entry.delete()
    record(
        actor=actor, verb="certificate.unpublish", obj=certificate, before={"name": entry.name},
        related=[certificate.person],
    )  # fmt: skip


def _entry(certificate: Certificate) -> RegisterEntry:
    name = certificate.person.full_name[:LONGEST_NAME]
    return RegisterEntry(
        certificate=certificate,
        scheme=certificate.scheme_version.scheme,
        name=name,
        sort_key=sort_key(name),
        number=certificate.number,
        valid_from=certificate.valid_from,
        valid_until=certificate.valid_until,
        state=certificate.state,
        next_state=certificate.next_state,
        next_from=certificate.next_from,
    )


def _words(entry: RegisterEntry) -> list[RegisterWord]:
    return [RegisterWord(entry=entry, word=word, sort_key=entry.sort_key) for word in sorted(listed_words(entry.name))]
