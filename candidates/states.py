"""States of an application and the way from one to the next."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.transitions import Lifecycle, Transition


class ApplicationState(models.TextChoices):
    """Where an application stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    RETURNED = "returned", _("Returned for completion")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# An application that still leads somewhere; a person has at most one of them for a scheme.
OPEN_STATES = (
    ApplicationState.DRAFT,
    ApplicationState.SUBMITTED,
    ApplicationState.RETURNED,
    ApplicationState.ACCEPTED,
)
EDITABLE_STATES = (ApplicationState.DRAFT, ApplicationState.RETURNED)

APPLICATION = Lifecycle(
    name="application",
    states=ApplicationState,
    refusal=_("The application is in the state “{state}”: this step is no longer possible. Reload the page to see it."),
    transitions=(
        Transition("submit", ("draft", "returned"), "submitted", who="candidate"),
        Transition("return", ("submitted",), "returned", who="officer", needs_reason=True),
        Transition("accept", ("submitted",), "accepted", who="officer"),
        Transition("refuse", ("submitted",), "refused", who="officer", needs_reason=True),
        Transition("withdraw", ("draft", "submitted", "returned", "accepted"), "withdrawn", who="candidate"),
    ),
)


class IdentitySeries(models.TextChoices):
    """The series of identity cards: AZE on older cards, AA on biometric ones. Series are not translated."""

    AZE = "AZE", "AZE"
    AA = "AA", "AA"


IDENTITY_NUMBER_DIGITS = {IdentitySeries.AZE: 8, IdentitySeries.AA: 7}
# A FIN has seven letters and digits; I and O are never used, so that they are not taken for 1 and 0.
FIN_LENGTH = 7
FIN_PATTERN = "[0-9A-HJ-NP-Z]{7}"


class Section(models.TextChoices):
    """The parts of an application, each filled in on a page of its own; what is missing names its part."""

    IDENTITY = "identity", _("Identity")
    CONTACT = "contact", _("Contact, language, special needs")
    LETTERS = "letters", _("Recommendation letters")
    DOCUMENTS = "documents", _("Documents")
    DECLARATIONS = "declarations", _("Declarations")


class DocumentKind(models.TextChoices):
    """What an attached document is."""

    IDENTITY = "identity", _("Identity card")
    EDUCATION = "education", _("Education")
    EXPERIENCE = "experience", _("Work experience")
    PAPER_APPLICATION = "paper", _("Paper application")
    OTHER = "other", _("Other")


class IssuerKind(models.TextChoices):
    """In what capacity a recommendation letter was written (guide: client, sponsor or employer)."""

    CLIENT = "client", _("Client")
    SPONSOR = "sponsor", _("Sponsor")
    EMPLOYER = "employer", _("Employer")


class DeclarationKind(models.TextChoices):
    """What an applicant declares; each is stored with its text version and time.

    The first three come from the certificate-use contract: truth H1, confidentiality H12, appeals H13.
    """

    TRUTH = "truth", _("Truth of the data")
    CONFIDENTIALITY = "confidentiality", _("Confidentiality of exam material")
    APPEALS = "appeals", _("Appeals and complaints procedure")
    PROCESSING = "processing", _("Processing of personal data")
    PUBLICATION = "publication", _("Publication on the register")


# Publication is a free choice: certification does not depend on it.
REQUIRED_DECLARATIONS = (
    DeclarationKind.TRUTH,
    DeclarationKind.CONFIDENTIALITY,
    DeclarationKind.APPEALS,
    DeclarationKind.PROCESSING,
)


class ConflictKind(models.TextChoices):
    """Why a member of staff may neither assess nor decide on a person (contract B1)."""

    TRAINED = "trained", _("Trained the candidate")
    RELATED = "related", _("Related to the candidate")
    EMPLOYED = "employed", _("Works with or for the candidate")
    OTHER = "other", _("Other interest")


VERBS = {
    "application.start": _("Application begun"),
    "application.enter": _("Paper application entered"),
    "application.edit": _("Data of the application changed"),
    "application.attach": _("File attached"),
    "application.detach": _("Attached file removed"),
    "application.declare": _("Declarations made"),
    "application.publication": _("Consent to publication given or taken back"),
    "application.submit": _("Application submitted"),
    "application.return": _("Application returned for completion"),
    "application.accept": _("Application accepted"),
    "application.refuse": _("Application refused"),
    "application.withdraw": _("Application withdrawn"),
    "application.conclude": _("Case concluded by the decision on certification"),
    "person.update": _("Person's data brought up to date"),
    "person.link": _("Account linked to the person"),
    "person.unlink": _("Account unlinked from the person"),
    "person.conflict": _("Conflict of interest declared"),
    "declaration.load": _("Text of a declaration published"),
}
