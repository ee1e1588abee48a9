"""The officers' digest: one e-mail a day with what is due, overdue and new; none when there is nothing to tell."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from certificates.queries.digests import digest_of
from certificates.queries.duties import known_to
from core.messages import drafted, queue_all


def send_digests() -> int:
    """Write today's digest for each active officer, once for the day, however often it runs; returns how many.

    Only today's: a morning that was missed is not made up for on another day. An officer who is a holder, or has an
    interest in one, is told nothing of what is held back from them: their digest is counted for them alone.
    """
    now = timezone.now()
    today, since = timezone.localdate(now), now - timedelta(days=1)
    for_all = digest_of(today, since, Q())
    officers = User.objects.filter(
        is_active=True, role_assignments__role=Role.OFFICER, role_assignments__ended_at=None
    ).distinct()
    context = {"today": today, "page": reverse("certificates:duties"), "home": reverse("home")}
    known = [(officer, known_to(officer)) for officer in officers]
    told = [(officer, digest_of(today, since, own) if own else for_all) for officer, own in known]
    drafts = [
        drafted(
            key=f"officer_digest:{officer.pk}:{today.isoformat()}",
            kind="officer_digest",
            to=officer.email,
            language=officer.language,
            context={**context, "user": officer, "digest": digest},
        )
        for officer, digest in told
        if digest
    ]
    with transaction.atomic():
        queue_all(drafts)
    return len(drafts)
