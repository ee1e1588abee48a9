"""Pages on which holders report and ask, and officers answer."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.states import Role
from candidates.models import ConflictOfInterest
from certificates.models import CaseFile, ChangeNotice, Circumstance, Replacement
from certificates.services.lifecycle import revoke_certificate
from certificates.services.requests.changes import reject_change
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.certificates.factories import account, because, scan
from tests.certificates.requests_factories import ago, change, circumstance, replacement
from tests.factories import UserFactory

REASON = "Sənəd oxunaqlı deyil, yenidən göndərin."

FIELDS = (
    "surname", "given_name", "patronymic", "identity_series", "identity_number", "address", "telephone", "email",
    "language",
)  # fmt: skip


def url(name, *args):
    return reverse(f"certificates:{name}", args=args)


def status(client, page):
    """Return the status of an answer; a file is read to its end, which closes it."""
    answer = client.get(page)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer.status_code


def shown(certificate):
    """Return the data as the form shows them."""
    page = {name: getattr(certificate.person, name) for name in FIELDS}
    return {"changed_on": timezone.localdate().isoformat(), **page}


def test_a_holder_reports_a_change_and_an_officer_takes_it_over(version, officer, sign_in):
    certificate = factories.certificate(version)
    holder, office = sign_in(account(certificate)), sign_in(officer)
    form = url("report_change", certificate.pk)
    assert b"Quliyeva" not in holder.get(form).content
    typed = {**shown(certificate), "surname": "Quliyeva"}
    ahead = {**typed, "changed_on": ago(-1).isoformat(), "file": scan()}
    everything = {**ahead, "telephone": "1", "identity_number": "12", "file": ""}
    for data, fields in (
        (ahead, {"changed_on"}),
        (typed, {"file"}),
        ({**typed, "telephone": "1", "file": scan()}, {"telephone"}),
        (everything, {"changed_on", "telephone", "identity_number", "file"}),
        ({**shown(certificate), "identity_number": "12"}, {"identity_number", "file"}),
        ({**shown(certificate), "email": "x"}, {"email"}),
    ):
        refusal = holder.post(form, data)
        assert refusal.status_code == 422
        assert set(refusal.context["form"].errors) == fields
        assert data["surname"] in refusal.content.decode()  # nothing typed is lost
    done = holder.post(form, {**typed, "file": scan()})
    notice = ChangeNotice.objects.get()
    assert done["Location"] == url("change", notice.pk)
    again = holder.post(form, {**typed, "file": scan()})
    assert (again.status_code, ChangeNotice.objects.count()) == (422, 1)
    assert "Quliyeva" in holder.get(url("change", notice.pk)).content.decode()
    assert status(holder, url("case_file", CaseFile.objects.get().pk)) == 200
    assert holder.post(url("change_accept", notice.pk)).status_code == 403
    for _click in range(2):
        office.post(url("change_accept", notice.pk))
    certificate.person.refresh_from_db()
    assert (certificate.person.surname, certificate.copies.count()) == ("Quliyeva", 2)
    messages = [str(one) for one in office.get(url("change", notice.pk)).context["messages"]]
    assert len(messages) == 2
    assert OutgoingMessage.objects.filter(kind="change_accepted").count() == 1


def test_an_officer_enters_what_came_on_paper(version, officer, sign_in):
    certificate = factories.certificate(version)
    office = sign_in(officer)
    today = timezone.localdate().isoformat()
    late = office.post(
        url("report_circumstance", certificate.pk),
        {"received_on": ago(-2).isoformat(), "kind": "warning", "since": today, "description": "Rəsmi xəbərdarlıq."},
    )
    assert (late.status_code, list(late.context["form"].errors)) == (422, ["received_on"])
    assert list(office.post(url("request_replacement", certificate.pk), {}).context["form"].errors) == [
        "received_on", "kind", "description", "stops_use",
    ]  # fmt: skip
    paper = {"received_on": today, "kind": "lost", "description": "Yolda itirilib.", "stops_use": "on"}
    office.post(url("request_replacement", certificate.pk), {**paper, "file": scan()})
    case = Replacement.objects.get()
    assert (case.entered_by, case.files.get().by_holder) == (officer, False)
    office.post(url("replacement_issue", case.pk))
    case.refresh_from_db()
    assert certificate.copies.get(superseded_at=None) == case.new_copy
    assert "itirilib" in office.get(url("replacement", case.pk)).content.decode()
    bad = SimpleUploadedFile("x.pdf", b"not a PDF")
    refusal = office.post(url("request_replacement", certificate.pk), {**paper, "file": bad})
    assert list(refusal.context["form"].errors) == ["file"]


def test_a_revocation_on_a_circumstance_is_confirmed_by_the_number(version, officer, sign_in):
    case = circumstance(factories.certificate(version))
    office, address = sign_in(officer), url("circumstance_evaluate", case.pk)
    typed = {"outcome": "revocation", "reasons": REASON}
    assert list(office.post(address, typed).context["form"].errors) == ["confirmation"]
    early = office.post(address, {**typed, "outcome": "suspension"})
    assert list(early.context["form"].errors) == ["review_on"]
    office.post(address, {**typed, "confirmation": case.certificate.number.lower()})
    case.refresh_from_db()
    assert (case.outcome, case.certificate.state) == ("revocation", "revoked")
    assert office.get(url("circumstance", case.pk)).status_code == 200


def test_another_ones_certificate_is_closed_and_stays_as_it_is(version, auditor, sign_in):
    certificate = factories.certificate(version)
    notice, case, asked = change(certificate), circumstance(certificate), replacement(certificate)
    files = [url("case_file", file.pk) for file in CaseFile.objects.all()]
    pages = [url("change", notice.pk), url("circumstance", case.pk), url("replacement", asked.pk), *files]
    forms = [url(name, certificate.pk) for name in ("report_change", "report_circumstance", "request_replacement")]
    verbs = [
        *(url(f"change_{verb}", notice.pk) for verb in ("accept", "reject", "withdraw")),
        *(url(f"replacement_{verb}", asked.pk) for verb in ("issue", "reject", "withdraw")),
        url("circumstance_evaluate", case.pk),
    ]
    stranger, reader = sign_in(account(factories.certificate(version))), sign_in(auditor)
    partial = UserFactory.create(roles=[Role.OFFICER])
    ConflictOfInterest.objects.create(
        person=certificate.person, user=partial, kind="family", note="Qohum", declared_by=partial
    )
    interested = sign_in(partial)
    for client, read, write in ((stranger, 403, 403), (reader, 200, 403)):
        assert {status(client, page) for page in pages} == {read}
        assert {client.post(page, {"reason": REASON}).status_code for page in forms + verbs} == {write}
    closed = [status(interested, page) for page in pages]
    assert closed == [200, 403, 200, 200, 403]  # nothing about health
    assert {interested.post(page, {"reason": REASON}).status_code for page in forms + verbs} == {403}
    for case_ in (notice, case, asked):
        case_.refresh_from_db()
    assert (notice.state, case.state, asked.state) == ("reported", "reported", "requested")
    assert (ChangeNotice.objects.count(), Circumstance.objects.count(), Replacement.objects.count()) == (1, 1, 1)
    assert stranger.get(url("change", 0)).status_code == reader.get(url("case_file", 0)).status_code == 403


def test_the_list_finds_by_kind_state_and_lateness_in_a_fixed_number_of_queries(version, officer, sign_in):
    office = sign_in(officer)

    def listed(**filters):
        with CaptureQueriesContext(connection) as queries:
            page = office.get(url("requests"), filters)
        rows = page.context["rows"]
        return len(queries), [(row.kind, row.case.state) for row in rows]

    def case():
        certificate = factories.certificate(version)
        change(certificate, changed_on=ago(90))
        circumstance(certificate)
        replacement(certificate)
        return certificate

    assert listed()[1] == []
    first = case()
    count, rows = listed()
    assert rows == [("replacement", "requested"), ("circumstance", "reported"), ("change", "reported")]
    case()
    third = case()
    assert (listed()[0], len(listed()[1])) == (count, 9)
    reject_change(first.changenotices.get(), actor=officer, reason=REASON)
    assert listed(kind="circumstance")[1] == [("circumstance", "reported")] * 3
    assert listed(state="rejected")[1] == [("change", "rejected")]
    assert len(listed(state="open")[1]) == 8
    assert listed(late="on", state="open")[1] == [("change", "reported")] * 2
    assert listed(late="on", kind="replacement")[1] == []
    assert len(listed(q=third.number)[1]) == 3
    assert len(listed(q="eliyev")[1]) == 9
    assert len(listed(page="999")[1]) == 9
    assert len(listed(kind="nonsense")[1]) == 0


@pytest.mark.parametrize("language", ["az", "en"])
def test_pages_in_every_state_show_what_now(version, officer, sign_in, language):
    certificate = factories.certificate(version)
    cases = [("change", change(certificate, changed_on=ago(90))), ("circumstance", circumstance(certificate))]
    cases.append(("replacement", replacement(certificate)))
    for user in (account(certificate), officer):
        client = sign_in(user)
        client.cookies["django_language"] = language
        assert {client.get(url(name, case.pk)).status_code for name, case in cases} == {200}
        assert {
            client.get(url(name, certificate.pk)).status_code
            for name in ("report_change", "report_circumstance", "request_replacement")
        } == {200}
    late = client.get(url("change", cases[0][1].pk)).content.decode()
    assert "(H2)" in late
    revoke_certificate(certificate, because(), actor=officer)
    assert client.get(url("replacement", cases[2][1].pk)).status_code == 200
