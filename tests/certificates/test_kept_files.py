"""Files that were chosen in a form which is not in order are there at the next try, in every form that takes some."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from candidates.services.declarations import load_declarations
from certificates.models import CaseFile, Certificate, Circumstance, Contract, MisuseCase
from certificates.services.terms import announce_change
from core.models import PrivateFile
from tests.certificates import cases_factories, duties_factories
from tests.certificates.factories import PDF, account, certificate, offered
from tests.certificates.terms_factories import prepared

WORDS = "Yazılı xəbərdarlıq almışam, səbəbi iş qrafikidir."


@pytest.fixture
def issued(version) -> Certificate:
    return certificate(version)


def pdf(name: str, more: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF + more, "application/pdf")


def circumstance(**changes: Any) -> dict[str, Any]:
    return {"kind": "warning", "since": timezone.localdate().isoformat(), "description": WORDS, **changes}


def kept_in(answer: Any, name: str = "file") -> str:
    """Return what the form that is shown again names as kept; it says so beside the field."""
    assert answer.status_code == 422
    form = answer.context["form"]
    kept = str(form[f"kept_{name}"].value())
    assert all(one.original_name in str(form[name].help_text) for one in form.found[name])
    page = answer.content.decode()
    assert (bool(kept) and f'value="{kept}"' in page, f"dropped_{name}" in page) == (bool(kept), bool(kept))
    return kept


def content(stored: PrivateFile) -> bytes:
    with stored.file.open("rb") as file:
        return bytes(file.read())


def test_file_is_there_at_the_next_try_and_is_stored_once_with_the_case(issued, sign_in):
    client, page = sign_in(account(issued)), reverse("certificates:report_circumstance", args=[issued.pk])
    refused = client.post(page, circumstance(description="yox", file=pdf("xəbərdarlıq.pdf")))
    kept = kept_in(refused)
    assert "xəbərdarlıq.pdf" in refused.content.decode()
    again = client.post(page, circumstance(since="sabah", kept_file=kept))  # still not in order: it stays
    assert kept_in(again) == kept
    assert client.post(page, circumstance(kept_file=kept)).status_code == 302
    stored = CaseFile.objects.get(circumstance=Circumstance.objects.get()).stored
    assert (stored.original_name, str(stored.pk) != kept, content(stored)) == ("xəbərdarlıq.pdf", True, PDF)


def test_file_is_kept_when_the_service_refuses_and_another_takes_its_place(issued, sign_in):
    client, page = sign_in(account(issued)), reverse("certificates:report_circumstance", args=[issued.pk])
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    kept = kept_in(client.post(page, circumstance(since=tomorrow, file=pdf("a.pdf"))))
    assert client.post(page, circumstance(kept_file=kept, file=pdf("b.pdf", b"%b"))).status_code == 302
    assert CaseFile.objects.get().stored.original_name == "b.pdf"


def test_kept_file_can_be_left_out(issued, sign_in):
    client, page = sign_in(account(issued)), reverse("certificates:report_circumstance", args=[issued.pk])
    kept = kept_in(client.post(page, circumstance(description="yox", file=pdf("a.pdf"))))
    refused = client.post(page, circumstance(description="yox", kept_file=kept, dropped_file="on"))
    assert (kept_in(refused), refused.context["form"].found["file"]) == ("", [])
    assert client.post(page, circumstance(kept_file=kept, dropped_file="on")).status_code == 302
    assert not CaseFile.objects.exists()


def test_bad_file_is_named_with_the_other_errors_and_not_kept(issued, sign_in):
    client, page = sign_in(account(issued)), reverse("certificates:report_circumstance", args=[issued.pk])
    bad = SimpleUploadedFile("a.pdf", b"MZ not a paper", "application/pdf")
    refused = client.post(page, circumstance(description="yox", file=bad))
    assert (kept_in(refused), list(refused.context["form"].errors)) == ("", ["description", "file"])
    assert not PrivateFile.objects.filter(original_name="a.pdf").exists()


@pytest.mark.parametrize("told", ["no-key", "00000000-0000-4000-8000-000000000000", "of another"])
def test_kept_file_of_somebody_else_is_not_taken(issued, version, sign_in, told):
    page = "certificates:report_circumstance"
    other = certificate(version)
    if told == "of another":
        refused = sign_in(account(other)).post(
            reverse(page, args=[other.pk]), circumstance(description="yox", file=pdf("theirs.pdf"))
        )
        told = kept_in(refused)
    client = sign_in(account(issued))
    assert client.post(reverse(page, args=[issued.pk]), circumstance(kept_file=told)).status_code == 302
    assert not CaseFile.objects.exists()


def test_large_file_survives_a_try_that_was_rolled_back(issued, sign_in, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 16  # on the disk, from where it is moved
    client, page = sign_in(account(issued)), reverse("certificates:request_replacement", args=[issued.pk])
    asked = {"kind": "damaged", "description": "Vərəq ortadan cırılıb.", "stops_use": "on"}
    assert client.post(page, {**asked, "file": pdf("first.pdf")}).status_code == 302
    kept = kept_in(client.post(page, {**asked, "file": pdf("second.pdf", b"%2")}))  # one is under way
    assert content(PrivateFile.objects.get(pk=UUID(kept))) == PDF + b"%2"


def test_several_files_are_kept_and_added_to(issued, sign_in):
    case = cases_factories.heard(issued)
    client, page = sign_in(account(issued)), reverse("certificates:misuse_answer", args=[case.pk])
    refused = client.post(page, {"answer": "", "papers": [pdf("a.pdf"), pdf("b.pdf", b"%b")]})
    kept = kept_in(refused, "papers")
    more = {"answer": WORDS, "kept_papers": kept, "papers": [pdf("c.pdf", b"%c"), pdf("a again.pdf")]}
    assert client.post(page, more).status_code == 302
    assert MisuseCase.objects.get().answer == WORDS
    names = CaseFile.objects.filter(by_holder=True).order_by("id").values_list("stored__original_name", flat=True)
    assert list(names) == ["a.pdf", "b.pdf", "c.pdf"]


def test_scan_of_a_signed_contract_is_needed_once(version, officer, sign_in):
    open_contract = offered(version)
    client, page = sign_in(officer), reverse("certificates:contract_paper", args=[open_contract.pk])
    missing = client.post(page, {"signed_on": timezone.localdate().isoformat()})
    assert (missing.status_code, list(missing.context["form"].errors)) == (422, ["scan"])
    kept = kept_in(client.post(page, {"signed_on": "", "scan": pdf("müqavilə.pdf")}), "scan")
    dropped = client.post(page, {"signed_on": "", "kept_scan": kept, "dropped_scan": "on"})
    assert set(dropped.context["form"].errors) == {"signed_on", "scan"}
    assert client.post(page, {"signed_on": timezone.localdate().isoformat(), "kept_scan": kept}).status_code == 302
    scan = Contract.objects.get(pk=open_contract.pk).scan
    assert scan is not None
    assert scan.original_name == "müqavilə.pdf"


def test_change_replacement_and_what_officers_enter_keep_their_files(issued, officer, sign_in):
    load_declarations()
    holders = sign_in(account(issued))
    officers = sign_in(officer)
    duty = duties_factories.duty(start_on=timezone.localdate(), person=issued.person)
    consent = announce_change(prepared(officer), actor=officer).consents.get(certificate=issued)
    pages = [
        (holders, "report_change", issued.pk, "file"),
        (holders, "request_replacement", issued.pk, "file"),
        (officers, "report_change", issued.pk, "file"),
        (officers, "misuse_open", issued.pk, "papers"),
        (officers, "misuse_evidence", cases_factories.heard(issued).pk, "papers"),
        (officers, "terms_paper", consent.pk, "scan"),
        (officers, "duty_meet", duty.pk, "upload"),
        (officers, "publication_of", issued.pk, "paper"),
        (officers, "surveillance_hold", cases_factories.planned(issued).pk, "papers"),  # its fields are in groups
    ]
    for client, name, key, field in pages:
        page = reverse(f"certificates:{name}", args=[key])
        kept = kept_in(client.post(page, {field: pdf("sənəd.pdf")}), field)
        assert kept, name
        assert kept_in(client.post(page, {f"kept_{field}": kept, f"dropped_{field}": "on"}), field) == "", name
