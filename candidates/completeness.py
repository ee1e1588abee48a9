"""What an application still needs before it can be submitted: a pure judgement of what it holds.

Letters and documents are asked for, not required: no source names a number, and an officer who misses one returns the
application. A renewal that rests on evidence has to bring some. Everything else here stands in the way of submitting.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from candidates.identity import check_date_of_birth, clean_card_number, clean_fin
from candidates.models import Application
from candidates.states import REQUIRED_DECLARATIONS, DeclarationKind, Section
from core.names import clean_name
from schemes.states import RenewalNeeds


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing or wrong, and the part of the application where it is put right."""

    section: Section
    message: str | Promise
    blocking: bool = True


_REQUIRED: tuple[tuple[Section, str, str | Promise], ...] = (
    (Section.IDENTITY, "surname", _("The surname is missing.")),
    (Section.IDENTITY, "given_name", _("The given name is missing.")),
    (Section.IDENTITY, "date_of_birth", _("The date of birth is missing.")),
    (Section.IDENTITY, "identity_series", _("The series of the identity card is missing.")),
    (Section.IDENTITY, "identity_number", _("The number of the identity card is missing.")),
    (Section.IDENTITY, "fin", _("The FIN is missing.")),
    (Section.CONTACT, "address", _("The address is missing.")),
    (Section.CONTACT, "telephone", _("The telephone number is missing.")),
    (Section.CONTACT, "email", _("The e-mail address is missing.")),
)


def find_gaps(
    application: Application,
    *,
    letters: int,
    documents: int,
    agreed: Collection[DeclarationKind | str],
    today: date,
    fin_on_record: str = "",
) -> list[Gap]:
    """Return everything that `application` lacks, in the order of its parts.

    `agreed` are the kinds of declaration whose latest text the applicant has agreed to; `letters` and `documents` count
    the attachments; `fin_on_record` is that of the person to whom the account belongs, if it is known. Gaps that are
    not `blocking` are advice.
    """
    gaps = [*_empty_fields(application), *_wrong_fields(application, today)]
    if application.fin and fin_on_record and application.fin != fin_on_record:
        advice = _(
            "The FIN differs from the one on record for this account. Check it: with another person's FIN the "
            "application cannot be accepted."
        )
        gaps.append(Gap(Section.IDENTITY, advice, blocking=False))
    gaps += _missing_papers(application, letters, documents)
    gaps += [
        Gap(Section.DECLARATIONS, _("The declaration “%(kind)s” has not been made.") % {"kind": kind.label})
        for kind in REQUIRED_DECLARATIONS
        if kind not in agreed
    ]
    order = list(Section)
    return sorted(gaps, key=lambda gap: order.index(gap.section))


def _missing_papers(application: Application, letters: int, documents: int) -> Iterator[Gap]:
    """A first application is advised to bring papers; a renewal has to bring evidence where its scheme asks for it."""
    if application.is_renewal:
        if needs_evidence(application) and not letters and not documents:
            yield Gap(Section.DOCUMENTS, _("No evidence of continued practice is attached."))
        return
    if not letters:
        yield Gap(Section.LETTERS, _("No recommendation letter is attached."), blocking=False)
    if not documents:
        yield Gap(Section.DOCUMENTS, _("No document is attached, e.g. a copy of the identity card."), blocking=False)


def needs_evidence(application: Application) -> bool:
    """Tell whether it asks for a renewal under a scheme version that wants evidence of continued practice."""
    return application.is_renewal and application.scheme_version.renewal_needs != RenewalNeeds.EXAM


def blocking(gaps: Iterable[Gap]) -> list[Gap]:
    """Return the gaps that keep an application from being submitted."""
    return [gap for gap in gaps if gap.blocking]


def _empty_fields(application: Application) -> Iterator[Gap]:
    for section, field, message in _REQUIRED:
        if not getattr(application, field):
            yield Gap(section, message)


def _wrong_fields(application: Application, today: date) -> Iterator[Gap]:
    """The forms let nothing wrong through; a draft that was saved under other rules is caught here."""
    checks = (
        lambda: clean_name(application.surname),
        lambda: clean_name(application.given_name),
        lambda: clean_name(application.patronymic),
        lambda: clean_fin(application.fin),
        lambda: clean_card_number(application.identity_series, application.identity_number),
        lambda: application.date_of_birth and check_date_of_birth(application.date_of_birth, today),
    )
    for check in checks:
        try:
            check()
        except ValidationError as error:
            yield Gap(Section.IDENTITY, error.messages[0])
