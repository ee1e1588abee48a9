"""The protocol of a session."""

import pytest

from exams.documents.protocol import render_session_protocol, session_protocol_html
from exams.documents.snapshots import SessionProtocolSnapshot
from tests.exams.documents.papers import FOOT, said
from tests.exams.printed import absent, outline, page_texts, session_protocol


@pytest.mark.parametrize(
    "printed",
    [
        "İmtahan sessiyasının protokolu",
        "Protocol of the exam session",
        "Sessiyanın vəziyyəti / State of the session Bağlanıb Closed",
        (
            "5 (keçib: 1, keçməyib: 1, gəlməyib: 1, dayandırılıb: 1, ləğv edilib: 1) "
            "passed: 1, not passed: 1, did not appear: 1, stopped: 1, cancelled: 1"
        ),
        "Yerlərin sayı / Places 8",
        "1 10:00 Vəliyev Tural Kamil oğlu A-2026-00045 Nəticə elan edilib Result released ✓ 27/27 ✓ 8/8 ✓ Keçib Passed",
        "2 10:00 Əliyeva Günay İsmayıl qızı A-2026-00045 Nəticə elan edilib Result released × 24/27 ✓ 8/8 × Keçməyib",
        "3 11:00 Bağırov Elçin Yaşar oğlu A-2026-00046 Gəlməyib Did not appear – – – Gəlməyib Did not appear –",
        "Səbəb / Reason: Səbəb bildirmədən gəlmədi.",
        "4 12:00 Şıxəliyev Cavid Ömər oğlu A-2026-00045 Dayandırılıb Stopped – 24/27 – – Dayandırılıb Stopped",
        "Səbəb / Reason: Namizədin xahişi ilə başqa günə keçirildi.",
        "2. Əliyeva Günay İsmayıl qızı 10:20:04 P1 · Aldatma şübhəsi Suspected cheating",
        "4. Şıxəliyev Cavid Ömər oğlu 12:21:04 P1 · İmtahanın dayandırılması Exam stopped Təcili yardım",
    ],
)
def test_session_protocol_prints(session_pages: list[str], printed: str) -> None:
    assert any(printed in text for text in session_pages)


def test_table_of_a_session_leads_to_the_page_of_each_exam_that_was_held(session_pages: list[str]) -> None:
    pages = session_pages
    sections = {
        number: 1 + next(place for place, text in enumerate(pages) if f"İmtahan protokolu № {number} / Exam" in text)
        for number in (44, 45, 47)
    }
    assert [text for text in pages if "İmtahan protokolu № 46" in text or "İmtahan protokolu № 48" in text] == []
    assert f"✓ Keçib Passed {sections[44]} 2" in pages[0]
    assert f"× Keçməyib Not passed {sections[45]} 3" in pages[0]
    assert f"– Dayandırılıb Stopped {sections[47]} Səbəb" in pages[0]


def test_session_protocol_has_an_outline_of_its_candidates(session_pdf: bytes) -> None:
    assert [title for title in outline(session_pdf) if "№" in title] == [
        "İmtahan protokolu № 44 / Exam protocol",
        "İmtahan protokolu № 45 / Exam protocol",
        "İmtahan protokolu № 47 / Exam protocol",
    ]


def test_pages_of_a_session_name_the_candidate_they_are_about(session_pages: list[str]) -> None:
    pages = session_pages
    head = "İmtahan sessiyasının protokolu № 31"
    assert f"{head} {FOOT} 2 / {len(pages)}" in pages[1]
    assert f"{head} Şıxəliyev Cavid Ömər oğlu · İmtahan protokolu № 47 {FOOT}" in pages[-1]


def test_session_without_candidates_says_so() -> None:
    session = {**session_protocol()["session"], "state": "cancelled", "state_reason": "Heyətin üzvü xəstələndi."}
    text = said(session_protocol_html, SessionProtocolSnapshot, session_protocol(exams=[], session=session))
    assert "Namizəd yoxdur. / No candidates." in text
    assert "Səbəb / Reason Heyətin üzvü xəstələndi." in text
    assert "Qeydə alınmayıb. / None recorded." in text


def test_session_of_forty_candidates_keeps_the_header_of_its_table() -> None:
    exams = [absent(number, "no_show", "") for number in range(100, 140)]
    pages = page_texts(render_session_protocol(session_protocol(exams=exams)))
    assert len(pages) >= 3
    assert all("Namizəd Candidate Vəziyyət State" in text for text in pages if "Bağırov Elçin" in text)
