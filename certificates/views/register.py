"""The public register, and what holders and officers say about being on it (contract B3, B6)."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext_lazy as _
from django.views.generic.base import View

from accounts.permissions import is_signed_in
from candidates.queries import latest_texts
from candidates.states import DeclarationKind
from certificates.forms.register import PublicationForm, PublicationOfForm
from certificates.models import CertificateEvent, RegisterEntry
from certificates.permissions import handles, reads_certificates
from certificates.public import published_event
from certificates.queries.register import (
    LISTED,
    Place,
    RegisterPage,
    events_behind,
    own_certificates,
    place_of,
    register_page,
    words_on_publication,
)
from certificates.services.register import choose_own_publications, choose_publication
from certificates.views.common import CertificateMixin, FormPageView
from certificates.views.open import language_of, page, tag_of
from core.badges import Badge, badge_for
from core.ratelimit import too_many
from schemes.models import Scheme
from schemes.queries import all_schemes

SEARCHES_PER_MINUTE = 60
LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is shown today; `event` is the published decision, of what is suspended or revoked."""

    entry: RegisterEntry
    look: Badge
    event: CertificateEvent | None


class RegisterView(View):
    """The register: by words of the name or by number, by scheme and state, page by page. Open to everybody."""

    opened = True

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Show a page of what is found; what makes no sense in the address does not restrict."""
        if too_many(request, "register", limit=SEARCHES_PER_MINUTE, seconds=60):
            return render(request, "429.html", status=429)
        with translation.override(language_of(request)):
            today = timezone.localdate()
            schemes = list(all_schemes())
            text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
            scheme = next((one for one in schemes if one.code == request.GET.get("scheme")), None)
            status = request.GET.get("state", "")
            found = register_page(text, scheme=scheme, status=status, place=_place(request), today=today)
            events = events_behind(found.entries, today)
            rows = [_row(entry, events.get(entry.certificate_id, []), today) for entry in found.entries]
            context = {
                "rows": rows,
                "text": text,
                "scheme": scheme,
                "schemes": schemes,
                "state": status,
                "states": [(str(one), badge_for("certificate", one).word) for one in LISTED],
                "is_search": bool(text or scheme or status in LISTED),
                "is_first": not found.has_previous,
                "has_more": found.has_next,
                "today": today,
                **_ways(request, found, text),
            }
            tag = tag_of("register", get_language(), today, request.GET.urlencode(), _shown(found, rows, schemes))
            return page(request, "certificates/register.html", context, tag=tag)


def _row(entry: RegisterEntry, events: Sequence[CertificateEvent], today: date) -> Row:
    look = badge_for("certificate", entry.status_on(today))
    return Row(entry, look, published_event(entry, events, today))


def _shown(found: RegisterPage, rows: Sequence[Row], schemes: list[Scheme]) -> tuple[object, ...]:
    """Return all that the page can change by, beside address, day and language."""
    return (
        [(entry.pk, entry.name, entry.state, entry.next_state, entry.next_from) for entry in found.entries],
        [row.event and row.event.pk for row in rows],
        [(one.code, one.name_az, one.name_en) for one in schemes],
        found.has_next,
        found.has_previous,
    )


def _ways(request: HttpRequest, found: RegisterPage, text: str) -> dict[str, str]:
    """Return the addresses of the pages behind and before this one; "" where there is none."""
    first, last = (found.entries[0], found.entries[-1]) if found.entries else (None, None)
    return {
        "next_url": _way(request, "after", place_of(last, text)) if last and found.has_next else "",
        "previous_url": _way(request, "before", place_of(first, text)) if first and found.has_previous else "",
    }


def _way(request: HttpRequest, name: str, place: Place) -> str:
    asked = request.GET.copy()
    for other in ("after", "before"):
        asked.pop(other, None)
    asked[name] = urlsafe_b64encode(f"{place.entry}:{place.key}".encode()).decode().rstrip("=")
    return f"?{asked.urlencode()}"


def _place(request: HttpRequest) -> Place | None:
    """Return where the page starts; the beginning, for anything that this site has not written itself."""
    for name in ("after", "before"):
        asked = request.GET.get(name, "")
        try:
            entry, _colon, key = urlsafe_b64decode(asked + "=" * (-len(asked) % 4)).decode().partition(":")
            if asked and key and "\x00" not in key:
                return Place(key, int(entry) % 2**63, is_backwards=name == "before")
        except (Base64Error, ValueError):
            continue
    return None


class PublicationView(FormPageView):
    """A holder says, at any time, which of their certificates the register lists."""

    permission = is_signed_in
    form_class = PublicationForm
    template_name = "certificates/publication.html"
    success_message = _("Your choice is recorded, and the register follows it from now on.")

    def get_success_url(self) -> str:
        """Show what holds now."""
        return reverse("certificates:publication")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Offer the holder's own certificates, ticked where they are listed."""
        own = list(own_certificates(self.user, timezone.localdate()))
        return {**super().get_form_kwargs(), "certificates": own, "text": latest_texts()[DeclarationKind.PUBLICATION]}

    def perform(self, form: PublicationForm) -> None:
        """Record it."""
        data = form.cleaned_data
        choose_own_publications(
            listed=data["listed"], actor=self.user, language=get_language() or "az", seen=data["seen"]
        )


class PublicationOfView(CertificateMixin, FormPageView):
    """An officer writes down what a holder said otherwise than in the portal; auditors read."""

    permission = reads_certificates
    write_permission = handles
    form_class = PublicationOfForm
    template_name = "certificates/publication_of.html"
    success_message = _("The holder's word is recorded, and the register follows it from now on.")

    def get_success_url(self) -> str:
        """Show what holds now."""
        return reverse("certificates:publication_of", args=[self.certificate.pk])

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the text in force shown."""
        return {**super().get_form_kwargs(), "text": latest_texts()[DeclarationKind.PUBLICATION]}

    def perform(self, form: PublicationOfForm) -> None:
        """Record it."""
        data = form.cleaned_data
        choose_publication(
            self.certificate,
            agreed=data["agreed"] == "yes",
            actor=self.user,
            language=self.certificate.person.language,
            seen=data["seen"],
            reason=data["reason"],
            paper=data["paper"],
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give what was said so far, and whether the register lists the certificate."""
        return super().get_context_data(
            certificate=self.certificate,
            words=list(words_on_publication(self.certificate)),
            entry=RegisterEntry.objects.filter(certificate=self.certificate).first(),
            may_write=self.may(handles),
            cancel_url=reverse("certificates:certificate", args=[self.certificate.pk]),
            **kwargs,
        )
