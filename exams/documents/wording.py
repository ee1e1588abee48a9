"""The words of the papers in Azerbaijani and English: both are printed, whichever language is active."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date

from exams.documents.kinds import (
    AmendmentState,
    Audience,
    BreachState,
    ClientKind,
    ExamState,
    IdentityDocument,
    IncidentKind,
    Outcome,
    SeatRole,
    SessionState,
    SheetState,
    TimeRule,
)

BAKU = ZoneInfo("Asia/Baku")


class Words(NamedTuple):
    """The same said in both languages; `en` is "" where a value needs no translation."""

    az: str
    en: str = ""


# By class first: members of two enumerations with the same value are equal, and hash alike.
_WORDS: Mapping[type[StrEnum], Mapping[str, Words]] = {
    SessionState: {
        SessionState.PLANNED: Words("Planlaşdırılıb", "Planned"),
        SessionState.CLOSED: Words("Bağlanıb", "Closed"),
        SessionState.CANCELLED: Words("Ləğv edilib", "Cancelled"),
    },
    ExamState: {
        ExamState.SCHEDULED: Words("Təyin edilib", "Scheduled"),
        ExamState.IN_PROGRESS: Words("Davam edir", "In progress"),
        ExamState.MARKED: Words("Qiymətləndirilib", "Marked"),
        ExamState.RELEASED: Words("Nəticə elan edilib", "Result released"),
        ExamState.NO_SHOW: Words("Gəlməyib", "Did not appear"),
        ExamState.CANCELLED: Words("Ləğv edilib", "Cancelled"),
        ExamState.STOPPED: Words("Dayandırılıb", "Stopped"),
    },
    SeatRole: {
        SeatRole.LEAD: Words("Aparıcı qiymətləndirici", "Lead assessor"),
        SeatRole.MEMBER: Words("Qiymətləndirici", "Assessor"),
        SeatRole.OBSERVER: Words("Müşahidəçi", "Observer"),
    },
    ClientKind: {
        ClientKind.REAL: Words("Həqiqi müştəri", "Real client"),
        ClientKind.ROLE_PLAYED: Words("Rol oynayan müştəri", "Role-played client"),
    },
    IdentityDocument: {
        IdentityDocument.IDENTITY_CARD: Words("Şəxsiyyət vəsiqəsi", "Identity card"),
        IdentityDocument.PASSPORT: Words("Pasport", "Passport"),
        IdentityDocument.DRIVING_LICENCE: Words("Sürücülük vəsiqəsi", "Driving licence"),
    },
    SheetState: {
        SheetState.OPEN: Words("Hələ möhürlənməyib", "Not sealed yet"),
        SheetState.SEALED: Words("Möhürlənib", "Sealed"),
        SheetState.ABSTAINED: Words("Qiymətləndirməkdən çəkinib", "Abstained"),
        SheetState.HANDED_OVER: Words("Qiymətləndirməni təhvil verib", "Handed over"),
    },
    Audience: {
        Audience.CANDIDATE: Words("namizəd üçün", "for the candidate"),
        Audience.INTERNAL: Words("daxili", "internal"),
    },
    IncidentKind: {
        IncidentKind.LATE_START: Words("Gec başlanma", "Late start"),
        IncidentKind.INTERRUPTION: Words("Fasilə", "Interruption"),
        IncidentKind.EQUIPMENT: Words("Avadanlıq nasazlığı", "Equipment fault"),
        IncidentKind.CHEATING: Words("Aldatma şübhəsi", "Suspected cheating"),
        IncidentKind.STOPPED: Words("İmtahanın dayandırılması", "Exam stopped"),
        IncidentKind.OTHER: Words("Digər hadisə", "Other incident"),
    },
    AmendmentState: {
        AmendmentState.PROPOSED: Words("Təklif edilib", "Proposed"),
        AmendmentState.APPROVED: Words("Təsdiq edilib", "Approved"),
        AmendmentState.REJECTED: Words("Rədd edilib", "Rejected"),
    },
    BreachState: {
        BreachState.OPEN: Words("Açıqdır", "Open"),
        BreachState.DISMISSED: Words("Təsdiqini tapmayıb", "Not confirmed"),
        BreachState.CONFIRMED: Words("Təsdiqini tapıb", "Confirmed"),
    },
    TimeRule: {
        TimeRule.SHORT: Words("Mərhələ qısa çəkib", "Stage too short"),
        TimeRule.OVERTIME: Words("İmtahan vaxtı aşılıb", "Exam over time"),
    },
    Outcome: {
        Outcome.GRANTED: Words("Sertifikat verilsin", "Certification granted"),
        Outcome.REFUSED: Words("Sertifikatın verilməsindən imtina edilsin", "Certification refused"),
    },
}

MARKS: Mapping[bool | None, Words] = {
    True: Words("yetirilib", "met"),
    False: Words("yetirilməyib", "not met"),
    None: Words("qeyd yoxdur", "not marked"),
}
SIGNS: Mapping[bool | None, str] = {True: "✓", False: "×", None: "–"}
"""A mark or a verdict by its shape: read on a grey print, and by those who do not see colours."""

VERDICTS: Mapping[bool | None, Words] = {
    True: Words("Keçib", "Passed"),
    False: Words("Keçməyib", "Not passed"),
    None: Words("Nəticə yoxdur", "No result"),
}

NO_RESULT: Mapping[ExamState, Words] = {
    ExamState.NO_SHOW: Words("Namizəd imtahana gəlməyib.", "The candidate did not appear."),
    ExamState.CANCELLED: Words("İmtahan ləğv edilib.", "The exam was cancelled."),
    ExamState.STOPPED: Words("İmtahan dayandırılıb və nəticəsi yoxdur.", "The exam was stopped and has no result."),
}
"""Exams that never get a result, and why."""


def said(value: StrEnum) -> Words:
    """Return the words for a value of `kinds`."""
    return _WORDS[type(value)][value]


def exam_result(state: ExamState, passed: bool | None) -> Words:  # noqa: FBT001 -- the verdict itself
    """Return what became of an exam: its verdict, or why there is none."""
    return said(state) if passed is None and state in NO_RESULT else VERDICTS[passed]


def long_day(moment: datetime) -> Words:
    """Write the day in Baku as 20 noyabr 2026, and 20 November 2026."""
    day = moment.astimezone(BAKU).date()
    return Words(format_date(day, "d MMMM y", locale="az"), format_date(day, "d MMMM y", locale="en"))


def cut(text: str, most: int) -> str:
    """Shorten a text for a running head, and show that it was shortened."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def short_day(day: date | None) -> str:
    """Write a day as 20.11.2026. Nothing gives nothing."""
    return f"{day:%d.%m.%Y}" if day else ""


def day_and_time(moment: datetime | None) -> str:
    """Write an instant as the clock in Baku shows it: 20.11.2026, 14:05. Nothing gives nothing."""
    return f"{moment.astimezone(BAKU):%d.%m.%Y, %H:%M}" if moment else ""


def hour(moment: datetime) -> str:
    """Write the time of day in Baku: 14:05."""
    return f"{moment.astimezone(BAKU):%H:%M}"


def clock(moment: datetime | None) -> str:
    """Write the time of day in Baku to the second: 14:05:09. Nothing gives a dash."""
    return f"{moment.astimezone(BAKU):%H:%M:%S}" if moment else "–"


def clock_on(moment: datetime | None, day: datetime) -> str:
    """Write the time of day to the second, with the date before it when it is not the day of *day*."""
    if moment is None:
        return "–"
    local = moment.astimezone(BAKU)
    same = local.date() == day.astimezone(BAKU).date()
    return clock(moment) if same else f"{local:%d.%m.%Y}, {clock(moment)}"


def span(start: datetime, end: datetime | None) -> str:
    """Write two times of a day as 14:05:09–14:07:30; an open end as a dash and nothing."""
    return f"{clock(start)}–{clock(end)}" if end else f"{clock(start)} –"


def length(seconds: int | None) -> Words:
    """Write a duration as 26 dəq 05 san, and 26 min 05 s. Nothing gives a dash."""
    if seconds is None:
        return Words("–")
    minutes, rest = divmod(seconds, 60)
    return Words(f"{minutes} dəq {rest:02d} san", f"{minutes} min {rest:02d} s")


def between(start: datetime, end: datetime) -> Words:
    """Write the time between two instants as a duration."""
    return length((end - start) // timedelta(seconds=1))
