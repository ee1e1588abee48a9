"""The function behind every append-only table, and rendered files that never change again."""

from django.db import migrations

from core.db import APPEND_ONLY_FUNCTION

RENDERED_IS_FINAL = """
CREATE FUNCTION core_rendered_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.rendered_at IS NOT NULL
        OR (NEW.kind, NEW.snapshot) IS DISTINCT FROM (OLD.kind, OLD.snapshot) THEN
        RAISE EXCEPTION 'a rendered document never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'core_rendered_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER core_rendered_is_final BEFORE UPDATE OR DELETE ON core_renderedfile
    FOR EACH ROW EXECUTE FUNCTION core_rendered_is_final();
"""


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(APPEND_ONLY_FUNCTION, "DROP FUNCTION core_refuse_change"),
        migrations.RunSQL(
            RENDERED_IS_FINAL,
            "DROP TRIGGER core_rendered_is_final ON core_renderedfile; DROP FUNCTION core_rendered_is_final",
        ),
    ]
