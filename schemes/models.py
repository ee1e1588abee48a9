"""Schemes as data: a scheme, its versions, and what a version consists of.

Everything that belongs to a version carries its key, so that one trigger (migration 0002) can refuse any change once
the version is frozen, and composite foreign keys there keep the parts of two versions from being mixed.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language

from schemes.states import Method, RenewalNeeds, Retake

FROZEN_CONSTRAINT = "scheme_version_frozen"
"""The constraint that the triggers name when they refuse to change a frozen version."""

PREFIX_CONSTRAINT = "schemes_scheme_prefix_unique"

CODE_LENGTH = 30
NAME_LENGTH = 200


def in_language(az: str, en: str) -> str:
    """Return the text of the active language; Azerbaijani where another one or none is active."""
    return en if _is_english() else az


def in_other_language(az: str, en: str) -> str:
    """Return the text that `in_language` does not."""
    return az if _is_english() else en


def _is_english() -> bool:
    return (get_language() or "").startswith("en")


def default_reminder_days() -> list[int]:
    """Return the days before expiry on which a holder is reminded, unless the scheme sets others."""
    return [180, 90, 30, 7]


class Scheme(models.Model):
    """A certification scheme: what people are certified for. Its rules and content are in its versions."""

    code = models.SlugField(max_length=CODE_LENGTH, unique=True)
    number_prefix = models.CharField(max_length=6)
    name_az = models.CharField(max_length=NAME_LENGTH)
    name_en = models.CharField(max_length=NAME_LENGTH)
    level = models.PositiveSmallIntegerField()
    state_classification = models.CharField(max_length=CODE_LENGTH)
    economic_activity = models.CharField(max_length=CODE_LENGTH)

    class Meta:
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=["number_prefix"], name=PREFIX_CONSTRAINT),
            models.CheckConstraint(
                condition=Q(number_prefix__regex=r"^[A-Z][A-Z0-9]*$"), name="schemes_scheme_number_prefix"
            ),
            models.CheckConstraint(condition=Q(level__range=(1, 8)), name="schemes_scheme_level"),
        )

    def __str__(self) -> str:
        """Show the name in the reader's language."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return in_language(self.name_az, self.name_en)

    @property
    def other_name(self) -> str:
        """The name in the other language."""
        return in_other_language(self.name_az, self.name_en)


class SchemeVersion(models.Model):
    """The rules and the content of a scheme from a day on; frozen by the database once an exam has used it."""

    scheme = models.ForeignKey(Scheme, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    content_sha256 = models.CharField(max_length=64)
    exam_minutes = models.PositiveSmallIntegerField(default=45)
    validity_months = models.PositiveSmallIntegerField(default=60)
    reminder_days = ArrayField(models.PositiveSmallIntegerField(), default=default_reminder_days)
    assessors_required = models.PositiveSmallIntegerField(default=1)
    contract_acceptance_days = models.PositiveSmallIntegerField(default=30)  # the body's choice: no source names it
    appeal_days = models.PositiveSmallIntegerField(default=10)  # contract H13
    # The body's choice in the next three too. Their defaults are those of a file that does not name them.
    hide_critical = models.BooleanField(default=False)  # from assessors, until they have sealed their marks
    retake = models.CharField(max_length=20, choices=Retake, default=Retake.FAILED_STAGES)
    passed_stage_months = models.PositiveSmallIntegerField(default=12)  # 0: a passed stage is never carried over
    renewal_needs = models.CharField(max_length=8, choices=RenewalNeeds, default=RenewalNeeds.BOTH)
    surveillance_months = models.PositiveSmallIntegerField(default=24)  # contract B7; 0: none
    surveillance_notice_days = models.PositiveSmallIntegerField(default=30)
    flag_note_az = models.TextField(blank=True)
    flag_note_en = models.TextField(blank=True)
    effective_from = models.DateField()
    frozen_at = models.DateTimeField(null=True, editable=False)
    loaded_at = models.DateTimeField()

    class Meta:
        ordering = ("scheme", "-version")
        constraints = (
            models.UniqueConstraint(fields=["scheme", "version"], name="schemes_version_unique"),
            models.CheckConstraint(
                condition=Q(
                    version__gte=1,
                    exam_minutes__gte=1,
                    validity_months__gte=1,
                    assessors_required__gte=1,
                    contract_acceptance_days__gte=1,
                    appeal_days__gte=1,
                ),
                name="schemes_version_positive",
            ),
            models.CheckConstraint(
                condition=Q(retake=Retake.FAILED_STAGES) | Q(retake=Retake.ALL_STAGES, passed_stage_months=0),
                name="schemes_version_retake",
            ),
            models.CheckConstraint(condition=Q(content_sha256__regex=r"^[0-9a-f]{64}$"), name="schemes_version_sha256"),
        )

    def __str__(self) -> str:
        """Show the scheme's code and the version, the same in every language."""
        return f"{self.scheme.code} v{self.version}"

    @property
    def is_frozen(self) -> bool:
        """Whether an exam has used the version, so that nothing in it can change any more."""
        return self.frozen_at is not None

    @property
    def carries_passed_stages(self) -> bool:
        """Whether a stage that was passed in a failed exam can count in the next one, for `passed_stage_months`."""
        return self.retake == Retake.FAILED_STAGES and self.passed_stage_months > 0

    @property
    def flag_note(self) -> str:
        """Why the table's flag applies to the steps that carry `flag_differs`."""
        return in_language(self.flag_note_az, self.flag_note_en)


class Scope(models.Model):
    """A part of the scheme for which a certificate can hold or cease to hold; a scheme need not have any."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="scopes")
    code = models.CharField(max_length=CODE_LENGTH)
    order = models.PositiveSmallIntegerField()
    name_az = models.CharField(max_length=NAME_LENGTH)
    name_en = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        ordering = ("version", "order")
        constraints = (
            models.UniqueConstraint(fields=["version", "code"], name="schemes_scope_code"),
            models.UniqueConstraint(fields=["version", "order"], name="schemes_scope_order"),
        )

    def __str__(self) -> str:
        """Show the name in the reader's language."""
        return self.name

    @property
    def name(self) -> str:
        """The name in the active language."""
        return in_language(self.name_az, self.name_en)


class Stage(models.Model):
    """A stage of the exam, passed on its own: enough of its steps met and, if so ruled, all of its critical ones."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="stages")
    code = models.CharField(max_length=CODE_LENGTH)
    order = models.PositiveSmallIntegerField()
    method = models.CharField(max_length=20, choices=Method, default=Method.CHECKLIST)
    name_az = models.CharField(max_length=NAME_LENGTH)
    name_en = models.CharField(max_length=NAME_LENGTH)
    threshold_percent = models.PositiveSmallIntegerField()
    all_critical = models.BooleanField()
    min_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    setting_az = models.TextField()
    setting_en = models.TextField()

    class Meta:
        ordering = ("version", "order")
        constraints = (
            models.UniqueConstraint(fields=["version", "code"], name="schemes_stage_code"),
            models.UniqueConstraint(fields=["version", "order"], name="schemes_stage_order"),
            models.UniqueConstraint(fields=["id", "version"], name="schemes_stage_version"),
            models.CheckConstraint(condition=Q(threshold_percent__range=(0, 100)), name="schemes_stage_threshold"),
            models.CheckConstraint(
                condition=Q(min_minutes__isnull=True) | Q(min_minutes__gte=1), name="schemes_stage_min_minutes"
            ),
        )

    def __str__(self) -> str:
        """Show the code with the name in the reader's language."""
        return f"{self.code}. {self.name}"

    @property
    def name(self) -> str:
        """The name in the active language."""
        return in_language(self.name_az, self.name_en)

    @property
    def other_name(self) -> str:
        """The name in the other language."""
        return in_other_language(self.name_az, self.name_en)

    @property
    def setting(self) -> str:
        """How the stage is held, in the active language."""
        return in_language(self.setting_az, self.setting_en)

    def needed(self, total: int) -> int:
        """Return the smallest number of met steps, of `total`, that reaches the threshold."""
        return -(-self.threshold_percent * total // 100)


class Process(models.Model):
    """A process of the occupational standard, e.g. C.2."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="processes")
    code = models.CharField(max_length=CODE_LENGTH)
    order = models.PositiveSmallIntegerField()
    az = models.CharField(max_length=NAME_LENGTH)
    en = models.CharField(max_length=NAME_LENGTH)

    class Meta:
        ordering = ("version", "order")
        verbose_name_plural = "processes"
        constraints = (
            models.UniqueConstraint(fields=["version", "code"], name="schemes_process_code"),
            models.UniqueConstraint(fields=["version", "order"], name="schemes_process_order"),
            models.UniqueConstraint(fields=["id", "version"], name="schemes_process_version"),
        )

    def __str__(self) -> str:
        """Show the code with the name in the reader's language."""
        return f"{self.code}. {self.name}"

    @property
    def name(self) -> str:
        """The name in the active language."""
        return in_language(self.az, self.en)


class Criterion(models.Model):
    """A performance criterion of the occupational standard, e.g. C.2.3: what stands behind a step."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="criteria")
    process = models.ForeignKey(Process, on_delete=models.CASCADE, related_name="criteria")
    code = models.CharField(max_length=CODE_LENGTH)
    order = models.PositiveSmallIntegerField()  # within the version
    az = models.TextField()
    en = models.TextField()

    class Meta:
        ordering = ("version", "order")
        verbose_name_plural = "criteria"
        constraints = (
            models.UniqueConstraint(fields=["version", "code"], name="schemes_criterion_code"),
            models.UniqueConstraint(fields=["version", "order"], name="schemes_criterion_order"),
            models.UniqueConstraint(fields=["id", "version"], name="schemes_criterion_version"),
        )

    def __str__(self) -> str:
        """Show the code."""
        return self.code

    @property
    def statement(self) -> str:
        """The criterion in the active language."""
        return in_language(self.az, self.en)

    @property
    def other_statement(self) -> str:
        """The criterion in the other language."""
        return in_other_language(self.az, self.en)


class Step(models.Model):
    """A step of the checklist: what an assessor marks as met or not met."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="steps")
    stage = models.ForeignKey(Stage, on_delete=models.CASCADE, related_name="steps")
    code = models.CharField(max_length=CODE_LENGTH)
    order = models.PositiveSmallIntegerField()  # in the checklist, across its stages
    critical = models.BooleanField()
    flag_differs = models.BooleanField(default=False)  # the source's two lists disagree; `critical` is the table's
    indicator = models.CharField(max_length=CODE_LENGTH)
    statement_az = models.TextField()
    statement_en = models.TextField()
    note_az = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    criteria: models.ManyToManyField[Criterion, "StepCriterion"] = models.ManyToManyField(
        Criterion, through="StepCriterion", related_name="steps"
    )

    class Meta:
        ordering = ("version", "order")
        constraints = (
            models.UniqueConstraint(fields=["version", "code"], name="schemes_step_code"),
            models.UniqueConstraint(fields=["version", "order"], name="schemes_step_order"),
            models.UniqueConstraint(fields=["id", "version"], name="schemes_step_version"),
        )

    def __str__(self) -> str:
        """Show the code."""
        return self.code

    @property
    def statement(self) -> str:
        """What has to be seen, in the active language."""
        return in_language(self.statement_az, self.statement_en)

    @property
    def other_statement(self) -> str:
        """What has to be seen, in the other language."""
        return in_other_language(self.statement_az, self.statement_en)

    @property
    def note(self) -> str:
        """A remark on the wording, in the active language; often empty."""
        return in_language(self.note_az, self.note_en)


class StepCriterion(models.Model):
    """A criterion that stands behind a step."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="+")
    step = models.ForeignKey(Step, on_delete=models.CASCADE, related_name="step_criteria")
    criterion = models.ForeignKey(Criterion, on_delete=models.CASCADE, related_name="step_criteria")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["step", "criterion"], name="schemes_step_criterion_unique"),)

    def __str__(self) -> str:
        """Show the rows that it ties together."""
        return f"{self.step_id} → {self.criterion_id}"


class GuideSection(models.Model):
    """A section of what candidates are told: one point of advice or fact in each list entry."""

    version = models.ForeignKey(SchemeVersion, on_delete=models.CASCADE, related_name="guide")
    code = models.SlugField(max_length=CODE_LENGTH)
    order = models.PositiveSmallIntegerField()
    title_az = models.CharField(max_length=NAME_LENGTH)
    title_en = models.CharField(max_length=NAME_LENGTH)
    points_az = ArrayField(models.TextField())
    points_en = ArrayField(models.TextField())

    class Meta:
        ordering = ("version", "order")
        constraints = (
            models.UniqueConstraint(fields=["version", "code"], name="schemes_guide_code"),
            models.UniqueConstraint(fields=["version", "order"], name="schemes_guide_order"),
            models.CheckConstraint(condition=Q(points_az__len=F("points_en__len")), name="schemes_guide_same_points"),
        )

    def __str__(self) -> str:
        """Show the title in the reader's language."""
        return self.title

    @property
    def title(self) -> str:
        """The title in the active language."""
        return in_language(self.title_az, self.title_en)

    @property
    def points(self) -> list[str]:
        """The points in the active language."""
        return self.points_en if _is_english() else self.points_az
