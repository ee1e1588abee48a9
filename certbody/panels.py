"""What the pages of a person and of an application show of the floors above: exams, decisions, certificates."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import reads_cases
from candidates.models import Application, Person
from certificates.models import Decision
from certificates.queries.decisions import decisions
from certificates.queries.renewals import renewal_of
from exams.queries.attempts import attempts

TEMPLATE = "site/case_panel.html"


def of_person(person: Person, reader: User) -> Mapping[str, Any]:
    """Return everything that became of a person's applications."""
    return {
        "attempts": attempts().filter(person=person).order_by("-starts_at"),
        "decisions": _decisions().filter(person=person),
        "links_to_cases": reads_cases(reader),
    }


def of_application(application: Application, reader: User) -> Mapping[str, Any]:
    """Return what became of one application, and what it asks to be renewed."""
    return {
        "renewal": renewal_of(application) if application.is_renewal else None,
        "attempts": attempts().filter(application=application).order_by("-starts_at"),
        "decisions": _decisions().filter(application=application),
        "links_to_cases": reads_cases(reader),
    }


def _decisions() -> QuerySet[Decision]:
    return decisions().select_related("contract__certificate")
