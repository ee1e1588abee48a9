"""Thin jobs: each may run twice, and may be killed at any moment.

Those of the morning stand for themselves, so that one that fails does not stop the others.
"""

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from certificates.queries.cases import due_to_announce
from certificates.services.digests import send_digests
from certificates.services.lifecycle import settle_all_due
from certificates.services.register import withdraw_expired
from certificates.services.reminders import sweep, write_waiting
from certificates.services.surveillance import announce_surveillance
from certificates.services.surveillance_plan import cancel_ended_surveillances
from certificates.services.terms import tell_newcomers
from core.rowbyrow import each_alone

LONG = settings.LONG_TASK_SECONDS


@shared_task(time_limit=LONG)
def settle_due_events() -> None:
    """Bring up to date the certificates whose planned change has force by now."""
    settle_all_due()


@shared_task(time_limit=LONG)
def sweep_reminders() -> None:
    """Write down who is to be told what this morning."""
    sweep()


@shared_task(time_limit=LONG)
def tell_of_terms() -> None:
    """Tell of announced terms that concern more than a request can wait for; the sweep of the morning does it too."""
    with transaction.atomic():
        tell_newcomers(timezone.now())
    write_waiting()


@shared_task
def write_reminders(after: int = 0) -> None:
    """Turn the next waiting reminders into messages; it calls itself until there is none."""
    write_waiting(after)


@shared_task(time_limit=LONG)
def announce_surveillances() -> None:
    """Tell holders of the surveillances that come up (contract B4, B7)."""
    each_alone(due_to_announce(timezone.localdate()), announce_surveillance)


@shared_task(time_limit=LONG)
def end_surveillances() -> None:
    """Give up the surveillances of certificates that have expired."""
    cancel_ended_surveillances(timezone.localdate())


@shared_task(time_limit=LONG)
def withdraw_expired_entries() -> None:
    """Take certificates that have run out off the register."""
    withdraw_expired()


@shared_task
def send_officer_digests() -> None:
    """Tell each officer what today holds, once."""
    send_digests()
