"""What must never be untrue of persons and applications, kept by the database."""

from django.db import migrations

from core.db import append_only, drop_append_only

# What applicants agreed to, the words they agreed to, and declared conflicts of interest never change.
APPEND_ONLY = ("candidates_declaration", "candidates_declarationtext", "candidates_conflictofinterest")
ATTACHMENTS = ("candidates_recommendationletter", "candidates_applicationdocument")

# A person is recognised by FIN: it never changes.
PERSON_FIN = """
CREATE FUNCTION candidates_fin_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.fin <> OLD.fin THEN
        RAISE EXCEPTION 'the FIN of a person never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'candidates_fin_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER candidates_fin_is_final BEFORE UPDATE OF fin ON candidates_person
    FOR EACH ROW EXECUTE FUNCTION candidates_fin_is_final();
"""
DROP_PERSON_FIN = """
DROP TRIGGER candidates_fin_is_final ON candidates_person;
DROP FUNCTION candidates_fin_is_final();
"""

# What was declared stays as it was declared, except while the applicant works on it (draft, returned). The reference,
# once
# given, and the scheme stay for ever; so does the person once the application has been settled.
DECLARED = """
CREATE FUNCTION candidates_declared_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('draft', 'returned') AND (
        NEW.surname, NEW.given_name, NEW.patronymic, NEW.date_of_birth, NEW.identity_series, NEW.identity_number,
        NEW.fin, NEW.address, NEW.telephone, NEW.email, NEW.language, NEW.special_needs, NEW.person_id
    ) IS DISTINCT FROM (
        OLD.surname, OLD.given_name, OLD.patronymic, OLD.date_of_birth, OLD.identity_series, OLD.identity_number,
        OLD.fin, OLD.address, OLD.telephone, OLD.email, OLD.language, OLD.special_needs, OLD.person_id
    ) THEN
        RAISE EXCEPTION 'what was declared on a submitted application does not change'
            USING ERRCODE = '23514', CONSTRAINT = 'candidates_declared_is_final';
    END IF;
    IF (NEW.scheme_id, NEW.account_id, NEW.entered_by_id)
            IS DISTINCT FROM (OLD.scheme_id, OLD.account_id, OLD.entered_by_id)
        OR (OLD.reference IS NOT NULL AND NEW.reference IS DISTINCT FROM OLD.reference)
    THEN
        RAISE EXCEPTION 'scheme, origin and reference of an application never change'
            USING ERRCODE = '23514', CONSTRAINT = 'candidates_origin_is_final';
    END IF;
    IF OLD.state IN ('refused', 'withdrawn') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'a refused or withdrawn application is final'
            USING ERRCODE = '23514', CONSTRAINT = 'candidates_settled_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER candidates_declared_is_final BEFORE UPDATE ON candidates_application
    FOR EACH ROW EXECUTE FUNCTION candidates_declared_is_final();
"""
DROP_DECLARED = """
DROP TRIGGER candidates_declared_is_final ON candidates_application;
DROP FUNCTION candidates_declared_is_final();
"""

# Letters and documents come and go only while the application is being worked on.
ATTACHED = """
CREATE FUNCTION candidates_attached_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE application bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.application_id ELSE NEW.application_id END;
BEGIN
    IF TG_OP = 'UPDATE' OR EXISTS (
        SELECT 1 FROM candidates_application WHERE id = application AND state NOT IN ('draft', 'returned')
    ) THEN
        RAISE EXCEPTION 'the attachments of a submitted application do not change'
            USING ERRCODE = '23514', CONSTRAINT = 'candidates_attached_is_final';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
""" + "".join(
    f"""
CREATE TRIGGER {table}_final BEFORE INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION candidates_attached_is_final();
"""
    for table in ATTACHMENTS
)
DROP_ATTACHED = (
    "".join(f"DROP TRIGGER {table}_final ON {table};" for table in ATTACHMENTS)
    + "DROP FUNCTION candidates_attached_is_final();"
)


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("candidates", "0001_initial"), ("core", "0002_triggers")]

    operations = [
        *(migrations.RunSQL(append_only(table), drop_append_only(table)) for table in APPEND_ONLY),
        migrations.RunSQL(PERSON_FIN, DROP_PERSON_FIN),
        migrations.RunSQL(DECLARED, DROP_DECLARED),
        migrations.RunSQL(ATTACHED, DROP_ATTACHED),
    ]
