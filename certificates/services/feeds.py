"""Secret addresses under which calendar programs read somebody's due dates."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.states import Role
from audit.services import record
from certificates.models import CalendarFeed
from certificates.queries.feeds import digest_of
from certificates.services.guards import require_role
from core.errors import NotAllowed, RuleViolation
from core.transitions import locked

TOKEN_BYTES = 32  # 256 bits: nobody guesses an address
NOTED_EVERY = timedelta(hours=1)


def create_feed(*, actor: User, for_office: bool) -> tuple[CalendarFeed, str]:
    """Give a person a new secret address; returns it with the token, which is not kept and never shown again.

    The address that they had for the same purpose ends. Only the token's digest is stored. Raises `NotAllowed` "role"
    unless an officer asks for the office's due dates, and a candidate or holder for their own.
    """
    require_role(actor, Role.OFFICER if for_office else Role.CANDIDATE)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with transaction.atomic():
        owner = locked(actor)
        for old in CalendarFeed.objects.filter(user=owner, for_office=for_office, revoked_at=None):
            _end(old, actor)
        feed = CalendarFeed.objects.create(
            user=owner, for_office=for_office, token_sha256=digest_of(token), created_at=timezone.now()
        )
        record(actor=actor, verb="feed.create", obj=feed, after={"for_office": for_office})
    return feed, token


def revoke_feed(feed: CalendarFeed, *, actor: User) -> CalendarFeed:
    """End an address: who has it reads nothing any more.

    Raises `NotAllowed` "not_owner"; `RuleViolation` "revoked" when it has ended already.
    """
    if feed.user_id != actor.pk:
        raise NotAllowed(_("This calendar address belongs to somebody else."), code="not_owner")
    with transaction.atomic():
        current = locked(feed)
        if current.revoked_at:
            raise RuleViolation(_("This calendar address has ended already."), code="revoked")
        return _end(current, actor)


def note_read(feed: CalendarFeed) -> None:
    """Keep when an address was last read, at most once an hour: programs ask often."""
    now = timezone.now()
    stale = Q(last_read_at=None) | Q(last_read_at__lt=now - NOTED_EVERY)
    if feed.last_read_at is None or feed.last_read_at < now - NOTED_EVERY:
        CalendarFeed.objects.filter(stale, pk=feed.pk).update(last_read_at=now)


def _end(feed: CalendarFeed, actor: User) -> CalendarFeed:
    feed.revoked_at = timezone.now()
    feed.save(update_fields=["revoked_at"])
    record(actor=actor, verb="feed.revoke", obj=feed, after={"for_office": feed.for_office})
    return feed
