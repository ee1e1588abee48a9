"""Changed terms and whole lots of certificates, made quickly."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from certificates.contract_text import digest, load_content
from certificates.models import ContractTemplate, TermsChange
from certificates.services.terms import prepare_change

SUMMARIES = {"summary_az": "Məlumat 15 iş günündə verilir.", "summary_en": "Data are reported within 15 working days."}


def next_template() -> ContractTemplate:
    """Return a contract text one version newer than the newest."""
    newest = ContractTemplate.objects.order_by("-version").first()
    version = newest.version + 1 if newest else 1
    content = {**load_content(1), "version": version}
    return ContractTemplate.objects.create(version=version, content=content, content_sha256=digest(content))


def prepared(actor: User, *, days: int = 10, transition: int = 90, **changes: Any) -> TermsChange:
    """Return a prepared change to a newer contract text, in force `days` from today."""
    today: date = timezone.localdate()
    dates = {"effective_on": today + timedelta(days=days), "transition_until": today + timedelta(days=transition)}
    return prepare_change(next_template(), actor=actor, **{**SUMMARIES, **dates, **changes})
