"""What a candidate or holder sees of their own: decisions, contracts, certificates."""

from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.permissions import is_signed_in
from certificates.holding import card_of
from certificates.queries import holder_cases
from certificates.views.common import PageView


class MineView(PageView):
    """Where I stand, what I do next and by when, my documents; the same address answers htmx with the cards alone."""

    permission = is_signed_in
    template_name = "certificates/mine.html"

    def get_template_names(self) -> list[str]:
        """Answer a page, or only the cards while a document is being prepared."""
        return ["certificates/mine_cards.html"] if self.request.headers.get("HX-Request") else [self.template_name]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a card for each decision."""
        today = timezone.localdate()
        cards = [card_of(case, today) for case in holder_cases(self.user)]
        return super().get_context_data(
            cards=cards,
            is_preparing=any(card.is_preparing for card in cards),
            today=today,
            site_url=settings.SITE_URL,
            **kwargs,
        )
