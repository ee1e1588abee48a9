"""The papers of an exam: what they say, how they look, and that nothing of a snapshot is lost on the way."""

import json
import re
import subprocess
import sys
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from core.snapshots import SnapshotError
from exams.documents.dossier import INDEPENDENCE, decision_dossier_html, render_decision_dossier
from exams.documents.protocol import (
    exam_protocol_html,
    render_exam_protocol,
    render_session_protocol,
    session_protocol_html,
)
from exams.documents.snapshots import DecisionDossierSnapshot, ExamProtocolSnapshot, SessionProtocolSnapshot
from tests.exams.printed import (
    BODY,
    LONG,
    NAMES,
    SCHEME,
    absent,
    at,
    decision,
    decision_dossier,
    disputed,
    embedded_fonts,
    exam,
    exam_protocol,
    first_stage,
    held,
    outline,
    page_texts,
    read,
    seats,
    second_stage,
    session_protocol,
    sheet,
    steps,
    stopped,
    verdict,
    words,
)

A4_PORTRAIT = (595.28, 841.89)
HOSTILE = '<script>alert(1)</script><img src="http://192.0.2.1/x">&amp;{{ body.site }}'
HEADINGS = re.compile(
    r"^(Heyət|İmzalar|Nəticənin izahı|Hadisələr və|Qiymətlərin saxlanılması|Mərhələ üzrə|Təsdiqdən sonrakı|P\d\. "
    r"|İmtahan № 45|Heyətin üzvü|Mark$|Coaching process|\d+ min \d+ s)"
)
"""Lines that lead to something: headings, the facts of a stage above its table, the head of a table."""
HEAD = "İmtahan protokolu № 45 Əliyeva Günay İsmayıl qızı"
FOOT = f"{BODY['name_az']} · {BODY['site']} səhifə"
PAPERS = [
    (render_exam_protocol, exam_protocol),
    (render_session_protocol, session_protocol),
    (render_decision_dossier, decision_dossier),
]


@cache
def made(render: Any, snapshot: Any) -> bytes:
    """A paper of the plain snapshot, rendered once for every test that only reads it."""
    pdf: bytes = render(snapshot())
    return pdf


_BLOCKS = re.compile(
    r"</?(?:p|div|section|h\d|table|thead|tbody|tr|td|th|li|ul|ol|dl|dt|dd|br|caption|header|footer)\b[^>]*>"
)
_HIDDEN = re.compile(r"<(style|head)\b.*?</\1>", re.DOTALL)


def said(fill: Any, kind: Any, snapshot: dict[str, Any]) -> str:
    """What a paper says, read before it is laid out: most rules of what it says need no pages."""
    page = _BLOCKS.sub(" ", _HIDDEN.sub("", fill(kind.from_json(snapshot))))
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def protocol_of(told: dict[str, Any]) -> dict[str, Any]:
    """The protocol of an exam as it was held."""
    return {**exam_protocol(), "held": told}


@pytest.fixture(scope="module")
def calm() -> str:
    """The protocol of a passed exam before one assessor."""
    return words(made(*PAPERS[0]))


@pytest.fixture(scope="module")
def eventful_pdf() -> bytes:
    """The protocol of a failed exam before three assessors."""
    return render_exam_protocol(protocol_of(disputed()))


@pytest.fixture(scope="module")
def eventful(eventful_pdf: bytes) -> str:
    """Its words."""
    return words(eventful_pdf)


@pytest.fixture(scope="module")
def session_pdf() -> bytes:
    """The protocol of a session."""
    return made(*PAPERS[1])


@pytest.fixture(scope="module")
def session_pages(session_pdf: bytes) -> list[str]:
    """The text of its pages."""
    return page_texts(session_pdf)


@pytest.fixture(scope="module")
def dossier() -> str:
    """The dossier of a candidate on whom nobody has decided."""
    return words(made(*PAPERS[2]))


# --- One exam ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "printed",
    [
        "Azerbaijan Quantum and Coaching Cooperation MMC",
        "Azerbaijan Quantum and Coaching Cooperation LLC",
        "Tərtib edilib / Made on: 21.11.2026, 12:30",
        "İmtahan protokolu",
        "Exam protocol",
        "Əliyeva Günay İsmayıl qızı 20 noyabr 2026 / 20 November 2026",
        "✓ Keçib Passed",
        "Bütün mərhələlər keçilib. Every stage is passed.",
        "Kouç (Səviyyə 6) (coach-6, versiya 2) Coach (Level 6), version 2",
        "Müraciət / Application A-2026-00045",
        "Şəxsiyyət vəsiqəsi. Yoxlayan: Quliyev Rəşad, 20.11.2026, 09:52",
        "Identity card, checked by Quliyev Rəşad, 20.11.2026, 09:52",
        "5XK2M9P · 14.03.1989",
        "402-ci otaq",
        "№ 31",
        "44 dəq 00 san 44 min 00 s",
        "Q1 Quliyev Rəşad Aparıcı qiymətləndirici / Lead assessor",
        "27 addımdan 27-si yerinə yetirilib; ən azı 22-si tələb olunur (80 %).",
        "27 of 27 steps are met; at least 22 are needed (80 %). Every critical step is met.",
        "Qeydə alınmayıb. / None recorded.",
        "Ssenari / Scenario S-07",
        "Rol oynayan müştəri Role-played client",
        "10:00:04 – 10:28:16",
        "28 dəq 12 san; ən azı 25 dəq 28 min 12 s; at least 25 min",
        (
            "BQ.4 Görüş boyu öz bədən dilini və səsini yerində işlədir. Uses own body language and voice properly "
            "throughout the session. ✓ yetirilib 1′"
        ),
        "BQ.6 * Müştərinin gündəminə uyğun açıq suallar verir.",
        "27/27 20.11.2026, 10:50 7KQF-92M5",
        "8/8 20.11.2026, 10:50 7KQF-92M5",
        "İmtahan № 45, Əliyeva Günay İsmayıl qızı: ✓ Keçib.",
        "Quliyev Rəşad Aparıcı qiymətləndirici / Lead assessor",
    ],
)
def test_protocol_of_one_assessor_prints(calm: str, printed: str) -> None:
    assert printed in calm


def test_protocol_of_one_assessor_has_no_column_of_their_own(calm: str) -> None:
    assert "Qiymət Mark" in calm
    assert "Heyət Panel" not in calm


@pytest.mark.parametrize(
    "printed",
    [
        "× Keçməyib Not passed",
        "Hər mərhələ ayrıca keçilməlidir. Keçilməyən: P1. Each stage has to be passed on its own. Not passed: P1.",
        "Yerinə yetirilməyən həlledici addımlar: BQ.7, BQ.9, BQ.20;",
        "× BQ.7 * Müştərini düşündürən və fərqindəliyini artıran yaradıcı suallar verir. Asks creative questions",
        "Qiymətlər möhürlənənədək gizli idi Hidden until the marks were sealed",
        "– Rzayeva Ülkər Müşahidəçi / Observer",
        "10:09:04 – 10:11:34 P1 · Fasilə Interruption 2 dəq 30 san 2 min 30 s Yanğın siqnalı",
        "10:20:04 P1 · Aldatma şübhəsi Suspected cheating Masada yazılı vərəq görünürdü. Məmmədova Şəhla, 10:21:04",
        "İmtahan vaxtı aşılıb Exam over time 48 dəq 10 san; ən çoxu 45 dəq",
        "Səbəb: Fasilədən sonra video yazı yenidən quruldu.",
        (
            "Təsdiqini tapmayıb Not confirmed Masada yazılı vərəq görünürdü. Nəticə: Vərəq imtahan mərkəzinin öz "
            "blankı idi. (Nağıyev Orxan, 21.11.2026, 19:20)"
        ),
        "Fasilələr / Interruptions 10:09:04–10:11:34",
        "Heyət Panel Q1 Q2 Q3",
        "Q1 · 11′ · rəy, namizəd üçün / comment, for the candidate Sualların çoxu qapalı idi",
        "Q1 · 14′ · rəy, daxili / comment, internal Səs aydın deyildi",
        "Q2 · həlledici addım üzrə izah / note on a critical step Yaradıcı sual verilmədi",
        "× yetirilməyib ✓ ≠ 6′ × 6′ × 6′",
        (
            "Heyət (Quliyev Rəşad, 20.11.2026, 10:58) · fərq həll edilib: × yetirilməyib / difference settled: not met "
            "Video yazıya birlikdə baxıldı"
        ),
        "✓ yetirilib ✓ 18′ ✓ 18′ × ≠ 18′",
        "düzəliş ✓ → ×, təsdiq edilib / amendment, approved; see below",
        (
            "Mərhələ üzrə ümumi rəylər / Comments on the stage as a whole Q1 · rəy, namizəd üçün / comment, for the "
            "candidate Görüş ümumilikdə sakit və hörmətli keçdi."
        ),
        "Q3 · Hüseynzadə Cəmil Möhürlənib / Sealed 27/27 20.11.2026, 10:50 7KQF-92M7",
        "BQ.20: ✓ → × (yetirilib → yetirilməyib) · Təsdiq edilib / met → not met · Approved",
        "Nə üçün / Why Qiymət səhvən «yetirilib» kimi qoyulmuşdu.",
        "Video yazı, 17:40–18:25; yazi-17-40.pdf",
        "Məmmədova Şəhla, 21.11.2026, 11:00",
        "Quliyev Rəşad, 21.11.2026, 12:00. Yazı bunu təsdiqləyir.",
        "Keçməyib → Keçməyib Not passed → Not passed",
        "Hüseynzadə Cəmil Qiymətləndirici / Assessor",
    ],
)
def test_protocol_of_three_assessors_prints(eventful: str, printed: str) -> None:
    assert printed in eventful


def test_marks_that_were_amended_are_compared_with_the_marks_before() -> None:
    told = disputed()
    assert [one["value"] for one in told["exam"]["stages"][0]["sheets"][1]["marks"]][16] is True  # BQ.20
    text = said(exam_protocol_html, ExamProtocolSnapshot, protocol_of(told))
    assert "priority and time. × yetirilməyib ✓ 16′ ✓ 16′ ✓ 16′" in text


def test_lone_assessor_overruled_by_amendment_keeps_the_first_mark_in_sight() -> None:
    checklist = steps("P1", BQ_4=False)
    stage = first_stage(
        checklist,
        sheets=[sheet(checklist, own={"BQ.4": True})],
        amendments=[
            {"step": "BQ.4", "first": True, "value": False, "why": "Səhv.", "proposed_by": NAMES[0],
             "proposed_at": at(90), "state": "proposed"},
        ],
    )  # fmt: skip
    text = said(exam_protocol_html, ExamProtocolSnapshot, exam_protocol(exam=exam(stages=[stage])))
    assert "throughout the session. × yetirilməyib ✓ ≠ 1′" in text
    assert "düzəliş ✓ → ×, təklif edilib / amendment, proposed; see below" in text


def test_stopped_exam_says_why_and_what_was_left_unmarked() -> None:
    text = words(render_exam_protocol(exam_protocol(exam=stopped())))
    assert "– Dayandırılıb Stopped İmtahan dayandırılıb və nəticəsi yoxdur." in text
    assert "Səbəb / Reason: Namizədin səhhəti pisləşdi; təcili yardım çağırıldı." in text
    assert "2 addım qiymətləndirilməyib: BQ.34, BQ.35." in text
    assert "their ideas about the future. – qeyd yoxdur" in text
    assert "10:00:04, bitməyib Not ended" in text
    assert "Q1 · Quliyev Rəşad Hələ möhürlənməyib / Not sealed yet – – –" in text
    assert "P2. Kouçluq prosesi: geridönüş təqdimatı – Nəticə yoxdur / No result Mərhələ keçirilməyib." in text
    assert text.count("Yoxlanılan Statement") == text.count("BQ.2 *") + 1  # the header comes again on the second page


def test_stage_that_was_not_held_has_no_table() -> None:
    text = said(exam_protocol_html, ExamProtocolSnapshot, exam_protocol(exam=stopped()))
    assert "BQ.1 Müştərini" not in text


def test_carried_stage_names_the_exam_that_it_counts_from(dossier: str) -> None:
    assert "Mərhələ 20 noyabr 2026 tarixli imtahanda (№ 45) keçilib və 20.11.2027 tarixinədək nəzərə alınır." in dossier
    assert "The stage was passed in exam № 45 of 20 November 2026 and counts until 20.11.2027." in dossier


def test_abstention_and_hand_over_are_told_with_their_reasons() -> None:
    checklist = steps("P1")
    left: dict[str, Any] = {"closed_at": at(5), "closed_by": NAMES[0], "receipt": None}
    stage = first_stage(
        checklist,
        sheets=[
            sheet(checklist, 5),
            sheet(checklist, 6, state="abstained", marks=[], closed_reason="Namizədi tanıyıram.", **left),
            sheet(checklist, 7, state="handed_over", closed_reason="Xəstələndi.", **left),
        ],
    )
    panel = [
        *seats(3)[:2],
        {**seats(3)[2], "left_at": at(5), "left_reason": "Xəstələndi."},
        {"key": 8, "name": "Kərimov Nail", "role": "member", "substitutes": NAMES[2]},
    ]
    text = words(render_exam_protocol(exam_protocol(panel=panel, exam=exam(stages=[stage]))))
    assert "Qiymətləndirməkdən çəkinib / Abstained – 20.11.2026, 10:05 Səbəb / Reason: Namizədi tanıyıram." in text
    assert "Qiymətləndirməni təhvil verib / Handed over – 20.11.2026, 10:05 Səbəb / Reason: Xəstələndi." in text
    assert "Heyətdən çıxıb / Left: 20.11.2026, 10:05, Xəstələndi." in text
    assert "Q4 Kərimov Nail Qiymətləndirici / Assessor Əvəz edib / Substitutes for: Hüseynzadə Cəmil" in text
    assert "Heyət Panel Q1 Q3 " in text  # who abstained before marking has no column


def test_exam_of_many_long_comments_loses_none() -> None:
    checklist = steps("P1")
    comments = [{"text": LONG[:2000].strip(), "audience": "internal", "step": one["code"]} for one in checklist[::3]]
    long_name = {"surname": "Ə" * 80, "given_name": "Gülnarə-Xatirə " * 5, "patronymic": "Əbdülrəhman qızı"}
    stage = first_stage(checklist, sheets=[sheet(checklist, key, comments=comments) for key in (5, 6, 7)])
    snapshot = exam_protocol(panel=seats(3), exam=exam(stages=[stage, second_stage()], candidate=long_name))
    pdf = render_exam_protocol(snapshot)
    text = words(pdf)
    assert text.count("rəy, daxili / comment, internal") == 27
    assert text.count("Müştərinin gündəmini dəqiqləşdirmədən növbəti mövzuya keçdi;") == 27 * 23
    assert all(f"səhifə {number} / " in page for number, page in enumerate(page_texts(pdf), 1))


def test_comment_of_hundreds_of_lines_is_broken_over_pages() -> None:
    checklist = steps("P1")
    comments = [{"text": "sətir\n" * 300, "audience": "candidate", "step": "BQ.9"}]
    stage = first_stage(checklist, sheets=[sheet(checklist, comments=comments)])
    pdf = render_exam_protocol(exam_protocol(exam=exam(stages=[stage])))
    assert words(pdf).count("sətir") == 300


def test_protocol_prints_hostile_values_as_text() -> None:
    checklist = steps("P1")
    comments = [{"text": HOSTILE, "audience": "candidate", "step": "BQ.9"}]
    stage = first_stage(checklist, scenario=HOSTILE, sheets=[sheet(checklist, comments=comments)])
    text = said(exam_protocol_html, ExamProtocolSnapshot, exam_protocol(exam=exam(stages=[stage])))
    assert re.sub(r"\s", "", text).count(re.sub(r"\s", "", HOSTILE)) == 2


@pytest.mark.parametrize(
    ("state", "passed", "printed"),
    [
        ("no_show", None, "– Gəlməyib Did not appear Namizəd imtahana gəlməyib. The candidate did not appear."),
        ("cancelled", None, "– Ləğv edilib Cancelled İmtahan ləğv edilib. The exam was cancelled."),
        ("in_progress", None, "– Nəticə yoxdur No result İmtahanın nəticəsi hələ yoxdur."),
        ("marked", False, "× Keçməyib Not passed İmtahandan keçilməyib. The exam is not passed."),
        ("marked", True, "✓ Keçib Passed Bütün mərhələlər keçilib."),
    ],
)
def test_result_of_an_exam_in_words(state: str, passed: bool | None, printed: str) -> None:
    told = exam(state=state, passed=passed, stages=[], identity=None)
    text = said(exam_protocol_html, ExamProtocolSnapshot, exam_protocol(exam=told))
    assert printed in text
    assert "Yoxlanılmayıb Not checked" in text


def test_every_name_of_the_templates_is_known() -> None:
    """A misspelt variable is an empty space on paper: labels and cells that have nothing to say show a dash."""
    html = exam_protocol_html(ExamProtocolSnapshot.from_json(protocol_of(disputed())))
    assert re.findall(r"<t[dh][^>]*>\s*</t[dh]>", html) == [*["<th></th>"] * 2, *_blank_cells(4)]
    assert '<dd class="value"></dd>' not in html
    assert "<p></p>" not in html


def _blank_cells(signatures: int) -> list[str]:
    gap, line = '<td class="gap"></td>', '<td class="line"></td>'
    return [gap, line, gap, line] * signatures


# --- The pages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("render", "snapshot"), PAPERS)
def test_paper_is_numbered_on_every_portrait_page(render: Any, snapshot: Any) -> None:
    reader = read(made(render, snapshot))
    total = len(reader.pages)
    sizes = {(round(float(page.mediabox.width), 2), round(float(page.mediabox.height), 2)) for page in reader.pages}
    assert sizes == {A4_PORTRAIT}
    assert [re.findall(r"səhifə \d+ / \d+", page.extract_text()) for page in reader.pages] == [
        [f"səhifə {number} / {total}"] for number in range(1, total + 1)
    ]


@pytest.mark.parametrize(("render", "snapshot"), PAPERS)
def test_paper_is_alike_to_the_byte(render: Any, snapshot: Any) -> None:
    stored = json.loads(json.dumps(snapshot(), sort_keys=True))
    with translation.override("en"):
        assert render(stored) == made(render, snapshot)


@pytest.mark.parametrize(
    ("render", "snapshot", "title", "subject"),
    [
        (*PAPERS[0], "İmtahan protokolu № 45", "Əliyeva Günay İsmayıl qızı: Kouç (Səviyyə 6)"),
        (
            *PAPERS[1],
            "İmtahan sessiyasının protokolu № 31",
            (
                "20.11.2026, 10:00, Bakı, Bəşir Səfəroğlu küçəsi 113, Oldu Town Plaza, 4-cü mərtəbə, 402-ci otaq: "
                "Kouç (Səviyyə 6)"
            ),
        ),
        (*PAPERS[2], "Qərar dosyesi № A-2026-00045", "Əliyeva Günay İsmayıl qızı: Kouç (Səviyyə 6)"),
    ],
)
def test_paper_names_itself(render: Any, snapshot: Any, title: str, subject: str) -> None:
    data = snapshot()
    reader = read(made(render, snapshot))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.subject) == (title, subject)
    assert reader.metadata.author == BODY["name_az"]
    assert reader.metadata.creation_date is not None
    assert reader.metadata.creation_date.isoformat() == data["made_at"]
    root: Any = reader.root_object
    assert (str(root["/Lang"]), root["/MarkInfo"]["/Marked"].value) == ("az", True)


@pytest.mark.parametrize(("render", "snapshot"), PAPERS)
def test_paper_is_set_in_the_fonts_of_the_house(render: Any, snapshot: Any) -> None:
    assert set(embedded_fonts(made(render, snapshot))) == {
        "House-Sans",
        "House-Sans-Semi-Bold",
        "House-Serif",
        "House-Serif-Semi-Bold",
    }


def test_pages_after_the_first_name_paper_and_candidate(eventful_pdf: bytes) -> None:
    first, *others = page_texts(eventful_pdf)
    assert "İmtahan protokolu № 45" not in first
    assert [f"{HEAD} {FOOT}" in text for text in others] == [True] * len(others)


def test_header_of_the_checklist_comes_again_on_every_page(eventful_pdf: bytes) -> None:
    with_steps = [text for text in page_texts(eventful_pdf) if "✓ yetirilib" in text]
    assert len(with_steps) >= 3
    assert all("Addım Step Yoxlanılan Statement Heyət Panel Q1 Q2 Q3" in text for text in with_steps)


@pytest.mark.parametrize(("assessors", "notes"), [(1, 3), (1, 4), (3, 9)])
def test_nothing_that_leads_on_ends_a_page(assessors: int, notes: int) -> None:
    checklist, keys = steps("P1"), range(5, 5 + assessors)
    comments = [{"text": LONG[:80], "audience": "internal", "step": one["code"]} for one in checklist[:notes]]
    comments.append({"text": LONG[:300], "audience": "candidate"})
    stage = first_stage(checklist, sheets=[sheet(checklist, key, comments=comments) for key in keys])
    told = exam(stages=[stage, second_stage(sheets=[sheet(steps("P2"), key) for key in keys])])
    pdf = render_exam_protocol(exam_protocol(panel=seats(assessors), exam=told))
    last_lines = [
        [line for line in page.extract_text().splitlines() if not in_margin(line)][-1] for page in read(pdf).pages
    ]
    assert [line for line in last_lines if HEADINGS.match(line)] == []


def in_margin(line: str) -> bool:
    """Tell whether a line stands in the head or the foot of a page."""
    return line.strip() == HEAD or FOOT in line


# --- A session --------------------------------------------------------------------------------------------------------


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


# --- A dossier --------------------------------------------------------------------------------------------------------


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


# --- All --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("render", "snapshot"), PAPERS)
def test_incomplete_snapshot_is_refused(render: Any, snapshot: Any) -> None:
    for name in ("made_at", "body"):
        stored = snapshot()
        del stored[name]
        with pytest.raises(SnapshotError, match=f"missing field {name}"):
            render(stored)


def test_threshold_of_the_version_stands_in_the_verdict() -> None:
    checklist = steps("P2", BQ_1=False, BQ_33=False)
    told = {**verdict(checklist), "threshold_percent": 75, "all_critical": False}
    stage = second_stage(checklist, sheets=[sheet(checklist)], verdict=told)
    text = said(exam_protocol_html, ExamProtocolSnapshot, exam_protocol(scheme=SCHEME, exam=exam(stages=[stage])))
    assert "6 of 8 steps are met; at least 6 are needed (75 %)." in text


def test_snapshots_do_not_load_the_pdf_engine() -> None:
    script = "import sys, exams.documents.snapshots; print('weasyprint' in sys.modules)"
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
