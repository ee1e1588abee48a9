"""The dossier of a decision."""

import pytest

from exams.documents.dossier import INDEPENDENCE, decision_dossier_html, render_decision_dossier
from exams.documents.snapshots import DecisionDossierSnapshot
from tests.exams.documents.papers import PAPERS, made, said
from tests.exams.printed import absent, decision, decision_dossier, held, page_texts, words


@pytest.mark.parametrize(
    "printed",
    [
        "Qərar dosyesi",
        "Decision dossier",
        "Rəhimli Nigar, 05.10.2026, 11:40",
        "Eşitmə cihazı istifadə edir.",
        "✓ həll edilib / settled Aldatma şübhəsi üzrə iş / Case of suspected cheating Təsdiqini tapmayıb",
        "! açıqdır / open Təsdiqdən sonra düzəliş / Amendment after sign-off BQ.20, imtahan № 45. 21.11.2026, 11:00",
        "✓ ödənilib / met Tövsiyə məktubu / Recommendation letter 2 məktub, cəmi 140 saat xidmət",
        "Təhsil / Education diplom.pdf 03.10.2026",
        "P1: × 24/27 P2: ✓ 8/8 × Keçməyib Not passed",
        "P1: ✓ 27/27 P2: ✓ № 45 ✓ Keçib Passed",
        "İmtahan protokolu № 45 / Exam protocol",
        "İmtahan protokolu № 61 / Exam protocol",
        "Sertifikatlaşdırma barədə qərar / Decision on certification",
        *INDEPENDENCE,
        "☐ Sertifikat verilsin / Certification granted ☐ Sertifikatın verilməsindən imtina edilsin",
        "Qərarı qəbul edən: soyad, ad Decision-maker: surname, given name",
    ],
)
def test_dossier_prints(dossier: str, printed: str) -> None:
    assert printed in dossier


def test_decision_stands_on_a_page_of_its_own() -> None:
    last = page_texts(made(*PAPERS[2]))[-1]
    assert "Decision on certification" in last
    assert "Yoxlanılan Statement" not in last


def test_dossier_with_a_decision_prints_it() -> None:
    told = decision_dossier(exams=[], decision=decision(flag="Düzəliş təsdiq edilib: qərar yenidən baxılmalıdır."))
    last = page_texts(render_decision_dossier(told))[-1]
    assert "✓ Sertifikat verilsin / Certification granted ☐ Sertifikatın verilməsindən" in last
    assert "Qərarı qəbul edən / Decided by Nağıyev Orxan" in last
    assert "12 dekabr 2026 12 December 2026" in last
    assert "Last day for an appeal 22.12.2026" in last
    assert "Düzəliş təsdiq edilib: qərar yenidən baxılmalıdır." in last
    assert "Namizəd hər iki mərhələdən keçib; açıq məsələ qalmayıb." in last


def test_dossier_of_a_refusal_ticks_the_other_box() -> None:
    last = page_texts(render_decision_dossier(decision_dossier(exams=[], decision=decision(outcome="refused"))))[-1]
    assert "☐ Sertifikat verilsin / Certification granted ✓ Sertifikatın verilməsindən" in last


def test_dossier_with_nothing_in_it_says_so() -> None:
    application = {"reference": "A-2026-00099", "candidate": {"surname": "Əliyeva", "given_name": "Günay"}}
    told = decision_dossier(application=application, exams=[], questions=[])
    text = said(decision_dossier_html, DecisionDossierSnapshot, told)
    assert "Açıq məsələ yoxdur. / None." in text
    assert "Qeyd edilməyib. / None recorded." in text
    assert "Sənəd yoxdur. / None." in text
    assert "İmtahan keçirilməyib. / No exam was held." in text


def test_dossier_lists_an_exam_that_was_not_held() -> None:
    told = decision_dossier(exams=[held(exam=absent(46, "no_show", "Xəstə idi."))])
    text = words(render_decision_dossier(told))
    assert "Gəlməyib / Did not appear Səbəb / Reason: Xəstə idi. – – Gəlməyib Did not appear –" in text
    assert "İmtahan protokolu № 46" not in text
