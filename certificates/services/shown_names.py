"""The name that certificates print: it changes by a change of data (contract H2), which has new copies made."""

from collections.abc import Iterator

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from candidates.models import Application, Identity, Person
from certificates.documents.snapshots import CertificateSnapshot
from certificates.models import Certificate
from certificates.services.requests.intake import has_ended
from core.errors import RuleViolation

NAMES = frozenset({"surname", "given_name", "patronymic"})
OTHER_NAME = _(
    "The application declares another name than certificate {number} shows, which has not ended. If the name has "
    "changed, enter it on the page of that certificate as a change of data (contract H2) and accept that first: new "
    "copies are made by it. If it is the application that is wrong, return it to be corrected. Nothing was changed."
)


def showing_another_name(person: Person, identity: Identity) -> Iterator[Certificate]:
    """Give the certificates of a person that have not ended and show another name than `identity` has."""
    for certificate in Certificate.objects.filter(person=person).prefetch_related("copies").order_by("pk"):
        shown = CertificateSnapshot.from_json(certificate.current_copy.snapshot).holder
        if not has_ended(certificate) and any(getattr(shown, name) != getattr(identity, name) for name in NAMES):
            yield certificate


def object_to_another_name(application: Application) -> None:
    """Veto an acceptance that would put another name on record than certificates show; for candidates.services.review.

    Nothing is lost: the application waits until the change of data is accepted, or is returned to be corrected. Raises
    `RuleViolation` "other_name".
    """
    if application.person is None:
        return
    for certificate in showing_another_name(application.person, application):
        raise RuleViolation(format_lazy(OTHER_NAME, number=certificate.number), code="other_name")
