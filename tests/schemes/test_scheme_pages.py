"""The public pages of the schemes."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import strip_tags

from accounts.models import User
from schemes.models import SchemeVersion
from schemes.queries import current_version, outline, shown_version, versions_in_force
from schemes.services import load_scheme
from tests.schemes.factories import SCOPES, coach_version, freeze, small_data, small_ruled, small_version


def words(html: str) -> str:
    return re.sub(r"\s+", " ", unescape(strip_tags(html)))


def page(client: Client, name: str, *args: object, language: str = "en") -> str:
    response = client.get(reverse(f"schemes:{name}", args=args), headers={"accept-language": language})
    assert response.status_code == 200
    return str(response.content, "utf-8")


def step_html(html: str, code: str) -> str:
    """Return the list entry of one step."""
    return html.split(f'<li class="step" id="{code}">')[1].split("</li>\n", maxsplit=1)[0]


# Queries


@pytest.mark.django_db
def test_current_version_is_the_newest_in_effect() -> None:
    first = freeze(small_version())
    today = timezone.localdate()
    later = today + timedelta(days=10)
    second = load_scheme(small_data("effective_from = 2026-01-01", f"effective_from = {later}")).version
    assert (current_version(first.scheme), current_version(first.scheme, later)) == (first, second)
    assert current_version(first.scheme, first.effective_from - timedelta(days=1)) is None
    assert shown_version(first.scheme) == first


@pytest.mark.django_db
def test_shown_version_before_the_first_takes_effect_is_the_first() -> None:
    later = timezone.localdate() + timedelta(days=10)
    version = load_scheme(small_data("effective_from = 2026-01-01", f"effective_from = {later}")).version
    assert (current_version(version.scheme), shown_version(version.scheme)) == (None, version)


@pytest.mark.django_db
def test_versions_in_force_holds_one_version_of_each_scheme() -> None:
    freeze(small_version())
    second = load_scheme(small_data("validity_months = 30", "validity_months = 24")).version
    coach = coach_version()
    assert list(versions_in_force()) == [coach, second]


@pytest.mark.django_db
def test_outline_gives_the_rule_of_each_stage_in_numbers() -> None:
    stages = outline(coach_version())
    assert [(one.stage.code, one.total, one.critical, one.needed) for one in stages] == [
        ("P1", 27, 18, 22),
        ("P2", 8, 4, 7),
    ]
    assert [step.code for step in stages[1].steps] == [
        "BQ.1", "BQ.3", "BQ.12", "BQ.28", "BQ.29", "BQ.30", "BQ.31", "BQ.33",
    ]  # fmt: skip


@pytest.mark.django_db
def test_texts_follow_the_active_language() -> None:
    stage = coach_version().stages.get(code="P2")
    step = stage.steps.get(code="BQ.33")
    with translation.override("en"):
        english = (str(stage), stage.other_name, step.note, step.statement == step.statement_en)
    with translation.override("az"):
        azerbaijani = (str(stage), stage.other_name, step.note, step.statement == step.statement_az)
    assert english == (
        "P2. Coaching process: feedback presentation",
        "Kouçluq prosesi: geridönüş təqdimatı",
        "The statement is cut short in the guide's table; it is completed from the guide's P2 list.",
        True,
    )
    assert azerbaijani == (
        "P2. Kouçluq prosesi: geridönüş təqdimatı",
        "Coaching process: feedback presentation",
        "Bələdçinin cədvəlində cümlə yarımçıqdır; bələdçinin P2 siyahısından tamamlanıb.",
        True,
    )


# Pages


@pytest.mark.django_db
def test_list_shows_the_schemes_in_effect_to_anyone(client: Client) -> None:
    coach_version()
    text = words(page(client, "list"))
    assert "Coach (Level 6) 6 45 minutes 1 January 2020" in text


@pytest.mark.django_db
def test_list_without_a_scheme_says_so(client: Client) -> None:
    assert "No scheme is in effect yet" in words(page(client, "list"))


@pytest.mark.django_db
def test_scheme_page_states_the_rule_of_each_stage(client: Client) -> None:
    coach_version()
    english, azerbaijani = (words(page(client, "detail", "coach-6", language=language)) for language in ("en", "az"))
    assert (
        "To pass the stage: at least 22 of 27 steps (80 %) are met, and all 18 critical steps are met. "
        "It lasts at least 25 minutes." in english
    )
    assert "To pass the stage: at least 7 of 8 steps (80 %) are met, and all 4 critical steps are met. BQ.1" in english
    assert (
        "Mərhələni keçmək üçün 27 addımdan ən azı 22 addım (80 %) və 18 həlledici addımın hamısı yerinə "
        "yetirilməlidir. Mərhələ ən azı 25 dəqiqə davam edir." in azerbaijani
    )


@pytest.mark.django_db
def test_scheme_page_states_the_rules_of_the_version(client: Client) -> None:
    coach_version()
    text = words(page(client, "detail", "coach-6"))
    for fact in (
        "State classification of occupations 2635",
        "Classification of economic activity 9609011",
        "Length of the exam 45 minutes",
        "Assessors in the panel at least 1",
        "Validity of the certificate 5 years",
        "Reminders before expiry 180, 90, 30, 7 days before",
        "For renewal evidence of continued practice and an exam",
        "Surveillance every 2 years; the holder is told 30 days ahead",
        "Time to conclude the contract 30 days",
        "Time to appeal against the decision 10 days",
    ):
        assert fact in text


@pytest.mark.django_db
def test_scheme_page_shows_every_step_in_both_languages_with_its_criteria(client: Client) -> None:
    version = coach_version()
    html = page(client, "detail", "coach-6")
    for step in version.steps.prefetch_related("criteria"):
        text = words(step_html(html, step.code))
        assert step.statement_en in text
        assert step.statement_az in text
        codes = [criterion.code for criterion in step.criteria.order_by("order")]
        assert f"Performance criteria: {', '.join(codes)}" in text
        assert ("Critical step" in text) is step.critical
        assert ("Why the table applies" in text) is step.flag_differs


@pytest.mark.django_db
def test_scheme_page_explains_the_steps_whose_flag_differs(client: Client) -> None:
    version = coach_version()
    html = page(client, "detail", "coach-6")
    text = words(html.split('id="flagged"')[1].split("</section>")[0])
    assert version.flag_note_en in text
    assert re.findall(r"(BQ\.\d+) \((P\d)\): (critical|not critical) by the table", text) == [
        ("BQ.21", "P1", "critical"),
        ("BQ.23", "P1", "critical"),
        ("BQ.32", "P1", "not critical"),
        ("BQ.35", "P1", "critical"),
        ("BQ.29", "P2", "critical"),
    ]


@pytest.mark.django_db
def test_scheme_page_without_flagged_steps_does_not_mention_them(client: Client) -> None:
    small_version()
    html = page(client, "detail", "mentor-5")
    assert 'id="flagged"' not in html
    text = words(html)
    assert "To pass the stage: at least 1 of 2 steps (50 %) are met. A.1" in text
    assert "Validity of the certificate 30 months" in text


STRICT = 'hide_critical = true\nretake = "all_stages"\npassed_stage_months = 0'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rules", "language", "critical", "repeated", "carried"),
    [
        (
            "",
            "en",
            "assessors see which steps are critical while they mark",
            "only the stages that were not passed",
            "counts for 1 year",
        ),
        (
            "",
            "az",
            "qiymətləndiricilər hansı addımların həlledici olduğunu qiymətləndirmə zamanı görür",
            "yalnız keçilməmiş mərhələlər",
            "1 il ərzində nəzərə alınır",
        ),
        (
            STRICT,
            "en",
            "assessors see which steps are critical only after they have sealed their marks",
            "every stage",
            "does not count",
        ),
        (
            STRICT,
            "az",
            "qiymətləndiricilər hansı addımların həlledici olduğunu yalnız qiymətlərini möhürlədikdən sonra görür",
            "bütün mərhələlər",
            "nəzərə alınmır",
        ),
    ],
    ids=["default-en", "default-az", "strict-en", "strict-az"],
)
def test_scheme_page_tells_what_is_hidden_and_what_a_retake_repeats(
    client: Client, rules: str, language: str, critical: str, repeated: str, carried: str
) -> None:
    labels = {
        "en": ("Critical steps", "Repeated after a failed exam", "Passed stage in a retake"),
        "az": ("Həlledici addımlar", "Uğursuz imtahandan sonra təkrarlanır", "Keçilmiş mərhələ təkrar imtahanda"),
    }[language]
    load_scheme(small_ruled(rules))
    rows = zip(labels, (critical, repeated, carried), strict=True)
    expected = " ".join(f"{label} {value}" for label, value in rows)
    assert expected in words(page(client, "detail", "mentor-5", language=language))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (
            "passed_stage_months = 18",
            "only the stages that were not passed Passed stage in a retake counts for 18 months",
        ),
        ("passed_stage_months = 0", "failed exam every stage Passed stage in a retake does not count"),
    ],
)
def test_scheme_page_tells_how_long_a_passed_stage_counts(client: Client, rules: str, expected: str) -> None:
    load_scheme(small_ruled(rules))
    assert expected in words(page(client, "detail", "mentor-5"))


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "title"), [("az", "P1-ə hazırlıq"), ("en", "Preparing for P1")])
def test_scheme_page_tells_candidates_how_to_prepare(client: Client, language: str, title: str) -> None:
    coach_version()
    assert title in page(client, "detail", "coach-6", language=language)


@pytest.mark.django_db
def test_scheme_page_names_the_scopes_of_the_certificate(client: Client) -> None:
    load_scheme(small_ruled(f"surveillance_months = 0\n{SCOPES}"))
    text = words(page(client, "detail", "mentor-5"))
    assert "in them only: Mentoring of one Mentoring of groups" in text
    assert "Surveillance none is planned" in text


@pytest.mark.django_db
def test_scheme_page_of_an_unknown_scheme_is_not_found(client: Client) -> None:
    assert client.get(reverse("schemes:detail", args=["none"])).status_code == 404


@pytest.mark.django_db
def test_version_page_of_an_older_version_leads_to_the_one_in_effect(client: Client) -> None:
    freeze(small_version())
    load_scheme(small_data("validity_months = 30", "validity_months = 24"))
    old, new = words(page(client, "version", "mentor-5", 1)), words(page(client, "detail", "mentor-5"))
    assert "This is not the version in effect. To the version in effect" in old
    assert "Validity of the certificate 30 months" in old
    assert "Version 2, in effect from 1 January 2026" in old
    assert "This is not the version in effect." not in new
    assert "Validity of the certificate 2 years" in new


@pytest.mark.django_db
def test_version_page_of_an_unknown_version_is_not_found(client: Client) -> None:
    small_version()
    assert client.get(reverse("schemes:version", args=["mentor-5", 2])).status_code == 404


def test_history_is_shown_to_those_who_check(
    client: Client, sign_in: Callable[[User], Client], officer: User, auditor: User, candidate: User
) -> None:
    coach_version()
    shown = ["Scheme version loaded" in page(one, "detail", "coach-6") for one in map(sign_in, (officer, auditor))]
    hidden = ["Scheme version loaded" in page(one, "detail", "coach-6") for one in (sign_in(candidate), client)]
    assert (shown, hidden) == ([True, True], [False, False])


@pytest.mark.django_db
def test_scheme_page_costs_the_same_for_a_small_and_a_large_scheme(client: Client) -> None:
    small_version()
    coach_version()
    counts = []
    for code in ("mentor-5", "coach-6"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            page(client, "detail", code)
        counts.append(len(queries))
    assert counts == [8, 8]


@pytest.mark.django_db
def test_list_costs_the_same_for_one_and_three_schemes(client: Client) -> None:
    counts = []
    coach_version()
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            page(client, "list")
        counts.append(len(queries))
        small_version()
        load_scheme(small_data('code = "mentor-5"\nnumber_prefix = "M5"', 'code = "mentor-7"\nnumber_prefix = "M7"'))
    assert counts == [2, 2]
    assert SchemeVersion.objects.count() == 3
