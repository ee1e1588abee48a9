"""What the database refuses, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from candidates.models import Application, ConflictOfInterest, DeclarationText, Person
from core.integrity import constraint_name
from schemes.models import SchemeVersion
from tests.candidates import factories as make
from tests.factories import next_fin


def refused_by(act: Callable[[], Any]) -> str:
    """Return the name of the constraint that refuses `act`."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        act()
    return constraint_name(caught.value)


def change(application: Application, **fields: Any) -> Callable[[], int]:
    return lambda: Application.objects.filter(pk=application.pk).update(**fields)


def test_fin_of_person_never_changes(db: None) -> None:
    person = make.person()
    assert refused_by(lambda: Person.objects.filter(pk=person.pk).update(fin=next_fin())) == "candidates_fin_is_final"


@pytest.mark.parametrize(
    ("fields", "name"),
    [({"fin": "5ABCID2"}, "candidates_person_fin_format"),
     ({"identity_number": "12345678"}, "candidates_person_card_format"),
     ({"identity_series": "AB"}, "candidates_person_card_format")],
)  # fmt: skip
def test_person_with_wrong_identity_is_refused(db: None, fields: dict[str, str], name: str) -> None:
    assert refused_by(lambda: make.person(**fields)) == name


@pytest.mark.parametrize("state", ["submitted", "accepted", "refused", "withdrawn"])
def test_declared_identity_is_final_once_submitted(scheme_version: SchemeVersion, officer: User, state: str) -> None:
    make_it: dict[str, Callable[[], Application]] = {
        "submitted": lambda: make.submitted(scheme_version),
        "accepted": lambda: make.accepted(scheme_version, officer),
        "refused": lambda: make.refused(scheme_version, officer),
        "withdrawn": lambda: make.withdrawn(scheme_version),
    }
    application = make_it[state]()
    assert refused_by(change(application, surname="Başqa")) == "candidates_declared_is_final"
    assert refused_by(change(application, person=make.person())) == "candidates_declared_is_final"
    assert refused_by(change(application, reference="M-1")) == "candidates_origin_is_final"
    assert refused_by(application.letters.all().delete) == "candidates_attached_is_final"
    assert refused_by(lambda: application.documents.update(kind="other")) == "candidates_attached_is_final"


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
def test_settled_application_never_comes_back(scheme_version: SchemeVersion, officer: User, state: str) -> None:
    application = make.refused(scheme_version, officer) if state == "refused" else make.withdrawn(scheme_version)
    assert refused_by(change(application, state="submitted")) == "candidates_settled_is_final"


def test_second_open_application_of_person_is_refused(scheme_version: SchemeVersion) -> None:
    first = make.submitted(scheme_version)
    second = make.complete_draft(scheme_version)
    fields = {"state": "submitted", "person": make.person_of(first), "reference": "M-2", "submitted_at": timezone.now()}
    assert refused_by(change(second, **fields)) == "candidates_one_open_application"


def test_second_open_application_of_account_is_refused(scheme_version: SchemeVersion) -> None:
    first = make.draft(scheme_version)
    fields = {"scheme": first.scheme, "scheme_version": scheme_version, "account": make.account_of(first)}
    assert refused_by(lambda: Application.objects.create(**fields)) == "candidates_one_open_application_of_account"


def test_submitted_application_without_identity_is_refused(scheme_version: SchemeVersion) -> None:
    application = make.draft(scheme_version)
    fields = {"state": "submitted", "person": make.person(), "reference": "M-3", "submitted_at": timezone.now()}
    assert refused_by(change(application, **fields)) == "candidates_submitted_identity"


def test_concluded_without_acceptance_is_refused(scheme_version: SchemeVersion) -> None:
    application = make.submitted(scheme_version)
    assert refused_by(change(application, concluded_at=timezone.now())) == "candidates_concluded_was_accepted"


def test_declarations_texts_and_conflicts_are_append_only(scheme_version: SchemeVersion, officer: User) -> None:
    application = make.submitted(scheme_version)
    conflict = ConflictOfInterest.objects.create(
        person=make.person_of(application), user=officer, kind="trained", note="2025", declared_by=officer
    )
    assert refused_by(lambda: application.declarations.update(agreed=False)) == "candidates_declaration_append_only"
    assert (
        refused_by(lambda: application.declarations.all()._raw_delete("default"))
        == "candidates_declaration_append_only"
    )
    text = DeclarationText.objects.all()
    assert refused_by(lambda: text.update(text_az="x")) == "candidates_declarationtext_append_only"
    rows = ConflictOfInterest.objects.filter(pk=conflict.pk)
    assert refused_by(lambda: rows.update(note="x")) == "candidates_conflictofinterest_append_only"
    assert refused_by(rows.delete) == "candidates_conflictofinterest_append_only"
    assert connection.in_atomic_block
