"""What must never be untrue of a decision, a contract and a certificate, kept by the database."""

from django.db import migrations

from core.db import append_only, drop_append_only

# Contract B1: who assessed, trained or is otherwise close to a candidate does not decide on them; nobody decides on
# themselves.
DECIDER_IS_INDEPENDENT = """
CREATE FUNCTION certificates_decision_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE attempt exams_attempt%ROWTYPE;
BEGIN
    SELECT * INTO attempt FROM exams_attempt WHERE id = NEW.attempt_id;
    IF attempt.person_id <> NEW.person_id OR attempt.state <> 'released' THEN
        RAISE EXCEPTION 'only a released exam of this person is decided on'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decision_on_released';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM candidates_application p
        WHERE p.id = attempt.application_id AND p.state = 'accepted' AND p.concluded_at IS NULL
    ) THEN
        RAISE EXCEPTION 'only an open application is decided on'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decision_on_open_case';
    END IF;
    IF NEW.outcome = 'granted' AND NOT attempt.passed THEN
        RAISE EXCEPTION 'a failed exam is not granted'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_granted_needs_pass';
    END IF;
    IF EXISTS (
            SELECT 1 FROM exams_panelmember m JOIN exams_attempt a ON a.session_id = m.session_id
            WHERE a.person_id = NEW.person_id AND m.assessor_id = NEW.decided_by_id)
        OR EXISTS (
            SELECT 1 FROM exams_markentry e JOIN exams_stagerun r ON r.id = e.run_id
            JOIN exams_attempt a ON a.id = r.attempt_id
            WHERE a.person_id = NEW.person_id AND e.made_by_id = NEW.decided_by_id)
        OR EXISTS (
            SELECT 1 FROM candidates_conflictofinterest c
            WHERE c.person_id = NEW.person_id AND c.user_id = NEW.decided_by_id)
        OR EXISTS (SELECT 1 FROM candidates_person p WHERE p.id = NEW.person_id AND p.user_id = NEW.decided_by_id)
        OR EXISTS (
            SELECT 1 FROM candidates_application p
            WHERE p.id = attempt.application_id AND p.account_id = NEW.decided_by_id) THEN
        RAISE EXCEPTION 'the decision-maker is not independent of the candidate'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decider_independent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_decision_checked BEFORE INSERT ON certificates_decision
    FOR EACH ROW EXECUTE FUNCTION certificates_decision_checked();
"""

# A contract is offered on a granted decision, a certificate issued on a concluded contract, all of them of one person;
# and what the certificate and its document print is what the register says.
ONE_CASE = """
CREATE FUNCTION certificates_contract_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM certificates_decision d
                   WHERE d.id = NEW.decision_id AND d.person_id = NEW.person_id AND d.outcome = 'granted') THEN
        RAISE EXCEPTION 'a contract needs a granted decision on this person'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_contract_needs_grant';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_contract_checked BEFORE INSERT ON certificates_contract
    FOR EACH ROW EXECUTE FUNCTION certificates_contract_checked();
CREATE FUNCTION certificates_certificate_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM certificates_contract c
                   WHERE c.id = NEW.contract_id AND c.decision_id = NEW.decision_id AND c.person_id = NEW.person_id
                   AND c.state = 'concluded') THEN
        RAISE EXCEPTION 'a certificate needs a concluded contract of this person'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_certificate_needs_contract';
    END IF;
    IF (NEW.snapshot->>'number', NEW.snapshot->>'verification_code', NEW.snapshot->>'valid_from',
        NEW.snapshot->>'valid_until')
        IS DISTINCT FROM
        (NEW.number::text, NEW.code::text, to_char(NEW.valid_from, 'YYYY-MM-DD'),
        to_char(NEW.valid_until, 'YYYY-MM-DD'))
        OR NOT EXISTS (SELECT 1 FROM core_renderedfile f
                       WHERE f.id = NEW.document_id AND f.kind = 'certificate' AND f.snapshot = NEW.snapshot)
    THEN
        RAISE EXCEPTION 'a certificate prints what the register says'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_certificate_prints_itself';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_certificate_checked BEFORE INSERT ON certificates_certificate
    FOR EACH ROW EXECUTE FUNCTION certificates_certificate_checked();
"""

# What was agreed and what was printed stays; only the state and what belongs to it moves on.
FROZEN = """
CREATE FUNCTION certificates_contract_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'offered'
        OR (NEW.number, NEW.decision_id, NEW.person_id, NEW.template_id, NEW.snapshot, NEW.offered_at,
            NEW.draft_document_id)
            IS DISTINCT FROM
            (OLD.number, OLD.decision_id, OLD.person_id, OLD.template_id, OLD.snapshot, OLD.offered_at,
            OLD.draft_document_id)
    THEN
        RAISE EXCEPTION 'a contract keeps its words' USING ERRCODE = '23514', CONSTRAINT =
        'certificates_contract_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_contract_frozen BEFORE UPDATE OR DELETE ON certificates_contract
    FOR EACH ROW EXECUTE FUNCTION certificates_contract_frozen();
CREATE FUNCTION certificates_certificate_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'revoked'
        OR (to_jsonb(NEW) - 'state' - 'state_changed_at') IS DISTINCT FROM (to_jsonb(OLD) - 'state' -
        'state_changed_at')
    THEN
        RAISE EXCEPTION 'a certificate keeps what was printed, and revoked is final'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_certificate_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_certificate_frozen BEFORE UPDATE OR DELETE ON certificates_certificate
    FOR EACH ROW EXECUTE FUNCTION certificates_certificate_frozen();
CREATE FUNCTION certificates_suspension_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR (to_jsonb(NEW) - 'ended_at' - 'ended_by_id') IS DISTINCT FROM (to_jsonb(OLD) - 'ended_at' - 'ended_by_id')
    THEN
        RAISE EXCEPTION 'a suspension is ended once and otherwise stays'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_suspension_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_suspension_frozen BEFORE UPDATE OR DELETE ON certificates_suspension
    FOR EACH ROW EXECUTE FUNCTION certificates_suspension_frozen();
"""

NOT_TRUNCATED = ("certificates_contract", "certificates_certificate", "certificates_suspension")
APPEND_ONLY = ("certificates_decision", "certificates_contracttemplate")


def drop(*functions: str) -> str:
    """Return the SQL that drops trigger functions with their triggers."""
    return "".join(f"DROP FUNCTION {function} CASCADE;" for function in functions)


def no_truncate(table: str) -> str:
    """Return the SQL that keeps a table from being emptied past its row triggers."""
    return (
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()"
    )


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("certificates", "0001_initial"), ("exams", "0002_triggers"), ("core", "0002_triggers")]

    operations = [
        migrations.RunSQL(DECIDER_IS_INDEPENDENT, drop("certificates_decision_checked")),
        migrations.RunSQL(ONE_CASE, drop("certificates_contract_checked", "certificates_certificate_checked")),
        migrations.RunSQL(
            FROZEN,
            drop("certificates_contract_frozen", "certificates_certificate_frozen", "certificates_suspension_frozen"),
        ),
        *(
            migrations.RunSQL(no_truncate(table), f"DROP TRIGGER {table}_no_truncate ON {table}")
            for table in NOT_TRUNCATED
        ),
        *(migrations.RunSQL(append_only(table), drop_append_only(table)) for table in APPEND_ONLY),
    ]
