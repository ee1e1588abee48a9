"""Violated constraints become messages for people (style: invariants live in Postgres, the words live here)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.utils.functional import Promise

from core.errors import RuleViolation


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
