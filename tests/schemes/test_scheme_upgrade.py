"""A database that was filled before a version could say more: what is frozen there stays, and loads again."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from audit.models import AuditEntry
from schemes.models import SchemeVersion
from schemes.schemefile import ADDED_KEYS, parse_scheme
from schemes.services import load_scheme, load_shipped_schemes
from schemes.states import LoadOutcome
from tests.schemes.factories import COACH_FILE, freeze

FORMER_SHA256 = "729d246fe2ae0e54626be4a74301474a836989809e12cdac154cf677197b5ab8"
"""What `content_sha256` has been for coach-6 wherever it was loaded before the added keys existed."""

ADDED_COLUMNS = {key: value for key, value in ADDED_KEYS.items() if key != "scopes"}
"""The added keys that the shipped file names; it has no scopes."""


def former_version() -> SchemeVersion:
    """Return coach-6 version 1, loaded from the file as it was before the added keys, and frozen by an exam."""
    lines = COACH_FILE.read_text(encoding="utf-8").splitlines(keepends=True)
    former = "".join(line for line in lines if not line.startswith(tuple(ADDED_KEYS)))
    version = load_scheme(parse_scheme(former, COACH_FILE.name)).version
    assert (len(lines) - former.count("\n"), version.content_sha256) == (len(ADDED_COLUMNS), FORMER_SHA256)
    return freeze(version)


def row(version: SchemeVersion) -> dict[str, object]:
    """Return every column of a version as the database has it."""
    return dict(SchemeVersion.objects.filter(pk=version.pk).values().get())


@pytest.mark.django_db
def test_shipped_scheme_loads_again_over_a_frozen_version_of_the_former_file() -> None:
    version = former_version()
    before, entries = row(version), AuditEntry.objects.count()
    again = load_shipped_schemes()
    assert [(one.version, one.outcome) for one in again] == [(version, LoadOutcome.UNCHANGED)]
    assert (row(version), SchemeVersion.objects.count(), AuditEntry.objects.count()) == (before, 1, entries)


@pytest.mark.django_db
def test_former_file_loads_again_over_a_frozen_version_of_the_shipped_one() -> None:
    version = freeze(load_shipped_schemes()[0].version)
    assert former_version() == version
    assert SchemeVersion.objects.count() == 1


@pytest.mark.django_db
def test_migration_gives_frozen_versions_the_defaults_and_changes_nothing_else() -> None:
    version = former_version()
    before = row(version)
    # Only the columns of this one migration go and come back: those of other apps that build on it stay.
    loader = MigrationLoader(connection)
    state = loader.project_state(("schemes", "0002_triggers"))
    migration = import_module("schemes.migrations.0003_retake_rules").Migration("0003_retake_rules", "schemes")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor() as editor:
        migration.unapply(state.clone(), editor)
    with connection.schema_editor() as editor:
        migration.apply(state.clone(), editor)
    assert row(version) == before | ADDED_COLUMNS
    assert [one.outcome for one in load_shipped_schemes()] == [LoadOutcome.UNCHANGED]
