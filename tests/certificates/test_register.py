"""The public register: who is on it, how they are found, and what a holder or an officer says about it."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, strategies as st

from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import Declaration
from candidates.queries import latest_texts
from candidates.services.declarations import load_declarations
from certificates.models import Certificate, RegisterEntry, RegisterWord
from certificates.queries.register import certificates_to_relist
from certificates.register_words import listed_words, searched_words
from certificates.services.certificates import issue_certificate
from certificates.services.lifecycle import revoke_certificate, settle_all_due, suspend_certificate
from certificates.services.register import (
    choose_own_publications,
    choose_publication,
    list_certificate,
    rebuild_register,
    relist_person,
)
from certificates.tasks import withdraw_expired_entries
from core.errors import NotAllowed, RuleViolation
from core.models import OutgoingMessage, PrivateFile
from core.text import ALPHABET, sort_key
from schemes.models import Scheme
from tests.certificates import factories
from tests.certificates.factories import account, because
from tests.factories import UserFactory

NAMES = [
    ("Əliyev", "İsa", "Rəşid oğlu"),
    ("Əliyeva", "Günay", "İsa qızı"),
    ("İsayev", "Əli", ""),
    ("Quliyev", "Orxan", ""),
]


@pytest.fixture
def text(db):
    load_declarations()
    return latest_texts()["publication"]


def consenting(version, text, *, agreed=True, **identity):
    """Return an issued certificate whose holder had said a word about publication on the application."""
    contract = factories.concluded(version, **identity)
    application = contract.decision.application
    Declaration.objects.create(
        application=application, text=text, language="az", agreed=agreed, declared_at=timezone.now()
    )
    return issue_certificate(contract, actor=UserFactory.create(roles=[Role.OFFICER]))


def choose(certificate, agreed, actor, **more):
    return choose_publication(certificate, agreed=agreed, actor=actor, language="az", seen=more.pop("seen"), **more)


def search(q="", headers=None, **asked):
    return Client().get(reverse("certificates:register"), {"q": q, "lang": "en", **asked}, headers=headers)


def names(response):
    return [row.entry.name for row in response.context["rows"]]


# --- Who is listed ----------------------------------------------------------------------------------------------------
def test_only_holders_who_agreed_are_listed_and_the_disclosure_is_on_record(version, text):
    silent = factories.certificate(version, surname="Quliyev")
    refused = consenting(version, text, agreed=False, surname="İsayev")
    agreed = consenting(version, text)
    assert list(RegisterEntry.objects.values_list("certificate", "name", "number", "state")) == [
        (agreed.pk, "Əliyeva Günay İsmayıl qızı", agreed.number, "valid")
    ]
    entry = AuditEntry.objects.get(verb="certificate.publish")
    assert entry.after == {"name": "Əliyeva Günay İsmayıl qızı"}
    shown = search().content.decode()
    assert [silent.number in shown, refused.number in shown, agreed.number in shown] == [False, False, True]
    for hidden in (agreed.code, agreed.person.fin, agreed.person.email, agreed.person.identity_number):
        assert hidden not in shown


def test_consent_is_taken_back_and_given_again_at_any_time(version, text):
    certificate = consenting(version, text)
    holder = factories.account(certificate)
    choose(certificate, False, holder, seen=text.pk)
    assert RegisterEntry.objects.count() == RegisterWord.objects.count() == 0
    with pytest.raises(RuleViolation) as twice:
        choose(certificate, False, holder, seen=text.pk)
    with pytest.raises(RuleViolation) as old_text:
        choose(certificate, True, holder, seen=0)
    choose(certificate, True, holder, seen=text.pk)
    assert (twice.value.code, old_text.value.code) == ("unchanged", "texts_changed")
    assert list(Declaration.objects.order_by("id").values_list("agreed", flat=True)) == [True, False, True]
    verbs = AuditEntry.objects.filter(verb__contains="publi").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == [
        "certificate.publish", "application.publication", "certificate.unpublish", "application.publication",
        "certificate.publish",
    ]  # fmt: skip


def test_nobody_else_decides_and_an_officer_only_at_the_holders_word(version, text, officer, auditor, assessor):
    certificate = consenting(version, text, agreed=False)
    stranger = factories.holder()
    for other in (stranger, auditor, assessor):
        with pytest.raises(NotAllowed) as refused:
            choose(certificate, True, other, seen=text.pk, reason="Zəng etdi, dedi ki, olar.")
        assert refused.value.code == "not_holder"
    with pytest.raises(RuleViolation) as no_reason:
        choose(certificate, True, officer, seen=text.pk, paper=factories.scan())
    with pytest.raises(RuleViolation) as no_paper:
        choose(certificate, True, officer, seen=text.pk, reason="3 noyabr 2026 tarixli məktub.")
    assert (no_reason.value.code, no_paper.value.code) == ("reason", "paper")
    assert (Declaration.objects.count(), RegisterEntry.objects.count()) == (1, 0)
    choose(certificate, True, officer, seen=text.pk, reason="3 noyabr 2026 tarixli məktub.", paper=factories.scan())
    assert RegisterEntry.objects.get().certificate_id == certificate.pk
    assert Declaration.objects.get(paper__isnull=False).paper == PrivateFile.objects.get(original_name="skan.pdf")
    choose(certificate, False, officer, seen=text.pk, reason="Telefonla, 5 noyabr 2026.")
    assert RegisterEntry.objects.count() == 0
    told = [one.body for one in OutgoingMessage.objects.filter(kind="publication_changed").order_by("id")]
    words = [("razılığınızı qeyd etdik", "3 noyabr 2026 tarixli məktub."), ("razı olmadığınızı", "Telefonla, 5 noyabr")]
    assert [[part in body for part in parts] for body, parts in zip(told, words, strict=True)] == [[True, True]] * 2
    choose(certificate, True, account(certificate), seen=text.pk)  # their own word needs no telling
    assert OutgoingMessage.objects.filter(kind="publication_changed").count() == 2


def test_changed_name_is_listed_and_the_old_one_no_longer_found(version, text, officer):
    certificate = consenting(version, text)
    person = certificate.person
    person.surname = "Həsənova"
    person.save()
    relist_person(person, actor=officer)
    relist_person(person, actor=officer)  # nothing more to do
    assert (names(search("hesenova gunay")), names(search("eliyeva"))) == (["Həsənova Günay İsmayıl qızı"], [])
    assert AuditEntry.objects.filter(verb="certificate.publish").count() == 2


def test_register_is_rebuilt_for_certificates_older_than_it(version, text, capsys):
    agreed, silent = consenting(version, text), consenting(version, text, agreed=False, surname="Quliyev")
    RegisterEntry.objects.all().delete()
    listed_wrongly = RegisterEntry.objects.bulk_create(
        [
            RegisterEntry(
                certificate=silent, scheme=version.scheme, name="X", sort_key="X", number=silent.number,
                valid_from=silent.valid_from, valid_until=silent.valid_until, state="valid",
            )
        ]
    )  # fmt: skip
    assert len(listed_wrongly) == 1
    call_command("rebuild_register")
    assert capsys.readouterr().out == "2 entries of the register put right\n"
    assert [entry.certificate_id for entry in RegisterEntry.objects.all()] == [agreed.pk]
    assert (rebuild_register(), certificates_to_relist(timezone.localdate()).count()) == (0, 0)
    assert list_certificate(agreed, actor=None) == RegisterEntry.objects.get()


@pytest.mark.django_db(transaction=True)
def test_holder_officer_and_a_new_name_at_the_same_moment_leave_one_truth(version, text, officer):
    """Whoever comes second finds it done, and a renamed holder who took the consent back is not listed again."""
    certificate = consenting(version, text)
    holder, person = factories.account(certificate), certificate.person
    person.surname = "Həsənova"
    person.save()
    start = Barrier(3)

    def run(call):
        start.wait()
        try:
            call()
        except RuleViolation as violation:
            return violation.code
        finally:
            connection.close()
        return "done"

    calls = (
        lambda: choose(certificate, False, holder, seen=text.pk),
        lambda: choose(certificate, False, officer, seen=text.pk, reason="Telefonla, 5 noyabr 2026."),
        lambda: relist_person(person, actor=officer),
    )
    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(run, calls)) == ["done", "done", "unchanged"]
    assert (RegisterEntry.objects.count(), RegisterWord.objects.count(), Declaration.objects.count()) == (0, 0, 2)


# --- How an entry stands ----------------------------------------------------------------------------------------------
def test_entry_stands_as_its_certificate_with_the_published_reason_alone(version, text, officer):
    certificate = consenting(version, text)
    other = consenting(version, text, surname="Quliyev")
    today = timezone.localdate()
    suspend_certificate(
        certificate, because("Daxili səbəb.", public_reason="Yoxlama aparılır."), actor=officer,
        review_on=today + timedelta(days=30), effective_on=today + timedelta(days=3),
    )  # fmt: skip
    revoke_certificate(other, because("Daxili səbəb."), actor=officer, effective_on=today + timedelta(days=4))
    found = {"valid": 2, "suspended": 0, "revoked": 0}
    assert {state: len(names(search(state=state))) for state in found} == found
    for _settled in range(2):
        with time_machine.travel(timezone.now() + timedelta(days=5)):
            assert {state: len(names(search(state=state))) for state in found} == {
                "valid": 0, "suspended": 1, "revoked": 1,
            }  # fmt: skip
            shown = search().content.decode()
            settle_all_due()
        assert ("Yoxlama aparılır." in shown, "Daxili" in shown) == (True, False)
    assert set(RegisterEntry.objects.values_list("state", flat=True)) == {"suspended", "revoked"}


def test_planned_revocation_that_another_one_overtook_is_not_what_the_register_tells(version, text, officer):
    certificate = consenting(version, text)
    later = timezone.localdate() + timedelta(days=10)
    revoke_certificate(
        certificate, because("Daxili səbəb.", public_reason="Planlı səbəb."), actor=officer, effective_on=later
    )
    revoke_certificate(certificate, because("Daxili səbəb."), actor=officer)
    for days in (0, 11):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            shown = search(state="revoked").content.decode()
            assert (certificate.number in shown, "Planlı səbəb." in shown) == (True, False)


def test_register_lists_only_the_period_of_validity_that_was_agreed_to(version, text):
    certificate = consenting(version, text)
    noon = timezone.now().replace(hour=8)
    with time_machine.travel(noon + (certificate.valid_until - noon.date())):
        assert len(names(search())) == 1
    with time_machine.travel(noon + (certificate.valid_until - noon.date()) + timedelta(days=1)):
        assert names(search()) == names(search("eliyeva")) == names(search(certificate.number)) == []
        assert RegisterEntry.objects.count() == 1
        for _run in range(2):
            withdraw_expired_entries()  # no reader notices
        assert (RegisterEntry.objects.count(), rebuild_register()) == (0, 0)
        assert AuditEntry.objects.filter(verb="certificate.unpublish", actor=None).count() == 1


# --- Search -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("isa", [0, 1]), ("İSA", [0, 1]), ("ISA eliyev", [0]), ("eliyev", [0]), ("gunay ELIYEVA", [1]), ("əli", [2]),
        ("Rəşid oğlu", [0]), ("oglu", []), ("isa isa", [0, 1]), ("eliyev isa resid", [0]), ("eliyev isa gunay", []),
        ("eliyeva isa quliyev", []), ("'; DROP TABLE", []), ("%", []), ("\x00", [0, 1, 2, 3]), ("  ", [0, 1, 2, 3]),
        ("I\u0307SA", [0, 1]),
    ],
)  # fmt: skip
def test_search_finds_whole_words_folded_in_any_order(version, text, typed, found):
    for surname, given_name, patronymic in NAMES:
        consenting(version, text, surname=surname, given_name=given_name, patronymic=patronymic)
    expected = sorted((" ".join(filter(None, NAMES[place])) for place in found), key=sort_key)
    assert names(search(typed)) == expected


def test_search_by_number_takes_its_beginning_however_it_is_typed(version, text):
    first, second = consenting(version, text), consenting(version, text, surname="Quliyev")
    year = timezone.localdate().year
    for typed in (f"K6-{year}", f"k6 {year} 00", "K6"):
        assert len(names(search(typed))) == 2
    whole = second.number
    for typed in (whole, whole.lower(), whole.replace("-", ""), whole.replace("-", " ")):
        assert names(search(typed)) == ["Quliyev Günay İsmayıl qızı"]
    assert names(search("K7-1")) == []
    other = Scheme.objects.create(code="other", name_az="Başqa", name_en="Other", level=5, number_prefix="X7")
    assert (len(names(search("K6", scheme="coach-6"))), names(search(first.number, scheme=other.code))) == (2, [])
    assert (len(names(search("", scheme="coach-6"))), names(search("quliyev", scheme="other"))) == (2, [])
    assert len(names(search("", scheme="nonsense", state="nonsense", after="nonsense", before="ə", page="x"))) == 2


words = st.text(alphabet=ALPHABET + ALPHABET.upper() + "İI", min_size=1, max_size=12)


@given(words=st.lists(words, min_size=1, max_size=4), data=st.data())
def test_every_name_is_found_by_any_of_its_words_in_any_order_and_case(words, data):
    name = " ".join(words)
    typed = data.draw(st.permutations(words))[: data.draw(st.integers(1, len(words)))]
    change = data.draw(st.sampled_from([str, lambda text: text.replace("ə", "e").replace("ş", "s").replace("ı", "i")]))
    assert set(searched_words(change(" ".join(typed)))) <= listed_words(name)


# --- Pages ------------------------------------------------------------------------------------------------------------
@contextmanager
def past_triggers():
    """Write past triggers and foreign keys: a long list takes no cases then."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def many(version, text):
    """Sixty entries of a certificate that was copied past all rules: namesakes among them."""
    model = consenting(version, text, surname="Aa", given_name="Elvin", patronymic="")
    RegisterEntry.objects.all().delete()
    rows = []
    with past_triggers():
        for number in range(60):
            entry = RegisterEntry(
                certificate_id=10**6 + number, scheme=version.scheme, name=f"Əliyev {'Elvin' if number % 3 else 'Əli'}",
                number=f"K6-2026-{number:05d}", valid_from=model.valid_from, valid_until=model.valid_until,
                state="valid",
            )  # fmt: skip
            entry.sort_key = sort_key(entry.name)
            rows.append(entry)
        RegisterEntry.objects.bulk_create(rows)
        RegisterWord.objects.bulk_create(
            RegisterWord(entry=row, word=word, sort_key=row.sort_key) for row in rows for word in listed_words(row.name)
        )
    return rows


@pytest.mark.parametrize("typed", ["", "eliyev", "K6-2026"])
def test_pages_show_every_entry_once_there_and_back(many, typed):
    key = (lambda row: row.number) if "K6" in typed else (lambda row: (row.sort_key, row.pk))
    expected = [row.number for row in sorted(many, key=key)]
    seen: list[str] = []
    back: list[str] = []
    answer = search(typed)
    while True:
        seen += [row.entry.number for row in answer.context["rows"]]
        if not answer.context["next_url"]:
            break
        answer = Client().get(reverse("certificates:register") + answer.context["next_url"])
    while True:
        back = [row.entry.number for row in answer.context["rows"]] + back
        if not answer.context["previous_url"]:
            break
        answer = Client().get(reverse("certificates:register") + answer.context["previous_url"])
    assert seen == back == expected
    assert "More than 25 certificates" in search(typed).content.decode()


def test_page_costs_the_same_for_one_and_many_and_304_makes_no_page(many, django_assert_num_queries):
    for typed in ("", "eliyev elvin", "K6-2026-00001"):
        with django_assert_num_queries(2):
            answer = search(typed)
        with django_assert_num_queries(2):
            again = search(typed, headers={"if-none-match": answer["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    with past_triggers():
        RegisterEntry.objects.filter(pk=many[1].pk).update(state="revoked")
    assert search("K6-2026-00001")["ETag"] != answer["ETag"]
    kept = (answer["X-Robots-Tag"], answer["Cache-Control"], dict(answer.cookies))
    assert kept == ("noindex", "public, no-cache", {})


def test_plans_of_the_searches_walk_indexes(many, django_assert_max_num_queries):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for asked in (
        {"q": "eliyev"},
        {"q": "eliyev elvin"},
        {"q": "K6-2026"},
        {"state": "revoked"},
        {"scheme": "coach-6"},
    ):
        with django_assert_max_num_queries(3) as queries:
            search(**asked)
        query = next(one["sql"] for one in queries.captured_queries if "registerentry" in one["sql"])
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + query)
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on certificates" not in plan


def test_search_is_rate_limited_in_redis(db, monkeypatch):
    monkeypatch.setattr("certificates.views.register.SEARCHES_PER_MINUTE", 2)
    cache.clear()
    assert [search().status_code for _time in range(3)] == [200, 200, 429]
    with time_machine.travel(timezone.now()):
        cache.clear()
        assert search().status_code == 200


# --- Holders and officers ---------------------------------------------------------------------------------------------
def test_holder_chooses_on_a_page_of_their_own(version, text, sign_in, officer):
    certificate, other = consenting(version, text), consenting(version, text, surname="Quliyev")
    client, address = sign_in(factories.account(certificate)), reverse("certificates:publication")
    shown = client.get(address)
    assert (certificate.number in shown.content.decode(), other.number in shown.content.decode()) == (True, False)
    assert shown.context["form"].initial == {"listed": [certificate.pk], "seen": text.pk}
    wrong = client.post(address, {"listed": [other.pk], "seen": text.pk})
    assert (wrong.status_code, RegisterEntry.objects.count()) == (422, 2)
    assert client.post(address, {"seen": text.pk}).status_code == 302
    assert list(RegisterEntry.objects.values_list("certificate", flat=True)) == [other.pk]
    assert client.post(address, {"listed": [certificate.pk], "seen": text.pk}).status_code == 302
    assert RegisterEntry.objects.count() == 2
    assert choose_own_publications(listed=[], actor=officer, language="az", seen=text.pk) == 0
    nothing = sign_in(officer).get(address, headers={"accept-language": "en"})
    assert "You have no certificate" in nothing.content.decode()


def test_certificates_of_a_holder_are_locked_in_the_order_of_their_keys(version, text, monkeypatch):
    first, second = consenting(version, text), consenting(version, text)
    service, locks = "certificates.services.register", []
    monkeypatch.setattr(f"{service}.own_certificates", lambda *_whose: Certificate.objects.order_by("-pk"))
    monkeypatch.setattr(f"{service}.choose_publication", lambda one, **_words: locks.append(one.pk))
    choose_own_publications(listed=[], actor=factories.account(first), language="az", seen=text.pk)
    assert locks == [first.pk, second.pk]


def test_officer_records_a_written_word_and_nothing_typed_is_lost(version, text, sign_in, officer, auditor):
    certificate = consenting(version, text, agreed=False)
    client, address = sign_in(officer), reverse("certificates:publication_of", args=[certificate.pk])
    typed = {"agreed": "yes", "reason": "3 noyabr 2026 tarixli məktub.", "seen": text.pk}
    wrong = client.post(address, typed)
    assert (wrong.status_code, typed["reason"] in wrong.content.decode()) == (422, True)
    assert client.post(address, {**typed, "paper": factories.scan()}).status_code == 302
    assert RegisterEntry.objects.count() == 1
    stored = PrivateFile.objects.get()
    link = reverse("candidates:file", args=[certificate.decision.application_id, stored.pk])
    assert link in client.get(address).content.decode()
    assert b"".join(client.get(link)) == factories.PDF
    reader = sign_in(auditor)
    assert (reader.get(address).status_code, reader.post(address, typed).status_code) == (200, 403)
    assert sign_in(factories.account(certificate)).post(address, typed).status_code == 403
