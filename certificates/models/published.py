"""A published reason as its reader gets it: in their language where it was written in it, else in Azerbaijani."""

from typing import NamedTuple

from django.utils.translation import get_language


class PublishedReason(NamedTuple):
    """The words and the language in which they are written, for the `lang` of the page; no words: nothing published."""

    words: str
    language: str

    @property
    def is_foreign(self) -> bool:
        """Tell whether it is in another language than the reader's, who is then told in which."""
        return self.language != (get_language() or "az").partition("-")[0]


def published_reason(az: str, en: str) -> PublishedReason:
    """Return a published reason for the reader; the one in English need not have been written."""
    is_english = bool(en) and (get_language() or "").startswith("en")
    return PublishedReason(en, "en") if is_english else PublishedReason(az, "az")
