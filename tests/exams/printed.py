"""Snapshots of exams for tests of their papers: plain JSON, put together as a test needs them."""

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from pypdf import PdfReader

Json = dict[str, Any]

START = datetime(2026, 11, 20, 6, 0, 4, tzinfo=UTC)
"""10:00:04 in Baku."""

BODY = {
    "name_az": "Azerbaijan Quantum and Coaching Cooperation MMC",
    "name_en": "Azerbaijan Quantum and Coaching Cooperation LLC",
    "short_name": "AQCC",
    "address_az": "Bakı, Yasamal rayonu, Bəşir Səfəroğlu küçəsi 113, Oldu Town Plaza",
    "address_en": "113 Bashir Safaroghlu Street, Oldu Town Plaza, Yasamal, Baku, Azerbaijan",
    "site": "sso.az",
}
SCHEME = {
    "code": "coach-6",
    "version": 2,
    "name_az": "Kouç (Səviyyə 6)",
    "name_en": "Coach (Level 6)",
    "level": 6,
    "exam_minutes": 45,
    "assessors_required": 1,
}
SESSION = {
    "number": 31,
    "starts_at": "2026-11-20T06:00:00+00:00",
    "place": "Bakı, Bəşir Səfəroğlu küçəsi 113, Oldu Town Plaza, 4-cü mərtəbə, 402-ci otaq",
    "state": "closed",
    "capacity": 8,
}
CANDIDATE = {
    "surname": "Əliyeva",
    "given_name": "Günay",
    "patronymic": "İsmayıl qızı",
    "fin": "5XK2M9P",
    "date_of_birth": "1989-03-14",
}
IDENTITY = {
    "document": "identity_card",
    "checked_by": "Quliyev Rəşad",
    "checked_at": "2026-11-20T05:52:00+00:00",
}
NAMES = ("Quliyev Rəşad", "Məmmədova Şəhla", "Hüseynzadə Cəmil")
LONG = "Müştərinin gündəmini dəqiqləşdirmədən növbəti mövzuya keçdi; öhdəlik açıq deyilmədi. " * 24


@lru_cache(maxsize=1)
def _items() -> list[Json]:
    path = Path(__file__).parents[2] / "schemes" / "data" / "coach-6.toml"
    items: list[Json] = tomllib.loads(path.read_text())["items"]
    return items


def at(minutes: float) -> str:
    """An instant so many minutes after the start of the exam."""
    return (START + timedelta(minutes=minutes)).isoformat()


def steps(stage: str, **marks: bool | None) -> list[Json]:
    """The checklist of a stage with every step met, but for `marks`: BQ_9=False."""
    given = {code.replace("_", "."): value for code, value in marks.items()}
    return [
        {
            "code": item["code"],
            "critical": item["critical"],
            "statement_az": item["az"],
            "statement_en": item["en"],
            "mark": given.get(item["code"], True),
        }
        for item in _items()
        if item["stage"] == stage
    ]


def seats(number: int = 1) -> list[Json]:
    """A panel of so many assessors, the first of whom leads it."""
    return [{"key": 5 + place, "name": NAMES[place], "role": "member" if place else "lead"} for place in range(number)]


def sheet(checklist: list[Json], assessor: int = 5, *, own: dict[str, bool | None] | None = None, **more: Any) -> Json:
    """A sealed sheet with the marks of *checklist*, but for the assessor's `own`."""
    marks = [
        {"step": step["code"], "value": (own or {}).get(step["code"], step["mark"]), "minute": place}
        for place, step in enumerate(checklist)
    ]
    digest = sha256(repr((assessor, marks)).encode()).hexdigest()
    receipt = {"stored": len(marks), "total": len(marks), "at": at(50), "code": f"7KQF-92M{assessor}", "digest": digest}
    return {"assessor": assessor, "state": "sealed", "marks": marks, "receipt": receipt, **more}


def verdict(checklist: list[Json]) -> Json:
    """The verdict on a checklist."""
    return {
        "met": sum(step["mark"] is True for step in checklist),
        "total": len(checklist),
        "missed_critical": [step["code"] for step in checklist if step["critical"] and not step["mark"]],
        "unmarked": [step["code"] for step in checklist if step["mark"] is None],
        "threshold_percent": 80,
        "all_critical": True,
    }


def first_stage(checklist: list[Json] | None = None, **changes: Any) -> Json:
    """P1 as one assessor marked it, every step met."""
    checklist = checklist or steps("P1")
    return {
        "code": "P1",
        "name_az": "Kouçluq prosesi: müştəri ilə fərdi görüş",
        "name_en": "Coaching process: client session",
        "steps": checklist,
        "min_minutes": 25,
        "scenario": "S-07",
        "client": "role_played",
        "started_at": at(0),
        "ended_at": at(28.2),
        "duration_seconds": 1692,
        "sheets": [sheet(checklist)],
        "verdict": verdict(checklist),
        "signed_off_at": at(52),
        "signed_off_by": NAMES[0],
        **changes,
    }


def second_stage(checklist: list[Json] | None = None, **changes: Any) -> Json:
    """P2 as one assessor marked it, every step met."""
    checklist = checklist or steps("P2")
    return first_stage(
        checklist,
        **{
            "code": "P2",
            "name_az": "Kouçluq prosesi: geridönüş təqdimatı",
            "name_en": "Coaching process: feedback presentation",
            "min_minutes": None,
            "scenario": "",
            "client": None,
            "started_at": at(30),
            "ended_at": at(44),
            "duration_seconds": 840,
            **changes,
        },
    )


def exam(**changes: Any) -> Json:
    """A passed exam."""
    return {
        "number": 45,
        "application": "A-2026-00045",
        "candidate": CANDIDATE,
        "starts_at": "2026-11-20T06:00:00+00:00",
        "state": "released",
        "stages": [first_stage(), second_stage()],
        "identity": IDENTITY,
        "duration_seconds": 2640,
        "passed": True,
        "released_at": at(120),
        **changes,
    }


def held(**changes: Any) -> Json:
    """An exam with its session and a panel of one."""
    return {"scheme": SCHEME, "session": SESSION, "panel": seats(), "exam": exam(), **changes}


def exam_protocol(**changes: Any) -> Json:
    """The protocol of a passed exam before one assessor; `changes` are of the exam held."""
    return {"made_at": "2026-11-21T08:30:00+00:00", "body": BODY, "held": held(**changes)}


def disputed() -> Json:
    """A failed exam before three assessors and an observer, with everything that can happen in one."""
    first = steps("P1", BQ_7=False, BQ_9=False, BQ_20=False)
    comments = [
        {"text": "Sualların çoxu qapalı idi; müştəri iki dəfə «hə» deyib susdu.", "audience": "candidate",
         "step": "BQ.7", "minute": 11},
        {"text": "Səs aydın deyildi, qeydiyyat aparılmadı.", "audience": "internal", "step": "BQ.9", "minute": 14},
        {"text": "Görüş ümumilikdə sakit və hörmətli keçdi.", "audience": "candidate"},
    ]  # fmt: skip
    stage = first_stage(
        first,
        sheets=[
            sheet(first, 5, own={"BQ.20": True, "BQ.9": True}, comments=comments),
            sheet(first, 6, own={"BQ.20": True}),
            sheet(first, 7, own={"BQ.20": True, "BQ.22": False}),
        ],
        settlements=[
            {"step": "BQ.9", "value": False, "settled_by": NAMES[0], "settled_at": at(58),
             "reason": "Video yazıya birlikdə baxıldı: namizəd müqavilənin şərtlərini yazılı bildirmədi."},
            {"step": "BQ.22", "value": True, "settled_by": NAMES[0], "settled_at": at(59),
             "reason": "İki qiymətləndirici addımı 21-ci dəqiqədə görüb."},
        ],
        critical_notes=[{"assessor": 6, "step": "BQ.7", "note": "Yaradıcı sual verilmədi, yalnız fakt soruşuldu."}],
        amendments=[
            {"step": "BQ.20", "first": True, "value": False, "why": "Qiymət səhvən «yetirilib» kimi qoyulmuşdu.",
             "evidence": "Video yazı, 17:40–18:25", "file_name": "yazi-17-40.pdf", "proposed_by": NAMES[1],
             "proposed_at": at(1500), "state": "approved", "settled_by": NAMES[0], "settled_at": at(1560),
             "settled_reason": "Yazı bunu təsdiqləyir.", "passed_before": False, "passed_after": False},
        ],
        pauses=[{"started_at": at(9), "ended_at": at(11.5)}],
    )  # fmt: skip
    panel = [*seats(3), {"key": 9, "name": "Rzayeva Ülkər", "role": "observer"}]
    return held(
        panel=panel,
        scheme={**SCHEME, "assessors_required": 3, "hide_critical": True},
        exam=exam(
            stages=[stage, second_stage(sheets=[sheet(steps("P2"), key) for key in (5, 6, 7)])],
            passed=False,
            irregularities=[
                {"kind": "overtime", "duration_seconds": 2890, "limit_minutes": 45,
                 "reason": "Fasilədən sonra video yazı yenidən quruldu."},
            ],
            incidents=[
                {"kind": "interruption", "stage": "P1", "started_at": at(9), "ended_at": at(11.5),
                 "note": "Yanğın siqnalı; otaq boşaldılmadı.", "recorded_by": NAMES[0], "recorded_at": at(12)},
                {"kind": "cheating", "stage": "P1", "started_at": at(20), "note": "Masada yazılı vərəq görünürdü.",
                 "recorded_by": NAMES[1], "recorded_at": at(21)},
            ],
            breaches=[
                {"facts": "Masada yazılı vərəq görünürdü.", "opened_by": NAMES[1], "opened_at": at(21),
                 "state": "dismissed", "conclusion": "Vərəq imtahan mərkəzinin öz blankı idi.",
                 "settled_by": "Nağıyev Orxan", "settled_at": at(2000)},
            ],
        ),
    )  # fmt: skip


def absent(number: int, state: str, reason: str) -> Json:
    """An exam that was not held."""
    candidate = {"surname": "Bağırov", "given_name": "Elçin", "patronymic": "Yaşar oğlu"}
    return exam(
        number=number,
        application=f"A-2026-000{number}",
        candidate=candidate,
        starts_at=at(60),
        state=state,
        state_reason=reason,
        identity=None,
        duration_seconds=None,
        stages=[],
        passed=None,
        released_at=None,
    )


def stopped() -> Json:
    """An exam that was stopped in its first stage, with steps left unmarked."""
    checklist = steps("P1", BQ_34=None, BQ_35=None, BQ_10=False)
    own = sheet(checklist, state="open", receipt=None)
    return exam(
        number=47,
        candidate={"surname": "Şıxəliyev", "given_name": "Cavid", "patronymic": "Ömər oğlu"},
        starts_at=at(120),
        state="stopped",
        state_reason="Namizədin səhhəti pisləşdi; təcili yardım çağırıldı.",
        stages=[
            first_stage(
                checklist, sheets=[own], ended_at=None, duration_seconds=None, verdict=verdict(checklist),
                signed_off_at=None, signed_off_by="",
            ),
            second_stage(started_at=None, ended_at=None, duration_seconds=None, sheets=[], verdict=None),
        ],
        duration_seconds=None,
        passed=None,
        released_at=None,
        incidents=[
            {"kind": "stopped", "stage": "P1", "started_at": at(141), "note": "Təcili yardım saat 12:24-də gəldi.",
             "recorded_by": NAMES[0], "recorded_at": at(143)},
        ],
    )  # fmt: skip


def session_protocol(**changes: Any) -> Json:
    """The protocol of a session: passed, failed, stopped, did not appear, cancelled."""
    told = disputed()
    return {
        "made_at": "2026-11-22T08:30:00+00:00",
        "body": BODY,
        "scheme": told["scheme"],
        "session": SESSION,
        "panel": told["panel"],
        "exams": [
            exam(candidate={"surname": "Vəliyev", "given_name": "Tural", "patronymic": "Kamil oğlu"}, number=44),
            told["exam"],
            absent(46, "no_show", "Səbəb bildirmədən gəlmədi."),
            stopped(),
            absent(48, "cancelled", "Namizədin xahişi ilə başqa günə keçirildi."),
        ],
        **changes,
    }


def decision_dossier(**changes: Any) -> Json:
    """A dossier of a candidate who failed once and passed P1 anew, with no decision yet."""
    carried = {"exam": 45, "held_at": at(0), "counts_until": "2027-11-20"}
    second = exam(
        number=61,
        starts_at="2026-12-10T06:00:00+00:00",
        stages=[
            first_stage(),
            second_stage(
                started_at=None, ended_at=None, duration_seconds=None, sheets=[], verdict=None, carried=carried
            ),
        ],
    )
    return {
        "made_at": "2026-12-11T08:30:00+00:00",
        "body": BODY,
        "scheme": SCHEME,
        "application": {
            "reference": "A-2026-00045",
            "candidate": CANDIDATE,
            "submitted_at": "2026-10-02T09:12:00+00:00",
            "accepted_at": "2026-10-05T07:40:00+00:00",
            "accepted_by": "Rəhimli Nigar",
            "special_needs": "Eşitmə cihazı istifadə edir.",
            "requirements": [
                {"title_az": "Şəxsiyyət", "title_en": "Identity", "met": True, "how": "Şəxsiyyət vəsiqəsi, surəti"},
                {"title_az": "Tövsiyə məktubu", "title_en": "Recommendation letter", "met": True,
                 "how": "2 məktub, cəmi 140 saat xidmət"},
                {"title_az": "Bəyannamələr", "title_en": "Declarations", "met": True, "how": "4-ü qəbul edilib"},
            ],
            "documents": [
                {"kind_az": "Şəxsiyyət vəsiqəsi", "kind_en": "Identity card", "title": "vesiqe-on-arxa.pdf",
                 "received_on": "2026-10-02"},
                {"kind_az": "Tövsiyə məktubu", "kind_en": "Recommendation letter", "title": "Kamran Hüseynov, 80 saat",
                 "received_on": "2026-10-02"},
                {"kind_az": "Təhsil", "kind_en": "Education", "title": "diplom.pdf", "received_on": "2026-10-03"},
            ],
        },
        "exams": [disputed(), held(exam=second)],
        "questions": [
            {"title_az": "Aldatma şübhəsi üzrə iş", "title_en": "Case of suspected cheating", "settled": True,
             "details": "Təsdiqini tapmayıb (imtahan № 45).", "since": at(21)},
            {"title_az": "Təsdiqdən sonra düzəliş", "title_en": "Amendment after sign-off",
             "details": "BQ.20, imtahan № 45.", "since": at(1500)},
        ],
        "decision": None,
        **changes,
    }  # fmt: skip


def decision(**changes: Any) -> Json:
    """A decision that stands."""
    return {
        "outcome": "granted",
        "reasons": "Namizəd hər iki mərhələdən keçib; açıq məsələ qalmayıb.",
        "decided_by": "Nağıyev Orxan",
        "decided_at": "2026-12-12T10:00:00+00:00",
        "appeal_until": "2026-12-22",
        **changes,
    }


def read(pdf: bytes) -> PdfReader:
    """The PDF as pypdf reads it."""
    return PdfReader(BytesIO(pdf))


def words(pdf: bytes) -> str:
    """All text of a PDF with every run of white space as one space."""
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def page_texts(pdf: bytes) -> list[str]:
    """The text of each page with every run of white space as one space."""
    return [" ".join(page.extract_text().split()) for page in read(pdf).pages]


def embedded_fonts(pdf: bytes) -> list[str]:
    """Every font of a PDF by its name without the subset tag; those that are not embedded have no such tag."""
    found = []
    for page in read(pdf).pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            found.append(str(descriptor["/FontName"]).partition("+")[2])
    return found


def outline(pdf: bytes) -> list[str]:
    """The titles of a PDF's outline, from top to bottom."""

    def titles(entries: Any) -> Iterator[str]:
        for entry in entries:
            if isinstance(entry, list):
                yield from titles(entry)
            else:
                yield str(entry["/Title"])

    return list(titles(read(pdf).outline))
