"""What the public page says over the life of a certificate: past days, published reasons, old copies, renewals."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from candidates.services.declarations import load_declarations
from certificates.models import Certificate, CertificateCopy, RegisterEntry
from certificates.public import NoSuchDayError, asked_day, state_on, state_today
from certificates.queries.certificates import public_events
from certificates.services.certificates import issue_certificate
from certificates.services.copies import make_copy
from certificates.services.lifecycle import (
    reinstate_certificate,
    revoke_certificate,
    settle_all_due,
    suspend_certificate,
)
from certificates.states import CopyReason, Ground
from core.errors import RuleViolation
from core.models import OutgoingMessage
from schemes.states import RenewalNeeds
from tests.certificates import factories
from tests.certificates.factories import because
from tests.certificates.renewal_factories import accepted, agreed_contract, asking, decided, on_day
from tests.exams.refusals import database_refusal

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


def told(code, on="", kind="public_json", headers=None, **asked):
    asked = {"on": on, **asked} if on else asked
    return Client().get(reverse(f"certificates:{kind}", args=[code]), asked, headers=headers)


def page(code, on="", **asked):
    return " ".join(told(code, on, "public", lang="en", **asked).content.decode().split())


@pytest.fixture
def declarations(db):
    load_declarations()


def later(days):
    return time_machine.travel(START + timedelta(days=days))


def day(days):
    return (START + timedelta(days=days)).date()


@pytest.fixture
def lived(version, officer):
    """A certificate: suspended on day 10, reinstated on 20, to be revoked from day 40 on as decided on day 30."""
    with later(0):
        certificate = factories.certificate(version, officer=officer)
    with later(10):
        suspend_certificate(
            certificate,
            because("Daxili: şikayət.", public_reason="Yoxlama aparılır."),
            actor=officer,
            review_on=day(60),
        )
    with later(20):
        reinstate_certificate(certificate, because("Səbəb aradan qalxıb.", Ground.RESOLVED), actor=officer)
    with later(30):
        revoke_certificate(
            certificate, because("Daxili: təkrar.", public_reason="Sui-istifadə."), actor=officer, effective_on=day(40)
        )
    return certificate


TOLD = {
    -1: ("not_issued", "", False),
    0: ("valid", "", True),
    9: ("valid", "", True),
    10: ("suspended", "Yoxlama aparılır.", False),
    19: ("suspended", "Yoxlama aparılır.", False),
    20: ("valid", "", True),
    39: ("valid", "", True),
    40: ("revoked", "Sui-istifadə.", False),
    4000: ("revoked", "Sui-istifadə.", False),
}


def test_page_answers_for_every_past_day_what_it_said_on_that_day(lived, django_assert_num_queries):
    """Decided ahead or at once, settled in the columns or not yet: what was said on a day is what is told of it."""
    code, said = lived.code, {}
    for days in TOLD:
        if days >= 40:
            with later(days):
                said[days] = told(code).json()
    with later(4500):
        for _settled in range(2):
            for days, (status, reason, usable) in TOLD.items():
                with django_assert_num_queries(2):
                    facts = told(code, str(day(days))).json()
                assert (facts["status"], facts["public_reason"], facts["may_be_used"]) == (status, reason, usable)
                assert facts["as_of"] == str(day(days))
                if days in said:
                    assert facts == said[days]
            settle_all_due()


def test_state_today_from_the_columns_is_state_from_the_events(lived):
    """A day at a time, with the columns as they are before and after they are settled."""
    for days in (30, 39, 40, 41, 5000):
        for certificate in (lived, Certificate.objects.get(pk=lived.pk)):
            events = public_events(certificate)
            assert state_today(certificate, events, day(days)) == state_on(certificate, events, day(days))
        with later(days):
            settle_all_due()


def test_past_page_says_which_day_it_is_about_and_shows_no_internal_reason(lived):
    with later(50):
        past, before, today = page(lived.code, str(day(12))), page(lived.code, str(day(-3))), page(lived.code)
    assert "This is how the certificate stood at the end of 14 March 2026, not today." in past
    assert ("Suspended" in past, "Yoxlama aparılır." in past, "to be reviewed by 1 May 2026" in past) == (True,) * 3
    assert ("had not been issued" in before, "Not issued yet" in before) == (True, True)
    assert ("Revoked" in today, "Sui-istifadə." in today, "Yoxlama" in today) == (True, True, False)
    assert "Daxili" not in past + before + today


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30",
        "20260302",
        "2026-W10-1",
        "x",
        "31.02.2026",
        "2.3.2026",
        "' OR 1=1",
        "0000-00-00",
        "2026-3-2",
        "\x00",
    ],
)
def test_nonsense_for_a_day_is_told_so_and_never_not_found(lived, text):
    with later(50):
        answer, facts = told(lived.code, text, "public", lang="en"), told(lived.code, text)
    assert (answer.status_code, "The day could not be read" in answer.content.decode()) == (400, True)
    assert (facts.status_code, facts.json()) == (400, {"found": True, "error": "on: nonsense"})


def test_a_day_may_be_asked_as_people_write_it(lived):
    with later(50):
        answers = [told(lived.code, text).json()["as_of"] for text in ("2026-03-12", "12.03.2026")]
    assert answers == ["2026-03-12"] * 2


def test_day_to_come_is_told_so_and_today_is_no_past_day(lived):
    with later(50):
        answer = told(lived.code, str(day(51)), "public", lang="en")
        assert (answer.status_code, "That day has not come yet" in answer.content.decode()) == (400, True)
        assert told(lived.code, str(day(51))).json() == {"found": True, "error": "on: future"}
        assert told(lived.code, str(day(50))).content == told(lived.code).content
        assert told("0" * 16, str(day(51))).status_code == 404
    assert asked_day("", date(2026, 1, 2)) == date(2026, 1, 2)
    with pytest.raises(NoSuchDayError) as caught:
        asked_day("9999-12-31", date(2026, 1, 2))
    assert caught.value.code == "future"


def test_past_answer_has_an_etag_of_its_own(lived):
    with later(50):
        tags = {told(lived.code, on, kind)["ETag"] for on in ("", str(day(5))) for kind in ("public", "public_json")}
        again = told(lived.code, str(day(5)), "public", {"if-none-match": ",".join(tags)})
    assert (len(tags), again.status_code) == (4, 304)


# --- Copies -----------------------------------------------------------------------------------------------------------
def test_old_copy_says_for_ever_that_it_is_superseded_and_never_the_new_code(version, officer):
    with later(0):
        certificate = factories.certificate(version, officer=officer)
        old = certificate.current_copy
    with later(5):
        first = told(old.code, kind="public", lang="en")
        new = make_copy(certificate, CopyReason.DAMAGED, actor=officer)
    with later(6):
        make_copy(certificate, CopyReason.LOST, actor=officer)
        newest = CertificateCopy.objects.get(superseded_at=None)
        answer = page(old.code)
        facts = told(old.code).json()
        assert "Superseded copy" in answer
        assert "Since 7 March 2026 copy 3 has been in force instead of this copy 1." in answer
        assert (newest.code in answer, newest.grouped_code in answer) == (False, False)
        assert (facts["status"], facts["may_be_used"]) == ("valid", False)
        assert facts["copy"] == {
            "number": 1, "made_on": "2026-03-02", "in_force": False, "superseded_on": "2026-03-07",
            "number_in_force": 3,
        }  # fmt: skip
        assert newest.code not in str(facts)
        assert told(new.code).json()["copy"]["in_force"] is False
        assert "Superseded copy" not in page(newest.code)
        assert told(newest.code).json()["may_be_used"] is True
    with later(5):
        assert told(old.code, kind="public", headers={"if-none-match": first["ETag"]}, lang="en").status_code == 200
    with later(3000):
        assert "Superseded copy" in page(old.code)
        past, day_of_change = page(old.code, "2026-03-03"), page(old.code, "2026-03-07")
        assert ("Superseded copy" in past, "What has been decided since then" in past) == (False, True)
        assert "Since 7 March 2026 copy 2 has been in force instead of this copy 1." in day_of_change
        facts = told(old.code, "2026-03-03").json()
        assert (facts["may_be_used"], facts["copy"]["in_force"], facts["copy"]["number_in_force"]) == (True, True, 1)
        early = told(new.code, "2026-03-03").json()
        assert (early["status"], early["may_be_used"]) == ("valid", False)
        assert early["copy"] == {
            "number": 2, "made_on": "2026-03-07", "in_force": False, "superseded_on": None, "number_in_force": 1,
        }  # fmt: skip
        answer = page(new.code, "2026-03-03")
        assert "This copy had not been made" in answer
        assert "This copy 2 was made on 7 March 2026. On the day you ask about copy 1 was in force." in answer
        before = page(new.code, "2026-03-01")
        assert ("On that day the certificate had not been issued." in before, "copy 1" in before) == (True, False)
        assert "since 2 March 2031" in page(newest.code)
        assert "the last day of validity was 1 March 2031" in page(newest.code)


def test_old_copy_costs_one_query_and_verify_leads_to_it(version, officer, django_assert_num_queries):
    certificate = factories.certificate(version, officer=officer)
    old = certificate.current_copy
    make_copy(certificate, CopyReason.WRONG, actor=officer)
    with django_assert_num_queries(1):
        assert told(old.code).json()["copy"]["number_in_force"] == 2
    typed = {"number": certificate.number, "code": old.code}
    assert Client().post(reverse("certificates:verify"), typed)["Location"] == f"/v/{old.code}/"


# --- Renewals ---------------------------------------------------------------------------------------------------------
@pytest.mark.usefixtures("declarations")
def test_renewed_certificate_names_the_newer_one_without_its_code(version, officer, django_assert_num_queries):
    certificate = factories.certificate(asking(version, RenewalNeeds.EVIDENCE), officer=officer)
    with on_day(certificate, -20):
        newer = issue_certificate(agreed_contract(decided(accepted(certificate))), actor=officer)
        assert told(certificate.code).json()["status"] == "valid"
    code, new_code = certificate.code, newer.code
    with on_day(certificate, 3):
        with django_assert_num_queries(3):
            facts = told(code).json()
        answer, fresh = page(code), page(new_code)
    assert (facts["status"], facts["chain"]) == ("superseded", [certificate.number, newer.number])
    assert ("by its renewal" in answer, newer.number in answer, new_code in answer) == (True, True, False)
    assert (certificate.number in fresh, code in fresh) == (True, False)


# --- The published reason in the reader's language --------------------------------------------------------------------
def published(certificate, officer, az="Yoxlama aparılır.", en=""):
    because_ = because("Daxili: şikayət.", public_reason=az, public_reason_en=en)
    return suspend_certificate(
        certificate, because_, actor=officer, review_on=timezone.localdate() + timedelta(days=60)
    )


def read(address, language, **asked):
    answer = Client().get(address, {"lang": language, **asked})
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize(
    ("en", "words", "language", "label"),
    [
        ("It is being looked into.", "It is being looked into.", "en", "Published reason"),
        ("", "Yoxlama aparılır.", "az", "Published reason, in Azerbaijani"),
    ],
)
def test_published_reason_is_read_in_english_where_it_was_written(version, officer, en, words, language, label):
    certificate = factories.certificate(version)
    event = published(certificate, officer, en=en)
    address = reverse("certificates:public", args=[certificate.code])
    shown = read(address, "en")
    assert f'<p class="public-reason" lang="{language}">{words}</p>' in shown
    assert f'<p class="public-label"> {label} </p>' in shown
    assert '<p class="public-reason" lang="az">Yoxlama aparılır.</p>' in read(address, "az")
    told_to_machines = told(certificate.code).json()
    assert (told_to_machines["public_reason"], told_to_machines["public_reason_en"]) == ("Yoxlama aparılır.", en)
    RegisterEntry.objects.create(
        certificate=certificate, scheme=version.scheme, name="Quliyeva", sort_key="quliyeva", number=certificate.number,
        valid_from=certificate.valid_from, valid_until=certificate.valid_until, state="suspended",
    )  # fmt: skip
    register = reverse("certificates:register")
    assert f'<span lang="{language}">{words}</span>' in read(register, "en")
    assert '<span lang="az">Yoxlama aparılır.</span>' in read(register, "az")
    body = OutgoingMessage.objects.get(kind="certificate_suspended").body
    assert "Yoxlama aparılır." in body
    event.refresh_from_db()
    assert (event.is_published, event.public_reason_en) == (True, en)


def test_reason_in_english_alone_is_refused(version, officer, sign_in):
    certificate = factories.certificate(version)
    with pytest.raises(RuleViolation) as refusal:
        published(certificate, officer, az=" ", en="Only in English.")
    assert refusal.value.code == "public_reason"
    day = timezone.localdate()
    typed = {
        "ground": "misuse", "reason": "Şikayət araşdırılır", "effective_on": day.isoformat(),
        "review_on": (day + timedelta(days=9)).isoformat(), "public_reason_en": "Only in English.",
    }  # fmt: skip
    client = sign_in(officer)
    answer = client.post(reverse("certificates:suspend", args=[certificate.pk]), typed)
    assert list(answer.context["form"].errors) == ["public_reason"]
    typed["public_reason"] = "Yoxlama aparılır."
    assert client.post(reverse("certificates:suspend", args=[certificate.pk]), typed).status_code == 302
    history = " ".join(client.get(reverse("certificates:certificate", args=[certificate.pk])).content.decode().split())
    assert '<span lang="az">Yoxlama aparılır.</span>' in history
    assert '<span lang="en">Only in English.</span>' in history


def test_database_publishes_nothing_in_english_alone(version):
    factories.certificate(version)
    copied = (
        "INSERT INTO certificates_certificateevent (certificate_id, kind, ground, reason, public_reason, "
        "public_reason_en, is_published, effective_on, scopes, recorded_at, recorded_by_id) SELECT certificate_id, "
        "'revoke', 'misuse', 'x', '', 'x', false, effective_on, scopes, now(), recorded_by_id "
        "FROM certificates_certificateevent"
    )
    assert database_refusal(copied) == "certificates_event_published_in_english"
