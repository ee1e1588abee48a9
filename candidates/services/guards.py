"""What every service of this app checks first, under the row's lock."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Application
from candidates.permissions import edits_application, reviews_application
from core.errors import NotAllowed, RuleViolation
from core.transitions import locked


def lock_editable(application: Application, *, actor: User) -> Application:
    """Return the application locked, for whoever fills it in.

    Raises `NotAllowed` "not_yours", `RuleViolation` "not_editable" once it has been submitted (a second click, another
    tab).
    """
    current = locked(application)
    if not edits_application(actor, current):
        raise NotAllowed(_("This application is not yours to change."), code="not_yours")
    if not current.is_editable:
        raise RuleViolation(
            _("The application is in the state “%(state)s”: it can no longer be changed. Nothing was saved.")
            % {"state": current.get_state_display()},
            code="not_editable",
        )
    return current


def require_reviewer(application: Application, *, actor: User) -> None:
    """Raise `NotAllowed` "not_reviewer" unless `actor` is an officer and it is not their own case (contract B1)."""
    if not reviews_application(actor, application):
        raise NotAllowed(_("Only an officer whom the application does not concern may do this."), code="not_reviewer")
