"""Changes, circumstances and requests for new copies, as their holder hands them in."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from certificates.models import Certificate, ChangeNotice, Circumstance, Replacement
from certificates.services.requests.changes import report_change
from certificates.services.requests.circumstances import report_circumstance
from certificates.services.requests.intake import Intake
from certificates.services.requests.replacements import request_replacement
from certificates.states import CircumstanceKind, ReplacementKind
from core.errors import RuleViolation
from tests.certificates.factories import account, scan

REASON = "Sənəd oxunaqlı deyil, yenidən göndərin."


def ago(days: int) -> date:
    """Return a day in the past."""
    return timezone.localdate() - timedelta(days=days)


def intake(**changes: Any) -> Intake:
    """Return how it came in: with a paper, today."""
    return Intake(**{"file": scan(), **changes})


def change(certificate: Certificate, *, changed_on: date | None = None, **details: str) -> ChangeNotice:
    """Return a change that the holder reported today; of the surname, if nothing else is given."""
    return report_change(
        certificate,
        changed_on=changed_on or timezone.localdate(),
        details=details or {"surname": "Quliyeva"},
        actor=account(certificate),
        intake=intake(),
    )


def circumstance(certificate: Certificate, description: str = "Uzunmüddətli xəstəlik.") -> Circumstance:
    """Return a circumstance of the holder's health that was reported today."""
    return report_circumstance(
        certificate,
        kind=CircumstanceKind.HEALTH,
        since=ago(3),
        description=description,
        actor=account(certificate),
        intake=intake(),
    )


def replacement(certificate: Certificate, kind: ReplacementKind = ReplacementKind.DAMAGED) -> Replacement:
    """Return a request for a new copy of today."""
    return request_replacement(
        certificate,
        kind=kind,
        description="Sertifikat cırılıb.",
        stops_use=True,
        actor=account(certificate),
        intake=intake(file=None),
    )


def refused(call: Callable[[], object]) -> str:
    """Return the code with which the rules refuse a call."""
    with pytest.raises(RuleViolation) as error:
        call()
    return error.value.code
