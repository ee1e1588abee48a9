"""Decisions that overtake one another: a plan and a reinstatement, a renewal and its revocation, two at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import close_old_connections, connection, transaction
from django.utils import timezone

from certificates.models import Certificate, CertificateEvent, Duty
from certificates.public import state_on
from certificates.queries.certificates import public_events
from certificates.queries.feeds import expiring_in_feed
from certificates.queries.renewals import Hindrance, renewal_hindrance
from certificates.services.duties import meet
from certificates.services.feeds import create_feed
from certificates.services.lifecycle import settle_all_due
from certificates.services.reminders import sweep, write_waiting
from certificates.states import EventKind, Status
from core.errors import RuleViolation
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.certificates.factories import account
from tests.certificates.life_factories import in_days, noon, reinstate, renewed, revoke, suspend


@pytest.fixture
def certificate(version, officer):
    return factories.certificate(version, officer=officer)


def returns(certificate):
    return list(
        Duty.objects.filter(certificate=certificate, kind="return_ended").order_by("id").values_list("state", flat=True)
    )


def last_words(kind):
    return OutgoingMessage.objects.filter(kind=kind).latest("id").body


# --- The original -----------------------------------------------------------------------------------------------------
def test_original_that_was_given_back_is_owed_again_when_the_planned_revocation_comes(certificate, officer):
    suspend(certificate, officer)
    meet(Duty.objects.get(kind="return_ended"), actor=officer, proof="Qəbul aktı 4")
    revoke(certificate, officer, 10)
    assert (returns(certificate), "əslini bizə təhvil verin" in last_words("certificate_revoked")) == (["met"], False)
    assert "Əslini təhvil vermək lazım deyil." in last_words("certificate_revoked")
    reinstate(certificate, officer)
    assert returns(certificate) == ["met", "open"]
    with noon(in_days(10)):
        settle_all_due()
        assert (Certificate.objects.get().status, returns(certificate)) == (Status.REVOKED, ["met", "open"])
    assert Duty.objects.get(kind="return_ended", state="open").start_on == in_days(10)


def test_original_that_stays_owed_is_owed_once_however_it_ends(certificate, officer):
    suspend(certificate, officer)
    revoke(certificate, officer, 10)
    reinstate(certificate, officer)
    assert returns(certificate) == ["lapsed", "open"]


def test_original_of_what_was_renewed_in_time_is_not_owed_and_of_what_had_expired_stays_owed(
    certificate, officer, version
):
    late = factories.certificate(version, officer=officer, surname="Quliyeva")
    renewed(certificate, officer)
    with noon(certificate.valid_until + timedelta(days=1)):
        sweep()
        renewed(late, officer)
        sweep()
        assert {str(one.status) for one in Certificate.objects.filter(renews=None)} == {"superseded"}
    assert (returns(certificate), returns(late)) == ([], ["open"])


# --- A renewal that never begins --------------------------------------------------------------------------------------
def test_renewal_revoked_before_its_first_day_leaves_the_old_one_standing_to_its_end(certificate, officer):
    renewal = renewed(certificate, officer)
    feed, _token = create_feed(actor=account(certificate), for_office=False)
    assert list(expiring_in_feed(feed)) == [renewal]
    revoke(renewal, officer)
    certificate.refresh_from_db()
    assert (certificate.status, certificate.next_state, renewal.status) == (Status.VALID, "", Status.REVOKED)
    withdrawn = certificate.events.get(kind=EventKind.WITHDRAW)
    assert withdrawn.withdraws.kind == EventKind.SUPERSEDE
    assert f"{certificate.number} nömrəli sertifikatınız qüvvəsini saxlayır" in last_words("certificate_revoked")
    assert list(expiring_in_feed(feed)) == [certificate]
    assert renewal_hindrance(certificate) == Hindrance.RENEWAL_REVOKED
    with noon(certificate.valid_until + timedelta(days=1)):
        settle_all_due()
        for _run in range(2):
            sweep()
            write_waiting()
        assert Certificate.objects.get(pk=certificate.pk).status == Status.EXPIRED
        assert state_on(certificate, public_events(certificate), timezone.localdate()).status == Status.EXPIRED
        assert returns(certificate) == ["open"]
        told = OutgoingMessage.objects.filter(kind="certificate_expired")
        assert ["ilk dəfə olduğu kimi müraciət edin" in one.body for one in told] == [True]
    assert not OutgoingMessage.objects.filter(kind="certificate_reminder").exists()


def test_renewal_is_revoked_from_today_or_from_its_first_day_on(certificate, officer):
    renewal = renewed(certificate, officer)
    until = (renewal.valid_from - timezone.localdate()).days
    with pytest.raises(RuleViolation) as refusal:
        revoke(renewal, officer, until - 1)
    assert (refusal.value.code, CertificateEvent.objects.filter(kind=EventKind.REVOKE).exists()) == ("not_begun", False)
    revoke(renewal, officer, until)
    certificate.refresh_from_db()
    assert (certificate.next_state, certificate.next_from) == ("superseded", renewal.valid_from)


# --- At the same moment -----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_sweep_passes_over_what_an_officer_is_at_and_finds_it_the_next_time(certificate):
    duty = Duty.objects.get(kind="apply_for_renewal")
    held, done = Event(), Event()

    def be_at_it() -> None:
        with transaction.atomic():
            Duty.objects.select_for_update().get(pk=duty.pk)
            held.set()
            done.wait(20)
        connection.close()

    with noon(certificate.valid_until + timedelta(days=2)), ThreadPoolExecutor(1) as pool:
        other = pool.submit(be_at_it)
        assert held.wait(20)
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        try:
            assert sweep().duties_lapsed == 0
        finally:
            done.set()
            other.result(20)
            close_old_connections()
        assert [sweep().duties_lapsed for _again in range(2)] == [1, 0]
