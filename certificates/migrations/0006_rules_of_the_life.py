"""What must never be untrue of a certificate's life: copies, events, duties and cases keep their words.

Functions that earlier migrations wrote are written out again whole. There is no way back: what was moved out of the
certificate's own row is not put in again.
"""

import django.db.models.deletion
from django.db import migrations, models

from core.db import append_only, no_truncate

# An exam is decided on when it is released and settled; without one, a renewal for which the scheme asks only evidence.
DECISION = """
CREATE OR REPLACE FUNCTION certificates_decision_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE attempt exams_attempt%ROWTYPE;
BEGIN
    IF NEW.attempt_id IS NULL THEN
        IF NOT EXISTS (
            SELECT 1 FROM certificates_renewal r JOIN candidates_application p ON p.id = r.application_id
            WHERE p.id = NEW.application_id AND p.person_id = NEW.person_id AND NOT p.needs_exam
            AND r.needs = 'evidence')
        THEN
            RAISE EXCEPTION 'only a renewal on evidence is decided on without an exam'
                USING ERRCODE = '23514', CONSTRAINT = 'certificates_decision_on_released';
        END IF;
    ELSE
        SELECT * INTO attempt FROM exams_attempt WHERE id = NEW.attempt_id;
        IF attempt.person_id <> NEW.person_id OR attempt.application_id <> NEW.application_id
            OR attempt.state <> 'released' THEN
            RAISE EXCEPTION 'only a released exam of this person is decided on'
                USING ERRCODE = '23514', CONSTRAINT = 'certificates_decision_on_released';
        END IF;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM candidates_application p
        WHERE p.id = NEW.application_id AND p.state = 'accepted' AND p.concluded_at IS NULL
    ) THEN
        RAISE EXCEPTION 'only an open application is decided on'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decision_on_open_case';
    END IF;
    IF EXISTS (
            SELECT 1 FROM exams_breachcase b
            WHERE b.state = 'open' AND (b.attempt_id = NEW.attempt_id OR EXISTS (
                SELECT 1 FROM exams_carriedstage c JOIN exams_stagerun r ON r.id = c.run_id
                WHERE r.attempt_id = b.attempt_id AND c.attempt_id = NEW.attempt_id)))
        OR EXISTS (
            SELECT 1 FROM exams_amendment m JOIN exams_stagerun r ON r.id = m.run_id
            WHERE m.state = 'proposed' AND (r.attempt_id = NEW.attempt_id OR EXISTS (
                SELECT 1 FROM exams_carriedstage c WHERE c.run_id = r.id AND c.attempt_id = NEW.attempt_id)))
    THEN
        RAISE EXCEPTION 'a suspicion or an amendment of this exam is open'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decision_on_settled_exam';
    END IF;
    IF NEW.outcome = 'granted' AND NEW.attempt_id IS NOT NULL AND NOT attempt.passed THEN
        RAISE EXCEPTION 'a failed exam is not granted'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_granted_needs_pass';
    END IF;
    IF NOT certificates_is_independent(NEW.decided_by_id, NEW.person_id, NEW.application_id) THEN
        RAISE EXCEPTION 'the decision-maker is not independent of the candidate'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decider_independent';
    END IF;
    RETURN NEW;
END $$;
"""

# A certificate is issued on a concluded contract of the same person and case; what renews another is that person's too.
CERTIFICATE = """
CREATE OR REPLACE FUNCTION certificates_certificate_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM certificates_contract c
                   WHERE c.id = NEW.contract_id AND c.decision_id = NEW.decision_id AND c.person_id = NEW.person_id
                   AND c.state = 'concluded') THEN
        RAISE EXCEPTION 'a certificate needs a concluded contract of this person'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_certificate_needs_contract';
    END IF;
    IF NEW.renews_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM certificates_certificate r
        WHERE r.id = NEW.renews_id AND r.person_id = NEW.person_id AND r.state <> 'revoked'
        AND r.valid_until < NEW.valid_from) THEN
        RAISE EXCEPTION 'a certificate renews an earlier one of the same person that was not revoked'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_renews_own';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION certificates_certificate_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('revoked', 'superseded')
        OR (to_jsonb(NEW) - 'state' - 'state_changed_at' - 'next_state' - 'next_from' - 'scopes')
            IS DISTINCT FROM
            (to_jsonb(OLD) - 'state' - 'state_changed_at' - 'next_state' - 'next_from' - 'scopes')
        OR NOT NEW.scopes <@ OLD.scopes
    THEN
        RAISE EXCEPTION 'a certificate keeps what was printed, and revoked or superseded is final'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_certificate_frozen';
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM certificates_certificateevent e
        WHERE e.certificate_id = NEW.id
        AND e.kind = CASE NEW.state WHEN 'valid' THEN 'reinstate' WHEN 'suspended' THEN 'suspend'
            WHEN 'revoked' THEN 'revoke' ELSE 'supersede' END
        AND e.effective_on = (NEW.state_changed_at AT TIME ZONE 'Asia/Baku')::date
        AND NOT EXISTS (SELECT 1 FROM certificates_certificateevent w WHERE w.withdraws_id = e.id))
    THEN
        RAISE EXCEPTION 'a certificate is moved by an event alone'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_moved_by_event';
    END IF;
    IF NEW.next_state <> '' AND (NEW.next_state, NEW.next_from) IS DISTINCT FROM (OLD.next_state, OLD.next_from)
        AND NOT EXISTS (
        SELECT 1 FROM certificates_certificateevent e
        WHERE e.certificate_id = NEW.id
        AND e.kind = CASE NEW.next_state WHEN 'suspended' THEN 'suspend' WHEN 'revoked' THEN 'revoke'
            ELSE 'supersede' END
        AND e.effective_on = NEW.next_from
        AND NOT EXISTS (SELECT 1 FROM certificates_certificateevent w WHERE w.withdraws_id = e.id))
    THEN
        RAISE EXCEPTION 'a change of a certificate is planned by an event alone'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_moved_by_event';
    END IF;
    RETURN NEW;
END $$;
"""

# What a copy and its document print is what the register says; a copy is superseded once and otherwise stays.
COPY = """
CREATE FUNCTION certificates_copy_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (OLD.superseded_at IS NOT NULL
        OR (to_jsonb(NEW) - 'superseded_at') IS DISTINCT FROM (to_jsonb(OLD) - 'superseded_at')))
    THEN
        RAISE EXCEPTION 'a copy keeps what was printed' USING ERRCODE = '23514', CONSTRAINT =
        'certificates_copy_frozen';
    END IF;
    IF TG_OP = 'INSERT' AND (NOT EXISTS (
            SELECT 1 FROM certificates_certificate c WHERE c.id = NEW.certificate_id
            AND (NEW.snapshot->>'number', NEW.snapshot->>'verification_code', NEW.snapshot->>'copy_number',
                NEW.snapshot->>'valid_from', NEW.snapshot->>'valid_until')
                = (c.number::text, NEW.code::text, NEW.number::text, to_char(c.valid_from, 'YYYY-MM-DD'),
                to_char(c.valid_until, 'YYYY-MM-DD')))
        OR NOT EXISTS (SELECT 1 FROM core_renderedfile f
                       WHERE f.id = NEW.document_id AND f.kind = 'certificate' AND f.snapshot = NEW.snapshot))
    THEN
        RAISE EXCEPTION 'a copy prints what the register says'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_certificate_prints_itself';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_copy_checked BEFORE INSERT OR UPDATE OR DELETE ON certificates_certificatecopy
    FOR EACH ROW EXECUTE FUNCTION certificates_copy_checked();
"""

# The past is not rewritten: an event has force from the day on which it is recorded, or later; and what has force
# already is not withdrawn.
EVENT = """
CREATE FUNCTION certificates_event_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.withdraws_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM certificates_certificateevent e WHERE e.id = NEW.withdraws_id
        AND e.certificate_id = NEW.certificate_id AND e.kind IN ('suspend', 'revoke')
        AND e.effective_on > NEW.effective_on)
    THEN
        RAISE EXCEPTION 'only what has no force yet is withdrawn'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_event_withdraws_planned';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_event_checked BEFORE INSERT ON certificates_certificateevent
    FOR EACH ROW EXECUTE FUNCTION certificates_event_checked();
ALTER TABLE certificates_certificateevent ADD CONSTRAINT certificates_event_not_backdated
    CHECK (effective_on >= (recorded_at AT TIME ZONE 'Asia/Baku')::date);
"""

# The register's entry follows its certificate, whoever moves it: a search looks at one table.
ENTRY = """
CREATE FUNCTION certificates_entry_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE certificates_registerentry SET state = NEW.state, next_state = NEW.next_state, next_from = NEW.next_from
    WHERE certificate_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER certificates_entry_follows AFTER UPDATE OF state, next_state, next_from ON certificates_certificate
    FOR EACH ROW EXECUTE FUNCTION certificates_entry_follows();
"""

# A duty keeps what it is; an open one may move its day (a corrected calendar), and is settled once.
DUTY = """
CREATE FUNCTION certificates_duty_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'open'
        OR (to_jsonb(NEW) - 'due_on' - 'state' - 'met_on' - 'proof' - 'proof_file_id' - 'settled_at' - 'settled_by_id')
            IS DISTINCT FROM
            (to_jsonb(OLD) - 'due_on' - 'state' - 'met_on' - 'proof' - 'proof_file_id' - 'settled_at' - 'settled_by_id')
    THEN
        RAISE EXCEPTION 'a duty is settled once and otherwise stays'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_duty_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_duty_checked BEFORE UPDATE OR DELETE ON certificates_duty
    FOR EACH ROW EXECUTE FUNCTION certificates_duty_checked();
"""

# Of each case: its last states, and the columns that may change until then. What was reported or charged stays.
SETTLED_ONCE = {
    "certificates_changenotice": (
        ("accepted", "rejected", "withdrawn"),
        ("state", "settled_at", "settled_by_id", "answer", "copy_id"),
    ),
    "certificates_circumstance": (
        ("evaluated",),
        ("state", "settled_at", "settled_by_id", "answer", "outcome"),
    ),
    "certificates_replacement": (
        ("issued", "rejected", "withdrawn"),
        ("state", "settled_at", "settled_by_id", "answer", "new_copy_id"),
    ),
    "certificates_misusecase": (
        ("settled",),
        (
            "state", "charge", "heard_at", "answer_due_on", "answer", "answered_at", "outcome", "reasons", "settled_at",
            "settled_by_id",
        ),
    ),
    "certificates_surveillance": (
        ("held", "cancelled"),
        ("state", "announced_at", "held_on", "report", "result", "settled_at", "settled_by_id", "due_on"),
    ),
}  # fmt: skip


def settled_once(table: str, final: tuple[str, ...], columns: tuple[str, ...]) -> str:
    """Return the SQL by which rows of a table keep what was written first, and everything once they are settled."""
    rest = "".join(f" - '{column}'" for column in columns)
    states = ", ".join(f"'{state}'" for state in final)
    return f"""
CREATE FUNCTION {table}_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ({states})
        OR (to_jsonb(NEW){rest}) IS DISTINCT FROM (to_jsonb(OLD){rest})
    THEN
        RAISE EXCEPTION 'a case is settled once and keeps what was reported'
            USING ERRCODE = '23514', CONSTRAINT = '{table}_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {table}_checked BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_checked();
"""


# An acceptance is given once; what was announced stays as it was announced.
TERMS = """
CREATE FUNCTION certificates_termschange_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'draft' THEN
        RAISE EXCEPTION 'announced terms stay' USING ERRCODE = '23514', CONSTRAINT = 'certificates_terms_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_termschange_checked BEFORE UPDATE OR DELETE ON certificates_termschange
    FOR EACH ROW EXECUTE FUNCTION certificates_termschange_checked();
CREATE FUNCTION certificates_termsconsent_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.accepted_at IS NOT NULL
        OR (NEW.change_id, NEW.certificate_id, NEW.told_at) IS DISTINCT FROM
            (OLD.change_id, OLD.certificate_id, OLD.told_at)
    THEN
        RAISE EXCEPTION 'an acceptance is given once' USING ERRCODE = '23514', CONSTRAINT =
        'certificates_consent_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_termsconsent_checked BEFORE UPDATE OR DELETE ON certificates_termsconsent
    FOR EACH ROW EXECUTE FUNCTION certificates_termsconsent_checked();
"""

APPEND_ONLY = ("certificates_certificateevent", "certificates_calendarcorrection")
NOT_TRUNCATED = (
    "certificates_certificatecopy",
    "certificates_duty",
    "certificates_termschange",
    "certificates_termsconsent",
    *SETTLED_ONCE,
)


class Migration(migrations.Migration):
    """Rules."""

    dependencies = [("certificates", "0005_histories")]

    operations = [
        migrations.AlterField(
            "decision",
            "application",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="candidates.application"
            ),
        ),
        migrations.AlterField(
            "suspension",
            "event",
            models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="suspension",
                to="certificates.certificateevent",
            ),
        ),
        migrations.RunSQL(DECISION),
        migrations.RunSQL(CERTIFICATE),
        migrations.RemoveField("certificate", "code"),
        migrations.RemoveField("certificate", "snapshot"),
        migrations.RemoveField("certificate", "document"),
        migrations.RunSQL(COPY),
        migrations.RunSQL(EVENT),
        migrations.RunSQL(ENTRY),
        migrations.RunSQL(DUTY),
        *(migrations.RunSQL(settled_once(table, *rules)) for table, rules in SETTLED_ONCE.items()),
        migrations.RunSQL(TERMS),
        *(migrations.RunSQL(no_truncate(table)) for table in NOT_TRUNCATED),
        *(migrations.RunSQL(append_only(table)) for table in APPEND_ONLY),
    ]
