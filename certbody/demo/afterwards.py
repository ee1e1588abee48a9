"""What happens after the decision, to each holder and to all of them: renewals, changed terms, a moved holiday."""

from datetime import date, datetime, timedelta

from certbody.demo import cast
from certbody.demo.cast import APPLICANTS
from certbody.demo.holders import (
    apply_to_renew,
    certificate_of,
    changes_name,
    is_accused,
    is_surveyed,
    leaves,
    loses_it,
    reports,
    tears_it,
)
from certbody.demo.stories import Afterwards, Story, examined, issue, session_day, sit, workday
from certbody.demo.world import World, accept, at, grant, sign_contract
from certificates.models import Surveillance, TermsConsent
from certificates.queries.contracts import current_template
from certificates.services.calendar import correct_day
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import take_in_text
from certificates.services.reminders import sweep, write_waiting
from certificates.services.surveillance import Finding, announce_surveillance, hold_surveillance
from certificates.services.terms import accept_terms, announce_change, cancel_change, prepare_change
from certificates.states import SurveillanceKind, SurveillanceResult, SurveillanceState
from exams.models import Attempt
from exams.services.scheduling import schedule_candidates
from exams.services.sign_off import release_result

ADDRESS = "192.0.2.15"


def afterwards(world: World, now: datetime) -> list[Story]:
    """Return the stories of holders; they begin after those of the exam days on which they were certified."""
    today = now.date()
    spring, veterans, summer = workday(today, -240), workday(today, -790), workday(today, -45)
    aging, old = workday(today, -1765), workday(today, -1900)
    return [
        session_day(world, "veterans", veterans),
        session_day(world, "summer", summer),
        examined(world, "changed", spring, 3, after=changes_name(today)),
        examined(world, "moved", spring, 4, after=reports(today)),
        examined(world, "damaged", spring, 5, after=tears_it(today)),
        examined(world, "accused", spring, 6, after=is_accused(today)),
        examined(world, "leaving", spring, 7, after=leaves(today)),
        examined(world, "surveyed", veterans, 0, after=is_surveyed(today)),
        examined(world, "lost", veterans, 1, after=loses_it(today)),
        examined(world, "renewed", aging, 1, after=_renews(summer, 0, asked=-60)),
        examined(world, "applied", aging, 2, after=_asks_to_renew(today)),
        examined(world, "superseded", old, 1, after=_renews(summer, 1, asked=-20)),
        _surveillance_of_old(world, today),
        _changed_terms(world, today),
        _moved_holiday(world, today),
        _this_morning(today),
    ]


# --- Renewal ----------------------------------------------------------------------------------------------------------
def _asks_to_renew(today: date) -> Afterwards:
    """Has just applied."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        yield at(today - timedelta(days=3), 22)
        apply_to_renew(certificate_of(attempt))

    return story


def _renews(day: date, place: int, *, asked: int) -> Afterwards:
    """Applies so many days before the exam day, passes again, and gets the next certificate of the chain."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        yield at(day + timedelta(days=asked), 20, place)
        application = apply_to_renew(certificate_of(attempt)).application
        yield at(day + timedelta(days=asked + 3), 10, place)
        accept(application, world.staff(cast.OFFICER))
        yield at(day - timedelta(days=14), 11, place)
        [again] = schedule_candidates(world.sessions["summer"], [application], actor=world.staff(cast.OFFICER))
        yield from sit(again, place)
        yield at(day + timedelta(days=1), 9, place)
        release_result(again, actor=world.staff(cast.OFFICER))
        yield at(day + timedelta(days=2), 12, place)
        contract = grant(again, world.staff(cast.DECIDER))
        yield at(day + timedelta(days=3), 20, place)
        sign_contract(contract)
        yield at(day + timedelta(days=4), 10, place)
        issue_certificate(contract, actor=world.staff(cast.OFFICER))

    return story


def _surveillance_of_old(world: World, today: date) -> Story:
    """Those who were certified long ago were told of their surveillance in time, and it was held."""
    officer = world.staff(cast.OFFICER)
    for days in range(-2100, -90, 10):
        day = today + timedelta(days=days)
        yield at(day, 9)
        planned = Surveillance.objects.filter(kind=SurveillanceKind.PLANNED)
        for one in planned.filter(state=SurveillanceState.PLANNED, due_on__range=(day, day + timedelta(days=35))):
            announce_surveillance(one, actor=officer)
        for one in planned.filter(state=SurveillanceState.ANNOUNCED, due_on__lte=day + timedelta(days=12)):
            finding = Finding(
                held_on=day, result=SurveillanceResult.CONFIRMED,
                report="Görüşlərin qeydləri və təlim saatları yoxlanılıb; tələblər ödənilir.",
            )  # fmt: skip
            hold_surveillance(one, finding, actor=officer)


# --- Terms, calendar, morning -----------------------------------------------------------------------------------------
def _changed_terms(world: World, today: date) -> Story:
    """The body has a new text of the contract; some holders have accepted it."""
    yield at(today - timedelta(days=14), 10)
    before = current_template()
    if before is None:
        return
    template, _created = take_in_text({**before.content, "version": before.version + 1})
    officer = world.staff(cast.OFFICER)
    facts = {"effective_on": today + timedelta(days=20), "transition_until": today + timedelta(days=110)}
    hasty = prepare_change(
        template, actor=officer, **facts, summary_az="Məlumatların bildirilməsi qaydası.",
        summary_en="How data are reported.",
    )  # fmt: skip
    cancel_change(hasty, reason="Mətnin xülasəsi sahibə nəyin dəyişdiyini demir.", actor=officer)
    change = prepare_change(
        template, actor=officer, **facts,
        summary_az="Məlumatların portal vasitəsilə bildirilməsi qaydası dəqiqləşdirilib; öhdəliklər dəyişməyib.",
        summary_en="How data are reported through the portal is put more precisely; nobody's duties change.",
    )  # fmt: skip
    yield at(today - timedelta(days=12), 10)
    announce_change(change, actor=officer)
    yield at(today - timedelta(days=9), 19)
    for login in ("holder", "changed"):
        for consent in TermsConsent.objects.filter(
            change=change, certificate__person__user=world.applicant(APPLICANTS[login])
        ):
            accept_terms(consent, actor=world.applicant(APPLICANTS[login]), request_address=ADDRESS)


def _moved_holiday(world: World, today: date) -> Story:
    """The Cabinet of Ministers has moved a day off."""
    yield at(today - timedelta(days=5), 9)
    day = workday(today, 9)
    correct_day(
        day, is_working=False, note="Nazirlər Kabinetinin qərarı: iş günü istirahət günü ilə əvəz edilir.",
        actor=world.staff(cast.OFFICER),
    )  # fmt: skip


def _this_morning(today: date) -> Story:
    """What the morning's job finds, as on every day."""
    yield at(today, 0, 5)
    sweep()
    last = 0
    while last := write_waiting(last):
        pass
