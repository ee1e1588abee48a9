"""Issuing certificates: what they hold, once each, numbered without gaps."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis.strategies import dates, integers

from accounts.models import User
from accounts.states import Role
from certificates.codes import CODE_ALPHABET, grouped, new_verification_code, plain_code, plain_number
from certificates.models import Certificate, Decision
from certificates.queries.certificates import search_certificates
from certificates.queries.contracts import queue_to_issue
from certificates.services.certificates import issue_certificate
from certificates.services.contracts import load_contract_templates
from certificates.services.decisions import decide
from certificates.states import CertificateState, Outcome
from certificates.validity import valid_until
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import NumberSeries, OutgoingMessage, RenderedFile
from core.numbering import is_valid, with_check
from core.tasks import render_file
from tests.certificates import factories
from tests.factories import UserFactory


def test_issue_freezes_what_is_printed(version, officer):
    contract = factories.concluded(version)
    certificate = issue_certificate(contract, actor=officer)
    today = timezone.localdate()
    certificate.decision.application.refresh_from_db()
    assert certificate.number == with_check(f"K6-{today.year}-00001")
    assert (certificate.valid_from, certificate.valid_until) == (today, valid_until(today, 60))
    assert (certificate.state, certificate.issued_by) == (CertificateState.VALID, officer)
    assert certificate.snapshot["holder"] == {
        "surname": "Əliyeva", "given_name": "Günay", "patronymic": "İsmayıl qızı",
    }  # fmt: skip
    assert certificate.snapshot["verification_url"] == f"{settings.SITE_URL}/v/{certificate.code}/"
    assert certificate.snapshot["number"] == certificate.number
    assert certificate.document.download_name == f"sertifikat-{certificate.number}.pdf"
    assert certificate.decision.application.concluded_at is not None
    assert certificate.number in OutgoingMessage.objects.get(kind="certificate_issued").subject
    assert list(queue_to_issue()) == []


def test_issue_twice_gives_a_clear_message(version, officer, other_officer):
    certificate = factories.certificate(version, officer=officer)
    with pytest.raises(RuleViolation) as error:
        issue_certificate(certificate.contract, actor=other_officer)
    assert error.value.code == "issued"
    assert NumberSeries.objects.get(series="certificate-K6").last == 1


def test_issue_waits_for_the_contract(version, officer):
    with pytest.raises(RuleViolation) as error:
        issue_certificate(factories.offered(version), actor=officer)
    assert error.value.code == "not_concluded"


@pytest.mark.parametrize("role", [Role.DECIDER, Role.AUDITOR, Role.SYSADMIN, Role.ASSESSOR, Role.CANDIDATE])
def test_issue_refuses_every_other_role(version, role):
    with pytest.raises(NotAllowed) as error:
        issue_certificate(factories.concluded(version), actor=UserFactory.create(roles=[role]))
    assert error.value.code == "role"


def test_issue_refuses_an_officers_own_certificate(version):
    contract = factories.concluded(version)
    factories.account(contract).role_assignments.create(role=Role.OFFICER)
    fresh = User.objects.get(pk=factories.account(contract).pk)
    with pytest.raises(NotAllowed) as error:
        issue_certificate(contract, actor=fresh)
    assert error.value.code == "own_case"


def test_issue_gives_the_number_back_when_it_fails(version, officer, monkeypatch):
    contract = factories.concluded(version)
    monkeypatch.setattr("certificates.services.certificates.tell_of_issue", failing)
    with pytest.raises(ConnectionError):
        issue_certificate(contract, actor=officer)
    monkeypatch.undo()
    assert issue_certificate(contract, actor=officer).number == with_check(f"K6-{timezone.localdate().year}-00001")


def failing(_certificate):
    raise ConnectionError


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE certificates_certificate SET number = 'K6-2026-99999-00'",
        "UPDATE certificates_certificate SET valid_until = valid_until + 365",
        "UPDATE certificates_certificate SET person_id = person_id",
        "DELETE FROM certificates_certificate",
    ],
)
def test_database_keeps_a_certificate(version, sql):
    factories.certificate(version)
    if sql.endswith("person_id = person_id"):  # changes nothing: allowed
        with connection.cursor() as cursor:
            cursor.execute(sql)
        return
    assert refusal(sql) == "certificates_certificate_frozen"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE certificates_certificatecopy SET snapshot = '{}'",
        "UPDATE certificates_certificatecopy SET code = 'AAAAAAAAAAAAAAAA'",
        "UPDATE certificates_certificatecopy SET number = 2",
        "DELETE FROM certificates_certificatecopy",
    ],
)
def test_database_keeps_a_copy(version, sql):
    factories.certificate(version)
    assert refusal(sql) == "certificates_copy_frozen"


def test_database_issues_nothing_without_a_concluded_contract(version):
    certificate, contract = factories.certificate(version), factories.offered(version)
    insert = (
        "INSERT INTO certificates_certificate (number, decision_id, contract_id, person_id, scheme_version_id, state, "
        "state_changed_at, next_state, scopes, valid_from, valid_until, issued_by_id, issued_at) "
        "SELECT 'K6-0', %s, %s, %s, scheme_version_id, state, state_changed_at, next_state, scopes, valid_from, "
        "valid_until, issued_by_id, issued_at FROM certificates_certificate WHERE id = %s"
    )
    case = (contract.decision_id, contract.pk, contract.person_id)
    assert refusal(insert, *case, certificate.pk) == "certificates_certificate_needs_contract"


@pytest.mark.parametrize("change", [{"number": "K6-2026-99999-01"}, {"valid_until": date(2050, 1, 1)}])
def test_database_issues_nothing_that_prints_something_else(version, officer, monkeypatch, change):
    contract = factories.concluded(version)
    create = Certificate.objects.create
    monkeypatch.setattr(Certificate.objects, "create", lambda **fields: create(**{**fields, **change}))
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        issue_certificate(contract, actor=officer)
    assert constraint_name(error.value) == "certificates_certificate_prints_itself"


@pytest.mark.parametrize(
    "table", ["contract", "certificate", "certificatecopy", "suspension", "decision", "contracttemplate"]
)
def test_database_refuses_to_empty_the_tables(db, table):
    assert refusal(f"TRUNCATE certificates_{table} CASCADE").endswith("_append_only")


def refusal(sql, *values):
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return constraint_name(error.value)


def test_search_certificates_folds_names_and_finds_numbers(version):
    first = factories.certificate(version, surname="İsayev", given_name="Əli", patronymic="")
    second = factories.certificate(version, surname="Quliyeva", given_name="Şəbnəm", patronymic="")
    assert list(search_certificates("isa")) == [first]
    assert list(search_certificates("SEBNEM quliyeva")) == [second]
    assert list(search_certificates(second.number)) == [second]
    assert list(search_certificates(status="valid", scheme="coach-6")) == [second, first]
    assert list(search_certificates(status="expired")) == []
    assert list(search_certificates("'; --")) == []


def test_worker_renders_the_certificate_once(version):
    certificate = factories.certificate(version)
    for _run in range(2):
        render_file(str(certificate.document.pk))
    document = RenderedFile.objects.get(pk=certificate.document.pk)
    content = Path(document.file.path).read_bytes()
    assert content.startswith(b"%PDF-")
    assert (document.sha256, document.attempts) == (hashlib.sha256(content).hexdigest(), 1)


# --- Pure parts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 11, 20), 60, date(2031, 11, 19)),
        (date(2026, 1, 1), 12, date(2026, 12, 31)),
        (date(2028, 2, 29), 60, date(2033, 2, 28)),
        (date(2028, 2, 29), 48, date(2032, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 1), 1, date(2026, 12, 31)),
    ],
)
def test_valid_until_is_the_last_day(start, months, end):
    assert valid_until(start, months) == end


@given(start=dates(max_value=date(2500, 1, 1)), months=integers(min_value=1, max_value=600))
def test_valid_until_spans_whole_months(start, months):
    end = valid_until(start, months)
    whole = (end.year - start.year) * 12 + end.month - start.month
    assert months - 1 <= whole <= months
    assert end > start


def test_valid_until_refuses_no_time_at_all():
    with pytest.raises(ValueError, match="at least one month"):
        valid_until(date(2026, 1, 1), 0)


def test_new_verification_code_is_long_and_unambiguous():
    codes = {new_verification_code() for _number in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 16 and set(code) <= set(CODE_ALPHABET) for code in codes)
    assert set("ILOU").isdisjoint(CODE_ALPHABET)


def test_plain_code_takes_what_people_type():
    code = "0123456789ABCDEF"
    for typed in (code, code.lower(), grouped(code), " oi23 4567-89ab cdef ", "Oİ23456789ABCDEF", "0l23456789abcdef"):
        assert plain_code(typed) == code
    for typed in ("", code[:-1], code + "0", "U123456789ABCDEF", "Ə123456789ABCDEF"):
        assert plain_code(typed) == ""


@given(place=integers(min_value=1, max_value=999999))
def test_plain_number_takes_what_people_type(place):
    number = with_check(f"K6-2026-{place:05d}")
    typed = number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert plain_number(typed) == number.replace("-", "")
    assert is_valid(plain_number(typed))


# --- Races ------------------------------------------------------------------------------------------------------------


def at_once(*work):
    """Run each function in a thread of its own, all starting at the same moment; gives results and refusals."""
    barrier = Barrier(len(work))

    def run(function):
        try:
            barrier.wait()
            return function()
        except RuleViolation as violation:
            return violation.code
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(work)) as pool:
        return list(pool.map(run, work))


@pytest.mark.django_db(transaction=True)
def test_two_issuers_at_once_make_one_certificate(version, officer, other_officer):
    contract = factories.concluded(version)
    answers = at_once(
        lambda: issue_certificate(contract, actor=officer).number,
        lambda: issue_certificate(contract, actor=other_officer).number,
    )
    assert sorted(answers) == [Certificate.objects.get().number, "issued"]
    assert NumberSeries.objects.get(series="certificate-K6").last == 1


@pytest.mark.django_db(transaction=True)
def test_two_deciders_at_once_make_one_decision(version, decider):
    load_contract_templates()
    attempt, other = factories.attempt(version), UserFactory.create(roles=[Role.DECIDER])
    answers = at_once(
        lambda: decide(attempt, actor=decider, outcome=Outcome.GRANTED, reasons="Bütün şərtlər ödənilib.").outcome,
        lambda: decide(attempt, actor=other, outcome=Outcome.REFUSED, reasons="Ödənilməyib.").outcome,
    )
    made = Decision.objects.get()
    assert sorted(answers) == sorted(["decided", str(made.outcome)])


@pytest.mark.django_db(transaction=True)
def test_many_issued_at_once_are_numbered_without_gaps(version, officer):
    contracts = [factories.concluded(version) for _number in range(6)]
    at_once(*[lambda contract=contract: issue_certificate(contract, actor=officer) for contract in contracts])
    year = timezone.localdate().year
    numbers = sorted(Certificate.objects.values_list("number", flat=True))
    assert numbers == [with_check(f"K6-{year}-{place:05d}") for place in range(1, 7)]
