"""The published reason of a decision in English too, for readers who do not read Azerbaijani."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certificates", "0008_renewal_papers")]

    operations = [
        migrations.AddField(
            model_name="certificateevent",
            name="public_reason_en",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=500, verbose_name="public reason in English"
            ),
        ),
        migrations.AddConstraint(
            model_name="certificateevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("public_reason_en", ""), ("is_published", True), _connector="OR"),
                name="certificates_event_published_in_english",
            ),
        ),
    ]
