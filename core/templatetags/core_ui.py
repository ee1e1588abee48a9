"""The parts of a page that every app shares: dates, icons, state badges, the what-now panel, paging.

Usage of each is shown in docs/ui.md.
"""

import datetime as dt
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from django import template
from django.core.paginator import Page
from django.template import Context
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.badges import badge_for

register = template.Library()

BAKU = ZoneInfo("Asia/Baku")  # every time is shown as the body's clock shows it, whatever the server's zone is
DATE_PATTERN = "d MMMM y"
TIME_PATTERN = "HH:mm"


def _locale() -> str:
    """Return the Babel locale of the active language."""
    return "en_GB" if (get_language() or "").startswith("en") else "az"


def _in_baku(moment: dt.datetime) -> dt.datetime:
    """Return an aware moment on the clock of Baku; a naive one is taken to be there already."""
    return moment.astimezone(BAKU) if timezone.is_aware(moment) else moment


@register.filter
def longdate(value: dt.date | None) -> str:
    """Show a date, or the day in Baku of a moment, as `20 noyabr 2026` or `20 November 2026`; nothing for None."""
    if not value:
        return ""
    day = _in_baku(value).date() if isinstance(value, dt.datetime) else value
    return _in_words(day, _locale())


# The same for words that are not read yet (`format_lazy`): the day is in the language of whoever comes to read them.
longdate_lazy = lazy(longdate, str)


@lru_cache(maxsize=4096)  # a page shows many days, and mostly the same ones
def _in_words(day: dt.date, locale: str) -> str:
    return format_date(day, DATE_PATTERN, locale=locale)


@register.filter
def shorttime(value: dt.datetime | dt.time | None) -> str:
    """Show the time of day in Baku as `14:30`; nothing for None."""
    if value is None or value == "":
        return ""
    clock = _in_baku(value).time() if isinstance(value, dt.datetime) else value
    return format_time(clock, TIME_PATTERN, locale=_locale())


@register.filter
def longdatetime(value: dt.datetime | None) -> str:
    """Show a moment as `20 noyabr 2026, 14:30` on the clock of Baku; nothing for None."""
    return f"{longdate(value)}, {shorttime(value)}" if value else ""


longdatetime_lazy = lazy(longdatetime, str)


_AZERBAIJANI_NUMBER = re.compile(r"\+994(\d{2})(\d{3})(\d{2})(\d{2})", re.ASCII)


@register.filter
def telephone(number: str) -> str:
    """Show a number of Azerbaijan in groups, `+994 50 111 22 33`; of other countries as it is kept."""
    found = _AZERBAIJANI_NUMBER.fullmatch(number)
    return " ".join(("+994", *found.groups())) if found else number


@register.simple_tag
@lru_cache(maxsize=1024)  # a page shows many icons, and the address of the sprite is one as long as the site runs
def icon(name: str, label: str = "") -> SafeString:
    """Draw an icon of static/img/icons.svg: hidden from screen readers, unless a label says what it alone means."""
    if label:
        return format_html(
            '<svg class="icon" width="20" height="20" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            label, static("img/icons.svg"), name,
        )  # fmt: skip
    return format_html(
        '<svg class="icon" width="20" height="20" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        static("img/icons.svg"), name,
    )  # fmt: skip


@register.inclusion_tag("partials/badge.html")
def badge(kind: str, state: str, size: str = "") -> dict[str, Any]:
    """Show a state as tone, icon and word; size "lg" for the head of a page, "band" for a whole-width answer.

    Raises core.badges.UnknownBadgeError for a state that has no word yet.
    """
    return {"look": badge_for(kind, str(state)), "size": size}


@register.inclusion_tag("partials/whatnow.html", takes_context=True)
def whatnow(
    context: Context,
    step: str,
    who: str = "",
    due: dt.date | None = None,
    url: str = "",
    action: str = "",
    method: str = "get",
    within: str = "",
) -> dict[str, Any]:
    """Show the next step, who takes it, by when, and the link (method "post": the one-button form) that does it.

    On a page with several, `within` is the id of the heading of what each is about.
    """
    due_day = _in_baku(due).date() if isinstance(due, dt.datetime) else due
    return {
        "step": step,
        "who": who,
        "due": due_day,
        "is_overdue": bool(due_day and due_day < timezone.localdate(timezone=BAKU)),
        "url": url,
        "action": action,
        "method": method,
        "within": within,
        "csrf_token": context.get("csrf_token", ""),
    }


@register.simple_tag
def page_numbers(page: "Page[Any]") -> Iterator[int | str]:
    """Return the page numbers to offer around `page`, with an ellipsis where some are left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
