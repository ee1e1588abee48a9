"""Reading the trail."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.contrib.postgres.search import SearchQuery
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import AuditEntry
from audit.references import reference
from core.text import prefix_query

ENTRIES_ON_A_PAGE = 25


def timeline(obj: models.Model) -> QuerySet[AuditEntry]:
    """Return what happened to an object, newest first."""
    return AuditEntry.objects.filter(subjects__contains=[reference(obj)])


def told_to(entries: QuerySet[AuditEntry], concealed: Collection[str]) -> QuerySet[AuditEntry]:
    """Return the entries without those about anything `concealed`: names of objects, as the trail has them."""
    return entries.exclude(subjects__overlap=list(concealed)) if concealed else entries


@dataclass(frozen=True)
class TrailPage:
    """Some entries, newest first; `older` is where the next page begins, None at the end."""

    object_list: Sequence[AuditEntry]
    older: int | None


def trail(
    *,
    verb: str = "",
    actor: str = "",
    subject: str = "",
    words: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[AuditEntry]:
    """Return the entries that fit every filter given; days are days in Baku, both ends included."""
    found = AuditEntry.objects.all()
    if verb:
        found = found.filter(verb=verb)
    if subject:
        # Looked up first: Postgres cannot tell how rare a name is, and would walk the whole trail backwards for a page.
        named = AuditEntry.objects.filter(subjects__contains=[subject]).order_by()
        found = found.filter(pk__in=list(named.values_list("pk", flat=True)))
    if query := prefix_query(actor):
        found = found.filter(actor_words=SearchQuery(query, config="simple", search_type="raw"))
    if query := prefix_query(words):
        found = found.filter(words=SearchQuery(query, config="simple", search_type="raw"))
    if since:
        found = found.filter(at__gte=_midnight(since))
    if until:
        found = found.filter(at__lt=_midnight(until + timedelta(days=1)))
    return found


def trail_page(entries: QuerySet[AuditEntry], *, before: int | None = None) -> TrailPage:
    """Return the page of entries older than the entry `before`; as quick at the end of a long trail as at its head.

    Nothing is counted: the trail only grows, and counting all of it costs more than any page of it.
    """
    if before is not None:
        entries = entries.filter(pk__lt=before)
    found = list(entries.order_by("-pk")[: ENTRIES_ON_A_PAGE + 1])
    shown = found[:ENTRIES_ON_A_PAGE]
    return TrailPage(shown, shown[-1].pk if len(found) > ENTRIES_ON_A_PAGE else None)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
