"""The protocol of an exam: what it says, and that nothing of a snapshot is lost on the way."""

import re
from typing import Any

import pytest

from exams.documents.protocol import exam_protocol_html, render_exam_protocol
from exams.documents.snapshots import ExamProtocolSnapshot
from tests.exams.documents.papers import protocol_of, said
from tests.exams.printed import (
    LONG,
    NAMES,
    at,
    disputed,
    exam,
    exam_protocol,
    first_stage,
    page_texts,
    seats,
    second_stage,
    sheet,
    steps,
    stopped,
    words,
)

HOSTILE = '<script>alert(1)</script><img src="http://192.0.2.1/x">&amp;{{ body.site }}'


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
