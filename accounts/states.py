"""Roles of the people who use the system, states of invitations, and the words of the trail."""

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a person does here. One person may have several; who may act on a given case is decided case by case."""

    CANDIDATE = "candidate", _("Candidate / holder")
    ASSESSOR = "assessor", _("Assessor")
    OFFICER = "officer", _("Certification officer")
    DECIDER = "decider", _("Decision-maker")
    AUDITOR = "auditor", _("Auditor")
    SYSADMIN = "sysadmin", _("System administrator")


STAFF_ROLES = frozenset({Role.ASSESSOR, Role.OFFICER, Role.DECIDER, Role.AUDITOR, Role.SYSADMIN})
# Whom an officer may invite; officers, auditors and administrators are invited by the system administrator.
OFFICER_INVITES = frozenset({Role.CANDIDATE, Role.ASSESSOR, Role.DECIDER})


class InvitationState(models.TextChoices):
    """Where an invitation stands; computed from its dates."""

    WAITING = "waiting", _("Waiting for an answer")
    EXPIRED = "expired", _("Expired")
    ACCEPTED = "accepted", _("Accepted")
    WITHDRAWN = "withdrawn", _("Withdrawn")


VERBS: dict[str, str | Promise] = {
    "account.sign_up": _("Account created by sign-up"),
    "account.create": _("Account created"),
    "account.change_details": _("Name changed"),
    "account.change_language": _("Language changed"),
    "account.change_email": _("E-mail address changed"),
    "account.confirm_email": _("E-mail address confirmed"),
    "account.change_password": _("Password changed"),
    "account.add_second_step": _("Second step of sign-in added"),
    "account.remove_second_step": _("Second step of sign-in removed"),
    "account.deactivate": _("Account closed"),
    "account.reactivate": _("Account opened again"),
    "role.grant": _("Role given"),
    "role.end": _("Role ended"),
    "invitation.send": _("Invitation sent"),
    "invitation.resend": _("Invitation sent again"),
    "invitation.withdraw": _("Invitation withdrawn"),
    "invitation.accept": _("Invitation accepted"),
}
