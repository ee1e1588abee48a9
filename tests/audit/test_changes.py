"""What was changed, in the reader's words."""

from datetime import UTC, datetime

from django.utils import translation

from audit.changes import Change, changes_of

MOMENT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC).isoformat()


def test_changes_of_names_fields_states_and_dates_in_azerbaijani():
    before = {"state": "scheduled", "starts_at": None, "passed": None}
    after = {"state": "released", "starts_at": MOMENT, "passed": True}
    assert list(changes_of("exams.attempt", before, after)) == [
        Change("passed", None, "bəli", is_raw=True),
        Change("vaxt", None, "20 noyabr 2026, 14:30"),
        Change("vəziyyət", "Təyin edilib", "Nəticə elan edilib"),
    ]


def test_changes_of_names_them_in_english():
    with translation.override("en"):
        [change] = changes_of("certificates.certificate", {"valid_until": "2026-11-20"}, {"valid_until": "2031-11-19"})
    assert change == Change("valid until", "20 November 2026", "19 November 2031")


def test_changes_of_shows_what_is_not_a_field_as_it_is():
    assert list(changes_of("exams.examsession", {"panel": ["İsa"]}, {"panel": ["İsa", "Leyla"]})) == [
        Change("panel", "İsa", "İsa, Leyla", is_raw=True)
    ]
    assert list(changes_of("gone.model", {}, {"word": "a", "number": 3})) == [
        Change("number", None, 3, is_raw=True),
        Change("word", None, "a", is_raw=True),
    ]


def test_changes_of_reads_a_value_of_several_parts_aloud():
    facts = {"met": 26, "missed_critical": ["BQ.2", "BQ.4"], "passed": False, "exams": {"12": True, "15": None}}
    [change] = changes_of("gone.model", {"verdict": {"missed_critical": []}}, {"verdict": facts})
    assert change.before == "missed critical —"
    assert change.after == "met 26; missed critical BQ.2, BQ.4; passed xeyr; exams 12 bəli; 15 —"


def test_changes_of_leaves_out_what_stayed():
    assert list(changes_of("exams.attempt", {"state": "marked"}, {"state": "marked"})) == []
