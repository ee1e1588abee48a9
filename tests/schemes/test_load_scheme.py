"""Loading scheme files into versions: created, unchanged, replaced, next version; all or nothing."""

import threading
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from audit.models import AuditEntry
from core.errors import RuleViolation
from schemes.models import Criterion, GuideSection, Process, Scheme, SchemeVersion, Stage, Step, StepCriterion
from schemes.schemefile import SchemeFileError
from schemes.services import Loaded, load_scheme, load_scheme_files, load_shipped_schemes
from schemes.states import LoadOutcome
from tests.schemes.factories import (
    COACH_FILE,
    SCOPES,
    SMALL,
    freeze,
    scheme_with_prefix,
    small_data,
    small_ruled,
    small_with,
)

CONTENT = (Stage, Step, Process, Criterion, StepCriterion, GuideSection)


def content_ids() -> dict[str, list[int]]:
    return {model.__name__: sorted(model._default_manager.values_list("pk", flat=True)) for model in CONTENT}


def outcomes(loaded: list[Loaded]) -> list[tuple[str, int, str]]:
    return [(one.version.scheme.code, one.version.version, one.outcome) for one in loaded]


def trail() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("verb", "object_label"))


@pytest.mark.django_db
def test_load_shipped_schemes_creates_the_coach_scheme() -> None:
    assert outcomes(load_shipped_schemes()) == [("coach-6", 1, LoadOutcome.CREATED)]
    version = SchemeVersion.objects.get()
    assert {model.__name__: model._default_manager.filter(version=version).count() for model in CONTENT} == {
        "Stage": 2,
        "Step": 35,
        "Process": 9,
        "Criterion": 28,
        "StepCriterion": 62,
        "GuideSection": 5,
    }
    assert version.reminder_days == [180, 90, 30, 7]
    assert (version.is_frozen, version.exam_minutes, version.validity_months, version.appeal_days) == (
        False,
        45,
        60,
        10,
    )
    assert (version.hide_critical, version.retake, version.passed_stage_months) == (False, "failed_stages", 12)
    step = Step.objects.get(code="BQ.16")
    assert (step.stage.code, step.order, step.critical, step.indicator) == ("P1", 16, False, "2.2")
    assert list(step.criteria.order_by("order").values_list("code", flat=True)) == [
        "C.2.1",
        "D.1.1",
        "D.1.2",
        "D.2.1",
        "D.3.3",
        "D.4.1",
    ]
    assert trail() == [("scheme.load", "coach-6 v1")]


@pytest.mark.django_db
def test_load_scheme_unchanged_does_nothing() -> None:
    first = load_scheme(small_data())
    before = content_ids()
    second = load_scheme(small_data())
    assert (second.version, second.outcome) == (first.version, LoadOutcome.UNCHANGED)
    assert content_ids() == before
    assert trail() == [("scheme.load", "mentor-5 v1")]


@pytest.mark.django_db
def test_load_scheme_changed_while_open_replaces_the_content_in_place() -> None:
    first = load_scheme(small_data()).version
    data = small_data('az = "Soruşur."\nen = "Asks."\n\n', 'az = "Açıq soruşur."\nen = "Asks openly."\n\n')
    second = load_scheme(data)
    assert (second.version.pk, second.version.version, second.outcome) == (first.pk, 1, LoadOutcome.REPLACED)
    assert list(Step.objects.order_by("order").values_list("statement_en", flat=True)) == ["Listens.", "Asks openly."]
    assert SchemeVersion.objects.get().content_sha256 == data.sha256
    entry = AuditEntry.objects.latest("id")
    assert (entry.verb, [change[:3] for change in entry.changes]) == (
        "scheme.replace",
        [("content_sha256", small_data().sha256, data.sha256)],
    )


@pytest.mark.django_db
def test_load_scheme_changed_after_freezing_makes_the_next_version() -> None:
    first = freeze(load_scheme(small_data()).version)
    before = content_ids()
    second = load_scheme(small_data("validity_months = 30", "validity_months = 24"))
    assert (second.version.version, second.version.validity_months, second.outcome) == (
        2,
        24,
        LoadOutcome.NEW_VERSION,
    )
    first.refresh_from_db()
    assert (first.validity_months, first.steps.count(), second.version.steps.count()) == (30, 2, 2)
    assert {name: ids[: len(before[name])] for name, ids in content_ids().items()} == before
    assert trail() == [("scheme.load", "mentor-5 v1"), ("scheme.load", "mentor-5 v2")]


@pytest.mark.django_db
def test_load_scheme_with_a_new_rule_after_freezing_makes_the_next_version() -> None:
    freeze(load_scheme(small_data()).version)
    load_scheme(small_ruled('hide_critical = true\nretake = "all_stages"\npassed_stage_months = 0'))
    rules = SchemeVersion.objects.order_by("version").values_list("hide_critical", "retake", "passed_stage_months")
    assert list(rules) == [(False, "failed_stages", 12), (True, "all_stages", 0)]


@pytest.mark.django_db
def test_load_scheme_with_new_rules_while_open_traces_each() -> None:
    load_scheme(small_data())
    data = small_ruled('hide_critical = true\nretake = "all_stages"\npassed_stage_months = 0')
    assert load_scheme(data).outcome == LoadOutcome.REPLACED
    entry = AuditEntry.objects.latest("id")
    rules = ("hide_critical", "retake", "passed_stage_months")
    assert entry.verb == "scheme.replace"
    assert [(entry.before[rule], entry.after[rule]) for rule in rules] == [
        (False, True),
        ("failed_stages", "all_stages"),
        (12, 0),
    ]


@pytest.mark.django_db
def test_load_scheme_with_scopes_replaces_them_and_keeps_their_order() -> None:
    load_scheme(small_ruled(SCOPES))
    swapped = SCOPES.replace('"single"', '"x"').replace('"groups"', '"single"').replace('"x"', '"groups"')
    rules = 'renewal_needs = "exam"\nsurveillance_months = 6\nsurveillance_notice_days = 14'
    version = load_scheme(small_ruled(f"{rules}\n{swapped}")).version
    assert list(version.scopes.values_list("code", "order", "name_en")) == [
        ("groups", 1, "Mentoring of one"),
        ("single", 2, "Mentoring of groups"),
    ]
    assert (version.renewal_needs, version.surveillance_months, version.surveillance_notice_days) == ("exam", 6, 14)
    entry = AuditEntry.objects.latest("id")
    assert (entry.before["surveillance_months"], entry.after["surveillance_months"]) == (24, 6)


@pytest.mark.django_db
def test_load_scheme_unchanged_after_freezing_does_nothing() -> None:
    version = freeze(load_scheme(small_data()).version)
    again = load_scheme(small_data())
    assert (again.version, again.outcome) == (version, LoadOutcome.UNCHANGED)


@pytest.mark.django_db
def test_load_scheme_carries_the_names_of_the_scheme() -> None:
    freeze(load_scheme(small_data()).version)
    load_scheme(small_data("Mentor (Level 5)", "Mentor (Level Five)"))
    assert list(Scheme.objects.values_list("code", "name_en")) == [("mentor-5", "Mentor (Level Five)")]


@pytest.mark.django_db
def test_load_scheme_with_the_prefix_of_another_scheme_is_refused() -> None:
    scheme_with_prefix("other", "M5")
    with pytest.raises(RuleViolation) as caught:
        load_scheme(small_data())
    assert caught.value.code == "schemes_scheme_prefix_unique"
    assert list(Scheme.objects.values_list("code", flat=True)) == ["other"]


@pytest.mark.django_db
def test_load_scheme_changing_to_the_prefix_of_another_scheme_is_refused() -> None:
    scheme_with_prefix("other", "O5")
    load_scheme(small_data())
    with pytest.raises(RuleViolation) as caught:
        load_scheme(small_data('"M5"', '"O5"'))
    assert caught.value.code == "schemes_scheme_prefix_unique"
    assert Scheme.objects.get(code="mentor-5").number_prefix == "M5"


@pytest.mark.django_db
def test_load_scheme_with_a_new_prefix_while_open_changes_it() -> None:
    load_scheme(small_data())
    load_scheme(small_data('"M5"', '"MN5"'))
    assert Scheme.objects.get().number_prefix == "MN5"


@pytest.mark.django_db
def test_load_scheme_with_a_new_prefix_after_freezing_is_refused() -> None:
    freeze(load_scheme(small_data()).version)
    with pytest.raises(RuleViolation) as caught:
        load_scheme(small_data('"M5"', '"MN5"'))
    assert caught.value.code == "number_prefix"
    assert (Scheme.objects.get().number_prefix, SchemeVersion.objects.count()) == ("M5", 1)


@pytest.mark.django_db
def test_load_scheme_files_with_one_wrong_file_loads_nothing(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(small_with('stage = "S1"\ncritical = true', 'stage = "S9"\ncritical = true'), encoding="utf-8")
    with pytest.raises(SchemeFileError, match=r"^wrong\.toml: items\[A\.1\]\.stage: there is no stage 'S9'$"):
        load_scheme_files([COACH_FILE, wrong])
    assert (Scheme.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_load_scheme_files_with_one_refused_file_loads_nothing(tmp_path: Path) -> None:
    refused = tmp_path / "refused.toml"
    refused.write_text(small_with('"M5"', '"K6"'), encoding="utf-8")
    with pytest.raises(RuleViolation):
        load_scheme_files([COACH_FILE, refused])
    assert (Scheme.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_load_scheme_command_says_what_became_of_each_file(tmp_path: Path) -> None:
    small = tmp_path / "small.toml"
    small.write_text(SMALL, encoding="utf-8")
    out = StringIO()
    call_command("load_scheme", COACH_FILE, small, stdout=out)
    call_command("load_scheme", stdout=out)
    assert out.getvalue().splitlines() == [
        f"coach-6 v1: {LoadOutcome.CREATED.label}",
        f"mentor-5 v1: {LoadOutcome.CREATED.label}",
        f"coach-6 v1: {LoadOutcome.UNCHANGED.label}",
    ]


@pytest.mark.django_db
def test_load_scheme_command_with_a_wrong_file_names_file_and_key(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(small_with("level = 5", 'level = "five"'), encoding="utf-8")
    with pytest.raises(CommandError, match=r"^wrong\.toml: level: is not a whole number$"):
        call_command("load_scheme", wrong)


@pytest.mark.django_db(transaction=True)
def test_load_scheme_by_two_at_once_makes_one_version() -> None:
    together = threading.Barrier(2)
    found: list[LoadOutcome] = []

    def load() -> None:
        try:
            together.wait(timeout=10)
            found.append(load_scheme(small_data()).outcome)
        finally:
            connection.close()

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(found) == [LoadOutcome.CREATED, LoadOutcome.UNCHANGED]
    assert (SchemeVersion.objects.count(), Step.objects.count()) == (1, 2)
