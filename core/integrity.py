"""Violated constraints become messages for people (style: invariants live in Postgres, the words live here)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.errors import RuleViolation

# What Postgres answers to the one of two transactions that it ends, so that the other can go on.
_LOST_RACE = frozenset({"40P01", "40001"})  # deadlock_detected, serialization_failure


def constraint_name(error: IntegrityError) -> str:
    """Return the name of the violated constraint, or "" when the driver does not tell.

    Triggers raise with `USING ERRCODE = '23514', CONSTRAINT = '<name>'`, so that they look like check constraints.
    """
    diagnostics = getattr(error.__cause__, "diag", None)
    return getattr(diagnostics, "constraint_name", None) or ""


@contextmanager
def constraint_errors(messages: Mapping[str, str | Promise]) -> Iterator[None]:
    """Run the block in a savepoint; a violated constraint named in `messages` becomes a `RuleViolation`.

    The code of the violation is the constraint's name. Any other integrity error is a defect and passes through.
    Constraints that are deferred to commit are not seen here; this project has none.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        name = constraint_name(error)
        if name not in messages:
            raise
        raise RuleViolation(messages[name], code=name) from error


@contextmanager
def race_errors() -> Iterator[None]:
    """Run a service; when Postgres ends its transaction in favour of another one, raise `RuleViolation` "busy"."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) not in _LOST_RACE:
            raise
        raise RuleViolation(
            _("Somebody else changed the same thing at this moment. Nothing was done: please try again."), code="busy"
        ) from error
