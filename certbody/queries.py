"""What waits for whom, over all apps: the home pages read it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.queries import queue_returned, queue_submitted
from candidates.states import ApplicationState
from certificates.queries import (
    Pending,
    queue_contracts_overdue,
    queue_suspensions_to_review,
    queue_to_decide,
    queue_to_issue,
    queue_to_review,
    queue_to_review_by,
    with_obstacles,
    with_pending,
)
from certificates.states import Obstacle
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
    """Something that waits for a step: what is to be done, about whom or what, since when, by when, and where."""

    step: str | Promise
    subject: str
    since: datetime
    url: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """One kind of work: its queue and how a row of it reads."""

    step: str | Promise
    queue: Callable[[], QuerySet[Any]]
    item: Callable[[Any], tuple[str, datetime, str]]
    due: Callable[[Any], date | None] = lambda _row: None

    def items(self) -> Iterator[WorkItem]:
        """Read the oldest rows: one query."""
        for row in self.queue()[:SHOWN]:
            subject, since, url = self.item(row)
            yield WorkItem(self.step, subject, since, url, self.due(row))


def _page(name: str, row: Model) -> str:
    return reverse(name, args=[row.pk])


# Somebody stands in a room and waits: it comes before all that only grows old.
_CALLS = _Source(
    _("Answer the call for help"),
    open_calls,
    lambda row: (str(row.attempt.person), row.called_at, _page("exams:attempt", row.attempt)),
)
OFFICER_SOURCES = (
    _Source(
        _("Review the application"),
        queue_submitted,
        lambda row: (str(row), row.submitted_at, _page("candidates:detail", row)),
    ),
    _Source(
        _("Schedule the exam"),
        queue_to_schedule,
        lambda row: (str(row), row.settled_at, reverse("exams:sessions")),
    ),
    _Source(
        _("Close the session"),
        queue_sessions_to_close,
        lambda row: (str(row), row.starts_at, _page("exams:session", row)),
    ),
    _Source(
        _("Release the result"),
        queue_to_release,
        lambda row: (str(row.person), row.starts_at, _page("exams:attempt", row)),
    ),
    _Source(
        _("Ask for the overdue contract"),
        queue_contracts_overdue,
        lambda row: (str(row), row.offered_at, _page("certificates:contract", row)),
        lambda row: row.due_on,
    ),
    _Source(
        _("Issue the certificate"),
        queue_to_issue,
        lambda row: (str(row), row.concluded_at, _page("certificates:contract", row)),
    ),
    _Source(
        _("A decision waits for its review"),
        queue_to_review,
        lambda row: (str(row), row.opened_at, _page("certificates:review", row)),
    ),
    _Source(
        _("Review the suspension"),
        queue_suspensions_to_review,
        lambda row: (str(row.certificate), row.started_at, _page("certificates:certificate", row.certificate)),
        lambda row: row.review_on,
    ),
)


def officer_queue(user: User) -> list[WorkItem]:
    """Return what waits for this officer: calls for help, then the oldest first; one query for each kind of work."""
    items = (item for source in OFFICER_SOURCES for item in source.items())
    return [*_CALLS.items(), *_oldest_first((*items, *breach_queue(user), *amendment_queue(user)))]


def decider_queue(user: User) -> list[WorkItem]:
    """Return the exams that this person may decide on, and the decisions that they may review, oldest first.

    Contract B1 leaves the others to someone else; what is open of an exam is settled before anybody decides.
    """
    hindered = dict.fromkeys(map(str, (*Obstacle, *Pending)), False)
    sources = (
        _Source(
            _("Decide on certification"),
            lambda: with_pending(with_obstacles(queue_to_decide(), user)).filter(**hindered),
            lambda row: (str(row.person), row.released_at, _page("certificates:dossier", row)),
        ),
        _Source(
            _("Review the decision: its exam was amended"),
            lambda: queue_to_review_by(user),
            lambda row: (str(row), row.opened_at, _page("certificates:review", row)),
        ),
    )
    return _oldest_first(item for source in sources for item in source.items())


def breach_queue(user: User) -> list[WorkItem]:
    """Return the open suspicions of cheating, oldest first; an officer's own case waits for their colleagues."""
    source = _Source(
        _("Settle the suspected cheating"),
        lambda: queue_breaches(user),
        lambda row: (str(row.attempt.person), row.opened_at, _page("exams:breach", row)),
    )
    return list(source.items())


def amendment_queue(user: User) -> list[WorkItem]:
    """Return the amendments of signed marks that this person may approve or reject, oldest first."""
    source = _Source(
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
