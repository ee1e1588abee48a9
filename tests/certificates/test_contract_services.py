"""The certificate-use contract from offer to conclusion."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from certificates.models import Contract, ContractTemplate
from certificates.queries.contracts import queue_to_issue, search_contracts
from certificates.services.contracts import (
    accept_contract,
    load_contract_templates,
    record_paper_contract,
    void_contract,
)
from certificates.services.decisions import decide
from certificates.states import CONTRACT, ContractState
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_name
from core.models import OutgoingMessage, PrivateFile, RenderedFile
from core.numbering import is_valid
from core.tasks import render_file
from tests.certificates import factories

ADDRESS = "203.0.113.7"


def test_load_contract_template_is_idempotent(db, capsys):
    call_command("load_contract_template")
    call_command("load_contract_template")
    assert capsys.readouterr().out.splitlines() == ["contract text v1: loaded", "contract text v1: unchanged"]
    assert ContractTemplate.objects.count() == 1


def test_load_contract_template_refuses_a_changed_text_of_the_same_version(db):
    ContractTemplate.objects.create(version=1, content={"title": "başqa"}, content_sha256="0" * 64)
    with pytest.raises(CommandError) as error:
        call_command("load_contract_template")
    assert "1" in str(error.value)
    assert ContractTemplate.objects.get().content_sha256 == "0" * 64


def test_offer_needs_a_text(version, decider):
    attempt = factories.attempt(version)
    with pytest.raises(RuleViolation) as error:
        decide(attempt, actor=decider, outcome="granted", reasons="Bütün şərtlər ödənilib.")
    assert error.value.code == "no_template"
    assert not hasattr(type(attempt).objects.get(pk=attempt.pk), "decision")


def test_offer_freezes_words_and_blanks(version):
    contract = factories.offered(version)
    snapshot = contract.snapshot
    year = timezone.localdate().year
    assert contract.number.startswith(f"MQ-{year}-00001-")
    assert is_valid(contract.number)
    assert snapshot["holder"] == {
        "full_name": "Əliyeva Günay İsmayıl qızı",
        "address": "Bakı, Nizami küçəsi 5",
        "telephone": "+994501234567",
        "email": "gunay@example.az",
        "identity_card": "AZE12345678",
    }
    assert snapshot["text"]["sha256"] == contract.template.content_sha256
    assert snapshot["concluded"] is None
    assert contract.draft_document.download_name == f"muqavile-layihe-{contract.number}.pdf"


def test_accept_keeps_text_time_and_address(version):
    contract = factories.offered(version)
    accepted = accept_contract(contract, actor=factories.account(contract), request_address=ADDRESS)
    assert (accepted.state, accepted.concluded_how, accepted.request_address) == ("concluded", "portal", ADDRESS)
    assert accepted.concluded_by == factories.account(contract)
    assert accepted.document
    concluded = accepted.document.snapshot["concluded"]
    assert (concluded["how"], concluded["address"]) == ("portal", ADDRESS)
    assert {**accepted.document.snapshot, "concluded": None} == contract.snapshot
    assert list(queue_to_issue()) == [accepted]
    assert OutgoingMessage.objects.filter(kind="contract_concluded").count() == 1


def test_accept_without_an_address_is_refused(version):
    contract = factories.offered(version)
    with pytest.raises(RuleViolation) as error:
        accept_contract(contract, actor=factories.account(contract), request_address="")
    assert error.value.code == "no_address"
    assert Contract.objects.get().state == ContractState.OFFERED


def test_accept_refuses_anyone_but_the_holder(version, officer, candidate):
    contract = factories.offered(version)
    for user in (officer, candidate):
        with pytest.raises(NotAllowed) as error:
            accept_contract(contract, actor=user, request_address=ADDRESS)
        assert error.value.code == "not_holder"


def test_accept_twice_gives_a_clear_message(version):
    contract = factories.concluded(version)
    with pytest.raises(RuleViolation) as error:
        accept_contract(contract, actor=factories.account(contract), request_address=ADDRESS)
    assert error.value.code == "state"
    assert RenderedFile.objects.filter(kind="contract").count() == 2


def test_record_paper_keeps_scan_and_date(version, officer):
    contract = factories.offered(version)
    today = timezone.localdate()
    recorded = record_paper_contract(contract, actor=officer, signed_on=today, scan=factories.scan())
    assert (recorded.state, recorded.concluded_how, recorded.signed_on) == ("concluded", "paper", today)
    assert recorded.scan
    assert recorded.document
    assert recorded.scan.sha256 == hashlib.sha256(factories.PDF).hexdigest()
    assert recorded.document.snapshot["concluded"]["signed_on"] == today.isoformat()


@pytest.mark.parametrize(("days", "code"), [(1, "signed_future"), (-1, "signed_early")])
def test_record_paper_refuses_impossible_dates(version, officer, days, code):
    contract = factories.offered(version)
    with pytest.raises(RuleViolation) as error:
        record_paper_contract(
            contract, actor=officer, signed_on=timezone.localdate() + timedelta(days=days), scan=factories.scan()
        )
    assert error.value.code == code


def test_record_paper_refuses_a_disguised_file_and_changes_nothing(version, officer):
    contract = factories.offered(version)
    disguised = SimpleUploadedFile("skan.pdf", b"MZ\x90\x00 not a document")
    with pytest.raises(RuleViolation) as error:
        record_paper_contract(contract, actor=officer, signed_on=timezone.localdate(), scan=disguised)
    assert error.value.code == "upload_type"
    assert Contract.objects.get().state == ContractState.OFFERED


def test_record_paper_on_a_concluded_contract_stores_nothing(version, officer):
    contract = factories.concluded(version)
    with pytest.raises(RuleViolation) as error:
        record_paper_contract(contract, actor=officer, signed_on=timezone.localdate(), scan=factories.scan())
    assert error.value.code == "state"
    assert not PrivateFile.objects.exists()


def test_officer_does_not_handle_their_own_contract(version):
    contract = factories.offered(version)
    factories.account(contract).role_assignments.create(role="officer")
    with pytest.raises(NotAllowed) as error:
        record_paper_contract(
            contract, actor=factories.account(contract), signed_on=timezone.localdate(), scan=factories.scan()
        )
    assert error.value.code == "own_case"


def test_void_ends_the_case(version, officer):
    contract = factories.offered(version)
    void = void_contract(contract, actor=officer, reason="Namizəd imtina etdi.")
    void.decision.application.refresh_from_db()
    assert void.state == ContractState.VOID
    assert void.decision.application.concluded_at is not None
    assert "Namizəd imtina etdi." in OutgoingMessage.objects.get(kind="contract_void").body


def test_void_wants_a_reason(version, officer):
    with pytest.raises(RuleViolation) as error:
        void_contract(factories.offered(version), actor=officer, reason=" ")
    assert error.value.code == "reason"


VERBS = {
    "accept": lambda contract, officer: accept_contract(
        contract, actor=factories.account(contract), request_address=ADDRESS
    ),
    "record_paper": lambda contract, officer: record_paper_contract(
        contract, actor=officer, signed_on=timezone.localdate(), scan=factories.scan()
    ),
    "void": lambda contract, officer: void_contract(contract, actor=officer, reason="Səbəb aydın göstərilib"),
}
BEFORE = {
    "offered": factories.offered,
    "concluded": factories.concluded,
    "void": factories.offered,
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("state", BEFORE)
def test_every_verb_from_every_state_follows_the_table(version, officer, verb, state):
    contract = BEFORE[state](version)
    if state == "void":
        contract = void_contract(contract, actor=officer, reason="Səbəb aydın göstərilib")
    if CONTRACT.allows(verb, state):
        assert VERBS[verb](contract, officer).state == CONTRACT.get(verb).target
        return
    with pytest.raises(RuleViolation) as error:
        VERBS[verb](contract, officer)
    assert error.value.code == "state"
    assert Contract.objects.get().state == state


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE certificates_contract SET snapshot = '{}'",
        "UPDATE certificates_contract SET number = 'MQ-1'",
        "UPDATE certificates_contract SET draft_document_id = (SELECT id FROM core_renderedfile WHERE kind = 'x')",
        "DELETE FROM certificates_contract",
    ],
)
def test_database_keeps_the_words_of_a_contract(version, sql):
    factories.offered(version)
    assert refusal(sql) == "certificates_contract_frozen"


def test_database_keeps_a_concluded_contract_concluded(version):
    factories.concluded(version)
    assert refusal("UPDATE certificates_contract SET state = 'offered'") == "certificates_contract_frozen"


def test_database_offers_no_contract_on_a_refusal(version, decider):
    contract = factories.offered(version)
    refused = decide(factories.attempt(version), actor=decider, outcome="refused", reasons="Səbəb aydın göstərilib")
    insert = (
        "INSERT INTO certificates_contract (number, decision_id, person_id, template_id, snapshot, state, offered_at, "
        "due_on, draft_document_id, concluded_how) SELECT 'MQ-0', %s, %s, template_id, snapshot, 'offered', now(), "
        "now(), draft_document_id, '' FROM certificates_contract WHERE id = %s"
    )
    assert refusal(insert, refused.pk, refused.person_id, contract.pk) == "certificates_contract_needs_grant"


def refusal(sql, *values):
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return constraint_name(error.value)


def test_database_keeps_contract_texts(db):
    load_contract_templates()
    assert (
        refusal("UPDATE certificates_contracttemplate SET content = '{}'")
        == "certificates_contracttemplate_append_only"
    )


def test_queues_and_search_by_name_and_number(version):
    first = factories.offered(version, surname="İsayev", given_name="Əli", patronymic="")
    second = factories.offered(version, surname="Quliyev", given_name="Rəşad", patronymic="")
    Contract.objects.filter(pk=second.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    assert list(search_contracts(overdue=True)) == [second]
    assert list(search_contracts("ISAYEV eli")) == [first]
    assert list(search_contracts("resad")) == [second]
    assert list(search_contracts(second.number.lower().replace("-", " "))) == [second]
    assert list(search_contracts(overdue=True)) == [second]
    assert list(search_contracts(state="concluded")) == []


def test_worker_renders_the_concluded_contract_once(version):
    contract = factories.concluded(version)
    for _run in range(2):
        render_file(str(contract.document_id))
    document = RenderedFile.objects.get(pk=str(contract.document_id))
    content = Path(document.file.path).read_bytes()
    assert content.startswith(b"%PDF-")
    assert document.sha256 == hashlib.sha256(content).hexdigest()
    assert document.attempts == 1
