"""What happens to the demo's people. A story is a generator that says when it goes on; certbody.demo.load plays them.

Each step runs at the moment that was yielded before it, so that every date, deadline and trace is as it would be.
"""

from collections.abc import Callable, Collection, Generator
from datetime import date, datetime, timedelta

from accounts.models import User
from candidates.services.review import refuse_application, return_application
from candidates.services.withdrawal import withdraw_application
from candidates.states import Section
from certbody.demo import cast
from certbody.demo.cast import APPLICANTS
from certbody.demo.world import (
    World,
    abstain_from,
    accept,
    at,
    begin,
    draft,
    end,
    grant,
    identify,
    mark,
    panel_now,
    refuse,
    seal,
    settle_difference,
    sign,
    sign_contract,
    submit,
)
from certificates.services.certificates import issue_certificate
from certificates.services.duties import waive
from certificates.services.lifecycle import Because, revoke_certificate
from certificates.services.requests.circumstances import Evaluation, evaluate_circumstance, report_circumstance
from certificates.services.requests.intake import Intake
from certificates.states import CircumstanceKind, CircumstanceOutcome, DutyKind, DutyState, Ground
from exams.models import Attempt
from exams.services.attendance import record_no_show
from exams.services.scheduling import schedule_candidates
from exams.services.sessions import close_session, schedule_session
from exams.services.sign_off import release_result

Story = Generator[datetime, None, None]
PLACE = "Bakı, Oldu Town Plaza, 3-cü mərtəbə, imtahan otağı"
P1_MINUTES, P2_MINUTES = 27, 12
SLOT = timedelta(minutes=60)
_SATURDAY = 5
_LAST_START = 20
_PANELS_OF_TWO = frozenset({"recent", "today", "next", "eventful"})
"""In other sessions one assessor marks alone, and a colleague observes."""


def stories(world: World, now: datetime) -> list[Story]:
    """Return all stories, told up to `now`."""
    today = now.date()
    recent, spring = workday(today, -6), workday(today, -240)
    aging, old = workday(today, -1765), workday(today, -1900)
    past = {"recent": recent, "spring": spring, "aging": aging, "old": old}
    return [
        *(session_day(world, name, day) for name, day in past.items()),
        session_day(world, "today", today, start=_hour_of(now), closes=False),
        session_day(world, "next", workday(today, 12), closes=False),
        _drafting(world, today),
        _submitted(world, "submitted", today - timedelta(days=9)),
        _submitted(world, "submitted2", today - timedelta(days=2)),
        _returned(world, today),
        _refused(world, today),
        _withdrawn(world, today),
        _accepted(world, "accepted", today - timedelta(days=8)),
        _accepted(world, "accepted2", today - timedelta(days=4)),
        _scheduled(world, "scheduled", today, "next"),
        _scheduled(world, "today", today, "today", first=True),
        _being_examined(world, now),
        examined(world, "marked", recent, 0, differing={"BQ.5"}),
        examined(world, "todecide", recent, 1, after=release),
        examined(world, "critical", recent, 2, not_met={"BQ.6"}, after=release),
        examined(world, "threshold", recent, 3, not_met=_SIX_UNCRITICAL, abstains=True, after=_refuse),
        _absent(world, "noshow", recent, 4),
        examined(world, "contract", recent, 5, not_met={"BQ.24", "BQ.31"}, after=offer),
        examined(world, "toissue", recent, 6, after=conclude),
        examined(world, "holder", spring, 0, not_met={"BQ.16"}, after=issue),
        examined(world, "suspended", spring, 1, after=suspend(today)),
        examined(world, "revoked", spring, 2, p1_minutes=22, after=_revoke(today)),
        examined(world, "expiring", aging, 0, after=issue),
        examined(world, "expired", old, 0, after=issue),
    ]  # fmt: skip


_SIX_UNCRITICAL = frozenset({"BQ.4", "BQ.5", "BQ.16", "BQ.24", "BQ.25", "BQ.26"})


def workday(today: date, days: int) -> date:
    """Return the day so far from today, moved off a weekend (backwards in the past, forwards in the future)."""
    day = today + timedelta(days=days)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1 if days > 0 else -1)
    return day


def _hour_of(now: datetime) -> int:
    """Return the hour in which today's session begins: this one, unless its exams would run past midnight."""
    return min(now.hour, _LAST_START)


# --- Sessions ---------------------------------------------------------------------------------------------------------
def session_day(
    world: World, name: str, day: date, *, start: int = 10, closes: bool = True, scheme: str = "coach-6"
) -> Story:
    """Schedule a session of that name, and close it in the evening."""
    officer = world.staff(cast.OFFICER)
    yield at(day - timedelta(days=20), 9)
    world.sessions[name] = schedule_session(
        world.versions[scheme], starts_at=at(day, start), place=PLACE, capacity=8, lead=world.staff(cast.ASSESSOR),
        **{"members" if name in _PANELS_OF_TWO else "observers": [world.staff(cast.SECOND_ASSESSOR)]}, actor=officer,
    )  # fmt: skip
    if closes:
        yield at(day, 18, 45)
        close_session(world.sessions[name], actor=officer)


# --- Applications that have not led to an exam ------------------------------------------------------------------------
def _drafting(world: World, today: date) -> Story:
    yield at(today - timedelta(days=1), 19, 40)
    draft(world, APPLICANTS["candidate"])


def _submitted(world: World, login: str, day: date) -> Story:
    yield at(day, 11, 20)
    submit(world, APPLICANTS[login])


def _returned(world: World, today: date) -> Story:
    yield at(today - timedelta(days=7), 14)
    application = submit(world, APPLICANTS["returned"])
    yield at(today - timedelta(days=5), 10)
    return_application(
        application, sections=[Section.LETTERS],
        reason="Tövsiyə məktubunda imza və tarix yoxdur. İmzalanmış məktubu yükləyin.", actor=world.staff(cast.OFFICER),
    )  # fmt: skip


def _refused(world: World, today: date) -> Story:
    yield at(today - timedelta(days=40), 16)
    application = submit(world, APPLICANTS["refused"])
    yield at(today - timedelta(days=37), 12)
    refuse_application(
        application, reason="Təqdim olunan tövsiyə məktubları kouçluq xidmətini təsdiq etmir.",
        actor=world.staff(cast.SECOND_OFFICER),
    )  # fmt: skip


def _withdrawn(world: World, today: date) -> Story:
    yield at(today - timedelta(days=30), 9, 30)
    application = submit(world, APPLICANTS["withdrawn"])
    yield at(today - timedelta(days=28), 20)
    withdraw_application(application, actor=world.applicant(APPLICANTS["withdrawn"]))


def _accepted(world: World, login: str, day: date) -> Story:
    yield at(day, 13)
    application = submit(world, APPLICANTS[login])
    yield at(day + timedelta(days=1), 10, 15)
    accept(application, world.staff(cast.OFFICER))


# --- Exams ------------------------------------------------------------------------------------------------------------
def _scheduled(world: World, login: str, today: date, session: str, *, first: bool = False) -> Story:
    yield at(today - timedelta(days=19 if first else 6), 9)
    application = submit(world, APPLICANTS[login])
    yield at(today - timedelta(days=18 if first else 5), 9)
    accept(application, world.staff(cast.OFFICER))
    yield at(today - timedelta(days=16 if first else 4), 15)
    schedule_candidates(world.sessions[session], [application], actor=world.staff(cast.OFFICER))


def _being_examined(world: World, now: datetime) -> Story:
    """The client session has been running for a while, and the first steps are marked."""
    midnight, today = at(now.date(), 0), now.date()
    lead, assessor = world.staff(cast.ASSESSOR), world.staff(cast.SECOND_ASSESSOR)
    yield at(today - timedelta(days=19), 12)
    application = submit(world, APPLICANTS["today2"])
    yield at(today - timedelta(days=18), 12)
    accept(application, world.staff(cast.OFFICER))
    yield at(today - timedelta(days=16), 12)
    [attempt] = schedule_candidates(world.sessions["today"], [application], actor=world.staff(cast.OFFICER))
    yield max(midnight, now - timedelta(minutes=14))
    identify(attempt, assessor)
    yield max(midnight, now - timedelta(minutes=12))
    run = begin(attempt, "P1", assessor, scenario="SS-04")
    yield max(midnight, now - timedelta(minutes=3))
    mark(run, assessor, not_met={"BQ.4"}, first=9)
    mark(run, lead, first=11)


def to_the_exam(world: World, login: str, day: date, place: int, then: list[Attempt]) -> Story:
    """Tell how somebody applies, is accepted, and gets a time in that day's session; the exam is added to `then`."""
    yield at(day - timedelta(days=18), 10, place)
    application = submit(world, APPLICANTS[login])
    yield at(day - timedelta(days=16), 10, place)
    accept(application, world.staff(cast.OFFICER))
    yield at(day - timedelta(days=14), 10, place)
    session = next(one for one in world.sessions.values() if one.starts_at == at(day, 10))
    then += schedule_candidates(session, [application], actor=world.staff(cast.OFFICER))


Afterwards = Callable[[World, Attempt], Story]


def examined(  # noqa: PLR0913 -- one keyword for each thing that can be different
    world: World,
    login: str,
    day: date,
    place: int,
    *,
    not_met: Collection[str] = (),
    differing: Collection[str] = (),
    p1_minutes: int = P1_MINUTES,
    abstains: bool = False,
    after: Afterwards | None = None,
) -> Story:
    """Tell an exam from the application to its marks; every assessor of the panel marks, the second one differs."""
    attempts: list[Attempt] = []
    yield from to_the_exam(world, login, day, place, attempts)
    [attempt] = attempts
    yield from sit(attempt, place, not_met=not_met, differing=differing, p1_minutes=p1_minutes, abstains=abstains)
    if after:
        yield from after(world, attempt)


def sit(
    attempt: Attempt,
    place: int,
    *,
    not_met: Collection[str] = (),
    differing: Collection[str] = (),
    p1_minutes: int = P1_MINUTES,
    abstains: bool = False,
) -> Story:
    """Tell how a scheduled exam is held, marked, sealed and signed."""
    start = attempt.starts_at
    yield start
    lead, *colleagues = panel_now(attempt)
    identify(attempt, lead)
    yield start + timedelta(minutes=1)
    first = begin(attempt, "P1", lead, scenario=f"SS-{place + 1:02d}")
    yield start + timedelta(minutes=p1_minutes)
    mark(first, lead, not_met=not_met)
    for colleague in colleagues:
        mark(first, colleague, not_met={*not_met, *differing})
    yield start + timedelta(minutes=p1_minutes + 1)
    end(first, lead)
    yield start + timedelta(minutes=p1_minutes + 2)
    second = begin(attempt, "P2", lead, scenario=f"SS-{place + 1:02d}")
    yield start + timedelta(minutes=p1_minutes + P2_MINUTES)
    if abstains:
        abstain_from(second, colleagues.pop())
    for assessor in [lead, *colleagues]:
        mark(second, assessor, not_met=not_met)
    yield start + timedelta(minutes=p1_minutes + P2_MINUTES + 1)
    end(second, lead)
    yield start + timedelta(minutes=p1_minutes + P2_MINUTES + 3)
    seal(first)
    seal(second)
    short = "Müştəri rolunu oynayan şəxs özünü pis hiss etdi; görüş heyətin razılığı ilə tamamlandı."
    for code in differing:
        settle_difference(
            first, code, lead, value=True, reason="Heyət yazıya birlikdə baxdı: addım görüşün sonunda yerinə yetirilib."
        )
    sign(first, lead, short_reason=short if p1_minutes < (first.stage.min_minutes or 0) else "")
    sign(second, lead)


def _absent(world: World, login: str, day: date, place: int) -> Story:
    attempts: list[Attempt] = []
    yield from to_the_exam(world, login, day, place, attempts)
    yield at(day, 10) + place * SLOT + timedelta(minutes=30)
    record_no_show(attempts[0], reason="Namizəd gəlmədi, zənglərə cavab vermədi.", actor=world.staff(cast.ASSESSOR))


# --- After the exam ---------------------------------------------------------------------------------------------------
def days_after(attempt: Attempt, days: int, hour: int) -> datetime:
    """Return an hour so many days after an exam."""
    return at(attempt.starts_at.date() + timedelta(days=days), hour)


def release(world: World, attempt: Attempt) -> Story:
    """Tell how the result is released."""
    yield days_after(attempt, 1, 9)
    release_result(attempt, actor=world.staff(cast.OFFICER))


def _refuse(world: World, attempt: Attempt) -> Story:
    yield from release(world, attempt)
    yield days_after(attempt, 2, 11)
    refuse(attempt, world.staff(cast.DECIDER))


def offer(world: World, attempt: Attempt) -> Story:
    """Tell how the decision is made and the contract offered."""
    yield from release(world, attempt)
    yield days_after(attempt, 2, 12)
    grant(attempt, world.staff(cast.DECIDER))


def conclude(world: World, attempt: Attempt) -> Story:
    """Tell how the holder accepts the contract."""
    yield from offer(world, attempt)
    yield days_after(attempt, 3, 20)
    attempt.refresh_from_db()
    sign_contract(attempt.decision.contract)


def issue(world: World, attempt: Attempt) -> Story:
    """Tell how the certificate is issued."""
    yield from conclude(world, attempt)
    yield days_after(attempt, 4, 10)
    issue_certificate(attempt.decision.contract, actor=world.staff(cast.OFFICER))


def suspend(today: date) -> Afterwards:
    """Tell how a holder reports a circumstance, and the evaluation ends in a suspension (contract H7)."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = attempt.decision.certificate
        yield at(today - timedelta(days=24), 20)
        reported = report_circumstance(
            certificate, kind=CircumstanceKind.HEALTH, since=today - timedelta(days=27),
            description="Səs tellərimdə əməliyyat olunub, həkim iki ay danışmamağı məsləhət görür.",
            actor=User.objects.get(person=certificate.person), intake=Intake(),
        )  # fmt: skip
        yield at(today - timedelta(days=20), 15)
        evaluation = Evaluation(
            outcome=CircumstanceOutcome.SUSPENSION,
            reasons="Sahibi sağlamlıq vəziyyəti barədə məlumat verib; sağalana qədər görüş apara bilmir.",
            review_on=today + timedelta(days=40),
            public_reason="Sahibin müraciəti əsasında müvəqqəti dayandırılıb.",
        )
        evaluate_circumstance(reported, evaluation, actor=world.staff(cast.OFFICER))

    return story


def _revoke(today: date) -> Afterwards:
    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        yield at(today - timedelta(days=60), 11)
        revoke_certificate(
            attempt.decision.certificate, actor=world.staff(cast.SECOND_OFFICER),
            because=Because(
                ground=Ground.REPUTATION,
                reason="Sertifikat üzərində dəyişiklik edilib və əhatə dairəsindən kənar istifadə olunub.",
                public_reason="Sertifikatdan istifadə qaydaları pozulub.",
            ),
        )  # fmt: skip
        yield at(today - timedelta(days=40), 11)
        [owed] = attempt.decision.certificate.duties.filter(kind=DutyKind.RETURN_ENDED, state=DutyState.OPEN)
        reason = "Sahib yazılı bildirib ki, əsli yanğında məhv olub; polisin arayışı təqdim edilib."
        waive(owed, reason=reason, actor=world.staff(cast.OFFICER))

    return story
