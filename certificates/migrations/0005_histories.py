"""What is already there gets its history: copies, events, the application of a decision, and the duties that are open.

Tables that never change are opened for the one column that this fills, in the same transaction.
"""

from django.db import migrations

APPLICATIONS = """
ALTER TABLE certificates_decision DISABLE TRIGGER certificates_decision_append_only;
UPDATE certificates_decision d SET application_id = a.application_id FROM exams_attempt a WHERE a.id = d.attempt_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE certificates_decision ENABLE TRIGGER certificates_decision_append_only;
"""

COPIES = """
INSERT INTO certificates_certificatecopy
    (certificate_id, number, code, reason, snapshot, document_id, made_at, made_by_id, superseded_at)
SELECT id, 1, code, 'first', snapshot, document_id, issued_at, issued_by_id, NULL FROM certificates_certificate;
"""

# The reasons of a reinstatement and a revocation were kept in the trail only; each entry is of the same transaction.
EVENTS = """
INSERT INTO certificates_certificateevent
    (certificate_id, kind, ground, reason, public_reason, is_published, effective_on, review_on, scopes,
     recorded_at, recorded_by_id)
SELECT id, 'issue', '', '', '', false, (issued_at AT TIME ZONE 'Asia/Baku')::date, NULL::date, ARRAY[]::varchar[],
    issued_at, issued_by_id
FROM certificates_certificate;
INSERT INTO certificates_certificateevent
    (certificate_id, kind, ground, reason, public_reason, is_published, effective_on, review_on, scopes,
     recorded_at, recorded_by_id)
SELECT certificate_id, kind, 'unnamed', reason, '', false, (at AT TIME ZONE 'Asia/Baku')::date, review_on,
    ARRAY[]::varchar[], at, by_id
FROM (
    SELECT certificate_id, 'suspend' AS kind, reason, started_at AS at, review_on, imposed_by_id AS by_id
    FROM certificates_suspension
    UNION ALL
    SELECT certificate_id, 'reinstate', t.reason, t.at, NULL, t.actor_id
    FROM (SELECT id AS certificate_id FROM certificates_certificate) c
    JOIN audit_auditentry t
        ON t.object_ref = 'certificates.certificate:' || c.certificate_id AND t.verb = 'certificate.reinstate'
    UNION ALL
    SELECT certificate_id, 'revoke', t.reason, t.at, NULL, t.actor_id
    FROM (SELECT id AS certificate_id FROM certificates_certificate) c
    JOIN audit_auditentry t
        ON t.object_ref = 'certificates.certificate:' || c.certificate_id AND t.verb = 'certificate.revoke'
) told
ORDER BY at, certificate_id;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE certificates_suspension DISABLE TRIGGER certificates_suspension_frozen;
UPDATE certificates_suspension s SET event_id = e.id FROM certificates_certificateevent e
WHERE e.certificate_id = s.certificate_id AND e.kind = 'suspend' AND e.recorded_at = s.started_at;
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE certificates_suspension ENABLE TRIGGER certificates_suspension_frozen;
"""

SURVEILLANCE = """
INSERT INTO certificates_surveillance
    (certificate_id, kind, due_on, cause, state, created_at, report, result)
SELECT c.id, 'planned', day::date, '', 'planned', now(), '', ''
FROM certificates_certificate c
JOIN schemes_schemeversion v ON v.id = c.scheme_version_id AND v.surveillance_months > 0
CROSS JOIN LATERAL generate_series(1, 200) AS step
CROSS JOIN LATERAL (SELECT (c.valid_from + make_interval(months => v.surveillance_months * step)) AS day) AS planned
WHERE day::date < c.valid_until AND day::date >= (now() AT TIME ZONE 'Asia/Baku')::date AND c.state <> 'revoked';
"""

DUTIES = """
INSERT INTO certificates_duty
    (key, kind, owed_by, person_id, certificate_id, about, details, start_on, amount, unit, due_on, shown_to_holder,
     state, proof, created_at)
SELECT kind || ':' || about, kind, owed_by, person_id, certificate_id, about, '', start_on, NULL, 'date', due_on, true,
    'open', '', now()
FROM (
    SELECT 'accept_contract' AS kind, 'holder' AS owed_by, person_id, NULL::bigint AS certificate_id,
        'certificates.contract:' || id AS about, (offered_at AT TIME ZONE 'Asia/Baku')::date AS start_on, due_on
    FROM certificates_contract WHERE state = 'offered'
    UNION ALL
    SELECT 'apply_for_renewal', 'holder', person_id, id, 'certificates.certificate:' || id, valid_from, valid_until
    FROM certificates_certificate WHERE state <> 'revoked' AND valid_until >= (now() AT TIME ZONE 'Asia/Baku')::date
    UNION ALL
    SELECT 'review_suspension', 'body', c.person_id, c.id, 'certificates.certificateevent:' || s.event_id,
        (s.started_at AT TIME ZONE 'Asia/Baku')::date, s.review_on
    FROM certificates_suspension s JOIN certificates_certificate c ON c.id = s.certificate_id WHERE s.ended_at IS NULL
    UNION ALL
    SELECT 'hold_surveillance', 'body', c.person_id, c.id, 'certificates.surveillance:' || s.id, c.valid_from, s.due_on
    FROM certificates_surveillance s JOIN certificates_certificate c ON c.id = s.certificate_id
) owed;
"""

# Contract H9: the originals of what is suspended or revoked are due in 15 days, counted from now: nobody was asked yet.
RETURNS = """
INSERT INTO certificates_duty
    (key, kind, owed_by, person_id, certificate_id, about, details, start_on, amount, unit, due_on, shown_to_holder,
     state, proof, created_at)
SELECT 'return_ended:certificates.certificateevent:' || e.id, 'return_ended', 'holder', c.person_id, c.id,
    'certificates.certificateevent:' || e.id, '', today, 15, 'days', today + 15, true, 'open', '', now()
FROM certificates_certificate c
CROSS JOIN LATERAL (
    SELECT id FROM certificates_certificateevent
    WHERE certificate_id = c.id AND kind IN ('suspend', 'revoke') ORDER BY id DESC LIMIT 1
) e
CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Baku')::date AS today) clock
WHERE c.state IN ('suspended', 'revoked');
"""


class Migration(migrations.Migration):
    """Histories."""

    dependencies = [("certificates", "0004_life_of_a_certificate"), ("audit", "0002_append_only")]

    operations = [
        migrations.RunSQL(APPLICATIONS, migrations.RunSQL.noop),
        migrations.RunSQL(COPIES, migrations.RunSQL.noop),
        migrations.RunSQL(EVENTS, migrations.RunSQL.noop),
        migrations.RunSQL(SURVEILLANCE, migrations.RunSQL.noop),
        migrations.RunSQL(DUTIES, migrations.RunSQL.noop),
        migrations.RunSQL(RETURNS, migrations.RunSQL.noop),
    ]
