"""Numbers of certificates, contracts and applications: gapless within a year, with characters that catch typing errors.

The check characters are ISO 7064 MOD 97-10 over letters and digits (as in an IBAN): every wrong digit, every wrong
letter and every swap of two neighbours is noticed.
"""

import re

from django.db import connection
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_97_10

# Letters, then digits only: a letter typed for a digit is seen without any arithmetic.
_SHAPE = re.compile(r"[A-Z]{1,6}[0-9]{8,}")
_ALLOCATE = """
INSERT INTO core_numberseries (series, year, last) VALUES (%s, %s, 1)
ON CONFLICT (series, year) DO UPDATE SET last = core_numberseries.last + 1
RETURNING last
"""


def allocate(series: str, year: int) -> int:
    """Return the next number of `series` in `year`, starting at 1.

    Call it late in the transaction that uses the number: the series stays locked until that transaction ends, and a
    rollback gives the number back, so that no gap is ever left.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALLOCATE, [series, year])
        return int(cursor.fetchone()[0])


def with_check(number: str) -> str:
    """Append the two check digits: `K6-2026-00017` becomes `K6-2026-00017-NN`."""
    return f"{number}-{mod_97_10.calc_check_digits(compact(number))}"


def is_valid(number: str) -> bool:
    """Tell whether the check digits at the end of `number` fit; case, spaces and dashes do not matter."""
    typed = compact(number)
    if not _SHAPE.fullmatch(typed):
        return False
    try:
        mod_97_10.validate(typed)
    except ValidationError:
        return False
    return True


def compact(number: str) -> str:
    """Reduce a typed number to its letters and digits in capitals."""
    return re.sub(r"[^0-9A-Z]", "", number.upper())
