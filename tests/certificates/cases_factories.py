"""Cases that the body opens, at each step."""

from datetime import date, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from accounts.states import Role
from certificates.models import Certificate, MisuseCase, Surveillance
from certificates.services.misuse import Settlement, answer_hearing, open_case, open_hearing
from certificates.services.surveillance import Finding, announce_surveillance, open_extraordinary
from certificates.states import MisuseOutcome, MisuseRule, SurveillanceResult
from tests.certificates.factories import PDF, account
from tests.factories import UserFactory

FACTS = "Ləğv edilmiş sertifikat saytda göstərilir; şikayətçi Rəna Quliyeva."
CHARGE = "Sertifikatı etibarlı olmadığı halda saytınızda göstərirsiniz."
REASONS = "Saytın şəkli və cavabınız pozuntunu təsdiq edir."
REPORT = "İş nümunələri yoxlanıldı, sxemin tələblərinə uyğundur."


def in_days(days: int) -> date:
    """Return the day so many days from today."""
    return timezone.localdate() + timedelta(days=days)


def paper(name: str = "sübut.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """Return a file, one that can be kept unless its content is said to be another."""
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def misuse(certificate: Certificate, rule: MisuseRule = MisuseRule.H3, *, officer: User | None = None) -> MisuseCase:
    """Return a case that is open; the facts of a second one about the same certificate are others."""
    officer = officer or UserFactory.create(roles=[Role.OFFICER])
    known = certificate.misuse_cases.count()
    return open_case(certificate, rule=rule, facts=f"{FACTS} ({known + 1})" if known else FACTS, actor=officer)


def heard(certificate: Certificate, rule: MisuseRule = MisuseRule.H3, **words: Any) -> MisuseCase:
    """Return a case whose holder is asked."""
    case = misuse(certificate, rule)
    return open_hearing(case, charge=CHARGE, actor=case.opened_by, **words)


def answered(certificate: Certificate, rule: MisuseRule = MisuseRule.H3) -> MisuseCase:
    """Return a case whose holder has answered."""
    return answer_hearing(heard(certificate, rule), answer="Səhvən qalıb, silmişəm.", actor=account(certificate))


def settlement(outcome: MisuseOutcome, **words: Any) -> Settlement:
    """Return how a case ends, with all that any outcome needs."""
    needed = {"details": "Peşə etikası üzrə müsahibə", "due_on": in_days(30), "review_on": in_days(60)}
    return Settlement(**{"outcome": outcome, "reasons": REASONS, **needed, **words})


def planned(certificate: Certificate) -> Surveillance:
    """Return the first surveillance that the issue planned."""
    return certificate.surveillances.order_by("due_on")[0]


def announced(certificate: Certificate) -> Surveillance:
    """Return it with its holder told."""
    return announce_surveillance(planned(certificate))


def extraordinary(certificate: Certificate, *, officer: User | None = None) -> Surveillance:
    """Return one without notice."""
    officer = officer or UserFactory.create(roles=[Role.OFFICER])
    return open_extraordinary(certificate, cause="Müştərinin rəsmi şikayəti", due_on=in_days(20), actor=officer)


def finding(result: SurveillanceResult, **words: Any) -> Finding:
    """Return what a surveillance found, with all that any result needs."""
    needed = {"held_on": in_days(0), "report": REPORT, "review_on": in_days(60), "follow_up_on": in_days(40)}
    return Finding(**{"result": result, **needed, **words})
