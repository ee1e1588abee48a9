"""What a person's name may look like, for accounts and applications alike."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´ʹ", "'"))
_HYPHENS = str.maketrans(dict.fromkeys("‐‑–—−", "-"))


def clean_name(text: str) -> str:
    """Return a name trimmed, with single spaces and plain apostrophes and hyphens; its letters keep their case.

    Letters of any alphabet, spaces, hyphens and apostrophes are names; digits and other signs are not ("name"): names
    stand in e-mails to addresses that a stranger typed, and must not carry a link or a second line there.
    """
    name = " ".join(unicodedata.normalize("NFC", text).translate(_APOSTROPHES).translate(_HYPHENS).split())
    letters = name.translate(str.maketrans("", "", " -'"))
    if name and not (letters and all(unicodedata.category(one)[0] in "LM" for one in letters)):
        raise ValidationError(_("A name has letters, spaces, hyphens and apostrophes only."), code="name")
    return name
