"""Words for whoever reads them: kept in each language, boxes that ask to be ticked, headings of tables."""

from django import forms
from django.utils.translation import gettext_lazy as _, override

from core.exports import Column
from core.forms import TICK, FormBase
from core.words import in_language, packed, unpacked, untranslated


class Agreement(FormBase):
    agreed = forms.BooleanField(label="Razıyam.")
    own = forms.BooleanField(error_messages={"required": "Oxuyun."})
    name = forms.CharField()


def test_what_is_kept_is_read_in_the_readers_language_and_other_text_as_it_is():
    kept = packed(_("Save"))
    with override("en"):
        assert (unpacked(kept), untranslated(_("Save"))) == ("Save", "Save")
    with override("az"):
        assert (unpacked(kept), untranslated(_("Save"))) == (str(_("Save")), "Save")
        assert unpacked(kept) != "Save"
    for text in ("", "Hazırdır.", "{yarımçıq", "{}"):
        assert unpacked(packed(text)) == text
    assert in_language({}, "başlıq") == "başlıq"


def test_a_box_asks_to_be_ticked_and_a_field_to_be_filled_in():
    with override("az"):
        errors = Agreement(data={}).errors
        assert [*errors["agreed"], *errors["own"]] == [str(TICK), "Oxuyun."]
        assert list(errors["name"]) != list(errors["agreed"])


def test_the_heading_of_a_column_begins_with_a_capital_of_its_language():
    with override("az"):
        assert Column("icra günü", str).head == "İcra günü"
    with override("en"):
        assert Column("issued on", str).head == "Issued on"
