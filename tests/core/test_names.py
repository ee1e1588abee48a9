"""What a name may look like: examples, and whatever hypothesis thinks of."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, strategies as st

from core.forms import NameField
from core.names import clean_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("  əliyev ", "əliyev"), ("İSA", "İSA"), ("Gül Mirzə", "Gül Mirzə"), ("O’Nil", "O'Nil"), ("Əli–Zadə", "Əli-Zadə"),
     ("Rəşid   oğlu", "Rəşid oğlu"), ("Иванов", "Иванов"), ("", "")],
)  # fmt: skip
def test_clean_name_keeps_letters_and_case(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["Əli2", "<b>Əli</b>", "---", "'", "a@b", "Əli\x00", "=1+1", "Əli_"])
def test_clean_name_refuses_other_signs(typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        clean_name(typed)
    assert caught.value.code == "name"


@given(st.text(max_size=30))
def test_clean_name_is_stable_and_one_line(typed: str) -> None:
    try:
        kept = clean_name(typed)
    except ValidationError:
        return
    assert clean_name(kept) == kept == kept.strip()
    assert "\n" not in kept
    assert "  " not in kept


def test_name_field_counts_the_letters_of_the_normal_form() -> None:
    with pytest.raises(ValidationError) as caught:
        NameField(max_length=80).clean("\ufb2a" * 80)  # each becomes two
    assert caught.value.error_list[0].code == "max_length"
