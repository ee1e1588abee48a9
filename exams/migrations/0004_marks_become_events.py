"""The marks that were made so far move from the common list of a stage to the sheet of one assessor.

Until now the assessors of a panel shared one list. Whoever signed the stage off, or else leads the panel, gets a sheet
with all its marks, each with its real author; what a panel signed then stays signed, by the marks that stood.

There is no way back: what is marked on several sheets does not fit into one list.
"""

from django.db import migrations

# A stage that nobody has signed yet keeps an open sheet for its lead; the others of its panel get theirs too, empty.
SHEETS = """
INSERT INTO exams_sheet (run_id, assessor_id, state, opened_at, closed_at, closed_by_id, closed_reason, digest, receipt)
SELECT r.id, coalesce(r.signed_off_by_id, m.assessor_id), 'open', r.started_at, NULL, NULL, '', '', ''
FROM exams_stagerun r
JOIN exams_attempt a ON a.id = r.attempt_id
LEFT JOIN exams_panelmember m ON m.session_id = a.session_id AND m.role = 'lead'
WHERE r.started_at IS NOT NULL;
INSERT INTO exams_sheet (run_id, assessor_id, state, opened_at, closed_at, closed_by_id, closed_reason, digest, receipt)
SELECT r.id, m.assessor_id, 'open', r.started_at, NULL, NULL, '', '', ''
FROM exams_stagerun r
JOIN exams_attempt a ON a.id = r.attempt_id
JOIN exams_panelmember m ON m.session_id = a.session_id
WHERE r.started_at IS NOT NULL AND r.signed_off_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM exams_sheet s WHERE s.run_id = r.id AND s.assessor_id = m.assessor_id);
"""

# One entry held a mark and a comment: each becomes an event of its own, and follows what the entry followed.
EVENTS = """
CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
SELECT e.*, r.started_at, s.id AS sheet_id,
       row_number() OVER (PARTITION BY s.id ORDER BY e.recorded_at, e.id) AS place
FROM exams_markentry e
JOIN exams_stagerun r ON r.id = e.run_id
JOIN exams_attempt a ON a.id = r.attempt_id
LEFT JOIN exams_panelmember m ON m.session_id = a.session_id AND m.role = 'lead'
JOIN exams_sheet s ON s.run_id = r.id AND s.assessor_id = coalesce(r.signed_off_by_id, m.assessor_id);
INSERT INTO exams_markevent (id, sheet_id, step_id, kind, value, text, audience, device, seq, minute, device_time,
                             skew_ms, replaces, author_id, taken_in_by_id, received_at)
SELECT id, sheet_id, step_id, 'mark', value, '', '', '00000000-0000-0000-0000-000000000000', place * 2 - 1,
       greatest(-1, least(1440, floor(extract(epoch FROM recorded_at - started_at) / 60)))::int, recorded_at, 0,
       CASE WHEN follows_id IS NULL THEN '{}' ELSE ARRAY[follows_id] END, made_by_id, NULL, recorded_at
FROM moved;
INSERT INTO exams_markevent (id, sheet_id, step_id, kind, value, text, audience, device, seq, minute, device_time,
                             skew_ms, replaces, author_id, taken_in_by_id, received_at)
SELECT md5(id::text)::uuid, sheet_id, step_id, 'comment', NULL, comment, 'internal',
       '00000000-0000-0000-0000-000000000000', place * 2,
       greatest(-1, least(1440, floor(extract(epoch FROM recorded_at - started_at) / 60)))::int, recorded_at, 0,
       CASE WHEN follows_id IS NULL THEN '{}' ELSE ARRAY[md5(follows_id::text)::uuid] END, made_by_id, NULL, recorded_at
FROM moved;
"""

# What was signed is sealed. The digest is that of the canonical text (exams.canonical), which SQL can write as well.
SEALS = """
CREATE TEMPORARY TABLE sealed ON COMMIT DROP AS
SELECT s.id, r.signed_off_at, r.signed_off_by_id, r.total, encode(sha256(convert_to(
    'certbody-marks 1' || chr(10) || 'run ' || r.id || chr(10) || 'assessor ' || s.assessor_id || chr(10)
    || string_agg(t.code || CASE WHEN e.value THEN ' met' ELSE ' not_met' END || chr(10), '' ORDER BY t."order")
    || coalesce(string_agg(t.code || ' comment internal ' || replace(replace(replace(
           e.comment, chr(92), chr(92) || chr(92)), chr(10), chr(92) || 'n'), chr(13), chr(92) || 'r') || chr(10),
           '' ORDER BY t."order") FILTER (WHERE e.comment <> ''), ''), 'UTF8')), 'hex') AS digest
FROM exams_sheet s
JOIN exams_stagerun r ON r.id = s.run_id AND r.signed_off_at IS NOT NULL
JOIN schemes_step t ON t.stage_id = r.stage_id
JOIN exams_markentry e ON e.run_id = r.id AND e.step_id = t.id
 AND NOT EXISTS (SELECT 1 FROM exams_markentry f WHERE f.follows_id = e.id)
GROUP BY s.id, r.id;
UPDATE exams_sheet s
SET state = 'sealed', closed_at = d.signed_off_at, closed_by_id = d.signed_off_by_id, digest = d.digest,
    steps = d.total, receipt = (
        SELECT left(code, 4) || '-' || right(code, 4)
        FROM (SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ',
                                       substring(bits FROM n * 5 + 1 FOR 5)::int + 1, 1), '' ORDER BY n) AS code
              FROM (SELECT ('x' || substr(d.digest, 1, 10))::bit(40) AS bits) one, generate_series(0, 7) n) letters)
FROM sealed d WHERE d.id = s.id;
"""


class Migration(migrations.Migration):
    """Data only; the former table goes, with its triggers, in the next migration."""

    dependencies = [("exams", "0003_sheets_and_the_day")]

    operations = [migrations.RunSQL(sql) for sql in (SHEETS, EVENTS, SEALS)]
