"""Sessions with several candidates, and batches that are run as a worker would."""

from datetime import timedelta

from django.utils import timezone
from django.utils.module_loading import import_string

from accounts.models import User
from accounts.states import Role
from certificates.models import Contract
from certificates.services.contracts import accept_contract, load_contract_templates
from certificates.services.decisions import decide
from certificates.services.exports import start_export
from certificates.states import Outcome
from core import batches
from core.exports import Format
from core.models import Batch
from exams.models import Attempt, ExamSession
from exams.states import AttemptState
from schemes.models import SchemeVersion
from tests.certificates import factories
from tests.factories import UserFactory


def exam_session(version: SchemeVersion) -> ExamSession:
    """Return a session held two days ago."""
    return ExamSession.objects.create(
        scheme_version=version,
        starts_at=timezone.now() - timedelta(days=2),
        place="Bakı, otaq 3",
        capacity=10,
        created_by=UserFactory.create(roles=[Role.OFFICER]),
    )


def attempt_in(session: ExamSession, **identity: object) -> Attempt:
    """Return a passed and released exam in the session."""
    case = factories.application(session.scheme_version, **identity)  # type: ignore[arg-type]
    assert case.person is not None
    return Attempt.objects.create(
        session=session,
        application=case,
        person=case.person,
        starts_at=session.starts_at,
        state=AttemptState.RELEASED,
        identity_checked_at=session.starts_at,
        identity_checked_by=session.created_by,
        identity_document="identity_card",
        passed=True,
        released_at=timezone.now(),
    )


def offered_in(session: ExamSession, decider: User, **identity: object) -> Contract:
    """Return an offered contract of a candidate of the session."""
    load_contract_templates()
    exam = attempt_in(session, **identity)
    return decide(exam, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün meyarlar ödənilib.").contract


def concluded_in(session: ExamSession, decider: User, **identity: object) -> Contract:
    """Return a concluded contract of a candidate of the session."""
    contract = offered_in(session, decider, **identity)
    return accept_contract(contract, actor=factories.account(contract), request_address="203.0.113.7")


def table_of_certificates(officer: User) -> Batch:
    """Return a batch that is to make a table of all certificates."""
    page = {"view": "certificates.views.certificates.CertificateListView", "arguments": {}}
    return start_export(actor=officer, name="Sertifikatlar", kind=Format.CSV, filters="", rows=1, page=page)


def worked(batch: Batch, **options: float) -> Batch:
    """Run a batch as a worker would, and return it as it stands then."""
    batches.run(str(batch.pk), import_string, **options)
    batch.refresh_from_db()
    return batch


def outcomes(batch: Batch) -> list[tuple[str, str]]:
    """Return state and message of each item."""
    return [(item.state, item.message_words) for item in batch.items.order_by("id")]
