"""Who checked the papers of a renewal does not decide on it: accepting them is an assessment (contract B1)."""

from django.db import migrations

# As 0003 wrote it, with the last condition added. Where the scheme asks for evidence, whoever accepted the application,
# or entered what came on paper, has assessed the holder; an application for an exam alone is assessed by its panel.
INDEPENDENT = """
CREATE OR REPLACE FUNCTION certificates_is_independent(decider bigint, candidate bigint, case_of bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
            SELECT 1 FROM exams_panelmember m JOIN exams_attempt a ON a.session_id = m.session_id
            WHERE a.person_id = candidate AND m.assessor_id = decider)
        AND NOT EXISTS (
            SELECT 1 FROM exams_sheet s JOIN exams_stagerun r ON r.id = s.run_id
            JOIN exams_attempt a ON a.id = r.attempt_id
            WHERE a.person_id = candidate AND s.assessor_id = decider)
        AND NOT EXISTS (
            SELECT 1 FROM candidates_conflictofinterest c WHERE c.person_id = candidate AND c.user_id = decider)
        AND NOT EXISTS (SELECT 1 FROM candidates_person p WHERE p.id = candidate AND p.user_id = decider)
        AND NOT EXISTS (SELECT 1 FROM candidates_application p WHERE p.id = case_of AND p.account_id = decider)
        AND NOT EXISTS (
            SELECT 1 FROM candidates_application p JOIN certificates_renewal r ON r.application_id = p.id
            WHERE p.id = case_of AND r.needs <> 'exam' AND decider IN (p.settled_by_id, p.entered_by_id))
$$;
"""

BEFORE = INDEPENDENT.replace(
    """
        AND NOT EXISTS (
            SELECT 1 FROM candidates_application p JOIN certificates_renewal r ON r.application_id = p.id
            WHERE p.id = case_of AND r.needs <> 'exam' AND decider IN (p.settled_by_id, p.entered_by_id))""",
    "",
)


class Migration(migrations.Migration):
    """One more condition in the function that the triggers of decisions and reviews ask."""

    dependencies = [
        ("certificates", "0009_public_reason_in_english"),
        ("candidates", "0001_initial"),
    ]

    operations = [migrations.RunSQL(INDEPENDENT, BEFORE)]
