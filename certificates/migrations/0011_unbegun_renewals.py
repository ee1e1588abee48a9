"""A renewal that was revoked before its first day takes nobody's place: the plan for the old one is withdrawn."""

from django.db import migrations

EVENT = """
CREATE OR REPLACE FUNCTION certificates_event_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.withdraws_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM certificates_certificateevent e WHERE e.id = NEW.withdraws_id
        AND e.certificate_id = NEW.certificate_id AND e.effective_on > NEW.effective_on
        AND (e.kind IN ('suspend', 'revoke')%(unbegun)s))
    THEN
        RAISE EXCEPTION 'only what has no force yet is withdrawn'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_event_withdraws_planned';
    END IF;
    RETURN NEW;
END $$;
"""
UNBEGUN = """ OR e.kind = 'supersede' AND EXISTS (
            SELECT 1 FROM certificates_certificate r WHERE r.renews_id = e.certificate_id AND r.state = 'revoked')"""


class Migration(migrations.Migration):
    """Let that, and only that, be withdrawn of a renewal."""

    dependencies = (("certificates", "0010_papers_checked_by_another"),)

    operations = (migrations.RunSQL(EVENT % {"unbegun": UNBEGUN}, EVENT % {"unbegun": ""}),)
