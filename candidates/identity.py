"""What an Azerbaijani identity looks like: pure checks of what people type, each returning the normal form.

Every function raises `ValidationError` with words for the person who typed. Nothing here reads a clock or the database.
"""

import re
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from candidates.states import FIN_LENGTH, FIN_PATTERN, IDENTITY_NUMBER_DIGITS, IdentitySeries

OLDEST_YEARS = 110
COUNTRY_CODE = "+994"
NATIONAL_DIGITS = 9

_TELEPHONE_FILLERS = re.compile(r"[\s()./-]")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")


def clean_fin(text: str) -> str:
    """Return a FIN in Latin capitals without spaces ("fin_length", "fin_letters", "fin")."""
    fin = "".join(text.split()).upper()
    if not fin:
        return ""
    if len(fin) != FIN_LENGTH:
        raise ValidationError(
            _("A FIN has exactly 7 characters; this one has %(count)s. It is on the back of the identity card."),
            code="fin_length",
            params={"count": len(fin)},
        )
    if set(fin) & {"I", "O"}:
        raise ValidationError(
            _("A FIN never has the letters I and O: look whether they are the digits 1 and 0."), code="fin_letters"
        )
    if not re.fullmatch(FIN_PATTERN, fin):
        raise ValidationError(_("A FIN has only digits and the Latin letters A to Z, without I and O."), code="fin")
    return fin


def clean_card_number(series: str, text: str) -> str:
    """Return the number of an identity card of `series` as digits ("card_series", "card_number").

    The series may be typed before the number too, as on the card: `AA 1234567`.
    """
    number = "".join(text.split()).upper().removeprefix(series).lstrip("-№")
    if not number:
        return ""
    if series not in IdentitySeries.values:
        raise ValidationError(_("Choose the series of the identity card, AZE or AA."), code="card_series")
    digits = IDENTITY_NUMBER_DIGITS[IdentitySeries(series)]
    if not re.fullmatch(f"[0-9]{{{digits}}}", number):
        raise ValidationError(
            _("An identity card of the series %(series)s has a number of %(digits)s digits."),
            code="card_number",
            params={"series": series, "digits": digits},
        )
    return number


def check_date_of_birth(day: date, today: date) -> date:
    """Return the day when somebody living may have been born on it ("birth_future", "birth_past")."""
    if day > today:
        raise ValidationError(_("The date of birth is in the future."), code="birth_future")
    if today.year - day.year > OLDEST_YEARS:
        raise ValidationError(
            _("The date of birth is more than %(years)s years ago."), code="birth_past", params={"years": OLDEST_YEARS}
        )
    return day


def clean_telephone(text: str) -> str:
    """Return a telephone number as +994501234567, or another country's with its code (E.164) ("telephone").

    A number without a country code is taken to be Azerbaijani.
    """
    number = _TELEPHONE_FILLERS.sub("", text)
    if not number:
        return ""
    number = _with_country_code(number)
    national = number.removeprefix(COUNTRY_CODE)
    if not _E164.fullmatch(number) or (national != number and len(national) != NATIONAL_DIGITS):
        raise ValidationError(
            _("Give the telephone number as +994 50 123 45 67; from another country with its code, +90 …"),
            code="telephone",
        )
    return number


def _with_country_code(number: str) -> str:
    if number.startswith("00"):
        return f"+{number[2:]}"
    if number.startswith("0"):
        return COUNTRY_CODE + number[1:]
    if number.startswith("994") and len(number) == len("994") + NATIONAL_DIGITS:
        return f"+{number}"
    if len(number) == NATIONAL_DIGITS and number.isdecimal():
        return COUNTRY_CODE + number
    return number
