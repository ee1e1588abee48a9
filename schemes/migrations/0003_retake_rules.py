"""What assessors see of critical steps, and which stages a retake repeats.

Versions that are already there, frozen ones too, get what their files have always said by not naming these keys
(`schemes.schemefile.ADDED_KEYS`). Adding a column with a default updates no row, so the triggers let it be.
"""

from django.db import migrations, models

RETAKES = [("failed_stages", "only the stages that were not passed"), ("all_stages", "every stage")]


class Migration(migrations.Migration):
    dependencies = (("schemes", "0002_triggers"),)

    operations = (
        migrations.AddField("schemeversion", "hide_critical", models.BooleanField(default=False)),
        migrations.AddField(
            "schemeversion",
            "retake",
            models.CharField(choices=RETAKES, default="failed_stages", max_length=20),
        ),
        migrations.AddField("schemeversion", "passed_stage_months", models.PositiveSmallIntegerField(default=12)),
        migrations.AddConstraint(
            "schemeversion",
            models.CheckConstraint(
                condition=models.Q(retake="failed_stages") | models.Q(retake="all_stages", passed_stage_months=0),
                name="schemes_version_retake",
            ),
        ),
    )
