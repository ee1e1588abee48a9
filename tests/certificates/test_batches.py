"""Bulk work: each thing once, whatever fails, is killed, or runs twice."""

from datetime import timedelta
from functools import partial
from time import sleep
from uuid import uuid4

import pytest
import time_machine
from celery import current_app
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import ConflictOfInterest
from certificates.models import Certificate
from certificates.services.bulk import Notice, retry_batch, start_issue, start_notice
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import suspend_certificate
from core import batches
from core.batches import Thing, left_batches, start_batch
from core.batchkinds import register_batch
from core.errors import NotAllowed, RuleViolation
from core.models import Batch, BatchItem, NumberSeries, OutgoingMessage
from core.states import BatchState, ItemState
from core.tasks import sweep_batches
from tests.certificates import factories
from tests.certificates.batches_factories import concluded_in, exam_session, offered_in, outcomes, worked
from tests.exams.racing import DONE, at_once
from tests.factories import UserFactory

NOTICE = Notice(subject_az="Yeni ünvan", text_az="Köçmüşük.", subject_en="New address", text_en="We have moved.")


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def text(response):
    return " ".join(response.content.decode().split())


# --- The engine -------------------------------------------------------------------------------------------------------

FAULTS: dict[str, BaseException] = {}  # what an item of these tests does wrong, by its label


def note_down(_batch, item):
    """Do one item of these tests: the second time it would break a constraint."""
    NumberSeries.objects.create(series=item.label, year=2026, last=1)
    fault = FAULTS.get(item.label)
    if fault:
        raise fault
    return "oldu"


def slowly(batch, item):
    """Do one item slowly enough for another worker to come."""
    sleep(0.02)
    return note_down(batch, item)


@pytest.fixture(autouse=True)
def _kinds():
    register_batch("note", "tests.certificates.test_batches.note_down")
    register_batch("slow", "tests.certificates.test_batches.slowly")
    FAULTS.clear()


def noted():
    return sorted(NumberSeries.objects.filter(year=2026, last=1).values_list("series", flat=True))


def begun(actor, *labels, kind="note", key=None):
    things = [Thing(f"core.note:{number}", label) for number, label in enumerate(labels)]
    return start_batch(kind, "Qeydlər", things, parameters={}, actor=actor, key=key)[0]


def test_run_keeps_what_failed_apart_and_retry_does_only_that(officer):
    officer.language = "az"
    officer.save()
    batch = begun(officer, "a", "b", "c", "d")
    FAULTS.update(b=RuleViolation(_("There is nothing to do."), code="x"), c=RuntimeError("no disk"))
    with translation.override("en"):
        worked(batch)
    with translation.override("az"):
        refused, broken = str(_("There is nothing to do.")), outcomes(batch)[2][1]
        assert outcomes(batch) == [("done", "oldu"), ("failed", refused), ("failed", broken), ("done", "oldu")]
    with translation.override("en"):  # whoever reads it reads their own language
        assert outcomes(batch)[1] == ("failed", "There is nothing to do.")
    assert "no disk" not in broken
    assert (noted(), batch.state, batch.finished_at is not None) == (["a", "d"], BatchState.DONE, True)
    FAULTS.clear()
    assert batches.retry(batch) == 2
    with pytest.raises(RuleViolation) as refusal:
        batches.retry(batch)
    assert refusal.value.code == "nothing_failed"
    worked(batch)
    worked(batch)  # again: nothing is done twice
    assert [state for state, _message in outcomes(batch)] == ["done"] * 4
    assert noted() == ["a", "b", "c", "d"]


def test_killed_worker_loses_nothing_and_a_deadly_item_is_given_up(officer, monkeypatch):
    sent = []
    monkeypatch.setattr("core.tasks.enqueue", lambda task, *arguments: sent.append((task, *arguments)))
    batch = begun(officer, "a", "deadly", "c")
    FAULTS["deadly"] = SystemExit()  # as when the worker is stopped: nothing catches it
    for number in range(1, batches.MAX_TRIES + 1):
        with pytest.raises(SystemExit):
            worked(batch)
        assert list(batch.items.values_list("state", "tries")) == [("done", 1), ("pending", number), ("pending", 0)]
        assert noted() == ["a"]
    assert left_batches() == []
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        sweep_batches()
        assert sent == [(batches.TASK, str(batch.pk))]
        worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["done", "failed", "done"]
    assert (noted(), batch.state) == (["a", "c"], BatchState.DONE)
    assert left_batches() == []


def test_long_batch_gives_way_and_goes_on(officer, monkeypatch):
    sent = []
    monkeypatch.setattr("core.batches.enqueue", lambda task, *arguments: sent.append((task, *arguments)))
    batch = worked(begun(officer, "a", "b"), seconds=-1)
    assert (noted(), batch.state, sent) == (["a"], BatchState.RUNNING, [(batches.TASK, str(batch.pk))])
    worked(batch, seconds=-1)
    assert (worked(batch).state, noted()) == (BatchState.DONE, ["a", "b"])


def test_broker_gone_at_commit_leaves_the_batch_to_the_sweep(
    officer, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def away(*_args, **_options):
        raise OperationalError("no broker")

    monkeypatch.setattr(current_app, "send_task", away)
    with django_capture_on_commit_callbacks(execute=True):
        batch = begun(officer, "a")
    assert "is left to the sweep" in caplog.text
    with time_machine.travel(timezone.now() + timedelta(minutes=3), tick=False):
        assert left_batches() == [str(batch.pk)]


def test_start_batch_with_the_key_of_a_form_starts_once(officer, other_officer):
    key = uuid4()
    assert begun(officer, "a", key=key) == begun(officer, "b", key=key)
    assert list(BatchItem.objects.values_list("label", flat=True)) == ["a"]
    with pytest.raises(RuleViolation) as refusal:
        begun(other_officer, "a", key=key)
    assert refusal.value.code == "started"
    with pytest.raises(RuleViolation) as refusal:
        begun(officer)
    assert refusal.value.code == "empty"
    with pytest.raises(KeyError):
        begun(officer, "a", kind="unknown")


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_each_item_once():
    officer = UserFactory.create(roles=[Role.OFFICER])
    batch = begun(officer, *"abcdefgh", kind="slow")
    assert at_once(*[lambda: worked(Batch.objects.get(pk=batch.pk))] * 3) == [DONE] * 3
    assert (worked(batch).state, noted()) == (BatchState.DONE, list("abcdefgh"))
    assert set(batch.items.values_list("state", flat=True)) == {ItemState.DONE}


# --- Certificates of a session ----------------------------------------------------------------------------------------


def test_issue_all_issues_who_is_ready_and_says_why_others_are_not(version, officer, decider, sign_in):
    session = exam_session(version)
    ready = [concluded_in(session, decider, surname=name) for name in ("Abbasov", "Babayev")]
    waiting = offered_in(session, decider, surname="Cəfərov")
    interest = concluded_in(session, decider, surname="Dadaşov")
    ConflictOfInterest.objects.create(
        person=interest.person, user=officer, kind="training", note="Dərs deyib", declared_by=officer
    )
    client = sign_in(officer)
    (offer,) = client.get(at("contract_list")).context["sessions"]
    assert (offer["pk"], offer["number"]) == (session.pk, 3)  # whose interest it is in shows on the page
    page = client.get(at("issue_all", session.pk))
    assert [one.contract for one in page.context["ready"]] == ready
    assert [(one.contract, str(one.stand)) for one in page.context["others"]] == [
        (waiting, "offered"),
        (interest, "interest"),
    ]
    form = {"key": str(uuid4())}
    answers = [client.post(at("issue_all", session.pk), form) for _twice in range(2)]
    batch = Batch.objects.get()
    assert [answer.url for answer in answers] == [at("batch", batch.pk)] * 2
    assert AuditEntry.objects.filter(verb="bulk.issue").count() == 1
    with pytest.raises(RuleViolation) as refusal:
        start_issue(session, actor=officer)
    assert refusal.value.code == "running"
    issue_certificate(ready[0], actor=officer)  # somebody presses the single button meanwhile
    worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["done", "done"]
    assert set(Certificate.objects.values_list("contract", flat=True)) == {contract.pk for contract in ready}
    assert Certificate.objects.get(contract=ready[1]).issued_by == officer
    with pytest.raises(RuleViolation) as refusal:
        start_issue(session, actor=officer)
    assert refusal.value.code == "empty"


def test_issue_all_fails_in_part_and_is_tried_again_by_who_started_it(
    version, officer, other_officer, decider, sign_in, monkeypatch
):
    session = exam_session(version)
    contracts = [concluded_in(session, decider) for _two in range(2)]
    batch = start_issue(session, actor=officer)

    def broken(contract, *, actor):
        certificate = issue_certificate(contract, actor=actor)
        if contract == contracts[0]:
            raise RuntimeError("broke off behind the last line")
        return certificate

    with monkeypatch.context() as fault:
        fault.setattr("certificates.services.bulk.issue_certificate", broken)
        worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["failed", "done"]
    assert Certificate.objects.get().contract == contracts[1]  # nothing half done of the other
    page = sign_in(officer).get(at("batch", batch.pk))
    assert [item.state for item, _address, _message in page.context["rows"]] == ["failed", "done"]
    assert at("batch_retry", batch.pk) in text(page)
    assert at("batch_retry", batch.pk) not in text(sign_in(other_officer).get(at("batch", batch.pk)))
    assert sign_in(other_officer).post(at("batch_retry", batch.pk)).status_code == 403
    with pytest.raises(NotAllowed):
        retry_batch(batch, actor=other_officer)
    assert sign_in(officer).post(at("batch_retry", batch.pk)).url == at("batch", batch.pk)
    worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["done", "done"]
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    assert [number[:13] for number in numbers] == [f"K6-{timezone.localdate().year}-0000{n}" for n in (1, 2)]  # no gap


@pytest.mark.django_db(transaction=True)
def test_two_officers_at_once_start_the_certificates_of_a_session_once(version):
    officers = [UserFactory.create(roles=[Role.OFFICER]) for _two in range(2)]
    session = exam_session(version)
    concluded_in(session, UserFactory.create(roles=[Role.DECIDER]))
    assert at_once(*[partial(start_issue, session, actor=officer) for officer in officers]) == [DONE, "running"]
    assert Batch.objects.count() == 1


def test_issue_all_is_refused_to_who_is_no_officer(version, decider, auditor, sign_in):
    session = exam_session(version)
    concluded_in(session, decider)
    for user in (decider, auditor):
        assert sign_in(user).get(at("issue_all", session.pk)).status_code == 403
        with pytest.raises(NotAllowed):
            start_issue(session, actor=user)
    assert not Batch.objects.exists()


# --- Notices ----------------------------------------------------------------------------------------------------------


def test_notice_goes_once_to_each_holder_in_their_language(version, officer, sign_in):
    english = factories.certificate(version, language="en", given_name="Anna", email="anna@example.az")
    factories.certificate(version, email="gunay@example.az")
    suspended = factories.certificate(version, email="other@example.az")
    suspend_certificate(
        suspended, factories.because(), actor=officer, review_on=timezone.localdate() + timedelta(days=9)
    )
    client, address = sign_in(officer), at("notify") + "?status=valid"
    page = client.get(address)
    assert page.context["number"] == 2
    form = {
        "key": str(uuid4()), "expected": "3", "confirmed": "on", "subject_az": NOTICE.subject_az,
        "text_az": NOTICE.text_az, "subject_en": NOTICE.subject_en, "text_en": NOTICE.text_en,
    }  # fmt: skip
    nobody = client.get(at("notify") + "?q=yoxdur")
    assert (nobody.context["number"], 'name="subject_az"' in text(nobody)) == (0, False)
    changed = client.post(address, form)
    assert (changed.status_code, Batch.objects.count()) == (422, 0)
    assert 'name="expected" value="2"' in text(changed)
    assert NOTICE.text_az in text(changed)
    client.post(address, {**form, "expected": "2"})
    batch = Batch.objects.get()
    worked(batch)
    found = OutgoingMessage.objects.filter(kind="certificate_notice").order_by("recipient")
    assert list(found.values_list("recipient", "subject", "language")) == [
        ("anna@example.az", "New address", "en"),
        ("gunay@example.az", "Yeni ünvan", "az"),
    ]
    body = found[0].body
    assert ("Dear Anna" in body, "We have moved." in body, english.number in body) == (True, True, True)
    BatchItem.objects.update(state=ItemState.PENDING, settled_at=None)  # as if the worker had forgotten
    Batch.objects.update(state=BatchState.RUNNING, finished_at=None)
    worked(batch)
    assert found.count() == 2


def test_notice_needs_an_officer_also_when_it_runs(version, officer, auditor):
    factories.certificate(version)
    with pytest.raises(NotAllowed):
        start_notice(NOTICE, {}, expected=1, actor=auditor)
    batch = start_notice(NOTICE, {}, expected=1, actor=officer)
    officer.role_assignments.all().delete()
    worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["failed"]
    assert not OutgoingMessage.objects.filter(kind="certificate_notice").exists()
    with pytest.raises(RuleViolation) as refusal:
        start_notice(NOTICE, {"q": "yoxdur"}, expected=0, actor=officer)
    assert refusal.value.code == "empty"


def test_notice_is_refused_for_a_filter_that_is_not_valid(version, officer, sign_in):
    factories.certificate(version)
    client = sign_in(officer)
    form = {
        "key": str(uuid4()), "expected": "1", "confirmed": "on", "subject_az": NOTICE.subject_az,
        "text_az": NOTICE.text_az, "subject_en": NOTICE.subject_en, "text_en": NOTICE.text_en,
    }  # fmt: skip
    for wrong in ("status=xyz", "scheme=none", "stat=revoked", "status=valid&scheme=none"):
        shown = client.get(f"{at('notify')}?{wrong}")
        assert (shown.context["number"], shown.context["examples"], 'name="subject_az"' in text(shown)) == (
            0,
            [],
            False,
        )
        for expected in ("0", "1"):
            answer = client.post(f"{at('notify')}?{wrong}", {**form, "expected": expected})
            assert (answer.status_code, 'name="subject_az"' in text(answer)) == (422, False)
    listed = client.get(f"{at('certificate_list')}?status=xyz")
    assert (list(listed.context["page"]), listed.context["exports"] is None, at("notify") in text(listed)) == (
        [], False, False,
    )  # fmt: skip
    assert (Batch.objects.count(), OutgoingMessage.objects.filter(kind="certificate_notice").count()) == (0, 0)
    assert client.get(f"{at('notify')}?status=valid&page=2").context["number"] == 1


def test_results_of_a_notice_show_where_each_message_stands(version, officer, sign_in):
    certificate = factories.certificate(version)
    batch = start_notice(NOTICE, {}, expected=1, actor=officer)
    worked(batch)
    message = OutgoingMessage.objects.get(kind="certificate_notice")
    client = sign_in(officer)
    for state in ("queued", "sent", "failed"):
        OutgoingMessage.objects.filter(pk=message.pk).update(
            state=state, sent_at=timezone.now() if state == "sent" else None
        )
        rows = client.get(at("batch", batch.pk)).context["rows"]
        assert [(item.label, told.state) for item, _address, told in rows] == [
            (f"{certificate.number} {certificate.person}", state)
        ]
    assert reverse("operations:message", args=[message.pk]) in text(client.get(at("batch", batch.pk)))
    OutgoingMessage.objects.filter(pk=message.pk).delete()
    assert [told for _item, _address, told in client.get(at("batch", batch.pk)).context["rows"]] == [None]


def test_batch_of_a_session_names_its_place_beside_a_short_title(version, officer, decider, sign_in):
    session = exam_session(version)
    concluded_in(session, decider)
    batch = start_issue(session, actor=officer)
    page = sign_in(officer).get(at("batch", batch.pk))
    assert session.place not in batch.title
    assert (page.context["session"], session.place in text(page)) == (session, True)


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_batch_page_is_asked_again_while_it_runs_and_survives_leaving(officer, auditor, candidate, sign_in):
    batch = begun(officer, "a", "b")
    client = sign_in(officer)
    page = text(client.get(at("batch", batch.pk)))
    assert 'hx-trigger="every 2s"' in page
    assert "<noscript>" in page
    part = client.get(at("batch", batch.pk), headers={"hx-request": "true"})
    assert text(part).startswith('<section id="progress"')
    assert "HX-Refresh" not in part
    worked(batch)
    done = client.get(at("batch", batch.pk), headers={"hx-request": "true"})
    assert done["HX-Refresh"] == "true"
    assert "hx-trigger" not in text(sign_in(auditor).get(at("batch", batch.pk)))
    assert at("batch", batch.pk) in text(client.get(at("batches")))
    assert sign_in(candidate).get(at("batch", batch.pk)).status_code == 403


def test_batch_pages_cost_the_same_for_one_thing_and_for_three(
    officer, other_officer, sign_in, django_assert_max_num_queries
):
    client = sign_in(officer)
    one = begun(officer, "a")
    with django_assert_max_num_queries(30) as first:
        client.get(at("batch", one.pk))
        client.get(at("batches"))
    three = begun(other_officer, "b", "c", "d")
    begun(officer, "e")
    with django_assert_max_num_queries(len(first)):
        client.get(at("batch", three.pk))
        client.get(at("batches"))
