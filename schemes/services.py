"""Loading schemes: the only way in which a scheme or a version of it comes into being or changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import RuleViolation
from core.integrity import constraint_errors
from schemes.models import (
    PREFIX_CONSTRAINT,
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
from schemes.schemefile import SchemeData, StageData, read_scheme
from schemes.states import LOADED, REPLACED, LoadOutcome

SHIPPED = Path(__file__).parent / "data"

# In the order in which rows may be deleted: what refers to others goes first.
CONTENT: tuple[type[Model], ...] = (StepCriterion, Step, Criterion, Process, Stage, Scope, GuideSection)

PREFIX_TAKEN = {PREFIX_CONSTRAINT: _("The number prefix belongs to another scheme.")}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one scheme file."""

    version: SchemeVersion
    outcome: LoadOutcome


def load_shipped_schemes(*, actor: User | None = None) -> list[Loaded]:
    """Load every scheme file that the project ships, all or none. Effects and errors: see `load_scheme_files`."""
    return load_scheme_files(sorted(SHIPPED.glob("*.toml")), actor=actor)


def load_scheme_files(paths: Sequence[Path], *, actor: User | None = None) -> list[Loaded]:
    """Load scheme files, all or none, by the rules of `load_scheme`.

    Raises SchemeFileError for the first file that cannot be read or breaks the format, RuleViolation as `load_scheme`.
    """
    schemes = [read_scheme(path) for path in paths]
    with transaction.atomic():
        return [load_scheme(scheme, actor=actor) for scheme in schemes]


@transaction.atomic
def load_scheme(data: SchemeData, *, actor: User | None = None) -> Loaded:
    """Bring the latest version of a scheme into line with a checked file; `actor` None is the system.

    Content that is already there is left alone (by its hash). Changed content replaces that of the latest version while
    no exam has used it, and otherwise becomes the next version: a frozen one never changes. The scheme's own names and
    codes follow the file. Writes the trail unless nothing changed.

    Raises RuleViolation when the number prefix belongs to another scheme (code "schemes_scheme_prefix_unique"), or
    would change although an exam has used the scheme (code "number_prefix"): numbers already given out carry it.
    """
    scheme = _locked_scheme(data)
    latest = scheme.versions.order_by("-version").select_for_update().first()
    if latest is not None and latest.content_sha256 == data.sha256:
        return Loaded(latest, LoadOutcome.UNCHANGED)
    _update_scheme(scheme, data)
    if latest is None:
        return _add_version(scheme, 1, data, actor, LoadOutcome.CREATED)
    if latest.is_frozen:
        return _add_version(scheme, latest.version + 1, data, actor, LoadOutcome.NEW_VERSION)
    return _replace_content(latest, data, actor)


def _scheme_fields(data: SchemeData) -> dict[str, Any]:
    return {
        "number_prefix": data.number_prefix,
        "name_az": data.name.az,
        "name_en": data.name.en,
        "level": data.level,
        "state_classification": data.state_classification,
        "economic_activity": data.economic_activity,
    }


def _version_fields(data: SchemeData) -> dict[str, Any]:
    return {
        "content_sha256": data.sha256,
        "exam_minutes": data.exam_minutes,
        "validity_months": data.validity_months,
        "reminder_days": list(data.reminder_days),
        "assessors_required": data.assessors_required,
        "contract_acceptance_days": data.contract_acceptance_days,
        "appeal_days": data.appeal_days,
        "hide_critical": data.hide_critical,
        "retake": data.retake,
        "passed_stage_months": data.passed_stage_months,
        "renewal_needs": data.renewal_needs,
        "surveillance_months": data.surveillance_months,
        "surveillance_notice_days": data.surveillance_notice_days,
        "flag_note_az": data.flag_note.az,
        "flag_note_en": data.flag_note.en,
        "effective_from": data.effective_from,
        "loaded_at": timezone.now(),
    }


def _locked_scheme(data: SchemeData) -> Scheme:
    """Return the scheme with its row locked; two loaders at once make one scheme and take turns."""
    with constraint_errors(PREFIX_TAKEN):
        scheme, _created = Scheme.objects.select_for_update().get_or_create(
            code=data.code, defaults=_scheme_fields(data)
        )
    return scheme


def _update_scheme(scheme: Scheme, data: SchemeData) -> None:
    used = scheme.versions.filter(frozen_at__isnull=False)
    if scheme.number_prefix != data.number_prefix and used.exists():
        raise RuleViolation(
            _("The number prefix cannot change any more: an exam has used this scheme."), code="number_prefix"
        )
    for name, value in _scheme_fields(data).items():
        setattr(scheme, name, value)
    with constraint_errors(PREFIX_TAKEN):
        scheme.save()


def _add_version(scheme: Scheme, number: int, data: SchemeData, actor: User | None, outcome: LoadOutcome) -> Loaded:
    version = SchemeVersion.objects.create(scheme=scheme, version=number, **_version_fields(data))
    _write_content(version, data)
    record(actor=actor, verb=LOADED, obj=version, after=_traced(version), related=[scheme])
    return Loaded(version, outcome)


def _replace_content(version: SchemeVersion, data: SchemeData, actor: User | None) -> Loaded:
    before = _traced(version)
    for model in CONTENT:
        model._default_manager.filter(version=version).delete()
    for name, value in _version_fields(data).items():
        setattr(version, name, value)
    version.save()
    _write_content(version, data)
    record(actor=actor, verb=REPLACED, obj=version, before=before, after=_traced(version), related=[version.scheme])
    return Loaded(version, LoadOutcome.REPLACED)


def _traced(version: SchemeVersion) -> dict[str, Any]:
    """Return what the trail keeps of a version: its rules, and the content by its hash."""
    return {
        "version": version.version,
        "content_sha256": version.content_sha256,
        "effective_from": version.effective_from,
        "exam_minutes": version.exam_minutes,
        "validity_months": version.validity_months,
        "reminder_days": version.reminder_days,
        "assessors_required": version.assessors_required,
        "contract_acceptance_days": version.contract_acceptance_days,
        "appeal_days": version.appeal_days,
        "hide_critical": version.hide_critical,
        "retake": version.retake,
        "passed_stage_months": version.passed_stage_months,
        "renewal_needs": version.renewal_needs,
        "surveillance_months": version.surveillance_months,
        "surveillance_notice_days": version.surveillance_notice_days,
    }


def _write_content(version: SchemeVersion, data: SchemeData) -> None:
    criteria = _write_standard(version, data)
    _write_checklist(version, data, criteria)
    Scope.objects.bulk_create(
        Scope(version=version, code=scope.code, order=order, name_az=scope.name.az, name_en=scope.name.en)
        for order, scope in enumerate(data.scopes, start=1)
    )
    GuideSection.objects.bulk_create(
        GuideSection(
            version=version,
            code=section.code,
            order=order,
            title_az=section.title.az,
            title_en=section.title.en,
            points_az=[point.az for point in section.points],
            points_en=[point.en for point in section.points],
        )
        for order, section in enumerate(data.guide, start=1)
    )


def _write_standard(version: SchemeVersion, data: SchemeData) -> dict[str, Criterion]:
    """Write the processes and their criteria; return the criteria by code."""
    processes = Process.objects.bulk_create(
        Process(version=version, code=process.code, order=order, az=process.name.az, en=process.name.en)
        for order, process in enumerate(data.processes, start=1)
    )
    pairs = [
        (row, criterion)
        for row, process in zip(processes, data.processes, strict=True)
        for criterion in process.criteria
    ]
    criteria = Criterion.objects.bulk_create(
        Criterion(
            version=version,
            process=process,
            code=criterion.code,
            order=order,
            az=criterion.statement.az,
            en=criterion.statement.en,
        )
        for order, (process, criterion) in enumerate(pairs, start=1)
    )
    return {criterion.code: criterion for criterion in criteria}


def _write_checklist(version: SchemeVersion, data: SchemeData, criteria: Mapping[str, Criterion]) -> None:
    stages = Stage.objects.bulk_create(
        _stage(version, order, stage) for order, stage in enumerate(data.stages, start=1)
    )
    by_code = {stage.code: stage for stage in stages}
    steps = Step.objects.bulk_create(
        Step(
            version=version,
            stage=by_code[step.stage],
            code=step.code,
            order=order,
            critical=step.critical,
            flag_differs=step.flag_differs,
            indicator=step.indicator,
            statement_az=step.statement.az,
            statement_en=step.statement.en,
            note_az=step.note.az,
            note_en=step.note.en,
        )
        for order, step in enumerate(data.steps, start=1)
    )
    StepCriterion.objects.bulk_create(
        StepCriterion(version=version, step=row, criterion=criteria[code])
        for row, step in zip(steps, data.steps, strict=True)
        for code in step.criteria
    )


def _stage(version: SchemeVersion, order: int, stage: StageData) -> Stage:
    return Stage(
        version=version,
        code=stage.code,
        order=order,
        method=stage.method,
        name_az=stage.name.az,
        name_en=stage.name.en,
        threshold_percent=stage.threshold_percent,
        all_critical=stage.all_critical,
        min_minutes=stage.min_minutes,
        setting_az=stage.setting.az,
        setting_en=stage.setting.en,
    )
