"""What waits for whom, over all apps: the home pages read it."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.queries import queue_returned, queue_submitted
from candidates.states import ApplicationState
from certificates.duewords import page_of, work_of
from certificates.models import Duty
from certificates.queries.cases import queue_misuse
from certificates.queries.contracts import queue_to_issue
from certificates.queries.decisions import (
    Pending,
    queue_renewals_to_decide_by,
    queue_to_decide,
    queue_to_review,
    queue_to_review_by,
    with_obstacles,
    with_pending,
)
from certificates.queries.duties import queue_duties, work_due_from
from certificates.states import DutyKind, Obstacle
from exams.queries.amendments import queue_amendments
from exams.queries.attempts import attempts_of_person, queue_to_release
from exams.queries.breaches import queue_breaches
from exams.queries.help import open_calls
from exams.queries.sessions import queue_sessions_to_close, queue_to_schedule
from exams.states import AttemptState

# A queue is worked through from its oldest end; what lies further back is reached through the lists.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something that waits for a step: what is to be done, about whom or what, since when, by when, and where.

    `kind` is the word for its sort of work in the address.
    """

    kind: str
    step: str | Promise
    subject: str
    since: datetime
    url: str
    due: date | None = None

    @property
    def is_overdue(self) -> bool:
        """Tell whether its day has passed."""
        return self.due is not None and self.due < timezone.localdate()


@dataclass(frozen=True, slots=True)
class _Source:
    """One kind of work: its queue and how a row of it reads."""

    kind: str
    step: str | Promise
    queue: Callable[[], QuerySet[Any]]
    item: Callable[[Any], tuple[str, datetime, str]]
    due: Callable[[Any], date | None] = lambda _row: None

    def items(self) -> Iterator[WorkItem]:
        """Read the first rows: one query."""
        for row in self.queue()[:SHOWN]:
            subject, since, url = self.item(row)
            yield WorkItem(self.kind, self.step, subject, since, url, self.due(row))


def _page(name: str, row: Model) -> str:
    return reverse(name, args=[row.pk])


# Somebody stands in a room and waits: it comes before all that only grows old.
_CALLS = _Source(
    "call",
    _("Answer the call for help"),
    open_calls,
    lambda row: (str(row.attempt.person), row.called_at, _page("exams:attempt", row.attempt)),
)
OFFICER_SOURCES = (
    _Source(
        "application",
        _("Review the application"),
        queue_submitted,
        lambda row: (str(row), row.submitted_at, _page("candidates:detail", row)),
    ),
    _Source(
        "schedule",
        _("Schedule the exam"),
        queue_to_schedule,
        lambda row: (str(row), row.settled_at, reverse("exams:sessions")),
    ),
    _Source(
        "close",
        _("Close the session"),
        queue_sessions_to_close,
        lambda row: (str(row), row.starts_at, _page("exams:session", row)),
    ),
    _Source(
        "release",
        _("Release the result"),
        queue_to_release,
        lambda row: (str(row.person), row.starts_at, _page("exams:attempt", row)),
    ),
    _Source(
        "issue",
        _("Issue the certificate"),
        queue_to_issue,
        lambda row: (str(row), row.concluded_at, _page("certificates:contract", row)),
    ),
    _Source(
        "decision_review",
        _("A decision waits for its review"),
        queue_to_review,
        lambda row: (str(row), row.opened_at, _page("certificates:review", row)),
    ),
)


# Recorded on the duty itself: the original came back, the holder was asked.
ON_THE_DUTY = (DutyKind.RETURN_COPY, DutyKind.RETURN_ENDED, DutyKind.EXTRA_ASSESSMENT, DutyKind.ACCEPT_TERMS)


def officer_queue(user: User) -> list[WorkItem]:
    """Return what waits for this officer: calls for help, then by due day, then what has no day, the oldest first.

    Of each kind the first `SHOWN`; one query for each kind, and two for all that the ledger holds.
    """
    items = [item for source in OFFICER_SOURCES for item in source.items()]
    for queue in (misuse_queue, duty_queue, breach_queue, amendment_queue):
        items += queue(user)
    return [*_CALLS.items(), *_by_due_day(items)]


def duty_queue(user: User) -> list[WorkItem]:
    """Return what the ledger of duties has for officers."""
    return [_of_duty(duty) for duty in queue_duties(user, most=SHOWN)]


def _of_duty(duty: Duty) -> WorkItem:
    kind = DutyKind(duty.kind)
    number = f"{duty.certificate.number} " if duty.certificate else ""
    url = _page("certificates:duty", duty) if kind in ON_THE_DUTY else page_of(duty) or _page("certificates:duty", duty)
    since = timezone.make_aware(datetime.combine(work_due_from(duty), time.min))
    return WorkItem(_WORK.get(kind, kind), work_of(duty), f"{number}{duty.person}", since, url, duty.due_on)


# Two kinds of duties that are one kind of work.
_WORK = MappingProxyType({DutyKind.RETURN_COPY: "return", DutyKind.RETURN_ENDED: "return"})


@dataclass(frozen=True, slots=True)
class WorkKind:
    """A kind of work in a queue, and how many of it wait, up to `SHOWN`."""

    kind: str
    step: str | Promise
    count: int

    @property
    def is_more(self) -> bool:
        """Tell whether there may be more than were read."""
        return self.count >= SHOWN


def kinds_of(items: Iterable[WorkItem]) -> list[WorkKind]:
    """Return the kinds of work in a queue, in the order in which they first come."""
    steps: dict[str, str | Promise] = {}
    counts: Counter[str] = Counter()
    for item in items:
        steps.setdefault(item.kind, item.step)
        counts[item.kind] += 1
    return [WorkKind(kind, step, counts[kind]) for kind, step in steps.items()]


def decider_queue(user: User) -> list[WorkItem]:
    """Return the exams that this person may decide on, and the decisions that they may review, oldest first.

    Contract B1 leaves the others to someone else; what is open of an exam is settled before anybody decides.
    """
    hindered = dict.fromkeys(map(str, (*Obstacle, *Pending)), False)
    sources = (
        _Source(
            "decide",
            _("Decide on certification"),
            lambda: with_pending(with_obstacles(queue_to_decide(), user)).filter(**hindered),
            lambda row: (str(row.person), row.released_at, _page("certificates:dossier", row)),
        ),
        _Source(
            "decision_review",
            _("Review the decision: its exam was amended"),
            lambda: queue_to_review_by(user),
            lambda row: (str(row), row.opened_at, _page("certificates:review", row)),
        ),
        _Source(
            "renewal",
            _("Decide on the renewal"),
            lambda: queue_renewals_to_decide_by(user),
            lambda row: (str(row), row.accepted_at, _page("certificates:renewal_decide", row)),
        ),
    )
    return _oldest_first(item for source in sources for item in source.items())


def misuse_queue(user: User) -> list[WorkItem]:
    """Return the cases of misuse in which the body has the next step, without those of persons near to the officer."""
    source = _Source(
        "misuse",
        _("Go on with the case of misuse"),
        lambda: queue_misuse(user),
        lambda row: (str(row.certificate), row.opened_at, _page("certificates:misuse", row)),
        lambda row: row.settle_by,
    )
    return list(source.items())


def breach_queue(user: User) -> list[WorkItem]:
    """Return the open suspicions of cheating, oldest first; an officer's own case waits for their colleagues."""
    source = _Source(
        "cheating",
        _("Settle the suspected cheating"),
        lambda: queue_breaches(user),
        lambda row: (str(row.attempt.person), row.opened_at, _page("exams:breach", row)),
    )
    return list(source.items())


def amendment_queue(user: User) -> list[WorkItem]:
    """Return the amendments of signed marks that this person may approve or reject, oldest first."""
    source = _Source(
        "amendment",
        _("Approve or reject the amendment"),
        lambda: queue_amendments(user),
        lambda row: (f"{row.run.attempt.person}, {row.step.code}", row.proposed_at, _page("exams:amendment", row)),
    )
    return list(source.items())


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a candidate does next, by when, and where."""

    step: str | Promise
    action: str | Promise
    url: str
    due: date | None = None


def own_next_step(user: User) -> NextStep | None:
    """Return what waits for this person before the decision; what follows it is told by certificates.holding."""
    return _application_to_finish(user) or _exam_to_sit(user)


def _application_to_finish(user: User) -> NextStep | None:
    application = queue_returned(user).first()
    if application is None:
        return None
    url = _page("candidates:detail", application)
    if application.state == ApplicationState.RETURNED:
        return NextStep(_("Complete your application: something is missing."), _("See what is missing"), url)
    return NextStep(_("Your application is not submitted yet."), _("Go on with it"), url)


def _exam_to_sit(user: User) -> NextStep | None:
    attempt = attempts_of_person(user).filter(state=AttemptState.SCHEDULED).order_by("starts_at").first()
    if attempt is None:
        return None
    day = timezone.localdate(attempt.starts_at)
    return NextStep(_("Come to your exam, with your identity card."), _("Time and place"), reverse("exams:mine"), day)


def _oldest_first(items: Iterable[WorkItem]) -> list[WorkItem]:
    return list(islice(sorted(items, key=attrgetter("since")), SHOWN))


def _by_due_day(items: Iterable[WorkItem]) -> list[WorkItem]:
    return sorted(items, key=lambda item: (item.due is None, item.due or date.max, item.since))
