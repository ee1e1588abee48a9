"""E-mails about cases of misuse and surveillance (contract B4), in the language the person chose."""

from datetime import date

from django.urls import reverse

from audit.models import AuditEntry
from certificates.models import MisuseCase, Surveillance
from certificates.queries.cases import extra_assessment
from certificates.services.notices import tell
from certificates.states import MisuseOutcome, SurveillanceResult


def tell_of_hearing(case: MisuseCase) -> None:
    """Tell what is held against the holder, and ask for an answer by a day."""
    context = {"case": case, "certificate": case.certificate}
    tell("misuse_hearing", case.certificate.person, case, context, page=_case_page(case))


def tell_of_answer(case: MisuseCase, *, answered_on: date) -> None:
    """Tell that the answer has come in, and what follows."""
    context = {"certificate": case.certificate, "answered_on": answered_on}
    tell("misuse_answered", case.certificate.person, case, context, page=_case_page(case))


def tell_of_late_answer(case: MisuseCase, *, answered_on: date, answer_by: date) -> None:
    """Tell that the answer came after its day: it is with the case, and may not be considered."""
    context = {"certificate": case.certificate, "answered_on": answered_on, "answer_by": answer_by}
    tell("misuse_answer_late", case.certificate.person, case, context, page=_case_page(case))


def tell_of_settled_case(case: MisuseCase) -> None:
    """Tell the outcome and its reasons; of a suspension or revocation a message of its own says what to do."""
    outcome = MisuseOutcome(case.outcome)
    context = {
        "case": case,
        "certificate": case.certificate,
        "is_measure": outcome in {MisuseOutcome.SUSPENSION, MisuseOutcome.REVOCATION},
    }
    tell("misuse_settled", case.certificate.person, case, context, page=_case_page(case))


def tell_of_ordered_assessment(case: MisuseCase) -> None:
    """Tell the outcome "extra assessment" with its reasons: what to do, and by when (contract H10)."""
    context = {"case": case, "certificate": case.certificate, "assessment": extra_assessment(case)}
    tell("misuse_assessment", case.certificate.person, case, context, page=_case_page(case))


def tell_of_announced_surveillance(surveillance: Surveillance) -> None:
    """Tell ahead of the day that a surveillance is due, and what to have ready."""
    _tell("surveillance_announced", surveillance)


def tell_of_moved_surveillance(surveillance: Surveillance, entry: AuditEntry, *, reason: str) -> None:
    """Tell the new day of an announced surveillance and why it was moved; once for each time."""
    context = {"surveillance": surveillance, "certificate": surveillance.certificate, "reason": reason}
    tell("surveillance_moved", surveillance.certificate.person, entry, context, page=_page(surveillance))


def tell_of_cancelled_surveillance(surveillance: Surveillance, *, reason: str) -> None:
    """Tell that an announced surveillance is not held, and why."""
    context = {"surveillance": surveillance, "certificate": surveillance.certificate, "reason": reason}
    tell("surveillance_cancelled", surveillance.certificate.person, surveillance, context, page=_page(surveillance))


def tell_of_held_surveillance(surveillance: Surveillance) -> None:
    """Tell the result of a surveillance, what was found, and what follows."""
    _tell("surveillance_held", surveillance)


def _tell(kind: str, surveillance: Surveillance) -> None:
    is_measure = surveillance.result in {SurveillanceResult.SUSPENSION, SurveillanceResult.REVOCATION}
    context = {
        "surveillance": surveillance,
        "certificate": surveillance.certificate,
        "is_measure": is_measure,
        "follow_up": Surveillance.objects.filter(follows=surveillance).first(),
    }
    tell(kind, surveillance.certificate.person, surveillance, context, page=_page(surveillance))


def _case_page(case: MisuseCase) -> str:
    return reverse("certificates:misuse", args=[case.pk])


def _page(surveillance: Surveillance) -> str:
    return reverse("certificates:surveillance", args=[surveillance.pk])
