"""Reads of what holders report and ask for: changes of data, circumstances, new copies."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, F, Model, QuerySet, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise

from audit.references import reference
from candidates.models import LANGUAGES, Person
from certificates.models import CaseFile, Certificate, ChangeNotice, Circumstance, Duty, Replacement
from certificates.queries.searching import holder_or_number
from certificates.states import (
    ChangeState,
    CircumstanceState,
    DutyKind,
    DutyState,
    ReplacementKind,
    ReplacementState,
)
from core.templatetags.core_ui import telephone

Request = ChangeNotice | Circumstance | Replacement
KINDS: dict[str, type[Request]] = {"change": ChangeNotice, "circumstance": Circumstance, "replacement": Replacement}
# What a filter of the common list means for each kind; a kind that is not named has no such state.
STATES: dict[str, dict[str, str]] = {
    "open": {
        "change": ChangeState.REPORTED,
        "circumstance": CircumstanceState.REPORTED,
        "replacement": ReplacementState.REQUESTED,
    },
    "done": {
        "change": ChangeState.ACCEPTED,
        "circumstance": CircumstanceState.EVALUATED,
        "replacement": ReplacementState.ISSUED,
    },
    "rejected": {"change": ChangeState.REJECTED, "replacement": ReplacementState.REJECTED},
    "withdrawn": {"change": ChangeState.WITHDRAWN, "replacement": ReplacementState.WITHDRAWN},
}


def lost_copies(certificate: Certificate) -> QuerySet[Replacement]:
    """Return the open report that the copy in force is lost: its original cannot be handed in (contract H8)."""
    return Replacement.objects.filter(
        certificate=certificate, kind=ReplacementKind.LOST, state=ReplacementState.REQUESTED
    )


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One report or request of any kind, as a row of a list shows it; what it says stays on its own page."""

    kind: str
    case: Request

    @property
    def url_name(self) -> str:
        """The name of the route of its page."""
        return f"certificates:{self.kind}"

    @property
    def title(self) -> str | Promise:
        """What it is."""
        return type(self.case)._meta.verbose_name or ""

    @property
    def is_late(self) -> bool:
        """Tell whether it is a change that was reported after its term."""
        return isinstance(self.case, ChangeNotice) and self.case.is_late


@dataclass(frozen=True, slots=True)
class ChangedDatum:
    """One datum of a change notice, in the reader's language."""

    label: str | Promise
    before: str | Promise
    after: str | Promise


# --- Lists ------------------------------------------------------------------------------------------------------------
def request_index(
    text: str = "", *, kind: str = "", state: str = "", late: bool = False
) -> QuerySet[Any, dict[str, Any]]:
    """Return which requests of all kinds the filters leave, newest first: `which` and `id` of each.

    Each kind is read by its own index; what the page shows is read for its own rows alone (`request_rows`).
    """
    wanted = [
        _index_of(name, text, state=state, late=late)
        for name in KINDS
        if kind in ("", name) and (not state or name in STATES.get(state, {})) and (not late or name == "change")
    ]
    if not wanted:
        return _index_of("change", "", state="", late=False).none()
    first, *others = wanted
    return (first.union(*others, all=True) if others else first).order_by("-reported_at", "-id", "which")


def _index_of(name: str, text: str, *, state: str, late: bool) -> QuerySet[Any, dict[str, Any]]:
    found: QuerySet[Any] = KINDS[name].objects.order_by()
    if state:
        found = found.filter(state=STATES[state][name])
    if late:
        found = found.filter(received_on__gt=F("due_on"))
    if text.strip():
        found = found.filter(certificate__in=Certificate.objects.filter(holder_or_number(text)).order_by())
    places: QuerySet[Any, dict[str, Any]] = found.annotate(which=Cast(Value(name), CharField())).values(
        "which", "id", "reported_at"
    )
    return places


def request_rows(index: Iterable[dict[str, Any]]) -> list[RequestRow]:
    """Return the rows of a page of `request_index`, in its order; one query for each kind that is there."""
    places = list(index)
    found: dict[tuple[str, int], Request] = {}
    for name, model in KINDS.items():
        wanted = [place["id"] for place in places if place["which"] == name]
        if wanted:
            rows: QuerySet[Any] = model.objects.select_related("certificate__person")
            found |= {(name, pk): case for pk, case in rows.in_bulk(wanted).items()}
    return [RequestRow(place["which"], found[place["which"], place["id"]]) for place in places]


def requests_of(certificate: Certificate) -> list[RequestRow]:
    """Return what was reported and asked for about a certificate, newest first."""
    rows = [
        RequestRow(name, case)
        for name, model in KINDS.items()
        for case in model.objects.filter(certificate=certificate).select_related("certificate__person")
    ]
    return sorted(rows, key=lambda row: (row.case.reported_at, row.case.pk), reverse=True)


# --- One case ---------------------------------------------------------------------------------------------------------
def cases_of(model: type[Request]) -> QuerySet[Any]:
    """Return the cases of one kind with what a page of one shows."""
    more = {ChangeNotice: ("copy",), Circumstance: (), Replacement: ("old_copy", "new_copy")}
    return model.objects.select_related(
        "certificate__person__user",
        "certificate__scheme_version__scheme",
        "entered_by",
        "settled_by",
        *more[model],
    ).prefetch_related("files__stored")


def case_files() -> QuerySet[CaseFile]:
    """Return the papers of all cases, each with what tells who may see it."""
    cases = ("change", "circumstance", "replacement", "misuse", "surveillance")
    return CaseFile.objects.select_related("stored", *(f"{case}__certificate__person" for case in cases))


def duties_about(case: Model) -> QuerySet[Duty]:
    """Return the duties to which a case gave rise, as they are due."""
    return Duty.objects.filter(about=reference(case)).order_by("due_on", "id")


def return_due(case: Model) -> date | None:
    """Return the day by which the old copy of a case is to be handed in; None when nothing is owed."""
    owed = duties_about(case).filter(kind=DutyKind.RETURN_COPY, state=DutyState.OPEN)
    return owed.values_list("due_on", flat=True).first()


def changed_rows(change: ChangeNotice) -> list[ChangedDatum]:
    """Return what a notice changes, in the order of the form."""
    return [
        ChangedDatum(_FIELDS[name].verbose_name, _shown(name, before), _shown(name, after))
        for name, (before, after) in sorted(change.changes.items(), key=lambda item: _ORDER.index(item[0]))
    ]


def _shown(name: str, value: str) -> str | Promise:
    if name == "telephone":
        return telephone(value)
    return _LANGUAGES.get(value, value) if name == "language" else value


_LANGUAGES = dict(LANGUAGES)
_FIELDS = {field.name: field for field in Person._meta.local_fields}
_ORDER = list(_FIELDS)
