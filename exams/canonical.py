"""The canonical text of an assessor's marks, its SHA-256, and the short code that is read out and printed.

Device and server compute it independently (static/js/marks-digest.js; tests/vectors/receipt.json holds examples that
both keep). A step without a mark, or on which devices differ, has no canonical text: such a sheet cannot be sealed.
"""

import hashlib
from collections.abc import Mapping, Sequence

FORMAT = "certbody-marks 1"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_BYTES = 5

Comment = tuple[str, str]
"""For whom a comment is, and its text."""


def canonical_text(
    run_id: int,
    assessor_id: int,
    steps: Sequence[str],
    marks: Mapping[str, bool],
    comments: Mapping[str | None, Comment],
) -> str:
    """Return the text from marks by step code and comments by step code (None: on the stage).

    Raises KeyError for a step without a mark.
    """
    lines = [FORMAT, f"run {run_id}", f"assessor {assessor_id}"]
    lines += [f"{code} {'met' if marks[code] else 'not_met'}" for code in steps]
    for code in (None, *steps):
        if code in comments and comments[code][1]:
            audience, text = comments[code]
            lines.append(f"{code or '*'} comment {audience} {_escape(text)}")
    return "\n".join(lines) + "\n"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")


def digest(text: str) -> str:
    """Return the SHA-256 of a canonical text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def short_code(sha256: str) -> str:
    """Return the first forty bits of a digest in the alphabet of Crockford, as XXXX-XXXX."""
    number = int.from_bytes(bytes.fromhex(sha256)[:_CODE_BYTES], "big")
    letters = [_CROCKFORD[number >> shift & 31] for shift in range(35, -1, -5)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def tidy_code(typed: str) -> str:
    """Return a code as it was printed, from what somebody read or typed: o is 0, i and l are 1, hyphens are free."""
    letters = [one for one in typed.upper().translate(str.maketrans("OIL", "011")) if one in _CROCKFORD]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])
