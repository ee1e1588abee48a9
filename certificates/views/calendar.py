"""The working-day calendar, and its correction when the Cabinet of Ministers moves a day."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, ngettext

from certificates.forms.duties import CorrectDayForm, DayForm
from certificates.models import CalendarCorrection
from certificates.permissions import corrects_calendar, has_feeds, reads_calendar
from certificates.queries.duties import calendar_days, corrections, work_calendar
from certificates.services.calendar import YEARS_AHEAD, YEARS_BACK, correct_day, preview
from certificates.views.common import FormPageView, PageView
from core.errors import RuleViolation
from core.workdays import holiday_name

SHOWN_MOVES = 10


class CalendarView(PageView):
    """A year's days off, and what officers corrected."""

    permission = reads_calendar
    template_name = "certificates/calendar.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the days of the year that the address names, this year's otherwise."""
        today = timezone.localdate()
        this_year = today.year
        years = range(this_year - YEARS_BACK, this_year + YEARS_AHEAD + 1)
        asked = self.request.GET.get("year", "")
        year = int(asked) if asked.isdecimal() and int(asked) in years else this_year
        days = calendar_days(year, get_language() or "")
        return super().get_context_data(
            year=year,
            previous=year - 1 if year - 1 in years else None,
            following=year + 1 if year + 1 in years else None,
            days=days,
            coming=next((one for one in days if one.day >= today), None) if year == this_year else None,
            corrections=corrections().filter(day__year=year) if self.may(corrects_calendar) else None,
            may_correct=self.may(corrects_calendar),
            may_subscribe=self.may(has_feeds),
            **kwargs,
        )


class CorrectDayView(FormPageView):
    """First a day is chosen; then what it becomes and what moves is shown, and confirmed with the reason."""

    permission = corrects_calendar
    form_class = CorrectDayForm
    template_name = "certificates/calendar_correct.html"
    corrected: CalendarCorrection | None = None

    @cached_property
    def day_form(self) -> DayForm:
        """The choice of the day, from the address."""
        return DayForm(self.request.GET or None)

    @property
    def day(self) -> date | None:
        """The day in the address; None while none is chosen."""
        return self.day_form.cleaned_data["day"] if self.day_form.is_bound and self.day_form.is_valid() else None

    def get_initial(self) -> dict[str, Any]:
        """A correction makes of a day what it is not."""
        return {"day": self.day, "is_working": not work_calendar().is_working(self.day)} if self.day else {}

    def perform(self, form: CorrectDayForm) -> None:
        """Correct the calendar."""
        data = form.cleaned_data
        self.corrected = correct_day(data["day"], is_working=data["is_working"], note=data["note"], actor=self.user)

    def get_success_message(self) -> str:
        """Say how many due days moved."""
        moved = self.corrected.moved if self.corrected else 0
        told = ngettext(
            "The calendar is corrected. %(number)s due date moved.",
            "The calendar is corrected. %(number)s due dates moved.",
            moved,
        )
        return told % {"number": moved}

    def get_success_url(self) -> str:
        """Show the year of the day."""
        year = self.corrected.day.year if self.corrected else timezone.localdate().year
        return f"{reverse('certificates:calendar')}?year={year}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the choice of the day, and for a chosen one what its correction does."""
        context = super().get_context_data(
            day_form=self.day_form, cancel_url=reverse("certificates:calendar"), **kwargs
        )
        form = context["form"]
        sent = form.cleaned_data if form.is_bound else form.initial
        day, is_working = sent.get("day"), sent.get("is_working")
        if day is None or is_working is None:
            return context
        return context | self._what_it_does(day, is_working=is_working)

    def _what_it_does(self, day: date, *, is_working: bool) -> dict[str, Any]:
        facts = {"day": day, "is_working": is_working, "holiday": holiday_name(day, get_language() or "")}
        try:
            moves = preview(day, is_working=is_working, actor=self.user)
        except RuleViolation as violation:
            return facts | {"refusal": str(violation)}
        told = len({move.duty.person_id for move in moves if move.is_told})
        moved = len(moves)
        consequences = [
            gettext("The day becomes a working day.") if is_working else gettext("The day becomes a day off."),
            ngettext("%(number)s open due date moves.", "%(number)s open due dates move.", moved) % {"number": moved},
            ngettext("%(number)s holder is told by e-mail.", "%(number)s holders are told by e-mail.", told)
            % {"number": told},
            gettext("What is settled already stays as it is, and no holder's due day moves to an earlier one."),
        ]
        return facts | {"moves": moves[:SHOWN_MOVES], "moved": moved, "told": told, "consequences": consequences}
