"""How tests name a refusal: by the code of the rule, or by the constraint that the database keeps."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import RuleViolation
from core.integrity import constraint_name


def code_of(call: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """Return the code of the rule that refuses the call; fail when none does."""
    with pytest.raises(RuleViolation) as caught:
        call(*args, **kwargs)
    return caught.value.code


def database_refusal(sql: str, *values: Any) -> str:
    """Return the constraint that refuses the statement; fail when none does."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return constraint_name(caught.value)
