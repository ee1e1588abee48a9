"""A query that is planned once for each connection."""

import pytest
from django.db import connection, transaction

from core.prepared import Prepared

pytestmark = pytest.mark.django_db


def prepared_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements ORDER BY name")
        return [name for (name,) in cursor.fetchall()]


def test_row_and_no_row():
    lengths = Prepared("test_lengths", "SELECT $1, length($1) WHERE $2 > 0", "text", "int")
    assert lengths.fetch_one("İsa", 1) == ("İsa", 3)
    assert lengths.fetch_one("'; DROP", 1) == ("'; DROP", 7)
    assert lengths.fetch_one("İsa", 0) is None


def test_each_use_is_one_query_and_the_first_one_too(django_assert_num_queries):
    doubled = Prepared("test_doubled", "SELECT $1 * 2", "int")
    for number in (1, 2):
        with django_assert_num_queries(1):
            assert doubled.fetch_one(number) == (2 * number,)


def test_what_a_transaction_prepared_outlives_its_end():
    tripled = Prepared("test_tripled", "SELECT $1 * 3", "int")
    with transaction.atomic():
        tripled.fetch_one(1)
        transaction.set_rollback(True)
    assert prepared_names().count("test_tripled") == 1
    assert tripled.fetch_one(2) == (6,)


@pytest.mark.django_db(transaction=True)
def test_new_connection_is_taught_again():
    added = Prepared("test_added", "SELECT $1 + 1", "int")
    assert added.fetch_one(1) == (2,)
    connection.close()
    assert "test_added" not in prepared_names()
    assert added.fetch_one(2) == (3,)
    assert "test_added" in prepared_names()
