"""Submitting an application: judged as a whole, numbered, and tied to the person that the FIN names."""

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.completeness import Gap, blocking, find_gaps
from candidates.models import IDENTITY_FIELDS, ONE_OPEN, Application, Person
from candidates.queries import agreed_kinds, fin_on_record
from candidates.services.guards import lock_editable
from candidates.services.notices import tell_applicant
from candidates.states import APPLICATION
from core.errors import RuleViolation
from core.integrity import constraint_errors
from core.numbering import allocate, with_check
from core.transitions import move

SERIES = "application"
ONE_OPEN_ERROR = {
    ONE_OPEN: _(
        "An application for this scheme is open already for this FIN. Check the FIN; if it is right, please call or "
        "write to us. Your draft is kept."
    )
}

OTHER_PERSON = _("The FIN is another one than that of the holder whose certificate is to be renewed: put it right.")


class IncompleteApplication(RuleViolation):
    """The application cannot be submitted yet; `gaps` says what is missing and where it is put right."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        """Keep the gaps for the page to link to."""
        super().__init__(_("The application is not complete yet: see below what is missing."), code="incomplete")
        self.gaps = list(gaps)


def gaps_of(application: Application) -> list[Gap]:
    """Return what the application still lacks, in the order of its parts (see candidates.completeness)."""
    return find_gaps(
        application,
        letters=len(application.letters.all()),
        documents=len(application.documents.all()),
        agreed=agreed_kinds(application),
        today=timezone.localdate(),
        fin_on_record=fin_on_record(application),
    )


@transaction.atomic
def submit_application(application: Application, *, actor: User) -> Application:
    """Hand the application to the body: draft or returned becomes submitted.

    Judges it as a whole; gives it a reference the first time (`M-<year>-<number>-<check>`, gapless); finds the person
    by FIN or creates one from what is declared (a person who is known already is left as they are until an officer
    accepts). Writes "application.submit"; tells the applicant (application_received).

    Raises `NotAllowed` "not_yours", `RuleViolation` "not_editable", "renewal_other_person" for a renewal whose FIN was
    changed to somebody else's, `IncompleteApplication`, and ONE_OPEN when the person has an open application for the
    scheme.
    """
    current = lock_editable(application, actor=actor)
    gaps = blocking(gaps_of(current))
    if gaps:
        raise IncompleteApplication(gaps)
    before = current.person
    person = person_for(current)
    if current.is_renewal and before and before.pk != person.pk:
        raise RuleViolation(OTHER_PERSON, code="renewal_other_person")
    with constraint_errors(ONE_OPEN_ERROR):
        submitted = move(
            current,
            APPLICATION,
            "submit",
            actor=actor,
            changes={
                "person": person,
                "reference": current.reference or _new_reference(),
                "submitted_at": timezone.now(),
                "submissions": current.submissions + 1,
                "state_reason": "",
                "returned_sections": [],
            },
            related=[person],
        )
    if before and before.pk != person.pk:
        _forget_unused(before)
    tell_applicant(submitted, "application_received")
    application.refresh_from_db()
    return submitted


def person_for(application: Application) -> Person:
    """Return the person whose FIN is declared, locked; created from the declared identity when nobody has it yet."""
    declared = {name: getattr(application, name) for name in IDENTITY_FIELDS if name != "fin"}
    person, _created = Person.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        fin=application.fin, defaults=declared
    )
    return person


def _new_reference() -> str:
    year = timezone.localdate().year
    return with_check(f"M-{year}-{allocate(SERIES, year):05d}")


def _forget_unused(person: Person) -> None:
    """Delete a person who came into being through a mistyped FIN, corrected since, and whom nothing refers to.

    Does not wait: whoever holds the row is about to use it.
    """
    unused = Person.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        pk=person.pk, user=None, applications=None, conflicts=None
    )
    for one in unused:
        one.delete()
