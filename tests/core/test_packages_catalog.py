"""The catalog with our words for texts of Django and django-allauth."""

from pathlib import Path

import allauth
import django
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from core.catalogs import read_part

ALLAUTH = Path(str(allauth.__file__)).parent
DJANGO = Path(django.__file__).parent
THEIR_CATALOGS = [
    folder / "locale/az/LC_MESSAGES/django.po" for folder in (ALLAUTH, DJANGO / "conf", DJANGO / "contrib/auth")
]


def test_every_entry_still_exists_in_its_package() -> None:
    theirs: set[object] = set()
    for path in THEIR_CATALOGS:
        with path.open("rb") as stored:
            theirs |= {message.id for message in read_po(stored)}
    assert [message.id for message in read_part("packages") if message.id and message.id not in theirs] == []


def test_no_entry_is_empty_or_of_the_wrong_format() -> None:
    catalog = read_part("packages")
    assert [message.id for message in catalog if message.id and not message.string] == []
    assert [error for message in catalog if message.id for error in message.check(catalog)] == []


def test_our_words_win() -> None:
    assert settings.LOCALE_PATHS[-1].name == "packages"
    with translation.override("az"):
        assert gettext("This field is required.") == "Bu xananı doldurun."
        assert gettext("Forgot your password?") == "Şifrənizi unutmusunuz?"
