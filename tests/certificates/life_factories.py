"""What tests of a certificate's life share: days, verbs with ready reasons, a version with scopes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta

import time_machine
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import User
from certificates.models import Certificate, CertificateEvent
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import (
    reduce_scope,
    reinstate_certificate,
    revoke_certificate,
    supersede_certificate,
    suspend_certificate,
    withdraw_plan,
)
from core.errors import RuleViolation
from core.integrity import constraint_name
from schemes.models import SchemeVersion, Scope
from tests.certificates.factories import because
from tests.certificates.renewal_factories import agreed_contract, decided, standing

SCOPES = ("fərdi", "qrup", "onlayn")


def in_days(days: int) -> date:
    """Return the day that many days from today."""
    return timezone.localdate() + timedelta(days=days)


def noon(day: date) -> time_machine.travel:
    """Travel to noon of a day."""
    return time_machine.travel(timezone.make_aware(datetime.combine(day, time(12))), tick=False)


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is done inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def with_scopes(version: SchemeVersion, codes: tuple[str, ...] = SCOPES) -> SchemeVersion:
    """Return the version, which no exam has used yet, with scopes."""
    for order, code in enumerate(codes, start=1):
        Scope.objects.create(version=version, code=code, order=order, name_az=f"Sahə {code}", name_en=f"Scope {code}")
    return version


def suspend(certificate: Certificate, officer: User, ahead: int = 0, review: int = 30) -> CertificateEvent:
    """Suspend, from a day that many days ahead, to be reviewed that many days later."""
    return suspend_certificate(
        certificate,
        because("Şikayət araşdırılır."),
        actor=officer,
        review_on=in_days(ahead + review),
        effective_on=in_days(ahead),
    )


def reinstate(certificate: Certificate, officer: User) -> CertificateEvent:
    """Reinstate."""
    return reinstate_certificate(certificate, because("Araşdırıldı, səbəb qalmadı."), actor=officer)


def revoke(certificate: Certificate, officer: User, ahead: int = 0) -> CertificateEvent:
    """Revoke, from a day that many days ahead."""
    return revoke_certificate(
        certificate, because("Sui-istifadə sübut olundu."), actor=officer, effective_on=in_days(ahead)
    )


def reduce(certificate: Certificate, officer: User) -> CertificateEvent:
    """Take one scope away."""
    return reduce_scope(certificate, because("Bir sahə qalmadı."), actor=officer, scopes=certificate.scopes[:-1])


def supersede(certificate: Certificate, officer: User, ahead: int = 0) -> CertificateEvent:
    """Have a renewal take its place, from a day that many days ahead."""
    return supersede_certificate(certificate, actor=officer, effective_on=in_days(ahead))


def renewed(certificate: Certificate, officer: User) -> Certificate:
    """Issue its renewal, whatever the day: it begins on the day after the last one."""
    return issue_certificate(agreed_contract(decided(standing(certificate))), actor=officer)


def withdraw(certificate: Certificate, officer: User) -> CertificateEvent:
    """Take back what is planned."""
    return withdraw_plan(certificate, actor=officer, reason="Yeni sübutlar təqdim edildi.")


def outcome(call: Callable[[], object]) -> str:
    """Return the code of the refusal; "" when there is none."""
    try:
        call()
    except RuleViolation as violation:
        return violation.code
    return ""


def refusal(sql: str, *values: date | datetime) -> str:
    """Return the constraint by which the database refuses a statement."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(sql, values)
    except IntegrityError as error:
        return str(constraint_name(error))
    raise AssertionError(f"the database took: {sql}")
