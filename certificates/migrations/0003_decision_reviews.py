"""Decisions wait for open questions of their exam, and are flagged when it is amended afterwards.

A stage that is carried from an earlier exam counts like one that was held. Who assessed is told by the sheets: there is
no way back, as there is none for the marks.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Contract B1: who decides, or reviews a decision, neither assessed the person nor has an interest in them, nor is them.
INDEPENDENT = """
CREATE FUNCTION certificates_is_independent(decider bigint, candidate bigint, case_of bigint) RETURNS boolean
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
$$;
"""

DECISION = """
CREATE OR REPLACE FUNCTION certificates_decision_checked() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF NEW.outcome = 'granted' AND NOT attempt.passed THEN
        RAISE EXCEPTION 'a failed exam is not granted'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_granted_needs_pass';
    END IF;
    IF NOT certificates_is_independent(NEW.decided_by_id, NEW.person_id, attempt.application_id) THEN
        RAISE EXCEPTION 'the decision-maker is not independent of the candidate'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_decider_independent';
    END IF;
    RETURN NEW;
END $$;
"""

# A review is opened by an approved amendment that counts in the exam decided on, settled once, by somebody independent.
REVIEW = """
CREATE FUNCTION certificates_review_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (
        OLD.state <> 'open'
        OR (to_jsonb(NEW) - 'state' - 'settled_by_id' - 'settled_at' - 'conclusion')
            IS DISTINCT FROM (to_jsonb(OLD) - 'state' - 'settled_by_id' - 'settled_at' - 'conclusion')
    )) THEN
        RAISE EXCEPTION 'a review is settled once, and never changes'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_review_final';
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT 1 FROM certificates_decision d
        JOIN exams_amendment m ON m.id = NEW.amendment_id AND m.state = 'approved'
        JOIN exams_stagerun r ON r.id = m.run_id
        WHERE d.id = NEW.decision_id AND (r.attempt_id = d.attempt_id OR EXISTS (
            SELECT 1 FROM exams_carriedstage c WHERE c.run_id = r.id AND c.attempt_id = d.attempt_id))
    ) THEN
        RAISE EXCEPTION 'a review is about an approved amendment of the exam that was decided on'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_review_of_amendment';
    END IF;
    IF NEW.settled_by_id IS NOT NULL AND NOT (
        SELECT certificates_is_independent(NEW.settled_by_id, d.person_id, a.application_id)
        FROM certificates_decision d JOIN exams_attempt a ON a.id = d.attempt_id WHERE d.id = NEW.decision_id
    ) THEN
        RAISE EXCEPTION 'the reviewer is not independent of the candidate'
            USING ERRCODE = '23514', CONSTRAINT = 'certificates_reviewer_independent';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER certificates_review_checked BEFORE INSERT OR UPDATE OR DELETE ON certificates_decisionreview
    FOR EACH ROW EXECUTE FUNCTION certificates_review_checked();
"""


class Migration(migrations.Migration):
    """The table of reviews and its rules; one function for who is independent."""

    dependencies = [
        ("certificates", "0002_triggers"),
        ("exams", "0006_rules_of_the_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(INDEPENDENT),
        migrations.RunSQL(DECISION),
        migrations.CreateModel(
            name="DecisionReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("passed_before", models.BooleanField(verbose_name="exam passed before the amendment")),
                ("passed_after", models.BooleanField(verbose_name="exam passed after the amendment")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To be reviewed"), ("settled", "Reviewed")],
                        default="open",
                        max_length=7,
                        verbose_name="state",
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("conclusion", models.TextField(blank=True, max_length=4000, verbose_name="conclusion")),
                (
                    "amendment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reviews", to="exams.amendment"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviews",
                        to="certificates.decision",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "review of a decision",
                "verbose_name_plural": "reviews of decisions",
                "ordering": ("-opened_at", "-id"),
                "indexes": [models.Index(fields=["state", "opened_at"], name="certificates_review_queue")],
                "constraints": [
                    models.UniqueConstraint(fields=("decision", "amendment"), name="certificates_review_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("conclusion", ""), ("settled_at", None), ("settled_by", None), ("state", "open")),
                            models.Q(
                                ("settled_at__isnull", False),
                                ("settled_by__isnull", False),
                                ("state", "settled"),
                                models.Q(("conclusion", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="certificates_review_settled_complete",
                    ),
                ],
            },
        ),
        migrations.RunSQL(REVIEW),
    ]
