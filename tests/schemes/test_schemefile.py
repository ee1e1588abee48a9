"""The scheme file: what is read, and every way in which it can be wrong."""

import tomllib
from collections import Counter
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from schemes.models import SchemeVersion
from schemes.schemefile import (
    ADDED_KEYS,
    SchemeFileError,
    ScopeData,
    check_scheme,
    content_hash,
    parse_scheme,
    read_scheme,
)
from schemes.tomlreader import Text
from tests.schemes.factories import COACH_FILE, SCOPES, SMALL, small_data, small_ruled, small_with


def problems(text: str) -> tuple[str, ...]:
    with pytest.raises(SchemeFileError) as caught:
        parse_scheme(text, "small.toml")
    return caught.value.problems


def test_read_scheme_coach() -> None:
    scheme = read_scheme(COACH_FILE)
    assert (scheme.code, scheme.number_prefix, scheme.level) == ("coach-6", "K6", 6)
    assert scheme.name == Text("Kouç (Səviyyə 6)", "Coach (Level 6)")
    assert (scheme.state_classification, scheme.economic_activity) == ("2635", "9609011")
    assert (scheme.exam_minutes, scheme.validity_months, scheme.reminder_days) == (45, 60, (180, 90, 30, 7))
    assert (scheme.assessors_required, scheme.contract_acceptance_days, scheme.appeal_days) == (1, 30, 10)
    assert (scheme.hide_critical, scheme.retake, scheme.passed_stage_months) == (False, "failed_stages", 12)
    assert [(one.code, one.threshold_percent, one.all_critical, one.min_minutes) for one in scheme.stages] == [
        ("P1", 80, True, 25),
        ("P2", 80, True, None),
    ]
    assert Counter(step.stage for step in scheme.steps) == {"P1": 27, "P2": 8}
    assert [step.code for step in scheme.steps] == [f"BQ.{number}" for number in range(1, 36)]
    assert sum(step.critical for step in scheme.steps) == 22
    assert {step.code: step.critical for step in scheme.steps if step.flag_differs} == {
        "BQ.21": True,
        "BQ.23": True,
        "BQ.29": True,
        "BQ.32": False,
        "BQ.35": True,
    }
    assert [(one.code, len(one.criteria)) for one in scheme.processes] == [
        ("B.6", 4),
        ("C.1", 5),
        ("C.2", 5),
        ("C.3", 2),
        ("D.1", 2),
        ("D.2", 3),
        ("D.3", 3),
        ("D.4", 2),
        ("D.5", 2),
    ]
    assert [section.code for section in scheme.guide] == [
        "occupation",
        "exam",
        "prepare-p1",
        "prepare-p2",
        "recommendation-letter",
    ]


def test_parse_scheme_small() -> None:
    scheme = small_data()
    assert scheme.effective_from == date(2026, 1, 1)
    assert scheme.reminder_days == (60, 7)
    assert scheme.flag_note == Text("", "")
    assert [(step.code, step.criteria) for step in scheme.steps] == [("A.1", ("X.1.1",)), ("A.2", ("X.1.1", "X.1.2"))]


def test_parse_scheme_without_the_added_keys_reads_the_defaults_of_the_model() -> None:
    scheme = small_data()
    assert {key: getattr(scheme, key) for key in ADDED_KEYS} == ADDED_KEYS
    columns = ADDED_KEYS.keys() - {"scopes"}
    assert {key: getattr(SchemeVersion(), key) for key in columns} == {key: ADDED_KEYS[key] for key in columns}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("hide_critical = true", (True, "failed_stages", 12)),
        ("passed_stage_months = 600", (False, "failed_stages", 600)),
        ("passed_stage_months = 0", (False, "failed_stages", 0)),
        ('retake = "all_stages"\npassed_stage_months = 0', (False, "all_stages", 0)),
    ],
)
def test_parse_scheme_reads_the_added_keys(rules: str, expected: tuple[bool, str, int]) -> None:
    scheme = small_ruled(rules)
    assert (scheme.hide_critical, scheme.retake, scheme.passed_stage_months) == expected


def test_parse_scheme_reads_what_follows_after_the_issue() -> None:
    rules = 'renewal_needs = "evidence"\nsurveillance_months = 0\nsurveillance_notice_days = 365'
    scheme = small_ruled(f"{rules}\n{SCOPES}")
    assert (scheme.renewal_needs, scheme.surveillance_months, scheme.surveillance_notice_days) == ("evidence", 0, 365)
    assert scheme.scopes == (
        ScopeData("single", Text("Fərdi mentorluq", "Mentoring of one")),
        ScopeData("groups", Text("Qrup mentorluğu", "Mentoring of groups")),
    )


@pytest.mark.parametrize(
    "rule",
    [
        "hide_critical = false",
        'retake = "failed_stages"',
        "passed_stage_months = 12",
        'renewal_needs = "both"',
        "surveillance_months = 24",
        "surveillance_notice_days = 30",
    ],
)
def test_content_hash_of_an_added_key_with_its_default_is_that_of_a_file_without_it(rule: str) -> None:
    assert small_ruled(rule).sha256 == small_data().sha256


@pytest.mark.parametrize(
    "rule",
    ["hide_critical = true", "passed_stage_months = 0", "passed_stage_months = 13", "surveillance_months = 12", SCOPES],
)
def test_content_hash_of_an_added_key_with_another_value_differs(rule: str) -> None:
    assert small_ruled(rule).sha256 != small_data().sha256


def test_content_hash_ignores_comments_and_layout() -> None:
    assert parse_scheme(f"# a remark\n{SMALL}\n\n", "other.toml").sha256 == small_data().sha256


def test_content_hash_follows_the_content() -> None:
    assert small_data('az = "Söhbətdir."', 'az = "Söhbət!"').sha256 != small_data().sha256


PERCENT = "threshold_percent = 50"
STARTS = "effective_from = 2026-01-01"
CITES = 'sections = ["X.1.1"]'
APPEAL = "appeal_days = 10"
ASKS = 'en = "Asks."\n\n'
CRITICAL = "critical = true"
RULE = "all_critical = false"
GUIDE = 'points = [{ az = "Söhbətdir.", en = "It is a conversation." }]'

WRONG = [
    (f'stage = "S1"\n{CRITICAL}', f'stage = "S9"\n{CRITICAL}', "items[A.1].stage: there is no stage 'S9'"),
    ('code = "A.2"', 'code = "A.1"', "items[A.1].code: is given 2 times"),
    (CITES, 'sections = ["X.9.9"]', "items[A.1].sections: there is no criterion 'X.9.9'"),
    (CITES, "sections = []", "items[A.1].sections: is empty"),
    (CITES, 'sections = ["X.1.1", "X.1.1"]', "items[A.1].sections: names a code twice"),
    (CITES, "sections = [1]", "items[A.1].sections: is not a list of codes"),
    (CITES, 'sections = "X.1.1"', "items[A.1].sections: is not a list of codes"),
    (PERCENT, "threshold_percent = 101", "stages[S1].threshold_percent: 101 is not from 0 to 100"),
    (PERCENT, "threshold_percent = -1", "stages[S1].threshold_percent: -1 is not from 0 to 100"),
    (PERCENT, "threshold_percent = 50.0", "stages[S1].threshold_percent: is not a whole number"),
    (PERCENT, "threshold_percent = true", "stages[S1].threshold_percent: is not a whole number"),
    (PERCENT, "", "stages[S1].threshold_percent: is missing"),
    (RULE, "all_critical = 0", "stages[S1].all_critical: is not true or false"),
    (RULE, f"{RULE}\nmin_minutes = 61", "stages[S1].min_minutes: is longer than the whole exam"),
    ('method = "checklist"', 'method = "points"', "stages[S1].method: 'points' is not one of: checklist"),
    (CRITICAL, f"{CRITICAL}\nflag_difers = true", "items[A.1].flag_difers: is not a key of the scheme format"),
    (CRITICAL, f"{CRITICAL}\nflag_differs = true", "flag_note: is missing, although an item has flag_differs"),
    (ASKS, 'en = " "\n\n', "items[A.2].en: is blank"),
    (ASKS, 'en = "a\\u0000b"\n\n', "items[A.2].en: holds a null character"),
    (ASKS, f'en = "{"x" * 4001}"\n\n', "items[A.2].en: is longer than 4000 characters"),
    (ASKS, "", "items[A.2].en: is missing"),
    ('{ code = "X.1.2"', '{ code = "X.1.1"', "criteria[X.1.1].code: is given 2 times"),
    ('{ code = "X.1.2"', '{ code = "X 1"', "processes[X.1].criteria[X 1].code: 'X 1' is not a code like C.2.3"),
    (STARTS, 'effective_from = "2026-01-01"', "effective_from: is not a date such as 2026-01-31"),
    (STARTS, f"{STARTS}T00:00:00", "effective_from: is not a date such as 2026-01-31"),
    ("reminder_days = [7, 60]", "reminder_days = [7, 7]", "reminder_days: names a number twice"),
    ("reminder_days = [7, 60]", "reminder_days = [0]", "reminder_days: 0 is not from 1 to 3650"),
    ("assessors_required = 2", "assessors_required = 0", "assessors_required: 0 is not from 1 to 20"),
    (APPEAL, f"{APPEAL}\nhide_critical = 1", "hide_critical: is not true or false"),
    (APPEAL, f"{APPEAL}\nhide_criticals = true", "hide_criticals: is not a key of the scheme format"),
    (APPEAL, f'{APPEAL}\nretake = "none"', "retake: 'none' is not one of: failed_stages, all_stages"),
    (APPEAL, f'{APPEAL}\nretake = ""', "retake: is blank"),
    (APPEAL, f"{APPEAL}\nretake = true", "retake: is not a text"),
    (APPEAL, f"{APPEAL}\npassed_stage_months = -1", "passed_stage_months: -1 is not from 0 to 600"),
    (APPEAL, f"{APPEAL}\npassed_stage_months = 601", "passed_stage_months: 601 is not from 0 to 600"),
    (APPEAL, f"{APPEAL}\npassed_stage_months = 12.0", "passed_stage_months: is not a whole number"),
    (APPEAL, f"{APPEAL}\npassed_stage_months = false", "passed_stage_months: is not a whole number"),
    (
        APPEAL,
        f'{APPEAL}\nretake = "all_stages"\npassed_stage_months = 12',
        "passed_stage_months: has to be 0, because retake 'all_stages' carries no passed stage over",
    ),
    (
        APPEAL,
        f'{APPEAL}\nretake = "all_stages"',
        "passed_stage_months: has to be 0, because retake 'all_stages' carries no passed stage over",
    ),
    (APPEAL, f'{APPEAL}\nrenewal_needs = "none"', "renewal_needs: 'none' is not one of: evidence, exam, both"),
    (APPEAL, f"{APPEAL}\nsurveillance_months = -1", "surveillance_months: -1 is not from 0 to 600"),
    (APPEAL, f"{APPEAL}\nsurveillance_notice_days = 0", "surveillance_notice_days: 0 is not from 1 to 365"),
    (
        APPEAL,
        f"{APPEAL}\nsurveillance_months = 1\nsurveillance_notice_days = 29",
        "surveillance_notice_days: is longer than the time between two surveillances",
    ),
    (APPEAL, f"{APPEAL}\nscopes = []", "scopes: is empty"),
    (APPEAL, f'{APPEAL}\nscopes = ["groups"]', "scopes: is not a list of tables"),
    (APPEAL, APPEAL + SCOPES.replace('"groups"', '"single"'), "scopes[single].code: is given 2 times"),
    (APPEAL, APPEAL + SCOPES.replace('"groups"', '"Qrup"'), "scopes[Qrup].code: 'Qrup' is not a code like groups"),
    (
        APPEAL,
        APPEAL + SCOPES.replace("Mentoring of groups", "x" * 100).replace("Mentoring of one", "x" * 101),
        "scopes: the names together are longer than 200 characters: a certificate has no room",
    ),
    (APPEAL, APPEAL + SCOPES.replace('az = "Qrup mentorluğu"\n', ""), "scopes[groups].az: is missing"),
    ('number_prefix = "M5"', 'number_prefix = "m-5"', "number_prefix: 'm-5' is not a code like K6"),
    ('code = "mentor-5"', 'code = "Mentor 5"', "code: 'Mentor 5' is not a code like coach-6"),
    ('az = "Söhbət", en', "en", "stages[S1].name.az: is missing"),
    (GUIDE, "points = []", "guide[exam].points: is empty"),
    ('{ az = "Söhbətdir.", en', "{ en", "guide[exam].points[1].az: is missing"),
]


@pytest.mark.parametrize(("old", "new", "expected"), WRONG, ids=[expected for _, _, expected in WRONG])
def test_parse_scheme_names_the_key_that_is_wrong(old: str, new: str, expected: str) -> None:
    found = problems(small_with(old, new))
    assert expected in found
    assert len(found) <= 2  # a stage or criterion that is away is then missed elsewhere too


def test_parse_scheme_reports_every_problem_with_the_name_of_the_file() -> None:
    text = small_with("level = 5", "level = 9").replace("appeal_days = 10", "appeal_days = 'ten'")
    with pytest.raises(SchemeFileError) as caught:
        parse_scheme(text, "small.toml")
    assert str(caught.value) == (
        "small.toml: level: 9 is not from 1 to 8\nsmall.toml: appeal_days: is not a whole number"
    )


def test_parse_scheme_stage_without_a_step() -> None:
    extra = """
[[stages]]
code = "S2"
method = "checklist"
name = { az = "İki", en = "Two" }
threshold_percent = 50
all_critical = false
setting = { az = "İki.", en = "Two." }
"""
    assert problems(SMALL + extra) == ("stages[S2]: has no step",)


def test_parse_scheme_empty_file_names_every_missing_key() -> None:
    assert set(problems("")) == {f"{key}: is missing" for key in tomllib.loads(SMALL)}


def test_parse_scheme_not_toml() -> None:
    assert problems("code = ") == ("is not TOML: Invalid value (at end of document)",)


def test_read_scheme_missing_file(tmp_path: Path) -> None:
    with pytest.raises(SchemeFileError, match=r"^none\.toml: cannot be read: No such file or directory$"):
        read_scheme(tmp_path / "none.toml")


def test_read_scheme_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'code = "\xe9"')
    with pytest.raises(SchemeFileError, match=r"^latin\.toml: is not UTF-8 text \(byte 8\)$"):
        read_scheme(path)


toml_values = st.one_of(
    st.integers(),
    st.booleans(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.one_of(st.integers(), st.text(max_size=3), st.just({})), max_size=3),
    st.just({}),
)


@given(st.sampled_from(sorted({*tomllib.loads(SMALL), *ADDED_KEYS})), toml_values)
def test_check_scheme_with_any_value_in_a_key_is_read_or_refused(key: str, value: object) -> None:
    document = {**tomllib.loads(SMALL), key: value}
    with suppress(SchemeFileError):
        assert check_scheme(document, "any.toml").sha256 == content_hash(document)
