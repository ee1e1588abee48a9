"""What must never be untrue of the day of an exam, of the panel's word and of amendments, kept by the database.

There is no way back, as there is none from the rules before them.
"""

from django.db import migrations

from core.db import append_only

# What happened stays as it was recorded, in a stage of its exam; an interruption ends once, and takes no time off a
# stage that is signed off. A call for help is answered once.
THE_DAY = """
CREATE FUNCTION exams_incident_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE run exams_stagerun%ROWTYPE;
BEGIN
    IF NEW.run_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO run FROM exams_stagerun WHERE id = NEW.run_id FOR NO KEY UPDATE;
    IF run.attempt_id <> NEW.attempt_id THEN
        RAISE EXCEPTION 'the stage belongs to another exam'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_incident_of_exam';
    END IF;
    IF NEW.kind = 'interruption' AND run.signed_off_at IS NOT NULL THEN
        RAISE EXCEPTION 'the stage is signed off' USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_incident_checked BEFORE INSERT ON exams_incident
    FOR EACH ROW EXECUTE FUNCTION exams_incident_checked();
CREATE FUNCTION exams_incident_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
        OR (to_jsonb(NEW) - 'ended_at' - 'ended_by_id') IS DISTINCT FROM (to_jsonb(OLD) - 'ended_at' - 'ended_by_id')
    THEN
        RAISE EXCEPTION 'an incident never changes' USING ERRCODE = '23514', CONSTRAINT = 'exams_incident_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_incident_final BEFORE UPDATE OR DELETE ON exams_incident
    FOR EACH ROW EXECUTE FUNCTION exams_incident_final();
CREATE FUNCTION exams_call_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.answered_at IS NOT NULL
        OR (to_jsonb(NEW) - 'answered_at' - 'answered_by_id')
            IS DISTINCT FROM (to_jsonb(OLD) - 'answered_at' - 'answered_by_id')
    THEN
        RAISE EXCEPTION 'a call is answered once' USING ERRCODE = '23514', CONSTRAINT = 'exams_call_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_call_final BEFORE UPDATE OR DELETE ON exams_helpcall
    FOR EACH ROW EXECUTE FUNCTION exams_call_final();
"""

# A suspicion and an amendment begin unsettled and are settled once; what they are about stays. The first argument of
# the trigger is the state in which they begin, the others are the columns that settling fills.
SETTLED_ONCE = """
CREATE FUNCTION exams_settled_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> TG_ARGV[0] THEN
            RAISE EXCEPTION 'it is opened first, and settled later'
                USING ERRCODE = '23514', CONSTRAINT = 'exams_settled_later';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' OR OLD.settled_at IS NOT NULL
        OR (to_jsonb(NEW) - TG_ARGV[1:]) IS DISTINCT FROM (to_jsonb(OLD) - TG_ARGV[1:])
    THEN
        RAISE EXCEPTION 'what was settled never changes, nor what it was about'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_settled_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_breach_settled_once BEFORE INSERT OR UPDATE OR DELETE ON exams_breachcase
    FOR EACH ROW EXECUTE FUNCTION exams_settled_once('open', 'state', 'settled_by_id', 'settled_at', 'conclusion');
CREATE TRIGGER exams_amendment_settled_once BEFORE INSERT OR UPDATE OR DELETE ON exams_amendment
    FOR EACH ROW EXECUTE FUNCTION exams_settled_once(
        'proposed', 'state', 'settled_by_id', 'settled_at', 'settled_reason', 'verdict_before', 'verdict_after');
CREATE FUNCTION exams_breach_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM exams_incident WHERE id = NEW.incident_id AND attempt_id = NEW.attempt_id) THEN
        RAISE EXCEPTION 'a suspicion is about the exam of its incident'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_breach_of_exam';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_breach_checked BEFORE INSERT ON exams_breachcase
    FOR EACH ROW EXECUTE FUNCTION exams_breach_checked();
CREATE FUNCTION exams_amendment_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM exams_stagerun r JOIN schemes_step t ON t.stage_id = r.stage_id
        WHERE r.id = NEW.run_id AND t.id = NEW.step_id AND r.signed_off_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'an amendment changes a step of a signed stage'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_amendment_of_signed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_amendment_checked BEFORE INSERT ON exams_amendment
    FOR EACH ROW EXECUTE FUNCTION exams_amendment_checked();
"""

# The panel settles steps of its stage on which it differs, when all have sealed and until it signs off.
PANELS_WORD = """
CREATE FUNCTION exams_settlement_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE run exams_stagerun%ROWTYPE;
DECLARE panel record;
BEGIN
    SELECT * INTO run FROM exams_stagerun WHERE id = coalesce(NEW.run_id, OLD.run_id) FOR NO KEY UPDATE;
    IF run.signed_off_at IS NOT NULL THEN
        RAISE EXCEPTION 'the stage is signed off' USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_is_final';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.run_id, NEW.step_id) <> (OLD.run_id, OLD.step_id) THEN
        RAISE EXCEPTION 'the word stays with its step' USING ERRCODE = '23514', CONSTRAINT = 'exams_settled_once';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM schemes_step WHERE id = NEW.step_id AND stage_id = run.stage_id) THEN
        RAISE EXCEPTION 'the step belongs to another stage'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_of_stage';
    END IF;
    SELECT count(*) FILTER (WHERE s.state = 'open') AS open, count(*) FILTER (WHERE s.state = 'sealed') AS sealed,
           count(DISTINCT exams_sheet_value(s.id, NEW.step_id)) FILTER (WHERE s.state = 'sealed') AS said
        INTO panel FROM exams_sheet s WHERE s.run_id = run.id;
    IF panel.open > 0 OR panel.sealed < (
        SELECT v.assessors_required FROM schemes_stage t JOIN schemes_schemeversion v ON v.id = t.version_id
        WHERE t.id = run.stage_id)
    THEN
        RAISE EXCEPTION 'the panel has not sealed its marks'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_settled_by_full_panel';
    END IF;
    IF panel.said < 2 THEN
        RAISE EXCEPTION 'the panel does not differ' USING ERRCODE = '23514', CONSTRAINT = 'exams_settled_difference';
    END IF;
    IF NOT exams_may_assess(run.attempt_id, NEW.settled_by_id) THEN
        RAISE EXCEPTION 'only the panel settles' USING ERRCODE = '23514', CONSTRAINT = 'exams_settled_by_panel';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_settlement_checked BEFORE INSERT OR UPDATE OR DELETE ON exams_settlement
    FOR EACH ROW EXECUTE FUNCTION exams_settlement_checked();
"""

# A stage that is carried was passed, by the same person and by the same scheme version, in another exam that was failed
# or stopped and is not suspected. It counts instead of one that is held; the exam's row is locked, as whoever starts a
# stage locks it.
CARRIED = """
CREATE FUNCTION exams_carried_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM exams_attempt WHERE id = NEW.attempt_id FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT 1 FROM exams_stagerun r
        JOIN schemes_stage t ON t.id = r.stage_id
        JOIN exams_attempt former ON former.id = r.attempt_id
         AND (former.state = 'stopped' OR former.state = 'released' AND NOT former.passed)
        JOIN exams_attempt a ON a.id = NEW.attempt_id AND a.person_id = former.person_id AND a.id <> former.id
        JOIN exams_examsession s ON s.id = a.session_id AND s.scheme_version_id = t.version_id
        WHERE r.id = NEW.run_id AND r.passed
          AND NOT EXISTS (SELECT 1 FROM exams_breachcase b WHERE b.attempt_id = former.id AND b.state <> 'dismissed')
          AND NOT EXISTS (SELECT 1 FROM exams_stagerun own WHERE own.attempt_id = a.id AND own.stage_id = r.stage_id)
    ) THEN
        RAISE EXCEPTION 'only a stage that the same person passed in another exam is carried over'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_carried_was_passed';
    END IF;
    IF EXISTS (
        SELECT 1 FROM exams_carriedstage c
        JOIN exams_stagerun other ON other.id = c.run_id
        JOIN exams_stagerun r ON r.id = NEW.run_id AND r.stage_id = other.stage_id
        WHERE c.attempt_id = NEW.attempt_id
    ) THEN
        RAISE EXCEPTION 'a stage counts once' USING ERRCODE = '23514', CONSTRAINT = 'exams_carried_once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_carried_checked BEFORE INSERT ON exams_carriedstage
    FOR EACH ROW EXECUTE FUNCTION exams_carried_checked();
"""

OPERATIONS = (THE_DAY, SETTLED_ONCE, PANELS_WORD, CARRIED, append_only("exams_carriedstage"))


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [("exams", "0005_rules_of_sheets")]

    operations = [migrations.RunSQL(sql) for sql in OPERATIONS]
