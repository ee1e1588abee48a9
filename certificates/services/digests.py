"""The officers' digest: one e-mail a day with what is due, overdue and new; none when there is nothing to tell."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from certificates.queries.digests import digest_of
from core.messages import drafted, queue_all


def send_digests() -> int:
    """Write today's digest for each active officer, once for the day, however often it runs; returns how many.

    Only today's: a morning that was missed is not made up for on another day.
    """
    now = timezone.now()
    today = timezone.localdate(now)
    digest = digest_of(today, now - timedelta(days=1))
    if not digest:
        return 0
    officers = User.objects.filter(
        is_active=True, role_assignments__role=Role.OFFICER, role_assignments__ended_at=None
    ).distinct()
    context = {"digest": digest, "today": today, "page": reverse("certificates:duties"), "home": reverse("home")}
    drafts = [
        drafted(
            key=f"officer_digest:{officer.pk}:{today.isoformat()}",
            kind="officer_digest",
            to=officer.email,
            language=officer.language,
            context={**context, "user": officer},
        )
        for officer in officers
    ]
    with transaction.atomic():
        queue_all(drafts)
    return len(drafts)
