"""The morning's jobs: a row that fails holds up no other, leaves nothing behind, and has its turn with the next run."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from candidates.queries import latest_texts
from candidates.services.declarations import load_declarations
from certificates import tasks
from certificates.models import Certificate, RegisterEntry, Surveillance
from certificates.services.lifecycle import revoke_certificate
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.test_register import consenting


def breaks_for(monkeypatch, path, certificate):
    """Have the database fail in the middle of one certificate's turn, as it does for who loses a deadlock."""
    module, _dot, name = path.rpartition(".")
    act = getattr(__import__(module, fromlist=[name]), name)

    def broken(one, *args, **kwargs):
        if getattr(one, "certificate_id", one.pk) == certificate.pk:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        return act(one, *args, **kwargs)

    monkeypatch.setattr(path, broken)


def on(day):
    return time_machine.travel(timezone.now() + (day - timezone.localdate()))


def test_planned_decision_that_fails_holds_up_no_other(version, officer, monkeypatch):
    found = [factories.certificate(version) for _three in range(3)]
    tomorrow = timezone.localdate() + timedelta(days=1)
    for one in found:
        revoke_certificate(one, because(), actor=officer, effective_on=tomorrow)
    with on(tomorrow):
        with monkeypatch.context() as patch:
            breaks_for(patch, "certificates.services.events.end_with", found[1])
            tasks.settle_due_events()
        states = dict(Certificate.objects.values_list("pk", "state"))
        assert [states[one.pk] for one in found] == ["revoked", "valid", "revoked"]
        tasks.settle_due_events()
        assert Certificate.objects.filter(state="revoked").count() == 3


def test_announcement_that_fails_holds_up_no_other(version, monkeypatch):
    found = [factories.certificate(version).surveillances.order_by("due_on")[0] for _three in range(3)]
    with on(found[0].due_on - timedelta(days=1)):
        with monkeypatch.context() as patch:
            path = "certificates.services.surveillance.tell_of_announced_surveillance"
            breaks_for(patch, path, found[1].certificate)
            tasks.announce_surveillances()
        states = dict(Surveillance.objects.values_list("pk", "state"))
        assert [states[one.pk] for one in found] == ["announced", "planned", "announced"]
        tasks.announce_surveillances()
    assert OutgoingMessage.objects.filter(kind="surveillance_announced").count() == 3


def test_surveillance_that_cannot_be_given_up_holds_up_no_other(version, monkeypatch):
    found = [factories.certificate(version) for _three in range(3)]
    with on(found[0].valid_until + timedelta(days=1)):
        with monkeypatch.context() as patch:
            breaks_for(patch, "certificates.services.surveillance_plan.lapse_about", found[1])
            tasks.end_surveillances()
        left = Surveillance.objects.filter(state="planned").values_list("certificate", flat=True)
        assert set(left) == {found[1].pk}
        tasks.end_surveillances()
        assert not left.all().exists()


@pytest.mark.usefixtures("db")
def test_entry_that_cannot_be_taken_out_holds_up_no_other(version, monkeypatch):
    load_declarations()
    text = latest_texts()["publication"]
    found = [consenting(version, text) for _three in range(3)]
    with on(found[0].valid_until + timedelta(days=1)):
        with monkeypatch.context() as patch:
            breaks_for(patch, "certificates.services.register._take_out", found[1])
            tasks.withdraw_expired_entries()
        assert list(RegisterEntry.objects.values_list("certificate", flat=True)) == [found[1].pk]
        tasks.withdraw_expired_entries()
        assert not RegisterEntry.objects.exists()
