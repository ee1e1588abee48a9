"""The trail is written and read, never changed."""

from django.db import migrations

from core.db import append_only, drop_append_only


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("audit", "0001_initial"), ("core", "0002_triggers")]

    operations = [migrations.RunSQL(append_only("audit_auditentry"), drop_append_only("audit_auditentry"))]
