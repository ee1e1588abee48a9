"""What must never be untrue of an exam, kept by the database."""

from django.db import migrations

from core.db import append_only, drop_append_only

# A scheme version that an exam uses is frozen from then on.
FREEZE_VERSION = """
CREATE FUNCTION exams_freeze_scheme_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE schemes_schemeversion SET frozen_at = now() WHERE id = NEW.scheme_version_id AND frozen_at IS NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_freeze_scheme_version AFTER INSERT OR UPDATE OF scheme_version_id ON exams_examsession
    FOR EACH ROW EXECUTE FUNCTION exams_freeze_scheme_version();
"""

# Nobody assesses themselves, or a person they have an interest in (contract B1); sessions hold at most their capacity.
# The session's row is locked, so that two officers at the same moment count one after the other.
PANEL_AND_CAPACITY = """
CREATE FUNCTION exams_check_impartial(session bigint, assessor bigint, candidate bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM exams_panelmember m
        JOIN exams_attempt a ON a.session_id = m.session_id AND a.state <> 'cancelled'
        JOIN candidates_person p ON p.id = a.person_id
        WHERE m.session_id = session
          AND (assessor IS NULL OR m.assessor_id = assessor) AND (candidate IS NULL OR a.person_id = candidate)
          AND (p.user_id = m.assessor_id OR EXISTS (
                SELECT 1 FROM candidates_conflictofinterest c WHERE c.person_id = p.id AND c.user_id = m.assessor_id))
    ) THEN
        RAISE EXCEPTION 'an assessor is not impartial towards a candidate'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_panel_impartial';
    END IF;
END $$;
CREATE FUNCTION exams_panel_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM exams_examsession WHERE id = NEW.session_id FOR NO KEY UPDATE;
    PERFORM exams_check_impartial(NEW.session_id, NEW.assessor_id, NULL);
    RETURN NEW;
END $$;
CREATE TRIGGER exams_panel_checked AFTER INSERT OR UPDATE ON exams_panelmember
    FOR EACH ROW EXECUTE FUNCTION exams_panel_checked();
CREATE FUNCTION exams_attempt_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE session exams_examsession%ROWTYPE;
BEGIN
    IF NEW.state = 'cancelled' THEN RETURN NEW; END IF;
    SELECT * INTO session FROM exams_examsession WHERE id = NEW.session_id FOR NO KEY UPDATE;
    IF session.state <> 'planned' THEN
        RAISE EXCEPTION 'the session takes no more candidates'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_session_not_planned';
    END IF;
    IF session.capacity < (
        SELECT count(*) FROM exams_attempt WHERE session_id = NEW.session_id AND state <> 'cancelled'
    ) THEN
        RAISE EXCEPTION 'the session is full' USING ERRCODE = '23514', CONSTRAINT = 'exams_session_full';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM candidates_application p
        WHERE p.id = NEW.application_id AND p.person_id = NEW.person_id
          AND p.state = 'accepted' AND p.concluded_at IS NULL
          AND p.scheme_version_id = session.scheme_version_id
    ) THEN
        RAISE EXCEPTION 'the application is not accepted, not this person''s, or for another scheme version'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_attempt_matches_application';
    END IF;
    PERFORM exams_check_impartial(NEW.session_id, NULL, NEW.person_id);
    RETURN NEW;
END $$;
CREATE TRIGGER exams_attempt_checked
    AFTER INSERT OR UPDATE OF session_id, application_id, person_id ON exams_attempt
    FOR EACH ROW EXECUTE FUNCTION exams_attempt_checked();
CREATE FUNCTION exams_capacity_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM exams_attempt WHERE session_id = NEW.id AND state <> 'cancelled') > NEW.capacity THEN
        RAISE EXCEPTION 'more candidates than places' USING ERRCODE = '23514', CONSTRAINT = 'exams_session_full';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_capacity_kept AFTER UPDATE OF capacity ON exams_examsession
    FOR EACH ROW EXECUTE FUNCTION exams_capacity_kept();
"""

# Who was on a panel when its first exam began was on it for good: otherwise somebody who assessed could be taken off it
# and decide, or somebody be put on it and mark. The session's row is locked, as whoever begins an exam locks it.
PANEL_IS_FINAL = """
CREATE FUNCTION exams_panel_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sessions bigint[] := CASE TG_OP
    WHEN 'INSERT' THEN ARRAY[NEW.session_id]
    WHEN 'DELETE' THEN ARRAY[OLD.session_id]
    ELSE ARRAY[OLD.session_id, NEW.session_id] END;
BEGIN
    PERFORM 1 FROM exams_examsession WHERE id = ANY (sessions) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM exams_attempt
        WHERE session_id = ANY (sessions) AND state IN ('in_progress', 'marked', 'released')
    ) THEN
        RAISE EXCEPTION 'the panel of a session in which an exam has begun never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_panel_final';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER exams_panel_final BEFORE INSERT OR UPDATE OR DELETE ON exams_panelmember
    FOR EACH ROW EXECUTE FUNCTION exams_panel_final();
"""

# Contract B1: who marks and signs off sits on the panel, and neither is the candidate nor has an interest in them, not
# even one that was declared after the panel was seated.
MAY_ASSESS = """
CREATE FUNCTION exams_may_assess(exam bigint, assessor bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM exams_attempt a
        JOIN exams_panelmember m ON m.session_id = a.session_id AND m.assessor_id = assessor
        JOIN candidates_person p ON p.id = a.person_id
        WHERE a.id = exam AND p.user_id IS DISTINCT FROM assessor AND NOT EXISTS (
            SELECT 1 FROM candidates_conflictofinterest c WHERE c.person_id = p.id AND c.user_id = assessor)
    )
$$;
"""

# A stage belongs to the scheme version of its session, and to its exam for good; what the clock of the server stamped
# stays; a stage is signed off by its panel, never with a blank step, and never without a reason when it was too short.
STAGES = """
CREATE FUNCTION exams_stage_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM exams_attempt a
        JOIN exams_examsession s ON s.id = a.session_id
        JOIN schemes_stage t ON t.version_id = s.scheme_version_id
        WHERE a.id = NEW.attempt_id AND t.id = NEW.stage_id
    ) THEN
        RAISE EXCEPTION 'the stage belongs to another scheme version'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_stage_of_version';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.attempt_id, NEW.stage_id) <> (OLD.attempt_id, OLD.stage_id) THEN
        RAISE EXCEPTION 'a stage stays with its exam'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_stage_of_version';
    END IF;
    IF TG_OP = 'UPDATE' AND (
        (OLD.started_at IS NOT NULL AND NEW.started_at IS DISTINCT FROM OLD.started_at)
        OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
    ) THEN
        RAISE EXCEPTION 'the times of a stage never change'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_times_are_final';
    END IF;
    IF NEW.signed_off_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM schemes_step t
        WHERE t.stage_id = NEW.stage_id AND NOT EXISTS (
            SELECT 1 FROM exams_markentry e
            WHERE e.run_id = NEW.id AND e.step_id = t.id AND e.value IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM exams_markentry f WHERE f.follows_id = e.id)
        )
    ) THEN
        RAISE EXCEPTION 'a step is not marked' USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_without_blanks';
    END IF;
    IF NEW.signed_off_at IS NOT NULL AND NOT exams_may_assess(NEW.attempt_id, NEW.signed_off_by_id) THEN
        RAISE EXCEPTION 'only the panel signs off' USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_by_panel';
    END IF;
    IF NEW.signed_off_at IS NOT NULL AND NEW.short_reason = '' AND NEW.ended_at - NEW.started_at < (
        SELECT make_interval(mins => min_minutes) FROM schemes_stage WHERE id = NEW.stage_id
    ) THEN
        RAISE EXCEPTION 'a stage under its minimum time is signed off with a reason'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_short_has_reason';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_stage_checked BEFORE INSERT OR UPDATE ON exams_stagerun
    FOR EACH ROW EXECUTE FUNCTION exams_stage_checked();
"""

# Signed is signed: neither the stage nor its marks change any more; the verdict over an exam is that of its signed
# stages and stays; and a released result stays as it was told.
SIGNED_IS_FINAL = """
CREATE FUNCTION exams_signed_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.signed_off_at IS NOT NULL THEN
        RAISE EXCEPTION 'a stage that was signed off never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_signed_is_final BEFORE UPDATE OR DELETE ON exams_stagerun
    FOR EACH ROW EXECUTE FUNCTION exams_signed_is_final();
CREATE FUNCTION exams_released_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('released', 'no_show', 'cancelled') THEN
        RAISE EXCEPTION 'a released result never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_released_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_released_is_final BEFORE UPDATE OR DELETE ON exams_attempt
    FOR EACH ROW EXECUTE FUNCTION exams_released_is_final();
CREATE FUNCTION exams_verdict_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE verdict record;
BEGIN
    IF OLD.state = 'marked' THEN
        IF NEW.state NOT IN ('marked', 'released')
            OR (to_jsonb(NEW) - 'state' - 'released_at') IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'released_at')
        THEN
            RAISE EXCEPTION 'a marked exam is only released'
                USING ERRCODE = '23514', CONSTRAINT = 'exams_verdict_is_final';
        END IF;
        RETURN NEW;
    END IF;
    SELECT count(*) = count(r.signed_off_at) AS complete, bool_and(r.passed) AS passed,
           max(r.ended_at) - min(r.started_at) > make_interval(mins => min(v.exam_minutes)) AS overtime
        INTO verdict
        FROM exams_examsession s
        JOIN schemes_schemeversion v ON v.id = s.scheme_version_id
        JOIN schemes_stage t ON t.version_id = v.id
        LEFT JOIN exams_stagerun r ON r.attempt_id = NEW.id AND r.stage_id = t.id
        WHERE s.id = NEW.session_id;
    IF NOT verdict.complete OR verdict.passed IS DISTINCT FROM NEW.passed THEN
        RAISE EXCEPTION 'the verdict is that of all stages, signed off'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_verdict_of_stages';
    END IF;
    IF verdict.overtime AND NEW.overtime_reason = '' THEN
        RAISE EXCEPTION 'an exam over its time has a reason'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_overtime_has_reason';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_verdict_is_final BEFORE UPDATE ON exams_attempt
    FOR EACH ROW WHEN (OLD.state = 'marked' OR NEW.state IN ('marked', 'released'))
    EXECUTE FUNCTION exams_verdict_is_final();
"""
DROP_SIGNED_IS_FINAL = """
DROP FUNCTION exams_signed_is_final CASCADE;
DROP FUNCTION exams_released_is_final CASCADE;
DROP FUNCTION exams_verdict_is_final CASCADE;
"""

# A mark belongs to a step of its stage and is made while the stage is open, by a member of the session's panel. The
# stage's row is locked: a mark and a sign-off at the same moment come one after the other.
MARKS = """
CREATE FUNCTION exams_mark_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE run exams_stagerun%ROWTYPE;
BEGIN
    SELECT * INTO run FROM exams_stagerun WHERE id = NEW.run_id FOR NO KEY UPDATE;
    IF run.signed_off_at IS NOT NULL OR run.started_at IS NULL THEN
        RAISE EXCEPTION 'marks are made between start and sign-off'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_marked_while_open';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM schemes_step WHERE id = NEW.step_id AND stage_id = run.stage_id) THEN
        RAISE EXCEPTION 'the step belongs to another stage'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_of_stage';
    END IF;
    IF NEW.follows_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM exams_markentry WHERE id = NEW.follows_id AND run_id = NEW.run_id AND step_id = NEW.step_id
    ) THEN
        RAISE EXCEPTION 'a mark follows a mark of the same step'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_follows_own_step';
    END IF;
    IF NOT exams_may_assess(run.attempt_id, NEW.made_by_id) THEN
        RAISE EXCEPTION 'only the panel marks' USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_by_panel';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_mark_checked BEFORE INSERT ON exams_markentry FOR EACH ROW EXECUTE FUNCTION exams_mark_checked();
"""

DROP_PANEL_AND_CAPACITY = """
DROP FUNCTION exams_panel_checked CASCADE;
DROP FUNCTION exams_attempt_checked CASCADE;
DROP FUNCTION exams_capacity_kept CASCADE;
DROP FUNCTION exams_check_impartial;
"""

OPERATIONS = (
    (FREEZE_VERSION, "DROP FUNCTION exams_freeze_scheme_version CASCADE"),
    (PANEL_AND_CAPACITY, DROP_PANEL_AND_CAPACITY),
    (PANEL_IS_FINAL, "DROP FUNCTION exams_panel_final CASCADE"),
    (MAY_ASSESS, "DROP FUNCTION exams_may_assess"),
    (SIGNED_IS_FINAL, DROP_SIGNED_IS_FINAL),
    (STAGES, "DROP FUNCTION exams_stage_checked CASCADE"),
    (MARKS, "DROP FUNCTION exams_mark_checked CASCADE"),
    (append_only("exams_markentry"), drop_append_only("exams_markentry")),
)


class Migration(migrations.Migration):
    """Triggers."""

    dependencies = [
        ("exams", "0001_initial"),
        ("candidates", "0002_triggers"),
        ("schemes", "0001_initial"),
        ("core", "0002_triggers"),
    ]

    operations = [migrations.RunSQL(forward, backward) for forward, backward in OPERATIONS]
