"""What the database itself keeps: a frozen version does not change, and the parts of two versions are never mixed."""

from django.db import migrations

CONTENT = (
    "schemes_stage",
    "schemes_process",
    "schemes_criterion",
    "schemes_step",
    "schemes_stepcriterion",
    "schemes_guidesection",
)

# (table, column, table referred to): both rows are of the same version
SAME_VERSION = (
    ("schemes_step", "stage_id", "schemes_stage"),
    ("schemes_criterion", "process_id", "schemes_process"),
    ("schemes_stepcriterion", "step_id", "schemes_step"),
    ("schemes_stepcriterion", "criterion_id", "schemes_criterion"),
)

FUNCTIONS = """
CREATE FUNCTION schemes_refuse_frozen_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL AND (TG_OP = 'DELETE' OR NEW IS DISTINCT FROM OLD) THEN
        RAISE EXCEPTION '% of scheme version % is refused: an exam has used it', TG_OP, OLD.id
            USING ERRCODE = '23514', CONSTRAINT = 'scheme_version_frozen';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- FOR SHARE: a version cannot be frozen in the middle of a change of its content, nor its content be changed in the
-- middle of freezing.
CREATE FUNCTION schemes_refuse_frozen_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    owner record;
BEGIN
    FOR owner IN
        SELECT id, frozen_at FROM schemes_schemeversion
        WHERE (TG_OP <> 'INSERT' AND id = OLD.version_id) OR (TG_OP <> 'DELETE' AND id = NEW.version_id)
        FOR SHARE
    LOOP
        IF owner.frozen_at IS NOT NULL THEN
            RAISE EXCEPTION '% on % is refused: an exam has used scheme version %', TG_OP, TG_TABLE_NAME, owner.id
                USING ERRCODE = '23514', CONSTRAINT = 'scheme_version_frozen';
        END IF;
    END LOOP;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

DROP_FUNCTIONS = "DROP FUNCTION schemes_refuse_frozen_version(); DROP FUNCTION schemes_refuse_frozen_content();"

VERSION_TRIGGER = """
CREATE TRIGGER schemes_version_frozen BEFORE UPDATE OR DELETE ON schemes_schemeversion
    FOR EACH ROW EXECUTE FUNCTION schemes_refuse_frozen_version();
"""


def content_trigger(table: str) -> migrations.RunSQL:
    """Guard a table of version content."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION schemes_refuse_frozen_content()",
        f"DROP TRIGGER {table}_frozen ON {table}",
    )


def same_version(table: str, column: str, target: str) -> migrations.RunSQL:
    """Let a row refer only to a row of its own version."""
    name = f"{table}_{column.removesuffix('_id')}_same_version"
    return migrations.RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} "
        f"FOREIGN KEY ({column}, version_id) REFERENCES {target} (id, version_id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = (("schemes", "0001_initial"),)

    operations = (
        migrations.RunSQL(FUNCTIONS, DROP_FUNCTIONS),
        migrations.RunSQL(VERSION_TRIGGER, "DROP TRIGGER schemes_version_frozen ON schemes_schemeversion"),
        *(content_trigger(table) for table in CONTENT),
        *(same_version(*reference) for reference in SAME_VERSION),
    )
