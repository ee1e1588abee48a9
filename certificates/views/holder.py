"""What a candidate or holder sees of their own: where they stand, what is due, what they may do, their documents."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.permissions import is_signed_in
from certificates.documents.badge import SCALES, WIDTH, badge_png, badge_svg
from certificates.holding import cards_of, due_of
from certificates.permissions import downloads_certificate, has_feeds
from certificates.queries.cases import holder_misuse
from certificates.queries.holders import due_now, holder_cases, surveillance_ahead
from certificates.states import Status
from certificates.views.common import CertificateMixin, PageView
from core.access import AccessMixin

BADGE_WIDTHS = tuple(WIDTH * scale for scale in SCALES)


class MineView(PageView):
    """Where I stand, what I do next and by when, my documents; the same address answers htmx with the cards alone."""

    permission = is_signed_in
    template_name = "certificates/mine.html"

    def get_template_names(self) -> list[str]:
        """Answer a page, or only the cards while a document is being prepared."""
        return ["certificates/mine_cards.html"] if self.request.headers.get("HX-Request") else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give what is due, and a card for each decision."""
        today = timezone.localdate()
        cards = cards_of(holder_cases(self.user), today)
        return super().get_context_data(
            cards=cards,
            dues=[due_of(duty) for duty in due_now(self.user)],
            is_preparing=any(card.is_preparing for card in cards),
            rules_of=next((card.case.contract for card in cards if card.case.contract), None),
            is_holder=any(card.case.certificate for card in cards),
            has_feeds=self.may(has_feeds),
            mine_misuse=holder_misuse(self.user),
            mine_surveillance=surveillance_ahead(self.user),
            badge_widths=BADGE_WIDTHS,
            today=today,
            site_url=settings.SITE_URL,
            **kwargs,
        )


class BadgeView(CertificateMixin, AccessMixin):
    """The badge of a certificate as SVG or PNG (`?width=640`, 1280 or 2560); only while the certificate is valid."""

    permission = downloads_certificate

    def get(self, request: HttpRequest, pk: int, format: str) -> HttpResponse:  # noqa: A002 -- the name in the address
        """Send it; 403 with the reason for a certificate that must not be shown (contract H3, H9)."""
        certificate = self.certificate
        if certificate.status != Status.VALID:
            return render(request, "certificates/no_badge.html", status=403)
        snapshot, name = certificate.snapshot, f"nisan-{certificate.number}"
        if format == "svg":
            return _sent(badge_svg(snapshot), "image/svg+xml", f"{name}.svg")
        width = request.GET.get("width", str(WIDTH))
        if format != "png" or width not in map(str, BADGE_WIDTHS):
            raise Http404
        return _sent(badge_png(snapshot, int(width) // WIDTH), "image/png", f"{name}-{width}.png")


def _sent(content: bytes, content_type: str, name: str) -> HttpResponse:
    """Return a picture: shown where a page asks for one, saved under its name where a link says so."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
