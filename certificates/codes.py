"""What people type to check a certificate: its number and its verification code."""

import secrets

# Crockford's base 32: without I, L and O, which are read as 1 and 0, and without U.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 16  # 80 bits: nobody guesses a code
DIGITS_AT_END = 11  # of a number: four of the year, at least five of the series, two of the check

# What is typed for a digit that looks the same; capitals of both i and ı are read as 1.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "İ": "1", "L": "1"})


def new_verification_code() -> str:
    """Return an unguessable code for the public page."""
    return "".join(secrets.choice(CODE_ALPHABET) for _place in range(CODE_LENGTH))


def grouped(code: str) -> str:
    """Return the code in groups of four, as people read it out."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def plain_code(typed: str) -> str:
    """Return the code as stored, whatever its case, spaces, dashes and look-alikes; "" if it cannot be one."""
    code = _letters_and_digits(typed).translate(_LOOKALIKES)
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_ALPHABET) else ""


def plain_number(typed: str) -> str:
    """Return a typed certificate number as its letters and digits.

    Look-alikes of 0 and 1 are read as digits where only digits can stand: in the year, the running number and the check
    digits at the end.
    """
    number = _letters_and_digits(typed)
    return number[:-DIGITS_AT_END] + number[-DIGITS_AT_END:].translate(_LOOKALIKES)


def _letters_and_digits(typed: str) -> str:
    return "".join(character for character in typed.upper() if character.isalnum())
