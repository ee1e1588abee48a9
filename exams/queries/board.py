"""What the officers' live board reads: the exams of the day with counts of marks, never a mark itself.

The number of queries is the same however many exams there are.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import Count, Prefetch, Q, QuerySet

from accounts.models import User
from exams.models import Attempt, CarriedStage, ExamSession, HelpCall, Incident, Sheet, StageRun
from exams.queries.sessions import queue_sessions_today
from exams.states import AttemptState, IncidentKind
from schemes.models import Stage

# A mark stands when no other event of its step names it as replaced, and it counts when all that stand on the step say
# the same, and something definite: exams.marklog says the same in Python, and a test keeps the two alike.
_MARKED = """
WITH own AS (
    SELECT id, sheet_id, step_id, value, replaces
    FROM exams_markevent
    WHERE sheet_id = ANY (%s) AND kind = 'mark'
), replaced AS (
    SELECT sheet_id, step_id, id AS replaced_by, unnest(replaces) AS id FROM own
), marked AS (
    SELECT o.sheet_id
    FROM own o
    LEFT JOIN replaced r
        ON r.id = o.id AND r.sheet_id = o.sheet_id AND r.step_id = o.step_id AND r.replaced_by <> o.id
    WHERE r.id IS NULL
    GROUP BY o.sheet_id, o.step_id
    HAVING count(*) = count(o.value) AND bool_and(o.value) = bool_or(o.value)
)
SELECT sheet_id, count(*) FROM marked GROUP BY sheet_id
"""


def marked_steps(sheets: Collection[int]) -> dict[int, int]:
    """Return on how many steps of each sheet one definite mark stands; sheets without any are absent.

    One aggregate over the events of these sheets, found by the index of `exams_event_sequence`.
    """
    if not sheets:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_MARKED, [list(sheets)])
        return dict(cursor.fetchall())


def exams_of_the_day(reader: User, *, session: ExamSession | None = None) -> QuerySet[Attempt]:
    """Return the exams of today's planned sessions, and those still under way; or all of one `session`.

    Cancelled ones are left out, and so is an exam of the reader's own. In order of session and time.
    """
    if session:
        wanted = Q(session=session)
    else:
        today = list(queue_sessions_today().order_by().values_list("pk", flat=True))
        wanted = Q(session__in=today) | Q(state=AttemptState.IN_PROGRESS)
    return (
        _with_all_that_is_shown()
        .filter(wanted)
        .exclude(state=AttemptState.CANCELLED)
        .exclude(person__user=reader)
        .order_by("session__starts_at", "session", "starts_at", "pk")
    )


def _with_all_that_is_shown() -> QuerySet[Attempt]:
    sheets = Sheet.objects.select_related("assessor").prefetch_related("devices").order_by("pk")
    runs = StageRun.objects.select_related("stage").prefetch_related(Prefetch("sheets", queryset=sheets))
    stages = Stage.objects.annotate(total=Count("steps")).order_by("order")
    interruptions = Incident.objects.filter(kind=IncidentKind.INTERRUPTION)
    calls = HelpCall.objects.filter(answered_at=None).select_related("called_by")
    return Attempt.objects.select_related("person", "session__scheme_version").prefetch_related(
        Prefetch("stages", queryset=runs.order_by("stage__order")),
        Prefetch("session__scheme_version__stages", queryset=stages),
        Prefetch("incidents", queryset=interruptions.order_by("started_at", "pk")),
        Prefetch("help_calls", queryset=calls.order_by("called_at", "pk")),
        Prefetch("carried", queryset=CarriedStage.objects.select_related("run")),
    )
