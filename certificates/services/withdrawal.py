"""What a decision means for the withdrawal of its application."""

from django.utils.translation import gettext_lazy as _

from candidates.models import Application
from certificates.models import Decision
from core.errors import RuleViolation


def object_after_decision(application: Application) -> None:
    """Veto the withdrawal of an application that was decided on; an objection for candidates.services.withdrawal.

    Between grant and certificate the application is not concluded yet, but what is given up then is the contract, and
    an officer declares that void. Raises `RuleViolation` "decided".
    """
    if Decision.objects.filter(attempt__application=application).exists():
        raise RuleViolation(
            _(
                "The decision has been made: the application can no longer be withdrawn. If you do not want the "
                "certificate, do not accept the contract, and tell the certification body."
            ),
            code="decided",
        )
