"""What lists show, as tables: with the same filters, nothing taken for a formula, each one noted."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from certbody.celery import app
from certificates.services.exports import note_export
from certificates.services.lifecycle import suspend_certificate
from core.errors import NotAllowed
from core.exports import Column, Format, csv_lines, write_xlsx
from core.models import Batch
from core.tasks import run_batch
from tests.certificates import cases_factories, factories, requests_factories
from tests.certificates.batches_factories import outcomes, worked

ROW = ("=1+1", "+994501234567", "-x", "@a", date(2026, 11, 20), datetime(2026, 11, 20, 8, 0, tzinfo=UTC), True, 7, None)
COLUMNS = tuple(Column(f"c{place}", itemgetter(place)) for place in range(len(ROW)))


def at(name, *args):
    return reverse(f"certificates:{name}", args=args)


def content(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def table(response):
    return list(csv.reader(io.StringIO(content(response).decode("utf-8-sig")), delimiter=";"))


def sheet(data):
    """Return the XML of the first sheet and of the strings of a workbook."""
    with ZipFile(io.BytesIO(data)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def test_csv_takes_nothing_for_a_formula_and_keeps_times_of_baku():
    written = b"".join(csv_lines(COLUMNS, [ROW], "en"))
    assert written.startswith(b"\xef\xbb\xbf")
    _head, row = csv.reader(io.StringIO(written.decode("utf-8-sig")), delimiter=";")
    assert row == ["'=1+1", "'+994501234567", "'-x", "'@a", "2026-11-20", "2026-11-20 12:00", "yes", "7", ""]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a;=cmd", "a;'=cmd"),  # a spreadsheet that is set to commas, or to semicolons, splits what it should not
        ("a, +994 50", "a, '+994 50"),
        ("a\n@x", "a\n'@x"),
        ("\t=1", "\t'=1"),
        ("＝1", "'＝1"),
        ('"=1', '"=1'),
        ("Bakı; Gəncə, Əliyeva-Quliyeva 2+2=4", "Bakı; Gəncə, Əliyeva-Quliyeva 2+2=4"),
    ],
)
def test_csv_guards_a_formula_after_what_may_end_a_cell(typed, kept):
    written = b"".join(csv_lines([Column("c", str)], [typed], "az")).decode("utf-8-sig")
    assert written.endswith('"' + kept.replace('"', '""') + '"\r\n')


def test_csv_falls_into_columns_where_the_comma_is_in_numbers():
    columns = [Column("a", lambda _row: 7.5), Column("b", lambda _row: None), Column("c", lambda _row: "x")]
    assert b"".join(csv_lines(columns, [1], "az")).decode() == '\ufeff"A";"B";"C"\r\n"7,5";"";"x"\r\n'


def test_xlsx_has_dates_as_dates_text_as_text_and_a_frozen_head():
    target = io.BytesIO()
    assert write_xlsx(target, "A/b: [c]", COLUMNS, [ROW, ROW], "en") == 2
    xml = sheet(target.getvalue())
    assert ("<f>" in xml, 'state="frozen"' in xml, "<v>46346</v>" in xml, "<v>46346.5</v>" in xml) == (
        False, True, True, True,
    )  # fmt: skip
    assert "<t>=1+1</t>" in xml


@pytest.mark.parametrize("name", ["certificate_list", "contract_list"])
def test_list_is_exported_as_it_is_shown_and_noted(version, officer, auditor, candidate, sign_in, name):
    kept = factories.certificate(version, surname="Abbasov")
    factories.certificate(version, surname="Babayev")
    client, address = sign_in(officer), f"{at(name)}?q=abbasov&page=7"
    answer = client.get(f"{address}&format=csv")
    today = f"{timezone.localdate():%Y-%m-%d}"
    assert answer["Content-Disposition"].endswith(f'-{today}.csv"')
    number = kept.number if name == "certificate_list" else kept.contract.number
    assert [row[:2] for row in table(answer)[1:]] == [[number, str(kept.person)]]
    book = client.get(f"{address}&format=xlsx")
    assert (book.status_code, str(kept.person) in sheet(content(book))) == (200, True)
    noted = AuditEntry.objects.filter(verb="bulk.export").order_by("pk")
    assert [(entry.actor, entry.after["filters"], entry.after["rows"], entry.after["format"]) for entry in noted] == [
        (officer, "q=abbasov", 1, "csv"),
        (officer, "q=abbasov", 1, "xlsx"),
    ]
    assert "?q=abbasov&amp;format=xlsx" in client.get(address).content.decode()
    assert sign_in(auditor).get(f"{address}&format=csv").status_code == 200
    assert sign_in(candidate).get(f"{address}&format=csv").status_code == 403
    with pytest.raises(NotAllowed):
        note_export(actor=candidate, name="x", kind=Format.CSV, filters="", rows=1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("duties", 3),
        ("surveillance_list", 2),
        ("decision_list", 1),
        ("renewal_list", 0),
        ("misuse_list", 1),
        ("requests", 2),
    ],
)
def test_every_list_of_cases_is_a_table_of_what_it_shows(version, officer, sign_in, name, expected):
    certificate = factories.certificate(version)
    if name == "requests":
        requests_factories.circumstance(certificate)
        requests_factories.replacement(certificate)
    if name == "misuse_list":
        cases_factories.heard(certificate)
    client = sign_in(officer)
    rows = table(client.get(at(name) + "?format=csv"))[1:]
    assert (len(rows), client.get(at(name)).context["page"].paginator.count) == (expected, expected)
    assert all(any(str(certificate.person) == cell for cell in row) for row in rows)


def test_long_table_is_made_by_a_worker_for_who_asked(
    version, officer, other_officer, sign_in, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("certificates.services.exports.AT_ONCE", 1)
    monkeypatch.setattr("certificates.views.exporting.AT_ONCE", 1)
    suspended = factories.certificate(version)
    review = timezone.localdate() + timedelta(days=9)
    suspend_certificate(suspended, factories.because(), actor=officer, review_on=review)
    valid = [factories.certificate(version).number for _two in range(2)]
    client, address = sign_in(officer), at("certificate_list") + "?status=valid"
    assert '<input type="hidden" name="format" value="csv">' in client.get(address).content.decode()
    refused = client.get(f"{address}&format=csv")
    assert (refused.status_code, refused.url) == (302, address)
    with monkeypatch.context() as limit:
        limit.setattr("certificates.services.exports.MOST_IN_A_WORKBOOK", 1)
        assert client.post(address, {"format": "xlsx"}).url == address
    assert not Batch.objects.exists()
    started = client.post(address, {"format": "csv"})
    batch = Batch.objects.get()
    assert started.url == at("batch", batch.pk)
    assert client.get(at("batch_file", batch.pk)).status_code == 404
    with django_assert_max_num_queries(40):
        worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["done"]
    answer = client.get(at("batch_file", batch.pk))
    assert [row[0] for row in table(answer)[1:]] == valid[::-1]
    assert at("batch_file", batch.pk) in client.get(at("batch", batch.pk)).content.decode()
    assert sign_in(other_officer).get(at("batch_file", batch.pk)).status_code == 403
    assert AuditEntry.objects.get(verb="bulk.export").after["rows"] == 2


def test_table_is_not_made_for_who_may_no_longer_read_the_list(version, officer, sign_in):
    factories.certificate(version)
    sign_in(officer).post(at("certificate_list"), {"format": "xlsx"})
    officer.role_assignments.all().delete()
    batch = worked(Batch.objects.get())
    assert ([state for state, _message in outcomes(batch)], batch.result) == (["failed"], None)


def test_table_of_a_million_certificates_has_time_and_reads_no_copies(version, officer, sign_in):
    factories.certificate(version)
    with CaptureQueriesContext(connection) as queries:
        content(sign_in(officer).get(at("certificate_list") + "?format=csv"))
    assert [one["sql"] for one in queries if "certificates_certificatecopy" in one["sql"]] == []
    assert (run_batch.time_limit, run_batch.time_limit > app.conf.task_time_limit) == (1800, True)


def test_export_costs_the_same_for_one_row_and_for_three(version, officer, sign_in):
    client, address = sign_in(officer), at("contract_list") + "?format=csv"
    counts = []
    for more in (1, 2):
        for _one in range(more):
            factories.certificate(version)
        content(client.get(address))
        with CaptureQueriesContext(connection) as queries:
            content(client.get(address))
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("certificate_list", "status=xyz"),
        ("contract_list", "state=xyz"),
        ("duties", "until=someday"),
        ("requests", "kind=xyz"),
        ("misuse_list", "rule=H99"),
        ("surveillance_list", "until=2026-13-01"),
        ("renewal_list", "stage=xyz"),
    ],
)
def test_no_table_is_made_for_a_filter_that_is_not_valid(version, officer, sign_in, name, wrong, kind):
    factories.certificate(version)
    client, address = sign_in(officer), f"{at(name)}?{wrong}"
    shown = client.get(address)
    assert (list(shown.context["page"]), bool(shown.context["filter_form"].errors)) == ([], True)
    refused = client.get(f"{address}&format={kind}", follow=True)
    prepared = client.post(address, {"format": kind}, follow=True)
    for answer in (refused, prepared):
        assert answer.redirect_chain == [(address, 302)]
        assert len(list(answer.context["messages"])) == 1
    assert (Batch.objects.count(), AuditEntry.objects.filter(verb="bulk.export").count()) == (0, 0)


def test_table_is_not_made_when_its_filter_has_become_invalid(version, officer, sign_in):
    factories.certificate(version)
    client = sign_in(officer)
    client.post(f"{at('certificate_list')}?scheme={version.scheme.code}", {"format": "csv"})
    batch = Batch.objects.get()
    batch.parameters = {**batch.parameters, "filters": "scheme=gone"}
    batch.save()
    worked(batch)
    assert [state for state, _message in outcomes(batch)] == ["failed"]
    assert batch.result is None


def test_table_of_more_than_a_search_reads_is_made_by_a_worker(version, officer, sign_in, monkeypatch):
    monkeypatch.setattr("core.paging.MOST_FOUND", 1)
    monkeypatch.setattr("certificates.queries.searching.FEW", 1)
    for _one in range(2):
        factories.certificate(version, surname="Əliyev")
    page = sign_in(officer).get(at("certificate_list"), {"q": "eliyev"})
    pages = page.context["page"].paginator
    assert (pages.count, pages.is_capped, page.context["exports"].at_once) == (1, True, False)
    single = sign_in(officer).get(at("certificate_list"), {"q": "yoxdur"})
    assert (single.context["page"].paginator.is_capped, list(single.context["page"])) == (False, [])
