"""What is typed into the search field of the office: parts of numbers, rare names and common ones."""

from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certificates.models import Certificate, Contract, Duty
from certificates.numbers import beginnings, certificate_series, prefix_of, year_of
from certificates.queries.certificates import search_certificates
from certificates.queries.contracts import search_contracts
from certificates.queries.duties import search_duties
from certificates.queries.searching import number_is
from tests.certificates import factories

KNOWN = [("K6", 2025), ("K6", 2026), ("L12", 2026), ("MQ", 2026)]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("K6-2026-00017-42", ["K6-2026-00017-42"]),
        ("k6 2026 00017", ["K6-2026-00017"]),
        ("k6-20", ["K6-20"]),
        ("  K6 ", ["K6"]),
        ("Z9-2026", ["Z9-2026"]),
        ("00017", ["K6-2025-00017", "K6-2026-00017", "L12-2026-00017", "MQ-2026-00017"]),
        ("17", ["K6-2025-00017", "K6-2026-00017", "L12-2026-00017", "MQ-2026-00017"]),
        ("00017-42", ["K6-2025-00017-42", "K6-2026-00017-42", "L12-2026-00017-42", "MQ-2026-00017-42"]),
        ("2025-00017", ["K6-2025-00017"]),
        ("2025 17", ["K6-2025-00017"]),
        ("2025-17-42", ["K6-2025-00017-42"]),
        ("2025", ["K6-2025"]),
        ("2024", ["K6-2025-02024", "K6-2026-02024", "L12-2026-02024", "MQ-2026-02024"]),
        ("2025-000", ["K6-2025-000"]),
        ("123456", ["K6-2025-123456", "K6-2026-123456", "L12-2026-123456", "MQ-2026-123456"]),
        ("K6 17", ["K6-17", "K6-2025-00017", "K6-2026-00017"]),
        ("K6-2026-1", ["K6-2026-00001", "K6-2026-1"]),
        ("K6-2026-0", ["K6-2026-0"]),
        ("K6-2026-x", ["K6-2026-X"]),
        ("²", []),
        ("%_", ["%_"]),
        ("-", []),
        ("", []),
        (
            "99999999999999999999",
            [
                "K6-2025-99999999999999999999",
                "K6-2026-99999999999999999999",
                "L12-2026-99999999999999999999",
                "MQ-2026-99999999999999999999",
            ],
        ),
    ],
)
def test_part_of_a_number_stands_for_what_begins_so(typed, expected):
    assert beginnings(typed, KNOWN) == expected


def test_whole_number_is_found_in_one_piece_and_with_letters_for_digits(version):
    number = factories.certificate(version).number
    found = [search_certificates(typed).get().number for typed in (number.replace("-", ""), number.lower())]
    assert found == [number, number]


@pytest.mark.parametrize(
    ("series", "expected"), [("contract", "MQ"), (certificate_series("K6"), "K6"), ("application", "")]
)
def test_series_of_certificates_and_contracts_have_prefixes(series, expected):
    assert prefix_of(series) == expected


def test_running_number_finds_certificates_contracts_and_duties(version):
    first, second = (factories.certificate(version) for _one in range(2))
    serial, year = second.number.split("-")[2], str(timezone.localdate().year)
    assert serial == "00002"
    for typed in (serial, "2", f"{year}-{serial}", f"{year} 2", "-".join(second.number.split("-")[1:])):
        assert list(search_certificates(typed)) == [second]
        assert set(search_duties(typed, state="all")) == set(Duty.objects.filter(certificate=second))
    assert list(search_contracts(second.contract.number.split("-")[2])) == [second.contract]
    assert set(search_certificates(year)) == {first, second}
    assert list(search_certificates("00003")) == []


def test_running_number_is_answered_by_an_index(version):
    factories.certificate(version)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        sql, parameters = Certificate.objects.filter(number_is("00001")).order_by().values("pk").query.sql_with_params()
        cursor.execute(f"EXPLAIN {sql}", parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert ("Seq Scan" in plan, "certificates_certificate_number" in plan) == (False, True)


@pytest.mark.parametrize(
    ("beginning", "year"),
    [("K6-2026", 2026), ("K6-2026-00001", 2026), ("K6-20", None), ("K6", None), ("K6-x026", None)],
)
def test_year_is_read_from_the_beginning_of_a_number(beginning, year):
    assert year_of(beginning) == year


@pytest.mark.parametrize(
    "moment", ["2026-12-31T20:30:00+00:00", "2026-01-01T00:00:30+04:00", "2026-12-31T23:59:59+04:00"]
)
def test_numbers_of_a_year_are_found_at_its_ends(version, moment):
    with time_machine.travel(datetime.fromisoformat(moment), tick=False):
        certificate = factories.certificate(version)
        year = certificate.number.split("-")[1]
        for typed in (year, f"K6-{year}"):
            assert list(search_certificates(typed)) == [certificate]
        assert list(search_contracts(year)) == [certificate.contract]
        assert list(search_certificates(str(int(year) - 1))) == []


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("K6-9999", False),
        ("9999", False),
        ("K6-" + "9" * 100, False),
        ("K6-0000", True),
        ("K6-0001", True),
        ("0", True),
    ],
)
def test_years_that_cannot_be_are_read_as_running_numbers(version, typed, is_found):
    certificate = factories.certificate(version)
    assert list(search_certificates(typed)) == [certificate] * is_found


@pytest.mark.parametrize("few", [0, 1, 15_000])
@pytest.mark.parametrize("first", [True, False])
def test_names_are_found_whichever_way_is_taken(version, monkeypatch, few, first):
    monkeypatch.setattr("certificates.queries.searching.FEW", few)
    one, two = (factories.certificate(version, surname="Əliyev", given_name=name) for name in ("İsa", "Anar"))
    other = factories.certificate(version, surname="Quliyeva", given_name="İsabəyim")
    found = {
        "ELIYEV": [two, one], "isa": [other, one], "eliyev isa": [one], "yoxdur": [], "quliyeva anar": [],
    }  # fmt: skip
    for typed, expected in found.items():
        assert list(search_certificates(typed, first=first)) == expected
        assert set(search_contracts(typed, first=first)) == {certificate.contract for certificate in expected}
        duties = search_duties(typed, state="all", first=first)
        assert set(duties) == set(Duty.objects.filter(person__in=[certificate.person for certificate in expected]))
    assert list(search_certificates("isa", status="revoked", first=first)) == []


@pytest.mark.parametrize("name", ["certificate_list", "contract_list", "duties"])
@pytest.mark.parametrize("few", [0, 15_000])
def test_search_pages_show_what_is_found_and_neither_count_nor_read_a_whole_table(
    version, officer, sign_in, monkeypatch, name, few
):
    monkeypatch.setattr("certificates.queries.searching.FEW", few)
    for given_name in ("İsa", "Anar", "Rəşad"):
        factories.certificate(version, surname="Əliyev", given_name=given_name)
    factories.certificate(version, surname="Quliyeva")
    client = sign_in(officer)
    with CaptureQueriesContext(connection) as caught:
        page = client.get(reverse(f"certificates:{name}"), {"q": "eliyev"})
    rows = list(page.context["page"].object_list)
    model: Any = {"certificate_list": Certificate, "contract_list": Contract, "duties": Duty}[name]
    state = {"state": "open"} if model is Duty else {}
    assert {row.pk for row in rows} == set(
        model.objects.filter(person__surname="Əliyev", **state).values_list("pk", flat=True)
    )
    counts = [
        one["sql"] for one in caught.captured_queries if "COUNT(" in one["sql"] and model._meta.db_table in one["sql"]
    ]
    assert [sql for sql in counts if "names" in sql] == []


def test_pages_of_a_search_follow_one_another_in_the_order_of_the_list(version, officer, sign_in, monkeypatch):
    monkeypatch.setattr("certificates.views.common.PAGE_SIZE", 1)
    made = [factories.certificate(version, surname="Əliyev") for _one in range(3)]
    client = sign_in(officer)
    address = reverse("certificates:certificate_list")
    shown = [list(client.get(address, {"q": "eliyev", "page": page}).context["page"]) for page in (1, 2, 3, 99)]
    assert shown == [[made[2]], [made[1]], [made[0]], [made[0]]]
