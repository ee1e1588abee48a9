"""Calendar addresses: a person's own, and what calendar programs read there."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import get_conditional_response, set_response_etag
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import View

from accounts.permissions import is_officer
from accounts.states import Role
from certificates.feeds import feed_calendar
from certificates.models import CalendarFeed
from certificates.permissions import has_feeds, owns_feed
from certificates.queries.feeds import feed_by_token, feeds_of
from certificates.services.feeds import create_feed, note_read, revoke_feed
from certificates.views.common import PageView, SignedInMixin
from core.access import AccessMixin
from core.errors import RuleViolation
from core.ratelimit import too_many, too_often
from core.views import ServiceActionView

# A calendar service reads the feeds of many people from few addresses: each feed has a limit of its own. An address
# from which none is found is tried by somebody who guesses.
READS_PER_MINUTE = 30
GUESSES_PER_MINUTE = 30


class FeedsView(PageView):
    """The calendar addresses that a person has."""

    permission = has_feeds
    template_name = "certificates/feeds.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give, of each kind that the person may have, the address in use."""
        found = {feed.for_office: feed for feed in feeds_of(self.user)}
        kinds = [
            {"for_office": for_office, "feed": found.get(for_office)}
            for for_office, may in ((True, is_officer(self.user)), (False, self.user.has_role(Role.CANDIDATE)))
            if may
        ]
        return super().get_context_data(kinds=kinds, **kwargs)


class CreateFeedView(SignedInMixin, AccessMixin):
    """Make a new address and show it, this once: it is kept nowhere, not even in the session."""

    permission = has_feeds
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Show the address."""
        for_office = request.POST.get("kind") == "office"
        try:
            feed, token = create_feed(actor=self.user, for_office=for_office)
        except RuleViolation as violation:
            messages.error(request, str(violation))
            return HttpResponseRedirect(reverse("certificates:feeds"))
        address = settings.SITE_URL + reverse("certificates:feed", args=[token])
        response = render(request, "certificates/feed_created.html", {"feed": feed, "address": address})
        response["Cache-Control"] = "private, no-store"
        return response


class RevokeFeedView(SignedInMixin, ServiceActionView):
    """End an address."""

    permission = owns_feed
    success_message = _("The calendar address has ended: calendar programs read nothing there any more.")

    @cached_property
    def feed(self) -> CalendarFeed:
        """The feed; 404 when there is none."""
        return get_object_or_404(CalendarFeed, pk=self.kwargs["pk"])

    def get_permission_object(self) -> CalendarFeed:
        """Ask about the feed."""
        return self.feed

    def perform(self) -> None:
        """End it."""
        revoke_feed(self.feed, actor=self.user)

    def get_success_url(self) -> str:
        """Go back to the addresses."""
        return reverse("certificates:feeds")


class FeedView(View):
    """What a calendar program reads: whoever has the address. Unknown and ended ones get the same answer."""

    opened = True

    def get(self, request: HttpRequest, token: str) -> HttpResponseBase:
        """Send the calendar, or that it has not changed since it was last read."""
        feed = feed_by_token(token)
        if (
            too_often(f"feed:{feed.pk}", limit=READS_PER_MINUTE, seconds=60)
            if feed
            else too_many(request, "feed", limit=GUESSES_PER_MINUTE, seconds=60)
        ):
            return HttpResponse(status=429, headers={"Retry-After": "60"})
        if feed is None:
            return HttpResponseNotFound()
        note_read(feed)
        response = HttpResponse(feed_calendar(feed), content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="muddetler.ics"'
        response["Cache-Control"] = "private, no-cache"
        response["X-Robots-Tag"] = "noindex"
        set_response_etag(response)
        return get_conditional_response(request, etag=response["ETag"], response=response) or response
