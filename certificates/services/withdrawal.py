"""What a decision means for the withdrawal of its application, and what follows when a renewal ends that way."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Application
from certificates.models import Decision
from certificates.services.renewal_duties import owe_renewal_again
from core.errors import RuleViolation


def object_after_decision(application: Application) -> None:
    """Veto the withdrawal of an application that was decided on; an objection for candidates.services.withdrawal.

    Between grant and certificate the application is not concluded yet, but what is given up then is the contract, and
    an officer declares that void. Raises `RuleViolation` "decided".
    """
    if Decision.objects.filter(application=application).exists():
        raise RuleViolation(
            _(
                "The decision has been made: the application can no longer be withdrawn. If you do not want the "
                "certificate, do not accept the contract, and tell the certification body."
            ),
            code="decided",
        )


def owe_again(application: Application, actor: User) -> None:
    """Let the holder owe the application for renewal again; a hook of withdrawals and refusals in candidates."""
    owe_renewal_again(application)
