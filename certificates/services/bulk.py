"""Bulk work: the same step for many cases, each as if it were done alone, by whoever started it (see core.batches).

Each step calls the service of the single case, with all its checks: bulk work is allowed nothing that a press of the
button on the page of the case is not.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise, lazy
from django.utils.text import format_lazy
from django.utils.translation import get_language, gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.references import reference
from audit.services import record
from certificates.models import Certificate, Contract
from certificates.queries.batches import notice_key, session_to_issue, to_be_told
from certificates.services.certificates import issue_certificate
from certificates.services.guards import require_role
from core.batches import Thing, retry, start_batch
from core.errors import NotAllowed, RuleViolation
from core.messages import queue_message
from core.models import Batch, BatchItem
from core.states import BatchState
from core.templatetags.core_ui import longdatetime_lazy
from core.transitions import locked
from exams.models import ExamSession

ISSUE, NOTICE = "issue", "notice"
MOST_RECIPIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Notice:
    """What an officer writes to holders, in both languages: each holder reads it in their own."""

    subject_az: str
    text_az: str
    subject_en: str
    text_en: str

    def in_language(self, language: str) -> tuple[str, str]:
        """Return subject and text."""
        return (self.subject_en, self.text_en) if language == "en" else (self.subject_az, self.text_az)

    @property
    def subject_lazy(self) -> str:
        """The subject in the language of whoever reads it."""
        return lazy(lambda: self.in_language(get_language() or "")[0], str)()


def start_issue(session: ExamSession, *, actor: User, key: UUID | None = None) -> Batch:
    """Have the certificates of all candidates of a session issued whose contracts are concluded.

    Writes "bulk.issue". `key` is that of the form: the same form sent twice starts one batch. Raises `NotAllowed`
    "role"; `RuleViolation` "running" while another one is at this session, "empty" when nobody is ready.
    """
    require_role(actor, Role.OFFICER)
    with transaction.atomic():
        session = locked(session)
        _refuse_second(ISSUE, key, session=session.pk)
        ready = [one.contract for one in session_to_issue(session, actor) if one.is_ready and one.contract]
        batch, is_new = start_batch(
            ISSUE,
            format_lazy(_("Certificates of the exam session of {day}"), day=longdatetime_lazy(session.starts_at)),
            [Thing(reference(contract), f"{contract.number} {contract.person}") for contract in ready],
            parameters={"session": session.pk},
            actor=actor,
            key=key,
        )
        if is_new:
            record(actor=actor, verb="bulk.issue", obj=batch, after={"number": len(ready)}, related=[session])
    return batch


def _refuse_second(kind: str, key: UUID | None, **parameters: Any) -> None:
    """Refuse to start what is under way already; the same form sent twice is left to its key."""
    running = Batch.objects.exclude(state=BatchState.DONE).filter(kind=kind, parameters__contains=parameters)
    if (running.exclude(pk=key) if key else running).exists():
        raise RuleViolation(
            _("This is under way already: see the list of bulk jobs for how far it is."), code="running"
        )


def issue_item(batch: Batch, item: BatchItem) -> Promise:
    """Issue one certificate in the name of who started the batch; one that is there already is no failure.

    Raises what `issue_certificate` raises.
    """
    contract = Contract.objects.select_related("person", "decision").get(pk=_key_of(item))
    try:
        certificate = issue_certificate(contract, actor=batch.started_by)
    except RuleViolation as violation:
        if violation.code != "issued":
            raise
        return _("The certificate had been issued already.")
    return format_lazy(_("Certificate {number} issued."), number=certificate.number)


def start_notice(
    notice: Notice, filters: Mapping[str, Any], *, expected: int, actor: User, key: UUID | None = None
) -> Batch:
    """Have a notice sent to every holder of the certificates that the filters leave: once to each.

    `expected` is the number of holders that the officer was shown. Writes "bulk.notice". Raises `NotAllowed` "role";
    `RuleViolation` "changed" when the number is another one by now, "too_many", "empty".
    """
    require_role(actor, Role.OFFICER)
    kept = {name: str(value) for name, value in filters.items() if value}
    certificates = list(to_be_told(kept)[: MOST_RECIPIENTS + 1])
    if len(certificates) > MOST_RECIPIENTS:
        raise RuleViolation(
            format_lazy(_("At most {most} holders are written to at once: narrow the filters."), most=MOST_RECIPIENTS),
            code="too_many",
        )
    if len(certificates) != expected:
        raise RuleViolation(
            format_lazy(
                _("The list has changed: it would be sent to {number} holders now. Look at it again, then send it."),
                number=len(certificates),
            ),
            code="changed",
        )
    with transaction.atomic():
        batch, is_new = start_batch(
            NOTICE,
            format_lazy(_("Notice to holders: {subject}"), subject=notice.subject_lazy),
            _things(certificates),
            parameters={
                "subject_az": notice.subject_az,
                "text_az": notice.text_az,
                "subject_en": notice.subject_en,
                "text_en": notice.text_en,
            },
            actor=actor,
            key=key,
        )
        if is_new:
            told = {"filters": kept, "number": len(certificates)}
            record(actor=actor, verb="bulk.notice", obj=batch, after=told)
    return batch


def _things(certificates: Iterable[Certificate]) -> list[Thing]:
    return [Thing(reference(one), f"{one.number} {one.person}") for one in certificates]


def notice_item(batch: Batch, item: BatchItem) -> Promise:
    """Queue the notice for one holder; the key of the message makes sure that it is sent once.

    Raises `NotAllowed` "role" when who started it is no officer any more.
    """
    require_role(batch.started_by, Role.OFFICER)
    certificate = Certificate.objects.select_related("person").get(pk=_key_of(item))
    person = certificate.person
    subject, text = _notice_of(batch).in_language(person.language)
    queue_message(
        key=notice_key(item),
        kind="certificate_notice",
        to=person.email,
        language=person.language,
        context={
            "person": person,
            "certificate": certificate,
            "subject": subject,
            "text": text,
            "page": reverse("certificates:mine"),
        },
        about=certificate,
    )
    return _("The message was put into the queue.")


def _notice_of(batch: Batch) -> Notice:
    return Notice(**{one.name: batch.parameters[one.name] for one in fields(Notice)})


def retry_batch(batch: Batch, *, actor: User) -> int:
    """Have what failed of a batch tried again, by who started it; writes "bulk.retry" and returns how many.

    Raises `NotAllowed` "not_yours", `RuleViolation` "nothing_failed".
    """
    if batch.started_by_id != actor.pk:
        raise NotAllowed(
            _("It acts in the name of the person who started it: only they can have it tried again."),
            code="not_yours",
        )
    with transaction.atomic():
        number = retry(batch)
        record(actor=actor, verb="bulk.retry", obj=batch, after={"number": number})
    return number


def _key_of(item: BatchItem) -> int:
    """Return the primary key in the reference of an item."""
    return int(item.reference.rpartition(":")[2])
