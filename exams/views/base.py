"""What the views of exams share."""

from accounts.models import User
from core.access import AccessMixin


class ActorMixin(AccessMixin):
    """Names the person who acts."""

    @property
    def actor(self) -> User:
        """The signed-in account; the permission has let in nobody else."""
        user = self.request.user
        if not isinstance(user, User):
            raise TypeError("the view has no permission that asks for an account")
        return user
