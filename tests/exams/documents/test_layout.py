"""Every paper of an exam: its pages, fonts and bytes, and what it refuses."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from core.snapshots import SnapshotError
from exams.documents.protocol import exam_protocol_html, render_exam_protocol
from exams.documents.snapshots import ExamProtocolSnapshot
from tests.exams.documents.papers import FOOT, PAPERS, made, said
from tests.exams.printed import (
    BODY,
    LONG,
    SCHEME,
    embedded_fonts,
    exam,
    exam_protocol,
    first_stage,
    page_texts,
    read,
    seats,
    second_stage,
    sheet,
    steps,
    verdict,
)

A4_PORTRAIT = (595.28, 841.89)


HEADINGS = re.compile(
    r"^(Heyət|İmzalar|Nəticənin izahı|Hadisələr və|Qiymətlərin saxlanılması|Mərhələ üzrə|Təsdiqdən sonrakı|P\d\. "
    r"|İmtahan № 45|Heyətin üzvü|Mark$|Coaching process|\d+ min \d+ s)"
)
"""Lines that lead to something: headings, the facts of a stage above its table, the head of a table."""

HEAD = "İmtahan protokolu № 45 Əliyeva Günay İsmayıl qızı"


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
    root = Path(__file__).parents[3]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
