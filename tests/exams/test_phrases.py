"""Phrases for comments: own and shared ones, who changes which, and what the marking page gets."""

import json

import pytest
from django.urls import reverse

from audit.models import AuditEntry
from core.errors import NotAllowed
from exams.models import Phrase
from exams.queries.phrases import find_phrases, phrases_for
from exams.services.phrases import MOST_PHRASES, add_phrase, delete_phrase, edit_phrase
from tests.exams.refusals import code_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def texts(phrases) -> list[str]:
    return [phrase.text for phrase in phrases]


def test_own_phrases_come_before_shared_ones_in_azerbaijani_order(assessor, officer):
    other = UserFactory.create(roles=["assessor"])
    for text in ("Şərh", "Çox yaxşı", "Cavab"):
        add_phrase(text, shared=True, actor=officer)
    add_phrase("Zəif", shared=False, actor=assessor)
    add_phrase("Başqasının", shared=False, actor=other)
    assert texts(phrases_for(assessor)) == ["Zəif", "Cavab", "Çox yaxşı", "Şərh"]
    assert texts(find_phrases(officer, own=False)) == ["Cavab", "Çox yaxşı", "Şərh"]
    assert texts(find_phrases(assessor, own=True, search="ÇOX")) == ["Çox yaxşı"]


def test_change_and_deletion_are_in_the_trail(assessor):
    phrase = add_phrase("  Sual \n açıq idi ", shared=False, actor=assessor)
    assert phrase.text == "Sual açıq idi"
    edit_phrase(phrase, text="Sual qapalı idi", actor=assessor)
    delete_phrase(phrase, actor=assessor)
    assert not Phrase.objects.exists()
    entries = AuditEntry.objects.filter(verb__startswith="phrase.").order_by("id")
    assert [(entry.verb, entry.before.get("text"), entry.after.get("text")) for entry in entries] == [
        ("phrase.add", None, "Sual açıq idi"),
        ("phrase.edit", "Sual açıq idi", "Sual qapalı idi"),
        ("phrase.delete", "Sual qapalı idi", None),
    ]


def test_nobody_changes_what_is_not_theirs(assessor, officer):
    own = add_phrase("Mənim", shared=False, actor=assessor)
    shared = add_phrase("Ümumi", shared=True, actor=officer)
    for actor, phrase in [(officer, own), (assessor, shared), (UserFactory.create(roles=["assessor"]), own)]:
        with pytest.raises(NotAllowed):
            edit_phrase(phrase, text="Başqa", actor=actor)
        with pytest.raises(NotAllowed):
            delete_phrase(phrase, actor=actor)
    with pytest.raises(NotAllowed):
        add_phrase("Ümumi 2", shared=True, actor=assessor)
    with pytest.raises(NotAllowed):
        add_phrase("Mənim 2", shared=False, actor=officer)


def test_blank_repeated_and_too_many_phrases_are_refused(assessor):
    phrase = add_phrase("Sual", shared=False, actor=assessor)
    assert code_of(add_phrase, " \n ", shared=False, actor=assessor) == "blank"
    assert code_of(add_phrase, "Sual", shared=False, actor=assessor) == "exams_phrase_once"
    add_phrase("Sual", shared=False, actor=UserFactory.create(roles=["assessor"]))
    Phrase.objects.bulk_create(
        Phrase(owner=assessor, text=f"{number}", created_by=assessor) for number in range(MOST_PHRASES - 1)
    )
    assert code_of(add_phrase, "Yenə", shared=False, actor=assessor) == "too_many"
    delete_phrase(Phrase.objects.get(pk=phrase.pk), actor=assessor)
    assert code_of(edit_phrase, phrase, text="Sual?", actor=assessor) == "gone"


def test_pages_add_change_and_delete(sign_in, assessor):
    client = sign_in(assessor)
    assert client.post(reverse("exams:phrase_add"), {"text": "Sual açıq idi"}).status_code == 302
    phrase = Phrase.objects.get(owner=assessor)
    again = client.post(reverse("exams:phrase_add"), {"text": "Sual açıq idi"})
    assert again.status_code == 422
    assert "Sual açıq idi" in again.content.decode()
    client.post(reverse("exams:phrase_edit", args=[phrase.pk]), {"text": "Sual qapalı idi"})
    assert "Sual qapalı idi" in client.get(reverse("exams:phrases")).content.decode()
    client.post(reverse("exams:phrase_delete", args=[phrase.pk]))
    assert not Phrase.objects.exists()


def test_whoever_is_both_says_for_whom_a_phrase_is(sign_in):
    both = UserFactory.create(roles=["assessor", "officer"])
    client = sign_in(both)
    client.post(reverse("exams:phrase_add"), {"text": "Mənim", "shared": ""})
    client.post(reverse("exams:phrase_add"), {"text": "Ümumi", "shared": "1"})
    assert dict(Phrase.objects.values_list("text", "owner")) == {"Mənim": both.pk, "Ümumi": None}


def test_officer_adds_shared_phrases_without_being_asked(sign_in, officer):
    sign_in(officer).post(reverse("exams:phrase_add"), {"text": "Ümumi"})
    assert Phrase.objects.get().owner is None


def test_comment_is_kept_as_a_phrase_from_the_marking_page(sign_in, assessor):
    client = sign_in(assessor)
    url = reverse("exams:phrase_keep")
    assert client.post(url, {"text": "Sual açıq idi"}).json() == {"phrase": Phrase.objects.get().pk}
    answer = client.post(url, {"text": "Sual açıq idi"})
    assert (answer.status_code, answer.json()["code"]) == (422, "exams_phrase_once")


@pytest.mark.parametrize("number", [1, 3])
def test_list_reads_as_much_for_one_as_for_many(sign_in, assessor, django_assert_max_num_queries, number):
    for one in range(number):
        add_phrase(f"İfadə {one}", shared=False, actor=assessor)
    client = sign_in(assessor)
    with django_assert_max_num_queries(8):
        client.get(reverse("exams:phrases"))


def test_marking_page_brings_the_phrases_and_none_of_others(sign_in, assessor, officer, run):
    add_phrase("Mənim", shared=False, actor=assessor)
    add_phrase("Ümumi", shared=True, actor=officer)
    add_phrase("Başqasının", shared=False, actor=UserFactory.create(roles=["assessor"]))
    page = sign_in(assessor).get(reverse("exams:marking", args=[run.pk])).content.decode()
    facts = json.loads(page.partition('id="marking-facts" type="application/json">')[2].partition("</script>")[0])
    assert facts["phrases"] == [{"text": "Mənim", "own": True}, {"text": "Ümumi", "own": False}]
