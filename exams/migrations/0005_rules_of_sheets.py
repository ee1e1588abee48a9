"""What must never be untrue of sheets, panels and verdicts, kept by the database.

There is no way back: marks on sheets do not fit into the common list of a stage, whose table goes here.
"""

from django.db import migrations

from core.db import append_only

# Contract B1: who marks and signs off sits on the panel, has not left it, does not merely observe, and neither is the
# candidate nor has an interest in them.
MAY_ASSESS = """
CREATE OR REPLACE FUNCTION exams_may_assess(exam bigint, assessor bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM exams_attempt a
        JOIN exams_panelmember m ON m.session_id = a.session_id AND m.assessor_id = assessor
         AND m.role <> 'observer' AND m.left_at IS NULL
        JOIN candidates_person p ON p.id = a.person_id
        WHERE a.id = exam AND p.user_id IS DISTINCT FROM assessor AND NOT EXISTS (
            SELECT 1 FROM candidates_conflictofinterest c WHERE c.person_id = p.id AND c.user_id = assessor)
    )
$$;
CREATE OR REPLACE FUNCTION exams_check_impartial(session bigint, assessor bigint, candidate bigint)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM exams_panelmember m
        JOIN exams_attempt a ON a.session_id = m.session_id AND a.state <> 'cancelled'
        JOIN candidates_person p ON p.id = a.person_id
        WHERE m.session_id = session AND m.left_at IS NULL
          AND (assessor IS NULL OR m.assessor_id = assessor) AND (candidate IS NULL OR a.person_id = candidate)
          AND (p.user_id = m.assessor_id OR EXISTS (
                SELECT 1 FROM candidates_conflictofinterest c WHERE c.person_id = p.id AND c.user_id = m.assessor_id))
    ) THEN
        RAISE EXCEPTION 'an assessor is not impartial towards a candidate'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_panel_impartial';
    END IF;
END $$;
"""

# Once an exam has begun, a seat is only left, once and with a reason, and taken over by a substitute in the same role.
PANEL_IS_FINAL = """
CREATE OR REPLACE FUNCTION exams_panel_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sessions bigint[] := CASE TG_OP
    WHEN 'INSERT' THEN ARRAY[NEW.session_id]
    WHEN 'DELETE' THEN ARRAY[OLD.session_id]
    ELSE ARRAY[OLD.session_id, NEW.session_id] END;
BEGIN
    PERFORM 1 FROM exams_examsession WHERE id = ANY (sessions) ORDER BY id FOR NO KEY UPDATE;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.left_at IS NOT NULL
            OR (to_jsonb(NEW) - 'left_at' - 'left_reason') IS DISTINCT FROM (to_jsonb(OLD) - 'left_at' - 'left_reason')
        THEN
            RAISE EXCEPTION 'a seat is only left, and for good'
                USING ERRCODE = '23514', CONSTRAINT = 'exams_panel_final';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' AND NEW.substitutes_id IS NOT NULL THEN
        IF NOT EXISTS (
            SELECT 1 FROM exams_panelmember m
            WHERE m.id = NEW.substitutes_id AND m.session_id = NEW.session_id AND m.role = NEW.role
              AND m.left_at IS NOT NULL
        ) THEN
            RAISE EXCEPTION 'a substitute takes over a seat that was left, in the same role'
                USING ERRCODE = '23514', CONSTRAINT = 'exams_panel_final';
        END IF;
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT 1 FROM exams_attempt
        WHERE session_id = ANY (sessions) AND state IN ('in_progress', 'marked', 'released', 'stopped')
    ) THEN
        RAISE EXCEPTION 'the panel of a session in which an exam has begun never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_panel_final';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""

# A sheet is its assessor's for good; closed is closed, but for sealed marks of somebody who declared an interest in the
# candidate since: until the sign-off they are taken out. A sheet is sealed after the stage ended, complete and
# undisputed, and never once the exam was stopped: the exam's row is locked, as whoever stops it locks it.
SHEETS = """
CREATE FUNCTION exams_is_partial(exam bigint, assessor bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM exams_attempt a JOIN candidates_conflictofinterest c ON c.person_id = a.person_id
        WHERE a.id = exam AND c.user_id = assessor)
$$;
CREATE FUNCTION exams_sheet_value(of_sheet bigint, of_step bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN count(DISTINCT coalesce(e.value::text, '')) = 1 THEN bool_and(e.value) END
    FROM exams_markevent e
    WHERE e.sheet_id = of_sheet AND e.step_id = of_step AND e.kind = 'mark' AND NOT EXISTS (
        SELECT 1 FROM exams_markevent f
        WHERE f.sheet_id = of_sheet AND f.step_id = of_step AND f.kind = 'mark' AND f.id <> e.id
          AND e.id = ANY (f.replaces))
$$;
CREATE FUNCTION exams_sheet_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE run exams_stagerun%ROWTYPE;
DECLARE exam text;
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (
        (NEW.run_id, NEW.assessor_id, NEW.opened_at) <> (OLD.run_id, OLD.assessor_id, OLD.opened_at)
        OR NOT (OLD.state = 'open' OR (OLD.state = 'sealed' AND NEW.state = 'abstained' AND exams_is_partial(
            (SELECT attempt_id FROM exams_stagerun WHERE id = OLD.run_id), OLD.assessor_id)))
    )) THEN
        RAISE EXCEPTION 'a sheet that is closed never changes, and stays with its assessor'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_sheet_final';
    END IF;
    IF NEW.state = 'sealed' THEN
        SELECT a.state INTO exam FROM exams_attempt a JOIN exams_stagerun r ON r.attempt_id = a.id
            WHERE r.id = NEW.run_id FOR NO KEY UPDATE OF a;
        IF exam <> 'in_progress' THEN
            RAISE EXCEPTION 'marks are sealed while the exam is under way'
                USING ERRCODE = '23514', CONSTRAINT = 'exams_sealed_in_progress';
        END IF;
    END IF;
    SELECT * INTO run FROM exams_stagerun WHERE id = NEW.run_id FOR NO KEY UPDATE;
    IF run.signed_off_at IS NOT NULL THEN
        RAISE EXCEPTION 'the stage is signed off' USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_is_final';
    END IF;
    IF NEW.state IN ('open', 'sealed') AND NOT exams_may_assess(run.attempt_id, NEW.assessor_id) THEN
        RAISE EXCEPTION 'only the panel marks' USING ERRCODE = '23514', CONSTRAINT = 'exams_sheet_of_panel';
    END IF;
    IF NEW.state = 'sealed' AND (run.ended_at IS NULL OR EXISTS (
        SELECT 1 FROM schemes_step t WHERE t.stage_id = run.stage_id AND exams_sheet_value(NEW.id, t.id) IS NULL
    )) THEN
        RAISE EXCEPTION 'a step is not marked' USING ERRCODE = '23514', CONSTRAINT = 'exams_sealed_complete';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_sheet_checked BEFORE INSERT OR UPDATE OR DELETE ON exams_sheet
    FOR EACH ROW EXECUTE FUNCTION exams_sheet_checked();
"""

# An event is its sheet's author's, about a step of the stage, and made while the sheet is open; so is the confirmation
# of a critical step. The sheet's row is locked: an event and the sealing at the same moment come one after the other.
EVENTS = """
CREATE FUNCTION exams_event_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sheet record;
BEGIN
    SELECT s.state, s.assessor_id, r.stage_id, r.attempt_id, r.started_at INTO sheet
    FROM exams_sheet s JOIN exams_stagerun r ON r.id = s.run_id
    WHERE s.id = NEW.sheet_id FOR NO KEY UPDATE OF s;
    IF sheet.state <> 'open' OR sheet.started_at IS NULL THEN
        RAISE EXCEPTION 'marks are made between start and sealing'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_marked_while_open';
    END IF;
    IF NEW.step_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM schemes_step WHERE id = NEW.step_id AND stage_id = sheet.stage_id) THEN
        RAISE EXCEPTION 'the step belongs to another stage'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_of_stage';
    END IF;
    IF NEW.author_id <> sheet.assessor_id OR NOT exams_may_assess(sheet.attempt_id, NEW.author_id) THEN
        RAISE EXCEPTION 'only the panel marks, each on their own sheet'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_by_panel';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_event_checked BEFORE INSERT ON exams_markevent
    FOR EACH ROW EXECUTE FUNCTION exams_event_checked();
CREATE FUNCTION exams_note_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sheet record;
BEGIN
    SELECT s.state, r.stage_id INTO sheet
    FROM exams_sheet s JOIN exams_stagerun r ON r.id = s.run_id
    WHERE s.id = NEW.sheet_id FOR NO KEY UPDATE OF s;
    IF sheet.state <> 'open' THEN
        RAISE EXCEPTION 'a critical step is confirmed before sealing'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_marked_while_open';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM schemes_step WHERE id = NEW.step_id AND stage_id = sheet.stage_id) THEN
        RAISE EXCEPTION 'the step belongs to another stage'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_mark_of_stage';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exams_note_checked BEFORE INSERT ON exams_criticalnote
    FOR EACH ROW EXECUTE FUNCTION exams_note_checked();
"""

# The mark that counts: the last approved amendment, or the panel's settlement, or what all sealed sheets say alike.
VERDICTS = """
CREATE FUNCTION exams_panel_value(of_run bigint, of_step bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT a.value FROM exams_amendment a
         WHERE a.run_id = of_run AND a.step_id = of_step AND a.state = 'approved'
         ORDER BY a.settled_at DESC, a.id DESC LIMIT 1),
        (SELECT s.value FROM exams_settlement s WHERE s.run_id = of_run AND s.step_id = of_step),
        (SELECT CASE WHEN count(*) = count(v) AND bool_and(v) = bool_or(v) THEN bool_and(v) END
         FROM (SELECT exams_sheet_value(s.id, of_step) AS v FROM exams_sheet s
               WHERE s.run_id = of_run AND s.state = 'sealed') marks)
    )
$$;
CREATE FUNCTION exams_check_stage_verdict(run exams_stagerun) RETURNS void LANGUAGE plpgsql AS $$
DECLARE rules schemes_stage%ROWTYPE;
DECLARE found record;
BEGIN
    SELECT * INTO rules FROM schemes_stage WHERE id = run.stage_id;
    SELECT count(*) AS total, count(v) AS marked, count(*) FILTER (WHERE v) AS met,
           coalesce(array_agg(code ORDER BY "order") FILTER (WHERE critical AND v IS FALSE), '{}') AS missed
        INTO found
        FROM (SELECT t.code, t."order", t.critical, exams_panel_value(run.id, t.id) AS v
              FROM schemes_step t WHERE t.stage_id = run.stage_id) steps;
    IF found.marked < found.total THEN
        RAISE EXCEPTION 'a step is not marked, or a difference not settled'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_without_blanks';
    END IF;
    IF (run.met, run.total) <> (found.met, found.total) OR run.missed_critical::text[] <> found.missed::text[]
        OR run.passed IS DISTINCT FROM (
            found.met * 100 >= rules.threshold_percent * found.total
            AND NOT (rules.all_critical AND cardinality(found.missed) > 0))
    THEN
        RAISE EXCEPTION 'the verdict is that of the marks'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_verdict_of_marks';
    END IF;
END $$;
"""

# A stage belongs to the scheme version of its session, and to its exam for good; what the clock of the server stamped
# stays; a stage is signed off by its full panel, when all have sealed, and never without a reason when too short.
STAGES = """
CREATE OR REPLACE FUNCTION exams_stage_checked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE required int;
BEGIN
    SELECT v.assessors_required INTO required
        FROM exams_attempt a
        JOIN exams_examsession s ON s.id = a.session_id
        JOIN schemes_schemeversion v ON v.id = s.scheme_version_id
        JOIN schemes_stage t ON t.version_id = v.id
        WHERE a.id = NEW.attempt_id AND t.id = NEW.stage_id;
    IF required IS NULL THEN
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
    IF TG_OP = 'INSERT' THEN
        PERFORM 1 FROM exams_attempt WHERE id = NEW.attempt_id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT 1 FROM exams_carriedstage c JOIN exams_stagerun r ON r.id = c.run_id
            WHERE c.attempt_id = NEW.attempt_id AND r.stage_id = NEW.stage_id
        ) THEN
            RAISE EXCEPTION 'the stage was passed before and counts'
                USING ERRCODE = '23514', CONSTRAINT = 'exams_stage_is_carried';
        END IF;
    END IF;
    IF NEW.signed_off_at IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM exams_check_stage_verdict(NEW);
    IF TG_OP = 'UPDATE' AND OLD.signed_off_at IS NOT NULL THEN
        RETURN NEW; -- an amendment: who signed off, and how, is past (exams_signed_is_final)
    END IF;
    IF EXISTS (SELECT 1 FROM exams_sheet WHERE run_id = NEW.id AND state = 'open')
        OR (SELECT count(*) FROM exams_sheet WHERE run_id = NEW.id AND state = 'sealed') < required
    THEN
        RAISE EXCEPTION 'the panel has not sealed its marks'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_by_full_panel';
    END IF;
    IF EXISTS (SELECT 1 FROM exams_sheet s WHERE s.run_id = NEW.id AND s.state = 'sealed'
               AND exams_is_partial(NEW.attempt_id, s.assessor_id)) THEN
        RAISE EXCEPTION 'marks of somebody with an interest do not count'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_impartial';
    END IF;
    IF NOT exams_may_assess(NEW.attempt_id, NEW.signed_off_by_id) THEN
        RAISE EXCEPTION 'only the panel signs off' USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_by_panel';
    END IF;
    IF NEW.short_reason = '' AND NEW.ended_at - NEW.started_at - exams_paused(NEW) < (
        SELECT make_interval(mins => min_minutes) FROM schemes_stage WHERE id = NEW.stage_id
    ) THEN
        RAISE EXCEPTION 'a stage under its minimum time is signed off with a reason'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_short_has_reason';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION exams_paused(run exams_stagerun) RETURNS interval LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(p.over - p.begun) FILTER (WHERE p.over > p.begun), interval '0')
    FROM (SELECT greatest(i.started_at, run.started_at) AS begun,
                 least(coalesce(i.ended_at, run.ended_at), run.ended_at) AS over
          FROM exams_incident i WHERE i.run_id = run.id AND i.kind = 'interruption') p
$$;
"""

# Signed is signed: only an approved amendment changes the verdict of a stage, and with it that of the exam; and a
# released result stays as it was told but for that.
SIGNED_IS_FINAL = """
CREATE OR REPLACE FUNCTION exams_signed_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.signed_off_at IS NOT NULL AND (
        (to_jsonb(NEW) - 'met' - 'passed' - 'missed_critical' - 'amendments')
            IS DISTINCT FROM (to_jsonb(OLD) - 'met' - 'passed' - 'missed_critical' - 'amendments')
        OR NEW.amendments <> OLD.amendments + 1
        OR NEW.amendments <> (SELECT count(*) FROM exams_amendment WHERE run_id = NEW.id AND state = 'approved')
    )) THEN
        RAISE EXCEPTION 'a stage that was signed off changes only by an amendment'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_signed_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION exams_released_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state IN ('no_show', 'cancelled', 'stopped')
        OR (OLD.state = 'released' AND (to_jsonb(NEW) - 'passed') IS DISTINCT FROM (to_jsonb(OLD) - 'passed'))
    THEN
        RAISE EXCEPTION 'a released result never changes but by an amendment'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_released_is_final';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION exams_verdict_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE verdict record;
BEGIN
    IF OLD.state = 'marked' AND (
        NEW.state NOT IN ('marked', 'released')
        OR (to_jsonb(NEW) - 'state' - 'released_at' - 'passed')
            IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'released_at' - 'passed')
    ) THEN
        RAISE EXCEPTION 'a marked exam is only released'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_verdict_is_final';
    END IF;
    SELECT count(*) = count(r.signed_off_at) AS complete, bool_and(r.passed) AS passed,
           min(v.exam_minutes) AS minutes,
           max(r.ended_at) FILTER (WHERE r.attempt_id = NEW.id) AS ended,
           min(r.started_at) FILTER (WHERE r.attempt_id = NEW.id) AS started
        INTO verdict
        FROM exams_examsession s
        JOIN schemes_schemeversion v ON v.id = s.scheme_version_id
        JOIN schemes_stage t ON t.version_id = v.id
        LEFT JOIN exams_stagerun r ON r.stage_id = t.id AND (r.attempt_id = NEW.id OR r.id IN (
            SELECT c.run_id FROM exams_carriedstage c WHERE c.attempt_id = NEW.id))
        WHERE s.id = NEW.session_id;
    IF NOT verdict.complete OR verdict.passed IS DISTINCT FROM NEW.passed THEN
        RAISE EXCEPTION 'the verdict is that of all stages, signed off'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_verdict_of_stages';
    END IF;
    IF NEW.overtime_reason = '' AND verdict.ended - verdict.started - coalesce((
            SELECT sum(least(coalesce(i.ended_at, verdict.ended), verdict.ended)
                       - greatest(i.started_at, verdict.started))
            FROM exams_incident i
            WHERE i.attempt_id = NEW.id AND i.kind = 'interruption'
              AND least(coalesce(i.ended_at, verdict.ended), verdict.ended) > greatest(i.started_at, verdict.started)
        ), interval '0') > make_interval(mins => verdict.minutes)
    THEN
        RAISE EXCEPTION 'an exam over its time has a reason'
            USING ERRCODE = '23514', CONSTRAINT = 'exams_overtime_has_reason';
    END IF;
    RETURN NEW;
END $$;
"""

OPERATIONS = (
    "DROP FUNCTION exams_mark_checked CASCADE",
    MAY_ASSESS,
    PANEL_IS_FINAL,
    SHEETS,
    EVENTS,
    VERDICTS,
    STAGES,
    SIGNED_IS_FINAL,
    append_only("exams_markevent"),
    append_only("exams_criticalnote"),
)


class Migration(migrations.Migration):
    """The former list of marks goes; triggers."""

    dependencies = [("exams", "0004_marks_become_events")]

    operations = [
        *(migrations.RunSQL(sql) for sql in OPERATIONS),
        migrations.DeleteModel("MarkEntry"),
    ]
