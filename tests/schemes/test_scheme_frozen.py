"""What the database keeps, whoever asks: frozen versions, one version's parts together, codes once, sane numbers."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone

from core.integrity import constraint_name
from schemes.models import (
    FROZEN_CONSTRAINT,
    Criterion,
    GuideSection,
    Process,
    Scheme,
    SchemeVersion,
    Scope,
    Stage,
    Step,
    StepCriterion,
)
from schemes.services import load_scheme
from schemes.states import LoadOutcome
from tests.schemes.factories import (
    SCOPES,
    coach_version,
    freeze,
    scheme_with_prefix,
    small_data,
    small_ruled,
    small_version,
)

CONTENT: tuple[type[Model], ...] = (Stage, Step, Process, Criterion, StepCriterion, GuideSection)
COPIES = [Stage, Process, GuideSection]

# A harmless change of one column of each table
CHANGES: dict[type[Model], dict[str, object]] = {
    Stage: {"name_en": "Changed"},
    Step: {"note_en": "Changed"},
    Process: {"en": "Changed"},
    Criterion: {"en": "Changed"},
    StepCriterion: {"id": 10**9},
    GuideSection: {"title_en": "Changed"},
}


def violated(change: Callable[[], object]) -> str:
    """Return the name of the constraint that refuses `change`."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        change()
    return constraint_name(caught.value)


@pytest.mark.django_db
@pytest.mark.parametrize("model", CONTENT)
def test_frozen_content_cannot_be_updated(model: type[Model]) -> None:
    freeze(small_version())
    assert violated(lambda: model._default_manager.update(**CHANGES[model])) == FROZEN_CONSTRAINT


@pytest.mark.django_db
@pytest.mark.parametrize("model", CONTENT)
def test_open_content_can_be_updated(model: type[Model]) -> None:
    small_version()
    first = model._default_manager.order_by("pk")[:1]
    assert model._default_manager.filter(pk__in=first).update(**CHANGES[model]) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("model", CONTENT)
def test_frozen_content_cannot_be_deleted(model: type[Model]) -> None:
    freeze(small_version())
    assert violated(lambda: model._default_manager.all().delete()) == FROZEN_CONSTRAINT


@pytest.mark.django_db
@pytest.mark.parametrize("model", CONTENT)
def test_frozen_content_cannot_be_added_to(model: type[Model]) -> None:
    freeze(small_version())
    row = model._default_manager.earliest("pk")
    row.pk = None
    row._state.adding = True
    assert violated(row.save) == FROZEN_CONSTRAINT


@pytest.mark.django_db
@pytest.mark.parametrize("model", CONTENT)
def test_open_content_cannot_be_moved_into_a_frozen_version(model: type[Model]) -> None:
    frozen = freeze(small_version())
    version = load_scheme(small_data("validity_months = 30", "validity_months = 24")).version
    rows = model._default_manager.filter(version=version)
    assert violated(lambda: rows.update(version=frozen)) == FROZEN_CONSTRAINT


@pytest.mark.django_db
def test_frozen_scopes_stay() -> None:
    version = freeze(load_scheme(small_ruled(SCOPES)).version)
    added = Scope(version=version, code="new", order=3, name_az="Yeni", name_en="New")
    assert [
        violated(change)
        for change in (lambda: Scope.objects.update(name_en="x"), lambda: Scope.objects.all().delete(), added.save)
    ] == [FROZEN_CONSTRAINT] * 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"renewal_needs": "exam"},
        {"surveillance_months": 12},
        {"validity_months": 12},
        {"reminder_days": [1]},
        {"assessors_required": 3},
        {"hide_critical": True},
        {"passed_stage_months": 24},
        {"retake": "all_stages", "passed_stage_months": 0},
        {"content_sha256": "0" * 64},
        {"effective_from": "2030-01-01"},
        {"frozen_at": None},
        {"frozen_at": timezone.now()},
    ],
    ids=lambda change: next(iter(change)),
)
def test_frozen_version_cannot_be_changed(change: dict[str, object]) -> None:
    version = freeze(small_version())
    assert violated(lambda: SchemeVersion.objects.filter(pk=version.pk).update(**change)) == FROZEN_CONSTRAINT


@pytest.mark.django_db
def test_frozen_version_saved_without_a_change_is_left_alone() -> None:
    version = freeze(small_version())
    version.save()
    assert SchemeVersion.objects.get() == version


@pytest.mark.django_db
def test_frozen_version_cannot_be_deleted() -> None:
    version = freeze(small_version())
    assert violated(version.delete) == FROZEN_CONSTRAINT
    with connection.cursor() as cursor:
        sql = "DELETE FROM schemes_schemeversion WHERE id = %s"
        assert violated(lambda: cursor.execute(sql, [version.pk])) == FROZEN_CONSTRAINT


@pytest.mark.django_db
def test_open_version_can_be_deleted_with_its_content() -> None:
    small_version().delete()
    assert [model._default_manager.count() for model in CONTENT] == [0, 0, 0, 0, 0, 0]


@pytest.mark.django_db
def test_freezing_one_version_leaves_another_scheme_open() -> None:
    freeze(coach_version())
    version = small_version()
    assert Step.objects.filter(version=version).update(note_en="Changed") == 2


@pytest.mark.django_db
def test_step_cannot_stand_in_a_stage_of_another_version() -> None:
    small_version()
    coach_version()
    stage = Stage.objects.get(code="P1")
    assert violated(lambda: Step.objects.filter(code="A.1").update(stage=stage)) == "schemes_step_stage_same_version"


@pytest.mark.django_db
def test_criterion_cannot_belong_to_a_process_of_another_version() -> None:
    small_version()
    coach_version()
    process = Process.objects.get(code="C.1")
    assert (
        violated(lambda: Criterion.objects.filter(code="X.1.1").update(process=process))
        == "schemes_criterion_process_same_version"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "constraint"),
    [
        ("criterion", "schemes_stepcriterion_criterion_same_version"),
        ("step", "schemes_stepcriterion_step_same_version"),
    ],
)
def test_step_and_criterion_of_two_versions_cannot_be_tied(field: str, constraint: str) -> None:
    version = small_version()
    coach_version()
    foreign = {"criterion": Criterion.objects.get(code="C.1.1"), "step": Step.objects.get(code="BQ.2")}[field]
    row = StepCriterion.objects.filter(version=version)[:1]
    assert violated(lambda: StepCriterion.objects.filter(pk__in=row).update(**{field: foreign})) == constraint


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "change", "constraint"),
    [
        (Step, {"code": "A.1"}, "schemes_step_code"),
        (Step, {"order": 1}, "schemes_step_order"),
        (Criterion, {"code": "X.1.1"}, "schemes_criterion_code"),
        (Criterion, {"order": 1}, "schemes_criterion_order"),
        (Stage, {"threshold_percent": 101}, "schemes_stage_threshold"),
        (Stage, {"min_minutes": 0}, "schemes_stage_min_minutes"),
        (GuideSection, {"points_az": ["a", "b"]}, "schemes_guide_same_points"),
        (SchemeVersion, {"content_sha256": "abc"}, "schemes_version_sha256"),
        (SchemeVersion, {"assessors_required": 0}, "schemes_version_positive"),
        (SchemeVersion, {"retake": "all_stages"}, "schemes_version_retake"),
        (SchemeVersion, {"retake": "none", "passed_stage_months": 0}, "schemes_version_retake"),
        (SchemeVersion, {"retake": ""}, "schemes_version_retake"),
        (SchemeVersion, {"passed_stage_months": -1}, "schemes_schemeversion_passed_stage_months_check"),
        (SchemeVersion, {"version": 0}, "schemes_version_positive"),
        (Scheme, {"number_prefix": "m"}, "schemes_scheme_number_prefix"),
        (Scheme, {"level": 9}, "schemes_scheme_level"),
    ],
)
def test_constraint_refuses(model: type[Model], change: dict[str, object], constraint: str) -> None:
    small_version()
    assert violated(lambda: model._default_manager.update(**change)) == constraint


@pytest.mark.django_db
@pytest.mark.parametrize("model", COPIES)
def test_code_is_unique_in_its_version(model: type[Model]) -> None:
    small_version()
    row = model._default_manager.get()
    row.pk = None
    row._state.adding = True
    assert violated(row.save).endswith(("_code", "_order"))


@pytest.mark.django_db
def test_version_number_is_unique_in_its_scheme() -> None:
    version = small_version()
    version.pk = None
    version._state.adding = True
    assert violated(version.save) == "schemes_version_unique"


@pytest.mark.django_db
def test_number_prefix_is_unique() -> None:
    small_version()
    assert violated(lambda: scheme_with_prefix("other", "M5")) == "schemes_scheme_prefix_unique"


@pytest.mark.django_db(transaction=True)
def test_load_scheme_waits_for_an_exam_that_is_freezing_the_version() -> None:
    """The loader meets the version still open, but cannot change it: it waits and then makes the next version."""
    version = small_version()
    frozen, outcome = threading.Event(), []

    def load() -> None:
        try:
            frozen.wait(timeout=10)
            outcome.append(load_scheme(small_data("validity_months = 30", "validity_months = 24")).outcome)
        finally:
            connection.close()

    loader = threading.Thread(target=load)
    loader.start()
    with transaction.atomic():
        freeze(version)
        frozen.set()
        loader.join(timeout=0.5)
        assert (loader.is_alive(), outcome) == (True, [])
    loader.join(timeout=30)
    assert outcome == [LoadOutcome.NEW_VERSION]
    assert list(SchemeVersion.objects.order_by("version").values_list("validity_months", flat=True)) == [30, 24]


@pytest.mark.django_db(transaction=True)
def test_content_written_past_the_loader_waits_for_freezing_and_is_refused() -> None:
    version = small_version()
    frozen, refusals = threading.Event(), []

    def write() -> None:
        try:
            frozen.wait(timeout=10)
            Step.objects.filter(version=version).update(note_en="Changed")
        except IntegrityError as error:
            refusals.append(constraint_name(error))
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    with transaction.atomic():
        freeze(version)
        frozen.set()
        writer.join(timeout=0.5)
        assert (writer.is_alive(), refusals) == (True, [])
    writer.join(timeout=30)
    assert refusals == [FROZEN_CONSTRAINT]
