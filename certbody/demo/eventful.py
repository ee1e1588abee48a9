"""When more happens than planned: a stopped exam, a suspicion, an amendment, a session that is called off."""

from datetime import date, datetime, timedelta

from candidates.models import Application
from certbody.demo import cast
from certbody.demo.stories import SLOT, Story, days_after, examined, issue, release, session_day, to_the_exam, workday
from certbody.demo.world import World, at, begin, end, identify, mark, panel_now, seal, sign
from exams.models import Amendment, Attempt, ExamSession, StageRun
from exams.services.amendments import approve_amendment, propose_amendment
from exams.services.handover import leave_seat, seat_substitute
from exams.services.incidents import interrupt, record_incident, resume
from exams.services.phrases import add_phrase
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import cancel_session, schedule_session
from exams.services.stopping import stop_exam
from exams.states import IncidentKind

NAME = "eventful"
_PHRASES = (
    "Açıq sual verdi, cavabı sona qədər dinlədi.",
    "Müştərinin sözünü kəsdi.",
    "Məqsəd ölçülə bilən şəkildə razılaşdırıldı.",
    "Növbəti addımlar və tarix razılaşdırılmadı.",
    "Nümunə üçün yazının bu dəqiqəsinə baxın.",
)


def eventful(world: World, now: datetime) -> list[Story]:
    """Return the stories of that day; they begin after those of the ordinary days."""
    day = workday(now.date(), -14)
    return [
        session_day(world, NAME, day),
        _shared_phrases(world, day),
        _stopped(world, day, now.date()),
        _handed_over(world, day),
        examined(world, "suspected", day, 1, after=_suspect),
        examined(world, "amended", day, 2, not_met={"BQ.24"}, after=_amend),
        _proposed(world, now.date()),
        _called_off(world, now.date()),
    ]


def _shared_phrases(world: World, day: date) -> Story:
    yield at(day - timedelta(days=30), 9)
    for text in _PHRASES:
        add_phrase(text, shared=True, actor=world.staff(cast.OFFICER))


def _stopped(world: World, day: date, today: date) -> Story:
    """P1 is passed with an interruption; in P2 the candidate falls ill. P1 counts in the next exam."""
    attempts: list[Attempt] = []
    yield from to_the_exam(world, "stopped", day, 0, attempts)
    [attempt] = attempts
    start = at(day, 10)
    yield start
    lead, *colleagues = panel_now(attempt)
    identify(attempt, lead)
    yield start + timedelta(minutes=1)
    first = begin(attempt, "P1", lead, scenario="SS-01")
    yield start + timedelta(minutes=9)
    interrupt(attempt, note="Bina həyəcan siqnalına görə qısa müddətə boşaldıldı.", actor=lead)
    yield start + timedelta(minutes=14)
    resume(attempt, actor=lead)
    yield start + timedelta(minutes=35)
    for assessor in [lead, *colleagues]:
        mark(first, assessor)
    yield start + timedelta(minutes=36)
    end(first, lead)
    seal(first)
    sign(first, lead)
    yield start + timedelta(minutes=38)
    begin(attempt, "P2", lead, scenario="SS-01")
    yield start + timedelta(minutes=42)
    stop_exam(attempt, reason="Namizəd özünü pis hiss etdi, təcili yardım çağırıldı.", actor=lead)
    yield at(today - timedelta(days=3), 11)
    schedule_candidates(world.sessions["next"], [attempt.application], actor=world.staff(cast.OFFICER))


def _handed_over(world: World, day: date) -> Story:
    """After the first exam the second assessor cannot go on; somebody else takes the seat."""
    yield at(day, 10) + SLOT - timedelta(minutes=8)
    session = ExamSession.objects.get(pk=world.sessions[NAME].pk)
    seat = session.panel.get(assessor=world.staff(cast.SECOND_ASSESSOR))
    left = leave_seat(seat, reason="Səhhəti ilə əlaqədar davam edə bilmədi.", actor=world.staff(cast.OFFICER))
    seat_substitute(left, world.staff(cast.THIRD_ASSESSOR), actor=world.staff(cast.OFFICER))


def _suspect(world: World, attempt: Attempt) -> Story:
    yield attempt.starts_at + timedelta(minutes=48)
    note = "Namizədin masasında ssenarinin əvvəlcədən hazırlanmış qeydləri tapıldı."
    record_incident(attempt, kind=IncidentKind.CHEATING, note=note, actor=world.staff(cast.ASSESSOR))
    yield from release(world, attempt)


def _amend(world: World, attempt: Attempt) -> Story:
    """After the certificate a mark turns out to be wrong: two people amend it, and the decision is looked at again."""
    yield from issue(world, attempt)
    yield days_after(attempt, 6, 10)
    run = StageRun.objects.get(attempt=attempt, stage__code="P1")
    amendment = _propose(
        run, "BQ.24", value=True, why="Yazının 26-cı dəqiqəsində izləmə tarixi razılaşdırılır.",
        evidence="Görüşün yazısı, 26:10.", world=world,
    )  # fmt: skip
    yield days_after(attempt, 6, 15)
    approve_amendment(amendment, note="Yazıya baxıldı, addım yerinə yetirilib.", actor=world.staff(cast.OFFICER))


def _proposed(world: World, today: date) -> Story:
    """An amendment that waits for somebody to approve it."""
    yield at(today - timedelta(days=2), 10)
    run = StageRun.objects.get(attempt__person__surname="Süleymanova", stage__code="P1")
    _propose(
        run, "BQ.4", value=False, why="Müşahidəçi qeydlərində səs tonu barədə irad var.",
        evidence="Müşahidəçinin yazılı qeydi.", world=world,
    )  # fmt: skip


def _called_off(world: World, today: date) -> Story:
    """A session that is cancelled in time: its candidate waits for another date."""
    officer = world.staff(cast.OFFICER)
    yield at(today - timedelta(days=6), 11)
    session = schedule_session(
        world.versions["coach-6"], starts_at=at(workday(today, 7), 10), place="Gəncə, Texnopark, otaq 12", capacity=4,
        lead=world.staff(cast.ASSESSOR), actor=officer,
    )  # fmt: skip
    yield at(today - timedelta(days=6), 12)
    application = Application.objects.get(account=world.applicant(cast.APPLICANTS["accepted"]))
    schedule_candidates(session, [application], actor=officer)
    yield at(today - timedelta(days=2), 17)
    cancel_session(session, reason="Otaqda təmir işləri başlayıb; yeni tarix ayrıca bildiriləcək.", actor=officer)


def _propose(run: StageRun, code: str, *, value: bool, why: str, evidence: str, world: World) -> Amendment:
    step = run.stage.steps.get(code=code)
    return propose_amendment(run, step, value=value, why=why, evidence=evidence, actor=world.staff(cast.ASSESSOR))
