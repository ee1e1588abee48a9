"""Words that are kept and read later: in each language of the site, because nobody knows who will read them."""

import json
from collections.abc import Mapping

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language, override

TITLE = "title"  # the name under which a batch keeps its title in each language


def in_each_language(text: str | Promise) -> dict[str, str]:
    """Return a text in each language; one that is no longer lazy is the same in all."""
    words = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            words[code] = str(text)
    return words


def in_language(words: Mapping[str, str], otherwise: str = "") -> str:
    """Return the words in the reader's language, or in the site's."""
    reader = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    return words.get(reader) or words.get(settings.LANGUAGE_CODE) or otherwise


def untranslated(text: str | Promise) -> str:
    """Return a text as it stands in the source, to be kept and translated when it is shown."""
    with override(None):
        return str(text)


def packed(text: str | Promise) -> str:
    """Return a lazy text in each language as one string, for a column of text; any other as it is."""
    return json.dumps(in_each_language(text), ensure_ascii=False) if isinstance(text, Promise) else text


def unpacked(kept: str) -> str:
    """Return in the reader's language what `packed` made; any other text as it is."""
    if not kept.startswith("{"):
        return kept
    try:
        words = json.loads(kept)
    except ValueError:
        return kept
    return in_language(words, kept) if isinstance(words, dict) else kept


def capitalised(words: str) -> str:
    """Return words with a capital at their beginning, as the reader's language writes it (İ in Azerbaijani)."""
    first = words[:1]
    is_dotted = first == "i" and not (get_language() or "").startswith("en")
    return ("İ" if is_dotted else first.upper()) + words[1:]
