"""How allauth does things here: names come with the account, e-mails go through the outbox."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language

from accounts.language import remember_language, was_chosen
from accounts.models import User
from accounts.notices import NOTICES, REQUESTED
from accounts.services.people import register_candidate
from core.errors import RuleViolation
from core.http import client_address
from core.interrupted import tell_interrupted
from core.messages import queue_message


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in and sign-up."""

    def save_user(self, request: HttpRequest, user: Any, form: Any, **_details: Any) -> User:
        """Create the account with its names and its role in one transaction.

        When another request for the same address was faster, the answer is the same as for any taken address: a message
        is on its way. Nobody learns from it who has an account.
        """
        data = form.cleaned_data
        try:
            return register_candidate(
                email=data["email"],
                password=data["password1"],
                surname=data["surname"],
                given_name=data["given_name"],
                patronymic=data["patronymic"],
                language=data["language"],
            )
        except RuleViolation as violation:
            raise ImmediateHttpResponse(redirect("account_email_verification_sent")) from violation

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Put a message of allauth into the outbox, in the language of the person whose address it is."""
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        language = user.language if isinstance(user, User) else str(get_language() or settings.LANGUAGE_CODE)[:2]
        kind = REQUESTED.get(template_prefix, "account_notice")
        words = {name: value for name, value in context.items() if name != "request"}
        if template_prefix not in REQUESTED:
            words["what_happened"] = NOTICES[template_prefix]
        queue_message(
            key=f"{kind}:{uuid.uuid4()}",  # each was asked for or has happened anew; allauth limits how often
            kind=kind,
            to=email,
            language=language,
            context={**words, "email": email, "person": user},
            about=user if isinstance(user, User) else None,
            sensitive=True,
        )

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """Go on in the language of the account, unless another was chosen with the switch before signing in.

        Who had pressed something when their sign-in had ended is told that it was not done.
        """
        response: HttpResponse = super().post_login(request, user, **details)
        tell_interrupted(request)
        if not was_chosen(request):
            remember_language(response, user.language)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """Count sign-ins by the same address as everything else that is limited."""
        return client_address(request)


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Second factors."""

    def get_totp_issuer(self) -> str:
        """Name the body in the authenticator app."""
        return str(settings.BODY["short_name"])

    def _get_site_name(self) -> str:
        """Name the body when a passkey is made."""
        return str(settings.BODY["short_name"])
