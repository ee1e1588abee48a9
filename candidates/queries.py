"""Reads of persons and applications."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from accounts.states import Role
from candidates.models import (
    IDENTITY_FIELDS,
    Application,
    ApplicationDocument,
    ConflictOfInterest,
    Declaration,
    DeclarationText,
    Person,
    RecommendationLetter,
)
from candidates.states import FIN_LENGTH, OPEN_STATES, ApplicationState, DeclarationKind
from core.models import PrivateFile
from core.text import prefix_query
from schemes.models import Scheme, SchemeVersion
from schemes.queries import versions_in_force

OLDEST_FIRST = "oldest"
NEWEST_FIRST = "newest"


# --- Lists ------------------------------------------------------------------------------------------------------------
def applications() -> QuerySet[Application]:
    """Return every application with what a row of a list shows."""
    return Application.objects.select_related("scheme", "person", "account")


def own_applications(user: User) -> QuerySet[Application]:
    """Return the applications of an account, newest first: those filled in with it, and paper ones of its person.

    An application that another account filled in is never among them, even for the same person.
    """
    person = Subquery(Person.objects.filter(user=user).values("pk")[:1])  # no join: each half keeps its index
    own = Q(account=user) | Q(account=None, person=person)
    return applications().filter(own).order_by(F("submitted_at").desc(nulls_first=True), "-id")


def queue_submitted() -> QuerySet[Application]:
    """Return the applications that wait for an officer, oldest first; `submitted_at` says since when."""
    return applications().filter(state=ApplicationState.SUBMITTED).order_by("submitted_at", "id")


def queue_returned(user: User) -> QuerySet[Application]:
    """Return an account's applications that wait for it: drafts and returned ones, oldest first."""
    waiting = (ApplicationState.DRAFT, ApplicationState.RETURNED)
    return own_applications(user).filter(state__in=waiting).order_by("created_at", "id")


def search_applications(
    text: str = "", *, state: str = "", scheme: Scheme | None = None, order: str = OLDEST_FIRST
) -> QuerySet[Application]:
    """Return what officers and auditors find: submitted at least once, by name, FIN or reference, state and scheme."""
    found = applications().filter(submitted_at__isnull=False)
    if state:
        found = found.filter(state=state)
    if scheme:
        found = found.filter(scheme=scheme)
    if text.strip():
        found = found.filter(_named(text) | Q(reference__startswith="-".join(text.split()).upper()))
    newest = order == NEWEST_FIRST
    return found.order_by("-submitted_at", "-id") if newest else found.order_by("submitted_at", "id")


def search_persons(text: str = "") -> QuerySet[Person]:
    """Return persons by name or FIN in alphabetical order, each with `application_count`."""
    counted = Application.objects.filter(person=OuterRef("pk")).order_by().values("person")
    count = Coalesce(
        Subquery(counted.annotate(count=Count("pk")).values("count")), 0
    )  # counted for a page, not for all
    found = Person.objects.annotate(application_count=count).order_by("sort_key", "id")
    return found.filter(_named(text)) if text.strip() else found


def _named(text: str) -> Q:
    typed = "".join(text.split()).upper()
    by_fin = Q(fin=typed) if len(typed) == FIN_LENGTH else Q(pk__in=())
    words = prefix_query(text)
    by_name = Q(names=SearchQuery(words, search_type="raw", config="simple")) if words else Q(pk__in=())
    return by_fin | by_name


# --- One application --------------------------------------------------------------------------------------------------
def application_page() -> QuerySet[Application]:
    """Return applications with all that a page about one shows, in a fixed number of queries."""
    declared = Declaration.objects.select_related("text").order_by("declared_at", "id")
    return (
        applications()
        .select_related("person__user", "scheme_version", "entered_by", "settled_by")
        .prefetch_related(
            Prefetch("letters", RecommendationLetter.objects.select_related("stored")),
            Prefetch("documents", ApplicationDocument.objects.select_related("stored")),
            Prefetch("declarations", declared),
        )
    )


def open_application(user: User, scheme: Scheme) -> Application | None:
    """Return the account's application for `scheme` that still leads somewhere, if there is one."""
    return Application.objects.filter(
        account=user, scheme=scheme, state__in=map(str, OPEN_STATES), concluded_at=None
    ).first()


def schemes_to_apply(user: User) -> QuerySet[SchemeVersion]:
    """Return the versions in force of the schemes for which the account has no open application."""
    taken = Application.objects.filter(account=user, state__in=map(str, OPEN_STATES), concluded_at=None)
    return versions_in_force().exclude(scheme__in=taken.values("scheme"))


def attached_file(application: Application, file_id: Any) -> PrivateFile | None:
    """Return an upload if it is attached to this application: a letter, a document, a written word."""
    attached = (
        Exists(RecommendationLetter.objects.filter(application=application, stored=OuterRef("pk")))
        | Exists(ApplicationDocument.objects.filter(application=application, stored=OuterRef("pk")))
        | Exists(Declaration.objects.filter(application=application, paper=OuterRef("pk")))
    )
    return PrivateFile.objects.filter(attached, pk=file_id).first()


def latest_texts() -> dict[str, DeclarationText]:
    """Return the declaration texts in force by kind, in the order in which they are shown."""
    newest = DeclarationText.objects.order_by("kind", "-version").distinct("kind")
    by_kind = {text.kind: text for text in newest}
    return {kind.value: by_kind[kind] for kind in DeclarationKind if kind in by_kind}


def declared(application: Application) -> dict[str, Declaration]:
    """Return the applicant's last word on each kind of declaration."""
    return {one.text.kind: one for one in _declarations(application)}


def agreed_kinds(application: Application) -> set[str]:
    """Return the kinds whose text in force the applicant has agreed to, and not taken back since."""
    texts = latest_texts()
    return {kind for kind, one in declared(application).items() if one.agreed and one.text_id == texts[kind].pk}


def publishes_on_register(application: Application) -> bool:
    """Tell whether the applicant agreed to being named on the public register (contract B6)."""
    word = declared(application).get(DeclarationKind.PUBLICATION)
    return bool(word and word.agreed)


def _declarations(application: Application) -> Iterable[Declaration]:
    if "declarations" in getattr(application, "_prefetched_objects_cache", {}):
        return application.declarations.all()
    return application.declarations.select_related("text").order_by("declared_at", "id")


# --- Identity ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Difference:
    """A datum that an application declares otherwise than the person's record has it."""

    field: str
    label: str
    stored: object
    declared: object


def differences(application: Application) -> list[Difference]:
    """Return where the declared identity differs from the person's record: for officers, never for the applicant."""
    person = application.person
    if person is None:
        return []
    return [
        Difference(name, str(Person._meta.get_field(name).verbose_name), stored, declared)  # type: ignore[union-attr]
        for name in IDENTITY_FIELDS
        if (stored := getattr(person, name)) != (declared := getattr(application, name))
    ]


@dataclass(frozen=True, slots=True)
class AccountFinding:
    """How the applicant's account stands to the person that the FIN names."""

    code: str
    account: User | None = None

    @property
    def blocks(self) -> bool:
        """Tell whether the application cannot be accepted as things stand."""
        return self.code in {"person_other_account", "account_other_person"}


def account_finding(application: Application) -> AccountFinding | None:
    """Return what an officer has to know about account and person before accepting; None when there is nothing.

    "person_other_account": the person belongs to another account. "account_other_person": the account belongs to
    another person. "known_person": the FIN was known before, and nobody's account is linked to it yet.
    """
    person, account = application.person, application.account
    if person is None or account is None or person.user_id == account.pk:
        return None
    if person.user is not None:
        return AccountFinding("person_other_account", person.user)
    other = Person.objects.filter(user=account).exists()
    if other:
        return AccountFinding("account_other_person", account)
    known = person.applications.exclude(pk=application.pk).exists()
    return AccountFinding("known_person", account) if known else None


# --- Persons and conflicts --------------------------------------------------------------------------------------------
def person_of(user: User) -> Person | None:
    """Return the person whose account this is, once an officer has confirmed it."""
    return Person.objects.filter(user=user).first()


def fin_on_record(application: Application) -> str:
    """Return the FIN of the person to whom the applicant's account belongs; "" for paper and for a new account."""
    if application.account_id is None:
        return ""
    return Person.objects.filter(user=application.account_id).values_list("fin", flat=True).first() or ""


def applications_of(person: Person) -> QuerySet[Application]:
    """Return a person's applications, newest first; drafts have no person yet."""
    return applications().filter(person=person, submitted_at__isnull=False).order_by("-submitted_at", "-id")


def conflicts_of(person: Person) -> QuerySet[ConflictOfInterest]:
    """Return the declared conflicts of interest with a person, oldest first."""
    return person.conflicts.select_related("user", "declared_by").order_by("id")


def staff_for_conflicts() -> QuerySet[User]:
    """Return the members of staff who could come to handle, assess or decide on a candidate, by name."""
    roles = (Role.ASSESSOR, Role.DECIDER, Role.OFFICER)
    return User.objects.filter(
        role_assignments__role__in=roles, role_assignments__ended_at=None, is_active=True
    ).distinct()


def find_by_reference(reference: str) -> Application | None:
    """Return the submitted application with this reference, however it was typed."""
    return applications().filter(reference="-".join(reference.replace("-", " ").split()).upper()).first()
