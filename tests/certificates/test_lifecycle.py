"""What is decided about a certificate: what follows, what is refused, what the database keeps."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts.states import Role
from audit.models import AuditEntry
from certificates.history import standing_on
from certificates.models import Certificate, CertificateCopy, CertificateEvent, Duty, Surveillance, Suspension
from certificates.queries.certificates import open_suspension, search_certificates
from certificates.services.duties import meet, open_duty
from certificates.services.lifecycle import (
    Because,
    reduce_scope,
    reinstate_certificate,
    renewal_to_come,
    revoke_certificate,
    settle_all_due,
    suspend_certificate,
    withdraw_plan,
)
from certificates.states import CERTIFICATE, GROUNDS, CertificateState, DutyKind, Ground, Status, grounds_for
from core.errors import NotAllowed, RuleViolation
from core.models import OutgoingMessage
from core.templatetags.core_ui import longdate
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.life_factories import (
    in_days,
    noon,
    reduce,
    refusal,
    reinstate,
    renewed,
    revoke,
    supersede,
    suspend,
    undone,
    with_scopes,
    withdraw,
)
from tests.factories import UserFactory


@pytest.fixture
def certificate(version, officer):
    return factories.certificate(with_scopes(version), officer=officer)


def duties(certificate, kind):
    return list(Duty.objects.filter(certificate=certificate, kind=kind).order_by("id").values_list("state", flat=True))


def refused(call, *args, **kwargs):
    with pytest.raises(RuleViolation) as error:
        call(*args, **kwargs)
    return error.value.code


def stands_on(certificate, day):
    """Return what the events alone say of a day."""
    standing = standing_on(
        list(certificate.events.all()), valid_from=certificate.valid_from, valid_until=certificate.valid_until, day=day
    )
    return standing and standing.status


# --- What each decision does ------------------------------------------------------------------------------------------


def test_suspend_tells_the_holder_and_what_is_owed(certificate, officer):
    event = suspend_certificate(
        certificate,
        Because(ground=Ground.MISUSE, reason=" Başqası istifadə edib. ", public_reason="Sui-istifadə şübhəsi"),
        actor=officer,
        review_on=in_days(30),
    )
    suspension, message = Suspension.objects.get(), OutgoingMessage.objects.get(kind="certificate_suspended")
    assert (certificate.state, certificate.status) == (CertificateState.SUSPENDED, Status.SUSPENDED)
    assert (event.rule, event.reason, event.is_published, event.effective_on) == (
        "H3", "Başqası istifadə edib.", True, in_days(0),
    )  # fmt: skip
    assert (suspension.event, suspension.review_on, suspension.imposed_by) == (event, in_days(30), officer)
    assert certificate.state_changed_at == suspension.started_at == event.recorded_at
    assert [
        text in message.body for text in ("Başqası istifadə edib.", "dərhal dayandırın", "H3", "Sui-istifadə şübhəsi")
    ] == [True] * 4
    owed = Duty.objects.filter(about=f"certificates.certificateevent:{event.pk}")
    assert dict(owed.values_list("kind", "due_on")) == {"return_ended": in_days(15), "review_suspension": in_days(30)}
    assert AuditEntry.objects.get(verb="certificate.suspend").reason == "Başqası istifadə edib."


def test_reinstate_ends_the_suspension_and_what_was_owed_because_of_it(certificate, officer, other_officer):
    suspend(certificate, officer)
    event = reinstate(certificate, other_officer)
    suspension = Suspension.objects.get()
    assert certificate.status == Status.VALID
    assert (suspension.ended_by, suspension.ended_at) == (other_officer, event.recorded_at)
    assert open_suspension(certificate) is None
    assert (duties(certificate, "return_ended"), duties(certificate, "review_suspension")) == (["lapsed"], ["met"])
    assert event.reason in OutgoingMessage.objects.get(kind="certificate_reinstated").body
    suspend(certificate, officer)
    assert OutgoingMessage.objects.filter(kind="certificate_suspended").count() == Suspension.objects.count() == 2


def test_revoke_ends_everything_under_the_certificate_and_is_final(certificate, officer):
    suspend(certificate, officer)
    revoke(certificate, officer)
    assert (certificate.status, Suspension.objects.get().ended_by) == (Status.REVOKED, officer)
    body = OutgoingMessage.objects.get(kind="certificate_revoked").body
    assert ("Sui-istifadə sübut olundu." in body, "əslini bizə təhvil verin" in body) == (True, True)
    assert set(Surveillance.objects.values_list("state", flat=True)) == {"cancelled"}
    assert set(Duty.objects.filter(state="open").values_list("kind", flat=True)) == {DutyKind.RETURN_ENDED}
    assert duties(certificate, "return_ended") == ["lapsed", "open"]
    assert refusal("UPDATE certificates_certificate SET state = 'valid'") == "certificates_certificate_frozen"


def test_revoke_after_the_original_was_handed_in_owes_it_no_second_time(certificate, officer):
    suspend(certificate, officer)
    meet(Duty.objects.get(kind="return_ended"), actor=officer, proof="Qəbul aktı 4")
    with undone():
        revoke(certificate, officer)
        assert duties(certificate, "return_ended") == ["met"]
    certificate.refresh_from_db()
    reinstate(certificate, officer)  # the holder has it back
    revoke(certificate, officer)
    assert duties(certificate, "return_ended") == ["met", "open"]


@pytest.mark.parametrize(("is_back", "owed"), [(True, ["met"]), (False, ["lapsed", "open"])])
def test_revoke_after_the_validity_ran_out(certificate, officer, is_back, owed):
    with noon(certificate.valid_until + timedelta(days=3)):
        duty = open_duty(DutyKind.RETURN_ENDED, about=certificate, person=certificate.person, certificate=certificate)
        if is_back:
            meet(duty, actor=officer, proof="Qəbul aktı 5")
        revoke(certificate, officer)
    assert duties(certificate, "return_ended") == owed


def test_reduce_makes_a_new_copy_with_the_scopes_that_stay(certificate, officer):
    event = reduce_scope(certificate, because(), actor=officer, scopes=["onlayn", "fərdi"])
    old, new = CertificateCopy.objects.order_by("number")
    assert (certificate.scopes, event.scopes, certificate.status) == (["fərdi", "onlayn"],) * 2 + (Status.VALID,)
    assert (old.in_force, new.in_force, new.reason) == (False, True, "reduced")
    assert [scope["code"] for scope in new.snapshot["scopes"]] == ["fərdi", "onlayn"]
    assert duties(certificate, "return_copy") == ["open"]
    body = OutgoingMessage.objects.get(kind="certificate_reduced").body
    assert ("- Sahə fərdi\n- Sahə onlayn" in body, "Sahə qrup" in body) == (True, False)
    for scopes in ([], ["fərdi", "onlayn"], ["qrup"], ["fərdi", "başqa"]):
        assert refused(reduce_scope, certificate, because(), actor=officer, scopes=scopes) == "scopes"


# --- The table, exhaustively ------------------------------------------------------------------------------------------

VERBS = {"suspend": suspend, "reinstate": reinstate, "reduce": reduce, "revoke": revoke, "supersede": supersede}
REACHED_BY = {"valid": None, "suspended": suspend, "revoked": revoke, "superseded": supersede}


def test_the_table_is_tested_whole():
    assert list(VERBS) == [transition.verb for transition in CERTIFICATE.transitions]
    assert list(REACHED_BY) == CertificateState.values


@pytest.mark.parametrize("state", REACHED_BY)
def test_every_verb_from_every_state_follows_the_table(certificate, officer, state):
    if reach := REACHED_BY[state]:
        reach(certificate, officer)
    for verb, call in VERBS.items():
        fresh = Certificate.objects.get(pk=certificate.pk)
        if not CERTIFICATE.allows(verb, state):
            assert refused(call, fresh, officer) == "state"
            continue
        with undone():
            call(fresh, officer)
            assert fresh.state == stands_on(fresh, in_days(0)) == CERTIFICATE.get(verb).target
            is_suspended = fresh.state == CertificateState.SUSPENDED
            assert Suspension.objects.filter(ended_at=None).exists() == is_suspended


PLANNED = {"suspended": suspend, "revoked": revoke, "superseded": supersede}


@pytest.mark.parametrize("planned", PLANNED)
def test_every_verb_beside_every_plan(certificate, officer, planned):
    PLANNED[planned](certificate, officer, 10)
    assert (certificate.state, certificate.state_on(in_days(10))) == ("valid", planned)
    for other in PLANNED.values():  # no second plan, of whatever kind and day
        assert refused(other, certificate, officer, 5) == "planned"
    with pytest.raises(RuleViolation) as error:
        suspend(certificate, officer, 5)
    for language in ("az", "en"):
        with override(language):
            assert longdate(in_days(10)) in str(error.value)
    for verb in ("suspend", "reduce", "revoke", "supersede"):
        fresh = Certificate.objects.get(pk=certificate.pk)
        if (planned, verb) == ("suspended", "suspend"):  # the one plan that could not be carried out after it
            assert refused(suspend, fresh, officer) == "planned"
            continue
        with undone():
            VERBS[verb](fresh, officer)
            target = CERTIFICATE.get(verb).target
            is_over = target in {"revoked", "superseded"}
            assert (fresh.state, fresh.next_state) == (target, "" if is_over else planned)
            assert stands_on(fresh, in_days(10)) == (target if is_over else planned)


# --- What is planned --------------------------------------------------------------------------------------------------


def test_a_planned_suspension_has_force_on_its_day_whether_or_not_the_sweep_ran(certificate, officer):
    suspend(certificate, officer, 5)
    message = OutgoingMessage.objects.get(kind="certificate_suspended")
    assert ("dayandırılacaq" in message.subject, "O günə qədər sertifikat etibarlıdır." in message.body) == (True, True)
    assert (certificate.status, certificate.next_from) == (Status.VALID, in_days(5))
    day = in_days(5)
    with noon(day):
        assert Certificate.objects.get(pk=certificate.pk).status == Status.SUSPENDED
        assert list(search_certificates(status="suspended")) == [certificate]
        assert (settle_all_due(), settle_all_due()) == (1, 0)
        certificate.refresh_from_db()
        assert (certificate.state, certificate.next_state, certificate.status) == ("suspended", "", Status.SUSPENDED)
        assert certificate.state_changed_at == Suspension.objects.get().started_at
        reinstate(certificate, officer)
    assert [stands_on(certificate, day + timedelta(days=by)) for by in (-1, 0)] == [Status.VALID, Status.VALID]


def test_a_planned_revocation_of_a_suspended_one_ends_all_on_its_day(certificate, officer):
    suspend(certificate, officer)
    revoke(certificate, officer, 7)
    assert (certificate.status, open_suspension(certificate) is None) == (Status.SUSPENDED, False)
    assert "ləğv ediləcək" in OutgoingMessage.objects.get(kind="certificate_revoked").subject
    day = in_days(7)
    with noon(day + timedelta(days=2)):  # the sweep was down for two days
        assert Certificate.objects.get(pk=certificate.pk).status == Status.REVOKED
        assert refused(reinstate, certificate, officer) == "state"
        assert settle_all_due() == 1
        suspension = Suspension.objects.get()
        assert (timezone.localdate(suspension.ended_at), suspension.ended_by) == (day, officer)
        assert duties(certificate, "review_suspension") == ["met"]
        assert duties(certificate, "return_ended") == ["lapsed", "open"]
    assert [stands_on(certificate, day + timedelta(days=by)) for by in (-1, 0, 1)] == [
        Status.SUSPENDED, Status.REVOKED, Status.REVOKED,
    ]  # fmt: skip


def test_a_suspension_goes_on_in_the_renewal_that_takes_the_place(certificate, officer):
    renewal = renewed(certificate, officer)
    day = renewal.valid_from
    suspend(certificate, officer)
    renewal.refresh_from_db()
    assert (renewal.status, stands_on(renewal, in_days(0))) == (Status.SUSPENDED, Status.SUSPENDED)
    assert duties(renewal, "review_suspension") == duties(renewal, "return_ended") == ["open"]
    assert duties(certificate, "apply_for_renewal") == ["lapsed"]
    assert set(duties(certificate, "hold_surveillance")) == {"open"}
    with noon(day):
        settle_all_due()
        certificate.refresh_from_db()
        assert (certificate.state, open_suspension(certificate)) == ("superseded", None)
        assert set(duties(certificate, "hold_surveillance")) == {"lapsed"}
        assert duties(certificate, "return_ended") == ["open"]
        assert duties(certificate, "review_suspension") == ["met"]
        renewal.refresh_from_db()
        assert (renewal.status, open_suspension(renewal) is None) == (Status.SUSPENDED, False)
        assert duties(renewal, "review_suspension") == ["open"]
        reinstate(renewal, officer)
        assert renewal.status == Status.VALID
    assert stands_on(certificate, day) == Status.SUPERSEDED


def test_what_is_decided_before_the_first_day_of_the_renewal_reaches_it(certificate, officer):
    renewal = renewed(certificate, officer)
    far = (renewal.valid_from - timezone.localdate()).days
    assert refused(suspend, certificate, officer, review=2 * far + 2000) == "review_late"
    with undone():
        reduce(certificate, officer)
        renewal.refresh_from_db()
        assert (certificate.scopes, renewal.scopes) == (["fərdi", "qrup"], ["fərdi", "qrup"])
        assert renewal.current_copy.number == 2
        assert OutgoingMessage.objects.filter(kind="certificate_reduced").count() == 2
    with undone():
        revoke(certificate, officer)
        renewal.refresh_from_db()
        assert (renewal.status, OutgoingMessage.objects.filter(kind="certificate_revoked").count()) == ("revoked", 2)
    with undone():  # one that is suspended for a reason of its own stays so
        suspend_certificate(renewal, because("Yeni sertifikatda səhv var."), actor=officer, review_on=in_days(9))
        suspend(certificate, officer)
        reinstate(certificate, officer)
        renewal.refresh_from_db()
        assert (certificate.status, renewal.status) == (Status.VALID, Status.SUSPENDED)
    suspend(certificate, officer, review=far + 20)  # within the validity of the renewal
    reinstate(certificate, officer)
    renewal.refresh_from_db()
    assert (certificate.status, renewal.status, open_suspension(renewal)) == (Status.VALID, "not_yet_valid", None)
    told = OutgoingMessage.objects.filter(kind="certificate_reinstated").latest("id")
    assert "tarixindən" in told.body
    assert "hansı gündən etibarlı olacağını" in told.body
    with undone():  # what cannot be done to both is done to none
        suspend(renewal, officer, far + 9)
        assert refused(suspend, certificate, officer) == "planned"
        assert Certificate.objects.get(pk=certificate.pk).state == "valid"
    with noon(renewal.valid_from):
        assert renewal_to_come(Certificate.objects.get(pk=certificate.pk)) is None


@pytest.mark.parametrize("plan", [suspend, revoke])
def test_withdraw_takes_back_what_is_planned_and_nothing_else(certificate, officer, plan):
    assert refused(withdraw, certificate, officer) == "nothing_planned"
    plan(certificate, officer, 5)
    withdraw(certificate, officer)
    assert refused(withdraw, certificate, officer) == "nothing_planned"
    assert (certificate.status_on(in_days(6)), stands_on(certificate, in_days(6))) == (Status.VALID, Status.VALID)
    assert duties(certificate, "return_ended") == ["lapsed"]
    assert not Duty.objects.filter(kind="review_suspension", state="open").exists()
    assert "geri götürüldü" in OutgoingMessage.objects.get(kind="certificate_plan_withdrawn").subject
    plan(certificate, officer, 5)  # planned anew, for the same day
    with noon(in_days(5)):
        settle_all_due()
    certificate.refresh_from_db()
    assert certificate.state == {"suspend": "suspended", "revoke": "revoked"}[plan.__name__]


def test_withdraw_leaves_a_renewal(certificate, officer):
    supersede(certificate, officer, 5)
    assert refused(withdraw, certificate, officer) == "nothing_planned"


# --- What is refused --------------------------------------------------------------------------------------------------


def test_suspend_refuses_impossible_days(certificate, officer):
    last = (certificate.valid_until - timezone.localdate()).days
    asked = {
        "review_past": [{"review": 0}, {"review": -1}],
        "review_late": [{"review": last + 1}],
        "effective_past": [{"ahead": -1}],
        "effective_late": [{"ahead": last + 1}],
    }
    for code, days in asked.items():
        assert [refused(suspend, certificate, officer, **one) for one in days] == [code] * len(days)
    assert refused(revoke, certificate, officer, -1) == "effective_past"
    assert refused(revoke, certificate, officer, last + 1) == "effective_late"
    assert (Certificate.objects.get().state, CertificateEvent.objects.count()) == (CertificateState.VALID, 1)


def test_every_verb_wants_a_reason_that_is_a_sentence_and_a_ground_of_its_own(certificate, officer):
    calls = {
        "suspend": lambda why: suspend_certificate(certificate, why, actor=officer, review_on=in_days(30)),
        "reinstate": lambda why: reinstate_certificate(certificate, why, actor=officer),
        "reduce": lambda why: reduce_scope(certificate, why, actor=officer, scopes=["qrup"]),
        "revoke": lambda why: revoke_certificate(certificate, why, actor=officer),
    }
    for verb, call in calls.items():
        assert [refused(call, because(reason)) for reason in ("  ", "x", "bu    səbəb")] == ["reason"] * 3
        wrong = next(ground for ground in Ground if ground not in grounds_for(verb))
        assert refused(call, because(ground=wrong)) == "ground"
    assert refused(withdraw_plan, certificate, actor=officer, reason="x") == "reason"
    assert CertificateEvent.objects.count() == 1
    assert set(GROUNDS) == set(Ground)


def test_every_verb_is_for_officers_on_cases_of_others(certificate, officer):
    callers = [
        *(UserFactory.create(roles=[role]) for role in Role if role != Role.OFFICER),
        factories.account(certificate),
    ]
    for user in callers:
        for verb in (suspend, reinstate, reduce, revoke, withdraw):
            with pytest.raises(NotAllowed) as error:
                verb(certificate, user)
            assert error.value.code == "role"
    factories.account(certificate).role_assignments.create(role=Role.OFFICER)
    own = type(officer).objects.get(pk=factories.account(certificate).pk)
    for verb in (suspend, reinstate, reduce, revoke, withdraw):
        with pytest.raises(NotAllowed) as error:
            verb(certificate, own)
        assert error.value.code == "own_case"


def test_expired_follows_from_the_date(certificate, officer):
    with noon(certificate.valid_until):
        assert (certificate.status, certificate.badge_state) == (Status.VALID, "about_to_expire")
    with noon(certificate.valid_until + timedelta(days=1)):
        assert certificate.status == stands_on(certificate, in_days(0)) == Status.EXPIRED
        assert list(search_certificates(status="expired")) == [certificate]
        assert list(search_certificates(status="valid")) == []
        assert [refused(verb, certificate, officer) for verb in (suspend, reduce)] == ["expired"] * 2
        revoke(certificate, officer)
        assert certificate.status == stands_on(certificate, in_days(0)) == Status.REVOKED


def test_a_suspended_certificate_expires_and_stays_so_until_a_late_renewal(certificate, officer):
    suspend(certificate, officer)
    with noon(certificate.valid_until + timedelta(days=1)):
        assert certificate.status == stands_on(certificate, in_days(0)) == Status.EXPIRED
        with undone():
            reinstate(certificate, officer)
            assert (certificate.state, certificate.status) == ("valid", Status.EXPIRED)
            assert stands_on(certificate, in_days(0)) == Status.EXPIRED
            owed = [duties(certificate, kind) for kind in ("review_suspension", "return_ended")]
            assert owed == [["met"], ["open"]]
            told = OutgoingMessage.objects.get(kind="certificate_reinstated")
            assert "son qoyuldu" in told.subject
            assert "yenidən istifadə" not in told.body
        supersede(certificate, officer)
        assert (certificate.status, open_suspension(certificate)) == (Status.SUPERSEDED, None)
