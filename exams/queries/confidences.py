"""What is held back from a reader who is a candidate, whatever else they may read (contract B1)."""

from typing import Any

from accounts.models import User
from exams.models import Attempt


def concealed_from(reader: Any) -> list[str]:
    """Return the names in the trail of a reader's own exams: marks, suspicions and amendments are told with the result.

    Everything that happens in an exam is told of its attempt too; what candidates may know is on their own pages.
    """
    if not isinstance(reader, User):
        return []
    own = Attempt.objects.filter(person__user=reader).order_by().values_list("pk", flat=True)
    return [f"{Attempt._meta.label_lower}:{key}" for key in own]
