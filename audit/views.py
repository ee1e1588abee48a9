"""Reading the trail: the list with its filters, and one entry with what was before and after."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from audit.forms import TrailFilterForm
from audit.models import AuditEntry
from audit.permissions import concealed_from, reads_trail
from audit.queries import told_to, trail, trail_page
from core.access import AccessMixin
from core.templatetags.core_ui import longdatetime


class TrailView(AccessMixin):
    """Everything that happened, newest first, but what is held back from its reader."""

    permission = reads_trail

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the entries that fit; a filter that makes no sense is shown with its error and shows nothing."""
        form = TrailFilterForm(request.GET)
        entries = AuditEntry.objects.none()
        before = None
        if form.is_valid():
            data = form.cleaned_data
            before = data["before"]
            found = trail(
                verb=data["verb"], actor=data["actor"], subject=data["subject"], words=data["q"],
                since=data["since"], until=data["until"],
            )  # fmt: skip
            entries = told_to(found, concealed_from(request.user))
        context = {
            "filter_form": form,
            "page": trail_page(entries, before=before),
            "is_continued": before is not None,
            "subject": form.cleaned_data.get("subject", ""),
        }
        return render(request, "audit/list.html", context)


class EntryView(AccessMixin):
    """One entry in full."""

    permission = reads_trail

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it; 404 for one that is held back from its reader, as for one that does not exist."""
        entries = told_to(AuditEntry.objects.select_related("actor"), concealed_from(request.user))
        entry = get_object_or_404(entries, pk=pk)
        return render(request, "audit/entry.html", {"entry": entry, "facts": _facts(entry)})


def _facts(entry: AuditEntry) -> list[tuple[str, Any]]:
    return [
        (_("When"), longdatetime(entry.at)),
        (_("Who did it"), entry.actor_name),
        (_("What happened"), entry.verb_label),
        (_("What it is about"), entry.object_label),
        (_("Reason"), entry.reason_words),
    ]
