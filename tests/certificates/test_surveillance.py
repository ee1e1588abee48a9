"""Surveillance (contract B7): every two years with notice; on a formal complaint without, and without a trace."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from audit.models import AuditEntry
from certificates.feeds import feed_calendar
from certificates.models import Certificate, CertificateEvent, Duty, Surveillance
from certificates.permissions import reads_case_file
from certificates.queries.cases import (
    due_to_announce,
    holder_surveillance,
    search_surveillances,
    surveillance_of,
)
from certificates.queries.duties import duties_of_person
from certificates.queries.holders import due_now
from certificates.services.feeds import create_feed
from certificates.services.lifecycle import revoke_certificate, settle_all_due, supersede_certificate
from certificates.services.measures import take_measure
from certificates.services.reminders import sweep, write_waiting
from certificates.services.surveillance import (
    announce_surveillance,
    cancel_surveillance,
    hold_surveillance,
    open_extraordinary,
    reschedule_surveillance,
)
from certificates.services.surveillance_plan import cancel_ended_surveillances
from certificates.states import CertificateState, DutyKind, DutyState, EventKind, Ground, SurveillanceResult
from certificates.tasks import announce_surveillances
from core.errors import RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage
from tests.certificates import cases_factories as make, factories, life_factories as life
from tests.certificates.cases_factories import REPORT, finding, in_days, paper
from tests.certificates.factories import account, because
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory


@pytest.fixture
def certificate(version):
    return factories.certificate(version)


def refused(act):
    with pytest.raises(RuleViolation) as error:
        act()
    return error.value.code


def duty(surveillance, kind=DutyKind.HOLD_SURVEILLANCE):
    return Duty.objects.get(key=f"{kind}:certificates.surveillance:{surveillance.pk}")


def mails(kind):
    return list(OutgoingMessage.objects.filter(kind=kind).values_list("body", flat=True))


def before(day, days=0):
    return time_machine.travel(timezone.now() + (day - in_days(0)) - timedelta(days=days))


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


# --- With notice ------------------------------------------------------------------------------------------------------


def test_the_holder_is_told_ahead_once_however_often_the_morning_runs(certificate):
    first, second = certificate.surveillances.order_by("due_on")
    notice = certificate.scheme_version.surveillance_notice_days
    assert notice > 0
    with before(first.due_on, days=notice + 1):
        assert list(due_to_announce(in_days(0))) == []
    with before(first.due_on, days=notice):
        assert list(due_to_announce(in_days(0))) == [first]
        stale = list(due_to_announce(in_days(0)))
        for one in [*due_to_announce(in_days(0)), *stale]:
            announce_surveillance(one)
        assert list(due_to_announce(in_days(0))) == []
    [body] = mails("surveillance_announced")
    assert "əvvəlcədən xəbər verməklə" in body
    assert at("surveillance", first.pk) in body
    assert Surveillance.objects.get(pk=second.pk).state == "planned"
    officer = UserFactory.create(roles=[Role.OFFICER])
    assert refused(lambda: announce_surveillance(first, actor=officer)) == "state"
    assert len(mails("surveillance_announced")) == 1


def test_a_surveillance_with_notice_is_held_after_it_was_announced(certificate, officer):
    one = make.planned(certificate)
    assert (
        refused(lambda: hold_surveillance(one, finding(SurveillanceResult.CONFIRMED), actor=officer)) == "unannounced"
    )
    announce_surveillance(one)
    for words, code in (
        ({"held_on": in_days(1)}, "held_future"),
        ({"held_on": in_days(-1)}, "held_early"),
        ({"report": "  ok  "}, "reason"),
    ):
        wrong = finding(SurveillanceResult.CONFIRMED, **words)
        assert refused(lambda wrong=wrong: hold_surveillance(one, wrong, actor=officer)) == code
    held = hold_surveillance(one, finding(SurveillanceResult.CONFIRMED), actor=officer, files=[paper()])
    assert (held.state, held.result, held.settled_by) == ("held", "confirmed", officer)
    assert (duty(one).state, duty(one).met_on) == (DutyState.MET, in_days(0))
    assert REPORT in mails("surveillance_held")[0]
    assert refused(lambda: hold_surveillance(one, finding(SurveillanceResult.CONFIRMED), actor=officer)) == "state"
    assert [reads_case_file(user, held.files.get()) for user in (officer, account(certificate))] == [True, False]
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Surveillance.objects.filter(pk=one.pk).update(report="başqa")
    assert constraint_name(error.value) == "certificates_surveillance_frozen"


def test_a_follow_up_is_owed_by_the_holder_and_settled_by_the_next_look(certificate, officer):
    one = make.announced(certificate)
    for day, code in ((None, "due_missing"), (in_days(-1), "due_past"), (in_days(9999), "due_late")):
        wrong = finding(SurveillanceResult.FOLLOW_UP, follow_up_on=day)
        assert refused(lambda wrong=wrong: hold_surveillance(one, wrong, actor=officer)) == code
    hold_surveillance(one, finding(SurveillanceResult.FOLLOW_UP), actor=officer)
    again = Surveillance.objects.get(follows=one)
    owed = duty(again, DutyKind.FOLLOW_UP)
    assert (again.kind, again.due_on, owed.due_on, owed.owed_by) == ("follow_up", in_days(40), in_days(40), "holder")
    assert (owed.details, duty(again).owed_by) == (REPORT, "body")
    announce_surveillance(again, actor=officer)
    assert "təkrar nəzarət" in mails("surveillance_announced")[-1]
    hold_surveillance(again, finding(SurveillanceResult.FOLLOW_UP), actor=officer)
    third = Surveillance.objects.get(follows=again)
    assert duty(again, DutyKind.FOLLOW_UP).state == DutyState.LAPSED
    announce_surveillance(third)
    hold_surveillance(third, finding(SurveillanceResult.CONFIRMED), actor=officer)
    assert (duty(third).state, duty(third, DutyKind.FOLLOW_UP).state) == (DutyState.MET, DutyState.MET)
    assert Certificate.objects.get().state == CertificateState.VALID


def test_the_result_drives_the_certificate(certificate, officer):
    one, later = certificate.surveillances.order_by("due_on")
    announce_surveillance(one)
    missing = finding(SurveillanceResult.SUSPENSION, review_on=None)
    assert refused(lambda: hold_surveillance(one, missing, actor=officer)) == "review_missing"
    assert (Surveillance.objects.get(pk=one.pk).state, duty(one).state) == ("announced", DutyState.OPEN)
    hold_surveillance(one, finding(SurveillanceResult.SUSPENSION, public_reason="Nəzarətin nəticəsi"), actor=officer)
    event = CertificateEvent.objects.get(kind="suspend")
    assert (event.ground, event.reason, event.public_reason) == (Ground.SURVEILLANCE, REPORT, "Nəzarətin nəticəsi")
    assert event.review_on == in_days(60)
    found = make.extraordinary(certificate)
    assert refused(lambda: hold_surveillance(found, finding(SurveillanceResult.SUSPENSION), actor=officer)) == "state"
    hold_surveillance(found, finding(SurveillanceResult.REVOCATION), actor=officer)
    later.refresh_from_db()
    assert (Certificate.objects.get().state, duty(found).state) == ("revoked", DutyState.MET)
    assert (later.state, duty(later).state) == ("cancelled", DutyState.LAPSED)
    assert [len(mails(f"certificate_{state}")) for state in ("suspended", "revoked")] == [1, 1]
    assert mails("surveillance_cancelled") == []


def test_a_surveillance_is_moved_with_its_duty_and_the_holder_told_if_they_knew(certificate, officer):
    first, second = certificate.surveillances.order_by("due_on")
    move = {"reason": "Sahibin xəstəliyi səbəbindən", "actor": officer}
    for day, code in (
        (in_days(-1), "due_past"),
        (in_days(9999), "due_late"),
        (second.due_on, "certificates_surveillance_once"),
    ):
        assert refused(lambda day=day: reschedule_surveillance(first, due_on=day, **move)) == code
    reschedule_surveillance(first, due_on=in_days(50), **move)
    assert (duty(first).due_on, mails("surveillance_moved")) == (in_days(50), [])
    announce_surveillance(first)
    for days in (60, 70):
        reschedule_surveillance(first, due_on=in_days(days), **move)
    assert (Surveillance.objects.get(pk=first.pk).due_on, duty(first).due_on) == (in_days(70), in_days(70))
    assert len(mails("surveillance_moved")) == 2
    cancel_surveillance(first, reason="Başqa nəzarət keçirilib", actor=officer)
    assert len(mails("surveillance_cancelled")) == 1
    assert refused(lambda: reschedule_surveillance(first, due_on=in_days(80), **move)) == "state"
    assert refused(lambda: cancel_surveillance(first, reason="Başqa nəzarət", actor=officer)) == "state"


def test_a_surveillance_whose_day_passed_untold_is_moved_before_it_is_announced(certificate, officer, sign_in):
    one = make.planned(certificate)
    with before(one.due_on, days=0):
        assert list(due_to_announce(in_days(0))) == [one]
    with before(one.due_on, days=-1):
        announce_surveillances()
        client = sign_in(officer)
        assert at("surveillance", one.pk) in client.get(at("surveillance_list")).content.decode()
        page = client.get(at("surveillance", one.pk)).content.decode()
        assert (page.count(at("surveillance_move", one.pk)), at("surveillance_announce", one.pk) in page) == (2, False)
        assert refused(lambda: announce_surveillance(one, actor=officer)) == "day_passed"
        assert mails("surveillance_announced") == []
        reschedule_surveillance(one, due_on=in_days(9), reason="Gün keçib, sahibə xəbər verilməyib", actor=officer)
        announce_surveillances()
        assert len(mails("surveillance_announced")) == 1


# --- Without notice ---------------------------------------------------------------------------------------------------


def test_an_extraordinary_surveillance_leaves_no_trace_for_the_holder_until_it_is_held(certificate, officer, sign_in):
    sent = OutgoingMessage.objects.count()
    one = open_extraordinary(certificate, cause="Müştəri Rəna Quliyevanın şikayəti", due_on=in_days(20), actor=officer)
    holder, client = account(certificate), sign_in(account(certificate))
    assert (duty(one).shown_to_holder, duty(one).due_on, OutgoingMessage.objects.count()) == (False, in_days(20), sent)
    assert one not in holder_surveillance(holder)
    assert one not in due_to_announce(in_days(19))
    assert refused(lambda: announce_surveillance(one, actor=officer)) == "extraordinary"
    assert client.get(at("surveillance", one.pk)).status_code == 403
    for page in (reverse("home"), at("mine")):
        text = client.get(page, follow=True).content.decode()
        assert ("Rəna Quliyeva" in text, at("surveillance", one.pk) in text) == (False, False)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Surveillance.objects.filter(pk=one.pk).update(state="announced")
    assert constraint_name(error.value) == "certificates_extraordinary_not_announced"
    feed, _token = create_feed(actor=holder, for_office=False)
    assert one.due_on.strftime("%Y%m%d").encode() not in feed_calendar(feed)
    assert duty(one) not in [*duties_of_person(holder), *due_now(holder)]
    with before(one.due_on, days=-2):
        announce_surveillances()
        sweep()
        write_waiting()
        assert not OutgoingMessage.objects.filter(kind__startswith="surveillance").exists()
        assert not OutgoingMessage.objects.filter(kind__startswith="duty").exists()
    sent = OutgoingMessage.objects.count()
    moved = reschedule_surveillance(one, due_on=in_days(30), reason="Yoxlayan xəstələnib", actor=officer)
    assert (moved.due_on, OutgoingMessage.objects.count()) == (in_days(30), sent)
    hold_surveillance(one, finding(SurveillanceResult.CONFIRMED), actor=officer)
    page = client.get(at("surveillance", one.pk)).content.decode()
    assert (REPORT in page, "Rəna Quliyeva" in page) == (True, False)
    assert one in holder_surveillance(holder)
    assert "əvvəlcədən xəbər verilmədən" in mails("surveillance_held")[0]


def test_an_extraordinary_surveillance_that_is_given_up_stays_unknown(certificate, officer):
    one = make.extraordinary(certificate)
    sent = OutgoingMessage.objects.count()
    cancel_surveillance(one, reason="Şikayət geri götürüldü", actor=officer)
    assert (list(holder_surveillance(account(certificate)).filter(pk=one.pk)), duty(one).state) == ([], "lapsed")
    assert OutgoingMessage.objects.count() == sent


def test_an_officer_who_is_the_holder_knows_no_more_than_any_holder(version, sign_in):
    own = UserFactory.create(roles=[Role.OFFICER, Role.CANDIDATE])
    certificate = factories.certificate(version, user=own)
    one = make.extraordinary(certificate)
    client = sign_in(own)
    assert client.get(at("surveillance", one.pk)).status_code == 403
    assert one not in search_surveillances(own)
    assert client.get(at("surveillance_list")).content.decode().count(at("surveillance", one.pk)) == 0
    assert refused(lambda: make.extraordinary(certificate, officer=own)) == "own_case"


# --- What ends with the certificate -----------------------------------------------------------------------------------


def test_a_suspicion_outlives_the_expiry_and_the_real_first_day_of_a_renewal(version, officer):
    renewed = factories.certificate(version, officer=officer)
    renewal = life.renewed(renewed, officer)
    suspicion = make.extraordinary(renewed)
    with before(renewal.valid_from):
        assert (settle_all_due(), cancel_ended_surveillances(in_days(0))) == (1, 0)
        suspicion.refresh_from_db()
        assert (suspicion.state, duty(suspicion).state) == ("planned", DutyState.OPEN)
        hold_surveillance(suspicion, finding(SurveillanceResult.REVOCATION), actor=officer)
        renewed.refresh_from_db()
        renewal.refresh_from_db()
        assert (renewed.state, renewal.state) == ("superseded", "revoked")
        entry = AuditEntry.objects.get(verb="certificate.measure")
        assert entry.after["number"] == renewal.number
        assert renewal.number in OutgoingMessage.objects.get(kind="certificate_revoked").subject
        measure = partial(take_measure, renewed, EventKind.REVOKE, because(), actor=officer, review_on=None)
        assert refused(measure) == "state"  # nothing of the chain is in force any more


def test_a_follow_up_of_a_renewed_certificate_is_held_under_the_renewal(version, officer, sign_in):
    renewed = factories.certificate(version, officer=officer)
    renewal = life.renewed(renewed, officer)
    one = make.extraordinary(renewed)
    with before(renewal.valid_from):
        again = make.extraordinary(renewal)
        client = sign_in(officer)
        assert client.get(at("surveillance_hold", one.pk)).content.decode().count(renewal.number) == 2
        late = finding(SurveillanceResult.FOLLOW_UP, follow_up_on=renewal.valid_until + timedelta(days=1))
        assert refused(lambda: hold_surveillance(one, late, actor=officer)) == "due_late"
        hold_surveillance(one, finding(SurveillanceResult.FOLLOW_UP), actor=officer)
        follow_up = Surveillance.objects.get(follows=one)
        assert (follow_up.certificate, duty(follow_up, DutyKind.FOLLOW_UP).certificate) == (renewal, renewal)
        entry = AuditEntry.objects.get(verb="certificate.measure")
        assert (entry.after, entry.object_ref) == (
            {"measure": "Follow-up", "number": renewal.number},
            f"certificates.certificate:{renewed.pk}",
        )
        assert renewal.number in mails("surveillance_held")[0]
        for reader, page in ((client, one), (sign_in(account(renewed)), one)):
            assert renewal.number in reader.get(at("surveillance", page.pk)).content.decode()
        assert renewed.number in client.get(at("surveillance", follow_up.pk)).content.decode()
        announce_surveillance(follow_up, actor=officer)
        hold_surveillance(follow_up, finding(SurveillanceResult.SUSPENSION), actor=officer)
        renewal.refresh_from_db()
        assert renewal.state == CertificateState.SUSPENDED
        hold_surveillance(again, finding(SurveillanceResult.FOLLOW_UP), actor=officer)  # suspended is in force


def test_no_follow_up_when_nothing_of_the_chain_is_in_force(version, officer):
    renewed = factories.certificate(version, officer=officer)
    renewal = life.renewed(renewed, officer)
    one = make.extraordinary(renewed)
    with before(renewal.valid_from):
        revoke_certificate(renewal, because(), actor=officer)
        with pytest.raises(RuleViolation) as error:
            hold_surveillance(one, finding(SurveillanceResult.FOLLOW_UP), actor=officer)
        assert (error.value.code, renewal.number in str(error.value)) == ("ended", True)
        one.refresh_from_db()
        assert (one.state, Surveillance.objects.filter(follows=one).exists()) == ("planned", False)
        assert hold_surveillance(one, finding(SurveillanceResult.CONFIRMED), actor=officer).state == "held"


def test_a_certificate_that_ends_takes_its_surveillances_with_it(version, officer):
    revoked, renewed, expired = (factories.certificate(version) for _one in range(3))
    found = {one: make.extraordinary(one) for one in (revoked, renewed, expired)}
    revoke_certificate(revoked, because(), actor=officer)
    supersede_certificate(renewed, actor=officer, effective_on=in_days(1))
    with before(in_days(1)):
        assert settle_all_due() == 1
    assert set(revoked.surveillances.values_list("state", flat=True)) == {"cancelled"}
    assert set(renewed.surveillances.values_list("kind", "state")) == {
        ("planned", "cancelled"),
        ("extraordinary", "planned"),
    }
    assert duty(found[renewed]).state == DutyState.OPEN
    assert cancel_ended_surveillances(in_days(0)) == 0
    with before(expired.valid_until, days=-1):
        assert list(due_to_announce(in_days(0))) == []
        assert refused(lambda: announce_surveillance(make.planned(expired))) == "ended"
        assert refused(lambda: make.extraordinary(revoked)) == "ended"
        assert set(expired.surveillances.values_list("kind", "state")) == {
            ("planned", "planned"),
            ("extraordinary", "planned"),
        }
        assert cancel_ended_surveillances(in_days(0)) == 2
        assert cancel_ended_surveillances(in_days(0)) == 0
    open_duties = Duty.objects.filter(kind=DutyKind.HOLD_SURVEILLANCE, state=DutyState.OPEN)
    assert set(open_duties) == {duty(found[renewed]), duty(found[expired])}


def test_surveillance_is_for_officers_without_an_interest(certificate, officer):
    one, auditor = make.announced(certificate), UserFactory.create(roles=[Role.AUDITOR])
    for user in (auditor, account(certificate)):
        for act in (
            lambda user=user: make.extraordinary(certificate, officer=user),
            lambda user=user: announce_surveillance(one, actor=user),
            lambda user=user: hold_surveillance(one, finding(SurveillanceResult.CONFIRMED), actor=user),
            lambda user=user: cancel_surveillance(one, reason="Lazım deyil artıq", actor=user),
            lambda user=user: reschedule_surveillance(one, due_on=in_days(9), reason="Lazım deyil", actor=user),
        ):
            assert refused(act) == "role"


@pytest.mark.django_db(transaction=True)
def test_a_result_and_a_revocation_at_the_same_moment_leave_one_truth(version, officer):
    certificate = factories.certificate(version)
    one = make.announced(certificate)
    copies = [Surveillance.objects.get(pk=one.pk) for _one in range(2)]
    outcomes = at_once(
        lambda: hold_surveillance(copies[0], finding(SurveillanceResult.REVOCATION), actor=officer),
        lambda: hold_surveillance(copies[1], finding(SurveillanceResult.FOLLOW_UP), actor=officer),
        lambda: revoke_certificate(Certificate.objects.get(), because(), actor=officer),
    )
    one.refresh_from_db()
    assert outcomes.count(DONE) in {1, 2}
    assert set(outcomes) == {DONE, "state"}
    assert CertificateEvent.objects.filter(kind="revoke").count() == 1
    assert one.state == ("held" if one.result else "cancelled")
    assert Surveillance.objects.filter(state__in=["planned", "announced"]).count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_double_click_opens_one_extraordinary_surveillance(version, officer):
    certificate = factories.certificate(version)
    copies = [Certificate.objects.get() for _one in range(2)]
    opened = [lambda one=one: make.extraordinary(one, officer=officer) for one in copies]
    assert at_once(*opened) == ["certificates_one_open_extraordinary", DONE]
    found = Surveillance.objects.get(kind="extraordinary")
    assert Duty.objects.filter(about=f"certificates.surveillance:{found.pk}").count() == 1
    cancel_surveillance(found, reason="Şikayət geri götürüldü", actor=officer)
    assert make.extraordinary(certificate, officer=officer).state == "planned"


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_a_surveillance_from_the_plan_to_the_result_in_the_pages(certificate, officer, auditor, sign_in):
    one = make.planned(certificate)
    client, reader, holder = sign_in(officer), sign_in(auditor), sign_in(account(certificate))
    assert at("surveillance_announce", one.pk) in client.get(at("surveillance", one.pk)).content.decode()
    assert at("surveillance_announce", one.pk) not in reader.get(at("surveillance", one.pk)).content.decode()
    for name in ("announce", "hold", "move", "cancel"):
        assert reader.post(at(f"surveillance_{name}", one.pk)).status_code == 403
        assert holder.post(at(f"surveillance_{name}", one.pk)).status_code == 403
    assert holder.get(at("surveillance_list")).status_code == 403
    client.post(at("surveillance_announce", one.pk))
    assert client.post(at("surveillance_announce", one.pk), follow=True).status_code == 200
    assert len(mails("surveillance_announced")) == 1
    assert holder.get(at("surveillance", one.pk)).status_code == 200
    moved = client.post(at("surveillance_move", one.pk), {"due_on": in_days(30), "reason": "Sahibin xahişi ilə"})
    assert (moved.status_code, duty(one).due_on) == (302, in_days(30))
    result = {"held_on": in_days(0), "report": REPORT, "result": "follow_up"}
    refusal = client.post(at("surveillance_hold", one.pk), result)
    assert (refusal.status_code, list(refusal.context["form"].errors)) == (422, ["follow_up_on"])
    assert REPORT in refusal.content.decode()
    assert client.post(at("surveillance_hold", one.pk), {**result, "follow_up_on": in_days(9)}).status_code == 302
    assert client.post(at("surveillance_hold", one.pk), {**result, "follow_up_on": in_days(9)}).status_code == 422
    follow_up = Surveillance.objects.get(follows=one)
    for who in (client, holder):
        assert at("surveillance", follow_up.pk) in client.get(at("surveillance", one.pk)).content.decode()
        assert REPORT in who.get(at("surveillance", follow_up.pk)).content.decode()
    client.post(at("surveillance_cancel", follow_up.pk), {"reason": "Sertifikat dəyişdirilir"})
    assert Surveillance.objects.get(pk=follow_up.pk).state == "cancelled"
    client.post(at("surveillance_new", certificate.pk), {"cause": "Rəsmi şikayət daxil olub", "due_on": in_days(9)})
    assert Surveillance.objects.filter(kind="extraordinary").count() == 1
    assert holder.get(at("surveillance_new", certificate.pk)).status_code == 403


def test_lists_and_sections_cost_the_same_for_one_and_three(version, officer, sign_in):
    client = sign_in(officer)
    certificate = factories.certificate(version)

    def cost():
        with CaptureQueriesContext(connection) as found:
            assert client.get(at("surveillance_list")).status_code == 200
            assert all(str(one.certificate.person) for one in surveillance_of(certificate))
        return len(found)

    cost()
    once = cost()
    for _one in range(2):
        make.extraordinary(factories.certificate(version))
    assert cost() == once
    table = b"".join(client.get(at("surveillance_list"), {"format": "csv", "kind": "planned"}).streaming_content)
    assert table.count(b"\r\n") == 7
    assert search_surveillances(officer, state="").count() == 8
    assert search_surveillances(officer, certificate.number, kind="planned", state="planned").count() == 2
    assert search_surveillances(officer, "eliyeva", until=in_days(30)).count() == 2
    with before(make.planned(certificate).due_on, days=-1):
        assert sign_in(officer).get(at("surveillance_list")).content.decode().count("state-bad") == 5
