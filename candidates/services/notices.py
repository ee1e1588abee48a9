"""What the applicant is told: one message for each event, written in their language, sent after commit."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from candidates.models import Application, Person
from candidates.states import Section
from core.messages import queue_message


def tell_applicant(application: Application, kind: str, *, reason: str = "", sections: Sequence[str] = ()) -> None:
    """Queue the message `kind`, e.g. "application_returned"; once for each submission of the application.

    An application for renewal has messages of its own, e.g. "renewal_returned". Somebody without an e-mail address (a
    draft that was withdrawn) is told nothing.
    """
    if not application.email:
        return
    if application.is_renewal:
        kind = kind.replace("application_", "renewal_", 1)
    queue_message(
        key=f"{kind}:{application.pk}:{application.submissions}",
        kind=kind,
        to=application.email,
        language=application.language,
        context=_context(application, reason, sections),
        about=application,
    )


def tell_left_address(application: Application, person: Person, address: str) -> None:
    """Tell an address that the acceptance of an application took off a person's record; nobody may have asked for it.

    The same message as after a change of data that the holder of a certificate reports.
    """
    queue_message(
        key=f"change_left_address:application:{application.pk}",
        kind="change_left_address",
        to=address,
        language=person.language,
        context={"person": person},
        about=application,
    )


def _context(application: Application, reason: str, sections: Sequence[str]) -> dict[str, Any]:
    return {
        "application": application,
        "reason": reason,
        "sections": [Section(one) for one in sections],
        "link": settings.SITE_URL + reverse("candidates:detail", args=[application.pk]),
        "is_paper": application.is_paper,
    }
