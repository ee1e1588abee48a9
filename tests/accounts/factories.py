"""Invitations for tests, whose link is known."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Invitation, User
from accounts.services.invitations import digest
from accounts.states import Role

TOKEN = "bir-defelik-kecid"
NEW_PASSWORD = "dağ-çay-2026-meşə"
DETAILS = {"surname": "Quliyeva", "given_name": "Ləman", "patronymic": "Tofiq qızı", "language": "az"}
ANSWER = {**DETAILS, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}


def make_invitation(actor: User | None = None, *, token: str = TOKEN, **fields: Any) -> Invitation:
    """Return an invitation that waits for an answer, unless `fields` say otherwise."""
    now = timezone.now()
    defaults = {
        **DETAILS,
        "email": "leman@example.az",
        "role": Role.ASSESSOR,
        "invited_by": actor,
        "token_sha256": digest(token),
        "sent_at": now - timedelta(hours=1),
        "expires_at": now + timedelta(days=3),
    }
    return Invitation.objects.create(**{**defaults, **fields})
