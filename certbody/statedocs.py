"""The lifecycles of all apps as a document, written from the tables that the services obey."""

from django.conf import settings
from django.utils import translation

from candidates.states import APPLICATION
from certificates.states import (
    CERTIFICATE,
    CHANGE,
    CIRCUMSTANCE,
    CONTRACT,
    DUTY,
    MISUSE,
    REPLACEMENT,
    REVIEW,
    SURVEILLANCE,
    TERMS,
)
from core.transitions import Lifecycle
from exams.states import AMENDMENT, ATTEMPT, BREACH, SESSION, SHEET

LIFECYCLES = (
    *(APPLICATION, SESSION, ATTEMPT, SHEET, AMENDMENT, BREACH, REVIEW, CONTRACT, CERTIFICATE, DUTY),
    *(CHANGE, CIRCUMSTANCE, REPLACEMENT, MISUSE, SURVEILLANCE, TERMS),
)
PATH = settings.PROJECT_DIR / "docs" / "states.md"
_HEAD = """# States

Written by `manage.py document_states` from the tables of transitions in each app's `states.py`; a test keeps it true.
What follows from the date (expired, overdue, late) is not a state: it is computed when it is read.
"""


def states_document() -> str:
    """Return the document: one table of transitions for each lifecycle."""
    with translation.override("en"):
        return "\n".join([_HEAD, *(_section(lifecycle) for lifecycle in LIFECYCLES)])


def _section(lifecycle: Lifecycle) -> str:
    states = ", ".join(f"`{state}` ({state.label})" for state in lifecycle.states)
    rows = [
        f"| {', '.join(f'`{source}`' for source in one.sources)} | {one.verb} | `{one.target}` | {one.who} "
        f"| {'yes' if one.needs_reason else ''} |"
        for one in lifecycle.transitions
    ]
    head = ["| from | verb | to | who | reason |", "|---|---|---|---|---|"]
    return "\n".join([f"## {lifecycle.name.capitalize()}", "", f"States: {states}.", "", *head, *rows, ""])
