"""Azerbaijani letters in search and sorting, in Python and in the database."""

import pytest
from django.db.models import CharField, Value
from hypothesis import HealthCheck, given, settings as hypothesis_settings
from hypothesis.strategies import text

from core.text import ALPHABET, Fold, SortKey, fold, lower, prefix_query, sort_key
from tests.factories import UserFactory

CAPITALS = "ABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVWYZ"
LETTERS = text(alphabet=ALPHABET + CAPITALS + " -'", max_size=30)


@pytest.mark.parametrize(
    ("typed", "folded"), [("İsa", "isa"), ("ISA", "isa"), ("ısa", "isa"), ("Əliyev", "eliyev"), ("ŞÜKÜR", "sukur")]
)
def test_fold_reduces_every_spelling_to_one(typed, folded):
    assert fold(typed) == folded


def test_lower_pairs_dotted_and_dotless_letters():
    assert lower("IĞDIR İSA") == "ığdır isa"


def test_sort_key_orders_as_the_azerbaijani_alphabet():
    names = ["Zaur", "Əli", "Xəyal", "Həsən", "İsa", "Elçin", "Fuad", "Qalib", "Kamran", "Çingiz", "Cavid", "Ilqar"]
    assert sorted(names, key=sort_key) == [
        "Cavid", "Çingiz", "Elçin", "Əli", "Fuad", "Həsən", "Xəyal", "Ilqar", "İsa", "Kamran", "Qalib", "Zaur",
    ]  # fmt: skip


def test_prefix_query_takes_only_letters_and_digits():
    assert prefix_query("  Əliyev, İ:*|& ") == "eliyev:* & i:*"
    assert prefix_query(" -!") == ""


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(typed=LETTERS)
def test_database_folds_and_sorts_as_python_does(db, typed):
    user = UserFactory._meta.model
    word = Value(typed, output_field=CharField())
    person = user.objects.filter(pk=one_user().pk).annotate(folded=Fold(word), key=SortKey(word))
    assert person.values_list("folded", "key").get() == (fold(typed), sort_key(typed))


def one_user():
    model = UserFactory._meta.model
    return model.objects.first() or UserFactory.create()


def test_prefix_query_finds_letters_that_were_typed_as_two_characters():
    assert prefix_query("I\u0307sa \u018fliyev") == prefix_query("İsa Əliyev") == "isa:* & eliyev:*"
