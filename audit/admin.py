"""The trail in the administration site."""

from django.contrib import admin

from audit.models import AuditEntry
from core.adminsite import ReadOnlyAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    """Entries; the page of the trail has the filters."""

    list_display = ("at", "verb", "object_label", "actor_label")
    list_filter = ("verb",)
