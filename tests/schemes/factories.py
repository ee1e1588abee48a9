"""Schemes for tests: the shipped one, variations of it as text, and a small one of our own."""

from django.utils import timezone

from schemes.models import Scheme, SchemeVersion
from schemes.schemefile import SchemeData, parse_scheme
from schemes.services import SHIPPED, load_scheme

COACH_FILE = SHIPPED / "coach-6.toml"

SMALL = """
code = "mentor-5"
number_prefix = "M5"
level = 5
name = { az = "Mentor (Səviyyə 5)", en = "Mentor (Level 5)" }
occupation_codes = { state_classification = "2636", economic_activity = "9609012" }
effective_from = 2026-01-01
exam_minutes = 60
validity_months = 30
reminder_days = [7, 60]
assessors_required = 2
contract_acceptance_days = 15
appeal_days = 10

[[stages]]
code = "S1"
method = "checklist"
name = { az = "Söhbət", en = "Conversation" }
threshold_percent = 50
all_critical = false
setting = { az = "Heyət qarşısında.", en = "Before the panel." }

[[items]]
code = "A.1"
stage = "S1"
critical = true
sections = ["X.1.1"]
indicator = "1.1"
az = "Dinləyir."
en = "Listens."

[[items]]
code = "A.2"
stage = "S1"
critical = false
sections = ["X.1.1", "X.1.2"]
indicator = "1.1"
az = "Soruşur."
en = "Asks."

[[processes]]
code = "X.1"
az = "Söhbət aparmaq"
en = "Hold a conversation"
criteria = [
  { code = "X.1.1", az = "Dinləyir.", en = "Listens." },
  { code = "X.1.2", az = "Soruşur.", en = "Asks." },
]

[[guide]]
code = "exam"
title = { az = "İmtahan", en = "The exam" }
points = [{ az = "Söhbətdir.", en = "It is a conversation." }]
"""

SCOPES = """
[[scopes]]
code = "single"
az = "Fərdi mentorluq"
en = "Mentoring of one"

[[scopes]]
code = "groups"
az = "Qrup mentorluğu"
en = "Mentoring of groups"
"""


def small_with(old: str, new: str) -> str:
    """Return the small scheme with one text in place of another, which must be there once."""
    assert SMALL.count(old) == 1, f"{old!r} stands {SMALL.count(old)} times in the small scheme"
    return SMALL.replace(old, new)


def small_data(old: str = 'code = "mentor-5"', new: str = 'code = "mentor-5"') -> SchemeData:
    """Return the small scheme, parsed, with one text in place of another."""
    return parse_scheme(small_with(old, new), "small.toml")


def small_ruled(rules: str) -> SchemeData:
    """Return the small scheme, parsed, with more rules of the exam; each of `rules` is a line."""
    return small_data("appeal_days = 10\n", f"appeal_days = 10\n{rules}\n")


def small_version() -> SchemeVersion:
    """Return the loaded version of the small scheme."""
    return load_scheme(small_data()).version


def coach_version() -> SchemeVersion:
    """Return the loaded version of the shipped coach scheme."""
    return load_scheme(parse_scheme(COACH_FILE.read_text(encoding="utf-8"), COACH_FILE.name)).version


def freeze(version: SchemeVersion) -> SchemeVersion:
    """Freeze a version as its first exam does, and return it as it is then."""
    SchemeVersion.objects.filter(pk=version.pk, frozen_at=None).update(frozen_at=timezone.now())
    version.refresh_from_db()
    return version


def scheme_with_prefix(code: str, prefix: str) -> Scheme:
    """Return a scheme without a version."""
    return Scheme.objects.create(
        code=code,
        number_prefix=prefix,
        name_az="Sxem",
        name_en="Scheme",
        level=6,
        state_classification="1",
        economic_activity="1",
    )
