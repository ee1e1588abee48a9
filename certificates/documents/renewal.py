"""The decision dossier of a renewal on evidence: what was asked, handed in, reviewed; and a page for the decision."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from certificates.documents.renewal_snapshots import LineSnapshot, RenewalDossierSnapshot
from core.pdf import html_to_pdf
from exams.documents.dossier import EMPTY_LINES, INDEPENDENCE, choices_of, decision_facts
from exams.documents.sections import RUNNING_NAME, Event, Fact, Result, identity_fact, joined, scheme_fact
from exams.documents.templating import fill
from exams.documents.wording import SIGNS, Words, cut, day_and_time, said, short_day

RENEWAL_DOSSIER = Words("Yenilənmə üzrə qərar dosyesi", "Decision dossier of a renewal")
PENDING = Words("Qərar gözlənilir", "Not decided yet")
LATE = Words(", müddət bitdikdən sonra (müqavilə, B10)", ", after it expired (contract B10)")
TEMPLATES = Path(__file__).parent / "templates"


def render_renewal_dossier(snapshot: Mapping[str, Any]) -> bytes:
    """Return the PDF of a renewal's dossier from its stored snapshot; the same snapshot gives the same bytes.

    Raises SnapshotError when the snapshot lacks a field or has one too many.
    """
    dossier = RenewalDossierSnapshot.from_json(snapshot)
    return html_to_pdf(
        renewal_dossier_html(dossier),
        title=f"{RENEWAL_DOSSIER.az} № {dossier.application.reference}",
        language="az",
        author=dossier.body.name_az,
        subject=f"{dossier.application.candidate.full}: {dossier.renewal.number}",
        created=dossier.made_at,
    )


def renewal_dossier_html(dossier: RenewalDossierSnapshot) -> str:
    """Return the dossier before it is laid out."""
    application = dossier.application
    return fill(
        "pdf/renewal_dossier.html",
        {
            "title": RENEWAL_DOSSIER,
            "number": application.reference,
            "body": dossier.body,
            "made_at": day_and_time(dossier.made_at),
            "candidate": application.candidate.full,
            "running_name": cut(application.candidate.full, RUNNING_NAME),
            "stamp": _stamp(dossier),
            "facts": tuple(_facts(dossier)),
            "evidence": dossier.renewal.evidence,
            "requirements": [(SIGNS[one.met], one) for one in application.requirements],
            "documents": [(short_day(one.received_on), one) for one in application.documents],
            "reviewed": [_event(line) for line in dossier.reviewed],
            "questions": [(day_and_time(one.since), one) for one in dossier.questions],
            "life": [_event(line) for line in dossier.life],
            "earlier": [_event(line) for line in dossier.earlier],
            "interests": dossier.interests,
            "independence": INDEPENDENCE,
            "choices": choices_of(dossier.decision),
            "decision": dossier.decision,
            "decision_facts": tuple(decision_facts(dossier.decision)),
            "empty_lines": EMPTY_LINES,
        },
        TEMPLATES,
    )


def _stamp(dossier: RenewalDossierSnapshot) -> Result:
    """Return the decision in a word; there is none yet in a dossier that is printed to decide from."""
    words = said(dossier.decision.outcome) if dossier.decision else PENDING
    return Result(sign="", words=words, sentences=Words(""))


def _facts(dossier: RenewalDossierSnapshot) -> Iterable[Fact]:
    """Give what is asked for, by whom, and who took it in."""
    application, renewal = dossier.application, dossier.renewal
    applied, late = day_and_time(renewal.applied_at), LATE if renewal.is_late else Words("", "")
    accepted = joined(application.accepted_by, day_and_time(application.accepted_at))
    yield scheme_fact(dossier.scheme)
    yield Fact(Words("Müraciət", "Application"), Words(application.reference))
    yield Fact(Words("Yenilənən sertifikat", "Certificate to be renewed"), Words(renewal.number))
    yield Fact(Words("Vəziyyəti", "Its state"), Words(renewal.state_az, renewal.state_en))
    validity = f"{short_day(renewal.valid_from)} – {short_day(renewal.valid_until)}"
    yield Fact(Words("Etibarlıdır", "Valid"), Words(validity))
    yield Fact(Words("Yenilənmə nə tələb edir", "What the renewal takes"), Words(renewal.needs_az, renewal.needs_en))
    yield Fact(Words("Müraciət edilib", "Applied for"), Words(applied + late.az, applied + late.en if late.en else ""))
    yield identity_fact(application.candidate)
    yield Fact(Words("Müraciəti qəbul edən", "Application accepted by"), Words(accepted or "–"), wide=True)
    if renewal.scopes:
        scopes = Words(
            ", ".join(one.name_az for one in renewal.scopes), ", ".join(one.name_en for one in renewal.scopes)
        )
        yield Fact(Words("Əhatə dairəsi", "Scope"), scopes, wide=True)
    if application.special_needs:
        yield Fact(Words("Xüsusi ehtiyaclar", "Special needs"), Words(application.special_needs), wide=True)


def _event(line: LineSnapshot) -> Event:
    details = Words(line.details_az, line.details_en if line.details_en != line.details_az else "")
    return Event(
        when=short_day(line.on),
        what=Words(line.what_az, line.what_en),
        stage="",
        texts=(details,) if details.az else (),
        recorded=line.by,
    )
