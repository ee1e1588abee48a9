"""Persons, their applications with all that belongs to them, and conflicts of interest."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.utils.translation import gettext_lazy as _

from candidates.states import (
    EDITABLE_STATES,
    FIN_LENGTH,
    FIN_PATTERN,
    OPEN_STATES,
    REQUIRED_DECLARATIONS,
    ApplicationState,
    ConflictKind,
    DeclarationKind,
    DocumentKind,
    IdentitySeries,
    IssuerKind,
    Section,
)
from core.models import PrivateFile
from core.text import Fold, SortKey
from schemes.models import Scheme, SchemeVersion, in_language

LANGUAGES = [("az", _("Azerbaijani")), ("en", _("English"))]
FIN_REGEX = f"^{FIN_PATTERN}$"
# One condition for both tables: an identity card as its series prescribes (candidates/identity.py holds the same rule).
CARD_FORMAT = Q(identity_series="AZE", identity_number__regex=r"^[0-9]{8}$") | Q(
    identity_series="AA", identity_number__regex=r"^[0-9]{7}$"
)
# Constraints whose violation is shown to people; services name them in `constraint_errors`.
ONE_OPEN = "candidates_one_open_application"
ONE_OPEN_OF_ACCOUNT = "candidates_one_open_application_of_account"
CONFLICT_ONCE = "candidates_conflict_once"

fin_validator = RegexValidator(
    FIN_REGEX, _("A FIN has seven characters: digits and Latin capitals without I and O, as on the identity card.")
)


class Identity(models.Model):
    """Who somebody is and how to reach them; declared on every application, kept up to date on the person."""

    surname = models.CharField(_("surname"), max_length=80)
    given_name = models.CharField(_("given name"), max_length=80)
    patronymic = models.CharField(_("patronymic"), max_length=80, blank=True)
    date_of_birth = models.DateField(_("date of birth"), null=True)
    identity_series = models.CharField(_("identity card series"), max_length=3, choices=IdentitySeries)
    identity_number = models.CharField(_("identity card number"), max_length=8)
    fin = models.CharField(_("FIN"), max_length=FIN_LENGTH, validators=[fin_validator])
    address = models.CharField(_("address"), max_length=250)
    telephone = models.CharField(_("telephone"), max_length=20)
    email = models.EmailField(_("e-mail"))
    language = models.CharField(_("language of messages"), max_length=2, choices=LANGUAGES, default="az")

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        """Surname, given name, patronymic: the order of Azerbaijani documents."""
        return " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))

    @property
    def identity_card(self) -> str:
        """Series and number of the identity card, as printed on it."""
        return f"{self.identity_series}{self.identity_number}"


IDENTITY_FIELDS = tuple(field.name for field in Identity._meta.local_fields)


class Person(Identity):
    """Someone who applied at least once, recognised by FIN, which never changes.

    May exist before, and without, an account: `user` is set when an officer has confirmed that the account is this
    person's, by accepting an application or by linking it.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="person")
    created_at = models.DateTimeField(auto_now_add=True)
    names = models.GeneratedField(
        expression=SearchVector(
            Fold(Concat(F("surname"), Value(" "), F("given_name"), Value(" "), F("patronymic"))), config="simple"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    sort_key = models.GeneratedField(
        expression=SortKey(Concat(F("surname"), Value(" "), F("given_name"))),
        output_field=models.CharField(max_length=170, db_collation="C"),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        ordering = ("sort_key", "id")
        constraints = (
            models.UniqueConstraint(fields=["fin"], name="candidates_person_fin_unique"),
            models.CheckConstraint(condition=Q(fin__regex=FIN_REGEX), name="candidates_person_fin_format"),
            models.CheckConstraint(condition=CARD_FORMAT, name="candidates_person_card_format"),
        )
        indexes = (
            GinIndex(fields=["names"], name="candidates_person_names_idx"),
            models.Index(fields=["sort_key", "id"], name="candidates_person_sort_idx"),
        )

    def __str__(self) -> str:
        """Show the full name."""
        return self.full_name


class Application(Identity):
    """A person's request to be certified under a scheme, with the identity as declared at the time.

    `account` is who fills it in on-line; a paper application is entered by an officer (`entered_by`) and has no
    account. `person` is known from submission on: found by FIN or created. A draft may have gaps; what was submitted
    has none.
    """

    reference = models.CharField(_("reference"), max_length=20, null=True, unique=True)  # noqa: DJ001 -- unique: many have none yet
    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="applications")
    scheme_version = models.ForeignKey(SchemeVersion, on_delete=models.PROTECT, related_name="applications")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="applications"
    )
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="applications")
    state = models.CharField(_("state"), max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    special_needs = models.TextField(_("special needs"), blank=True, max_length=1000)
    is_renewal = models.BooleanField(_("for renewal"), default=False)
    needs_exam = models.BooleanField(_("needs an exam"), default=True)
    state_reason = models.TextField(_("reason"), blank=True, help_text=_("why it was returned, refused or withdrawn"))
    returned_sections = ArrayField(models.CharField(max_length=12, choices=Section), default=list, blank=True)
    submissions = models.PositiveSmallIntegerField(default=0, help_text=_("how often it was submitted"))
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True)
    settled_at = models.DateTimeField(null=True, help_text=_("accepted, refused or withdrawn"))
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    concluded_at = models.DateTimeField(null=True, help_text=_("the decision on certification ended the case"))
    names = models.GeneratedField(
        expression=SearchVector(
            Fold(Concat(F("surname"), Value(" "), F("given_name"), Value(" "), F("patronymic"))), config="simple"
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("application")
        verbose_name_plural = _("applications")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=["person", "scheme"],
                condition=Q(state__in=["submitted", "returned", "accepted"], concluded_at=None),
                name=ONE_OPEN,
            ),
            models.UniqueConstraint(
                fields=["account", "scheme"],
                condition=Q(state__in=[str(state) for state in OPEN_STATES], concluded_at=None),
                name=ONE_OPEN_OF_ACCOUNT,
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(person__isnull=False, reference__isnull=False, submitted_at__isnull=False),
                name="candidates_submitted_is_complete",
            ),
            # A returned application is being edited: it may have gaps again until it is submitted anew.
            models.CheckConstraint(
                condition=Q(state__in=["draft", "returned", "withdrawn"])
                | Q(CARD_FORMAT, fin__regex=FIN_REGEX, date_of_birth__isnull=False)
                & ~Q(surname="")
                & ~Q(given_name=""),
                name="candidates_submitted_identity",
            ),
            models.CheckConstraint(
                condition=Q(concluded_at__isnull=True) | Q(state="accepted"), name="candidates_concluded_was_accepted"
            ),
            models.CheckConstraint(
                condition=Q(is_renewal=True) | Q(needs_exam=True), name="candidates_only_renewals_without_exam"
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False) | Q(entered_by__isnull=False), name="candidates_application_origin"
            ),
        )
        indexes = (
            models.Index(fields=["state", "submitted_at", "id"], name="candidates_app_queue_idx"),
            models.Index(
                fields=["submitted_at", "id"],
                condition=Q(submitted_at__isnull=False),
                name="candidates_app_list_idx",
            ),
            models.Index(fields=["fin"], name="candidates_app_fin_idx"),
            GinIndex(fields=["names"], name="candidates_app_names_idx"),
            models.Index(
                fields=["settled_at", "id"],
                condition=Q(is_renewal=True, needs_exam=False, state="accepted", concluded_at=None),
                name="candidates_app_on_evidence",
            ),
        )

    def __str__(self) -> str:
        """Show reference and name."""
        return f"{self.reference or '—'} {self.full_name}".strip()

    @property
    def is_editable(self) -> bool:
        """Tell whether the applicant may still change it."""
        return self.state in EDITABLE_STATES

    @property
    def is_open(self) -> bool:
        """Tell whether it still leads somewhere, so that no second one for the scheme can stand beside it."""
        return self.state in OPEN_STATES and self.concluded_at is None

    @property
    def is_paper(self) -> bool:
        """Tell whether it came on paper and was entered by an officer."""
        return self.account_id is None


class ApplicationFile(models.Model):
    """What every attachment of an application has: its file, which those may see who may see the application."""

    stored = models.OneToOneField(PrivateFile, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class RecommendationLetter(ApplicationFile):
    """A letter from a client, sponsor or employer: topic and hours of service (guide: tövsiyə məktubu)."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="letters")
    issuer = models.CharField(_("issued by"), max_length=150)
    issuer_kind = models.CharField(_("in the capacity of"), max_length=10, choices=IssuerKind)
    topic = models.CharField(_("topic of the service"), max_length=200)
    hours = models.PositiveSmallIntegerField(_("total hours of service"))
    dated = models.DateField(_("date of the letter"))

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(hours__gte=1, hours__lte=10000), name="candidates_letter_hours"),
        )

    def __str__(self) -> str:
        """Show issuer and topic."""
        return f"{self.issuer}: {self.topic}"


class ApplicationDocument(ApplicationFile):
    """Any other attached document."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(_("kind"), max_length=10, choices=DocumentKind)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        """Show what it is."""
        return self.get_kind_display()


class DeclarationText(models.Model):
    """A version of the words that applicants agree to; never changed once used (trigger)."""

    kind = models.CharField(max_length=16, choices=DeclarationKind)
    version = models.PositiveSmallIntegerField()
    text_az = models.TextField()
    text_en = models.TextField()
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("kind", "version")
        constraints = (models.UniqueConstraint(fields=["kind", "version"], name="candidates_text_version_unique"),)

    def __str__(self) -> str:
        """Show kind and version."""
        return f"{self.get_kind_display()} v{self.version}"

    @property
    def is_choice(self) -> bool:
        """Tell whether certification does not depend on agreeing."""
        return self.kind not in REQUIRED_DECLARATIONS

    @property
    def words(self) -> str:
        """The text in the active language; paragraphs are separated by empty lines."""
        return in_language(self.text_az, self.text_en)


class Declaration(models.Model):
    """That an applicant agreed to a text, in which language and when; append-only by trigger."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="declarations")
    text = models.ForeignKey(DeclarationText, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=2, choices=LANGUAGES)
    agreed = models.BooleanField(help_text=_("false: the applicant was asked and did not agree (publication)"))
    declared_at = models.DateTimeField()
    paper = models.OneToOneField(
        PrivateFile, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("written word")
    )

    class Meta:
        ordering = ("declared_at", "id")
        indexes = (models.Index(fields=["application", "text"], name="candidates_declaration_idx"),)

    def __str__(self) -> str:
        """Show what was declared."""
        return str(self.text)


class ConflictOfInterest(models.Model):
    """A reason why a member of staff may neither assess nor decide on a person (contract B1). Kept for ever."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="conflicts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="conflicts")
    kind = models.CharField(_("kind"), max_length=10, choices=ConflictKind)
    note = models.CharField(_("note"), max_length=300)
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["person", "user", "kind"], name=CONFLICT_ONCE),)

    def __str__(self) -> str:
        """Show the kind."""
        return self.get_kind_display()


class KeptUpload(models.Model):
    """A good file from a form that was otherwise wrong, kept for the same person's next try; swept away after a day."""

    stored = models.OneToOneField(PrivateFile, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kept_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = (models.Index(fields=["kept_at"], name="candidates_kept_at_idx"),)

    def __str__(self) -> str:
        """Show the file's name."""
        return self.stored.original_name
