"""Reads of the public register: pages of names in order, quick at any length.

A page is a range of an index with a limit. It is never counted, and never skips rows to get to its place: the next page
starts behind the last row of this one. A search walks the entries of one word, or of one pair of words, in the order in
which they are shown (certificates.register_words), and asks the same index for the others.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from candidates.models import Declaration
from candidates.states import DeclarationKind
from certificates.codes import plain_number
from certificates.models import Certificate, CertificateEvent, RegisterEntry, RegisterWord
from certificates.queries.certificates import told_publicly
from certificates.register_words import searched_words
from certificates.states import Status
from core import numbering
from schemes.models import Scheme

PAGE_SIZE = 25
# Only what is in its period of validity is listed, which is what holders consent to: it has neither expired nor been
# superseded, and has begun.
LISTED = (Status.VALID, Status.SUSPENDED, Status.REVOKED)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page starts: behind, or before, the entry with this key (its name's sort key, or its number)."""

    key: str
    entry: int
    is_backwards: bool = False


@dataclass(frozen=True, slots=True)
class RegisterPage:
    """A page of the register; whether there is more is known without counting."""

    entries: list[RegisterEntry]
    has_next: bool
    has_previous: bool


def register_page(
    text: str = "", *, scheme: Scheme | None = None, status: str = "", place: Place | None = None, today: date
) -> RegisterPage:
    """Return the entries that hold every word of `text`, or whose number begins with it, as they stand today.

    One query. Only what is in its period of validity is listed: that is what holders agreed to.
    """
    rows = _by_number(text, scheme) if is_number(text) else _by_name(text, scheme)
    if rows is None:
        return RegisterPage([], has_next=False, has_previous=False)
    return _page(rows.filter(_stands(status, today)), place)


def is_number(text: str) -> bool:
    """Tell whether what was typed is a number or its beginning: it has a digit, and no name has one."""
    return any(character.isdigit() for character in text)


def place_of(entry: RegisterEntry, text: str, *, is_backwards: bool = False) -> Place:
    """Return the place next to an entry, in the order in which the search for `text` is shown."""
    return Place(entry.number if is_number(text) else entry.sort_key, entry.pk, is_backwards)


def _by_name(text: str, scheme: Scheme | None) -> QuerySet[RegisterEntry] | None:
    words = searched_words(text)
    if text.strip() and not words:
        return None
    rows = RegisterEntry.objects.all()
    if words:
        # The copies of key and entry beside the word are what its index is sorted by.
        rows = rows.filter(words__word=words[0]).annotate(key=F("words__sort_key"), place=F("words__entry"))
    else:
        rows = rows.annotate(key=F("sort_key"), place=F("pk"))
    if scheme:
        rows = rows.filter(scheme=scheme)
    for word in words[1:]:
        rows = rows.filter(Exists(RegisterWord.objects.filter(entry=OuterRef("pk"), word=word)))
    return rows


def _by_number(text: str, scheme: Scheme | None) -> QuerySet[RegisterEntry] | None:
    """Return the entries whose number begins with what was typed; that of a scheme's numbers is known beforehand."""
    start = _number(text)
    if scheme and not start.startswith(own := f"{scheme.number_prefix}-"):
        if not own.startswith(start):
            return None
        start = own
    found = RegisterEntry.objects.filter(number__gte=start, number__lt=f"{start}~")
    return found.annotate(key=F("number"), place=F("pk"))


def _number(text: str) -> str:
    """Return a number, or its beginning, as it is printed, whatever its case; a whole one may be typed in one piece."""
    parts = text.upper().replace("-", " ").split()
    if len(parts) > 1:
        return "-".join(parts)
    plain = plain_number(text)
    if numbering.is_valid(plain):
        for prefix in Scheme.objects.order_by("-number_prefix").values_list("number_prefix", flat=True):
            rest = plain.removeprefix(prefix)
            if rest != plain and rest.isdigit():
                return "-".join((prefix, rest[:4], rest[4:-2], rest[-2:]))
    return "".join(parts)


def _stands(status: str, today: date) -> Q:
    """Return the condition of `RegisterEntry.status_on` in SQL."""
    listed = Q(valid_from__lte=today, valid_until__gte=today)
    if status not in LISTED:
        return listed
    still = Q(next_from=None) | Q(next_from__gt=today)
    if status == Status.VALID:
        return listed & Q(state=status) & still
    marked = ~Q(state="valid") | Q(next_state__in=["suspended", "revoked"])  # these few have an index of their own
    return listed & marked & ((Q(state=status) & still) | Q(next_state=status, next_from__lte=today))


def _page(rows: QuerySet[RegisterEntry], place: Place | None) -> RegisterPage:
    is_backwards = place is not None and place.is_backwards
    if place:
        beyond = "lt" if is_backwards else "gt"
        rows = rows.filter(
            # The first is where the index starts; the second leaves out those of the same name up to the place.
            Q(**{f"key__{beyond}e": place.key}),
            Q(**{f"key__{beyond}": place.key}) | Q(**{f"place__{beyond}": place.entry}),
        )
    order = ("-key", "-place") if is_backwards else ("key", "place")
    found = list(rows.select_related("scheme").order_by(*order)[: PAGE_SIZE + 1])
    has_more = len(found) > PAGE_SIZE
    found = found[:PAGE_SIZE]
    if is_backwards:
        return RegisterPage(found[::-1], has_next=True, has_previous=has_more)
    return RegisterPage(found, has_next=has_more, has_previous=place is not None)


def events_behind(entries: Collection[RegisterEntry], today: date) -> dict[int, list[CertificateEvent]]:
    """Return, by certificate, what was decided about those that are suspended or revoked; no query without any."""
    marked = [entry.certificate_id for entry in entries if entry.status_on(today) in {Status.SUSPENDED, Status.REVOKED}]
    if not marked:
        return {}
    found: defaultdict[int, list[CertificateEvent]] = defaultdict(list)
    for event in told_publicly(CertificateEvent.objects.filter(certificate__in=marked)):
        found[event.certificate_id].append(event)
    return found


# --- Consent ----------------------------------------------------------------------------------------------------------
def certificates_to_relist(today: date) -> QuerySet[Certificate]:
    """Return the certificates of which the register does not say what their holders' last word is."""
    words = Declaration.objects.filter(
        application=OuterRef("decision__application"), text__kind=DeclarationKind.PUBLICATION
    )
    last = Subquery(words.order_by("-declared_at", "-id").values("agreed")[:1])
    is_listed = Q(entry__isnull=False)
    return (
        Certificate.objects.annotate(last_word=last)
        .filter(
            (~is_listed & Q(last_word=True, valid_until__gte=today))
            | (is_listed & (Q(last_word=False) | Q(last_word=None) | Q(valid_until__lt=today)))
        )
        .order_by("pk")
    )


def certificates_past_listing(today: date) -> QuerySet[Certificate]:
    """Return the certificates that are on the register although their period of validity is over."""
    return Certificate.objects.filter(entry__valid_until__lt=today).order_by("pk")


def own_certificates(user: User, today: date) -> QuerySet[Certificate]:
    """Return a person's own certificates in or before their period of validity: those that may be listed."""
    return (
        Certificate.objects.filter(person__user=user, valid_until__gte=today)
        .select_related("entry", "scheme_version__scheme", "decision__application")
        .order_by("valid_from", "id")
    )


def words_on_publication(certificate: Certificate) -> QuerySet[Declaration]:
    """Return all that the holder said about the publication of a certificate, the last word first."""
    return (
        Declaration.objects.filter(
            application=certificate.decision.application_id, text__kind=DeclarationKind.PUBLICATION
        )
        .select_related("text", "paper")
        .order_by("-declared_at", "-id")
    )
