"""Core's tables in the administration site."""

from django.contrib import admin

from core.adminsite import ReadOnlyAdmin, register_read_only
from core.models import NumberSeries, OutgoingMessage


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(ReadOnlyAdmin):
    """Messages without their words: some hold sign-in links, all have a page of their own."""

    exclude = ("body",)
    list_display = ("kind", "recipient", "state", "attempts", "created_at")
    list_filter = ("state",)


@admin.register(NumberSeries)
class NumberSeriesAdmin(ReadOnlyAdmin):
    """How far each series has got."""

    for_operators = True
    list_display = ("series", "year", "last")


register_read_only("core", special=(OutgoingMessage, NumberSeries))
