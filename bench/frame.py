"""Who and what a population refers to, and how many there are."""

from datetime import date

from django.db import connection
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.states import Role
from bench.population import Frame
from certificates.documents.snapshots import CertificateSnapshot, PersonName
from certificates.models import ContractTemplate
from certificates.services.snapshots import body_snapshot, scheme_snapshot
from exams.models import ExamSession
from schemes.models import SchemeVersion

_DAY = date(2026, 1, 1)


def frame() -> Frame:
    """Make the two people who work here, and return what all rows refer to; the reference data has to be loaded."""
    version = SchemeVersion.objects.select_related("scheme").order_by("scheme", "-version")[0]
    printed = CertificateSnapshot(
        number="<number>",
        copy_number=1,
        verification_code="<code>",
        verification_url="https://example.az/v/<code>/",
        holder=PersonName(surname="<surname>", given_name="<given_name>", patronymic="<patronymic>"),
        scheme=scheme_snapshot(version.scheme),
        decided_on=_DAY,
        issued_on=_DAY,
        valid_from=_DAY,
        valid_until=_DAY,
        body=body_snapshot(),
    ).to_json()
    days = dict.fromkeys(("decided_on", "issued_on", "valid_from"), "<from>")
    officer = _staff("officer@example.az", Role.OFFICER)
    session = ExamSession.objects.create(
        scheme_version=version, starts_at=timezone.now(), place="Bakı", capacity=10, created_by=officer
    )
    return Frame(
        officer=officer.pk,
        session=session.pk,
        decider=_staff("decider@example.az", Role.DECIDER).pk,
        scheme=version.scheme_id,
        version=version.pk,
        template=ContractTemplate.objects.order_by("-version")[0].pk,
        printed={**printed, **days, "valid_until": "<until>"},
        today=timezone.localdate(),
    )


def _staff(email: str, role: Role) -> User:
    user = User.objects.create_user(email=email, surname="Məmmədova", given_name="Aysel", language="az")
    RoleAssignment.objects.create(user=user, role=role, granted_by=user)
    return user


def rows_of(table: str) -> int:
    """Return how many rows a table has."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 -- a table of our own
        return int(cursor.fetchone()[0])
