"""What was said in a case stays as it was said, before it is settled too; a case goes forward only, its papers stay.

Functions that earlier migrations wrote are written out again whole.
"""

from django.db import migrations, models
from django.db.models import Q

from core.db import append_only, drop_append_only, no_truncate

# Of each case: its states in their order; its last states; what may change until then; and what is said once, each with
# the column that shows that it has been said.
CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "certificates_misusecase": (
        ("open", "hearing", "answered", "settled"),
        ("settled",),
        (
            "state", "charge", "heard_at", "answer_due_on", "answer", "answered_at", "outcome", "reasons", "settled_at",
            "settled_by_id",
        ),
        {"heard_at": ("charge", "answer_due_on"), "answered_at": ("answer",)},
    ),
    "certificates_surveillance": (
        ("planned", "announced", "held", "cancelled"),
        ("held", "cancelled"),
        ("state", "announced_at", "held_on", "report", "result", "settled_at", "settled_by_id", "due_on"),
        {"announced_at": ()},
    ),
}  # fmt: skip


def case_goes_forward(table: str) -> str:
    """Return the SQL by which a case is settled once, goes forward only, and keeps what was said on the way."""
    order, final, columns, said = CASES[table]
    rest = "".join(f" - '{column}'" for column in columns)
    finals = ", ".join(f"'{state}'" for state in final)
    states = ", ".join(f"'{state}'" for state in order)
    kept = "".join(
        f"""
        OR (OLD.{shows} IS NOT NULL AND ({", ".join(f"NEW.{name}" for name in (shows, *words))})
            IS DISTINCT FROM ({", ".join(f"OLD.{name}" for name in (shows, *words))}))"""
        for shows, words in said.items()
    )
    return f"""
CREATE OR REPLACE FUNCTION {table}_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ({finals})
        OR (to_jsonb(NEW){rest}) IS DISTINCT FROM (to_jsonb(OLD){rest})
        OR array_position(ARRAY[{states}], NEW.state::text) < array_position(ARRAY[{states}], OLD.state::text){kept}
    THEN
        RAISE EXCEPTION 'a case is settled once, goes forward only and keeps what was said'
            USING ERRCODE = '23514', CONSTRAINT = '{table}_frozen';
    END IF;
    RETURN NEW;
END $$;
"""


# What is applied for stays; how the practice is described may be put in other words while the application is returned.
RENEWAL = """
CREATE FUNCTION certificates_renewal_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (to_jsonb(NEW) - 'evidence') IS DISTINCT FROM (to_jsonb(OLD) - 'evidence')
        OR (NEW.evidence <> OLD.evidence AND NOT EXISTS (
            SELECT 1 FROM candidates_application p WHERE p.id = NEW.application_id AND p.state = 'returned'))
    THEN
        RAISE EXCEPTION 'a renewal keeps what was applied for'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_renewal_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_renewal_checked BEFORE UPDATE OR DELETE ON certificates_renewal
    FOR EACH ROW EXECUTE FUNCTION certificates_renewal_checked();
"""


class Migration(migrations.Migration):
    """What was said stays."""

    dependencies = [("certificates", "0006_rules_of_the_life")]

    operations = [
        *(migrations.RunSQL(case_goes_forward(table), migrations.RunSQL.noop) for table in CASES),
        migrations.RunSQL(
            RENEWAL,
            "DROP TRIGGER certificates_renewal_checked ON certificates_renewal; "
            "DROP FUNCTION certificates_renewal_checked;",
        ),
        migrations.RunSQL(
            no_truncate("certificates_renewal"),
            "DROP TRIGGER certificates_renewal_no_truncate ON certificates_renewal;",
        ),
        migrations.AddConstraint(
            "misusecase",
            models.CheckConstraint(
                condition=Q(state__in=["open", "settled"])
                | Q(heard_at__isnull=False, answer_due_on__isnull=False)
                & ~Q(charge="")
                & (Q(state="hearing") | Q(answered_at__isnull=False) & ~Q(answer="")),
                name="certificates_misuse_step_complete",
            ),
        ),
        migrations.AddConstraint(
            "surveillance",
            models.CheckConstraint(
                condition=~Q(state="announced") | Q(announced_at__isnull=False), name="certificates_surveillance_told"
            ),
        ),
        migrations.RunSQL(append_only("certificates_casefile"), drop_append_only("certificates_casefile")),
    ]
