"""The tables of a population: what is written of each, and how they are made bare for the loading."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

COLUMNS = {
    "candidates_person": (
        "id surname given_name patronymic date_of_birth identity_series identity_number fin address telephone email "
        "language created_at"
    ),
    "candidates_application": (
        "id surname given_name patronymic date_of_birth identity_series identity_number fin address telephone email "
        "language reference state special_needs state_reason returned_sections submissions created_at submitted_at "
        "settled_at concluded_at entered_by_id scheme_id scheme_version_id person_id is_renewal needs_exam"
    ),
    "exams_attempt": (
        "id starts_at state state_reason identity_checked_at identity_checked_by_id identity_document overtime_reason "
        "passed released_at created_at application_id person_id session_id"
    ),
    "certificates_decision": (
        "id outcome reasons decided_at appeal_until decided_by_id person_id application_id attempt_id"
    ),
    "core_renderedfile": (
        "id kind snapshot download_name file sha256 size requested_at rendered_at attempts last_error"
    ),
    "certificates_contract": (
        "id number snapshot state offered_at due_on concluded_at concluded_how request_address signed_on "
        "concluded_by_id document_id draft_document_id person_id template_id decision_id"
    ),
    "certificates_certificate": (
        "id number state state_changed_at valid_from valid_until issued_at issued_by_id person_id scheme_version_id "
        "contract_id decision_id next_state scopes"
    ),
    "certificates_certificatecopy": (
        "id number code reason snapshot made_at superseded_at certificate_id document_id made_by_id"
    ),
    "certificates_certificateevent": (
        "id kind ground reason public_reason is_published effective_on review_on scopes recorded_at certificate_id "
        "recorded_by_id"
    ),
    "certificates_suspension": (
        "id reason started_at review_on ended_at certificate_id ended_by_id imposed_by_id event_id"
    ),
    "certificates_surveillance": (
        "id kind due_on cause state created_at held_on report result settled_at certificate_id settled_by_id"
    ),
    "certificates_duty": (
        "id key kind owed_by about details start_on unit due_on shown_to_holder state met_on proof settled_at "
        "created_at certificate_id person_id"
    ),
    "certificates_registerentry": (
        "id name sort_key certificate_id scheme_id number valid_from valid_until state next_state"
    ),
    "certificates_registerword": "word sort_key entry_id",
}

_CONSTRAINTS = """
SELECT rel.relname, con.conname, pg_get_constraintdef(con.oid) FROM pg_constraint con
JOIN pg_class rel ON rel.oid = con.conrelid
WHERE rel.relname = ANY(%s) AND con.contype IN ('f', 'u', 'p', 'x') ORDER BY con.contype = 'f', con.contype = 'u'
"""
_INDEXES = """
SELECT indexdef, indexname FROM pg_indexes
WHERE tablename = ANY(%s) AND schemaname = current_schema()
"""
_REFERRING = """
SELECT rel.relname, con.conname, pg_get_constraintdef(con.oid) FROM pg_constraint con
JOIN pg_class rel ON rel.oid = con.conrelid JOIN pg_class target ON target.oid = con.confrelid
WHERE target.relname = ANY(%s) AND NOT rel.relname = ANY(%s) AND con.contype = 'f'
"""


@contextmanager
def bare_tables(say: Callable[[str], None]) -> Iterator[None]:
    """Take keys, indexes and triggers off the tables for the loading, and put every one of them on again."""
    tables = list(COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SET synchronous_commit = off")
        cursor.execute(_REFERRING, [tables, tables])
        constraints = cursor.fetchall()
        cursor.execute(_CONSTRAINTS, [tables])
        constraints = [*cursor.fetchall(), *constraints]
        for table, name, _definition in reversed(constraints):
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(_INDEXES, [tables])
        indexes = cursor.fetchall()
        for _definition, name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for definition, _name in indexes:
            cursor.execute(definition)
        say("indexes are back")
        for table, name, definition in constraints:
            cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
