"""Changed terms that were not accepted yet lapse when newer ones of the same kind are announced."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("certificates", "0011_unbegun_renewals")]

    operations = [
        migrations.AddField(
            model_name="termsconsent",
            name="replaced_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replaces",
                to="certificates.termschange",
            ),
        ),
        migrations.AddConstraint(
            model_name="termsconsent",
            constraint=models.CheckConstraint(
                condition=models.Q(("replaced_by", None), ("accepted_at", None), _connector="OR"),
                name="certificates_consent_replaced",
            ),
        ),
    ]
