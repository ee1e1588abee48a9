"""Forms of sessions, their panels and candidates."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.models import Application
from core.forms import FilterFormBase, FormBase
from core.templatetags.core_ui import longdate
from exams.forms.base import DateInput, TimeInput
from exams.models import ExamSession
from exams.queries.sessions import assessors, first_of, panel_of, schedulable_applications
from exams.states import PanelRole, SessionState
from schemes.models import SchemeVersion
from schemes.queries import all_schemes, versions_in_force

_FIRST_HOUR = time(10)
_LONGEST_KEY = 19  # digits; Postgres refuses to compare a key with a longer number


class VersionField(forms.ModelChoiceField[SchemeVersion]):
    """A scheme, by the version of it that is in force."""

    def label_from_instance(self, obj: SchemeVersion) -> str:
        """Show the scheme's name, and the version that will be used."""
        return f"{obj.scheme.name} · v{obj.version}"


class PersonField(forms.ModelChoiceField[User]):
    """An assessor by name."""


class PeopleField(forms.ModelMultipleChoiceField[User]):
    """Assessors by name."""


class PlaceForm(FormBase):
    """When, where and for how many: what can change until the first exam begins."""

    date = forms.DateField(label=_("Date"), widget=DateInput)
    time = forms.TimeField(label=_("Time"), widget=TimeInput, initial=_FIRST_HOUR, help_text=_("By the clock of Baku."))
    place = forms.CharField(
        label=_("Place"), max_length=200, help_text=_("As the candidate will read it: address, floor, room.")
    )
    capacity = forms.IntegerField(label=_("Places for candidates"), min_value=1, max_value=100, initial=6)

    @property
    def starts_at(self) -> datetime:
        """Date and time together, on the clock of Baku."""
        data = self.cleaned_data
        return timezone.make_aware(datetime.combine(data["date"], data["time"]))


class PanelForm(FormBase):
    """Who assesses."""

    submit_label = _("Save the panel")

    lead = PersonField(label=_("Lead assessor"), queryset=User.objects.none())
    members = PeopleField(
        label=_("Further assessors"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("An assessor who trained a candidate, or is close to one, is refused (contract B1)."),
    )

    observers = PeopleField(
        label=_("Observers"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("They see the exam, but never mark."),
    )

    def __init__(self, *args: Any, session: ExamSession | None = None, **kwargs: Any) -> None:
        """Offer every assessor, and start from the panel as it is."""
        super().__init__(*args, **kwargs)
        offered = assessors()
        for name in ("lead", "members", "observers"):
            self.fields[name].queryset = offered  # type: ignore[attr-defined]  # both are model choices
        if session:
            seats = list(panel_of(session).filter(left_at=None))
            self.initial["lead"] = next((seat.assessor_id for seat in seats if seat.role == PanelRole.LEAD), None)
            for name, role in (("members", PanelRole.MEMBER), ("observers", PanelRole.OBSERVER)):
                self.initial[name] = [seat.assessor_id for seat in seats if seat.role == role]


class SessionForm(PanelForm, PlaceForm):
    """A new session."""

    submit_label = _("Schedule the session")

    version = VersionField(label=_("Scheme"), queryset=SchemeVersion.objects.none(), empty_label=None)
    field_order = ("version", "date", "time", "place", "capacity", "lead", "members", "observers")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the scheme versions in force."""
        super().__init__(*args, **kwargs)
        newest = [version.pk for version in versions_in_force()]
        self.fields["version"].queryset = (  # type: ignore[attr-defined]  # a model choice
            SchemeVersion.objects.filter(pk__in=newest).select_related("scheme")
        )


class ApplicationsField(forms.ModelMultipleChoiceField[Application]):
    """Accepted applications."""

    def label_from_instance(self, obj: Application) -> str:
        """Show name, reference, and since when the candidate waits."""
        since = _("accepted %(date)s") % {"date": longdate(obj.settled_at)}
        needs = _(" · special needs: %(needs)s") % {"needs": obj.special_needs} if obj.special_needs else ""
        return f"{obj.full_name} · {obj.reference} · {since}{needs}"


class WaitingFilter(FilterFormBase):
    """The search among those who wait for an exam."""

    q = forms.CharField(label=_("Name, FIN or reference"), max_length=100)


class CandidatesForm(FormBase):
    """Whom a session takes, and from what time on."""

    submit_label = _("Schedule and tell the candidates")

    applications = ApplicationsField(
        label=_("Candidates"), queryset=Application.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    first_at = forms.TimeField(label=_("First exam at"), widget=TimeInput)

    def __init__(
        self, *args: Any, session: ExamSession, search: str, proposed: datetime, minutes: int, **kwargs: Any
    ) -> None:
        """Offer those whom the panel may examine, those who wait longest; propose the first free time.

        `others` is how many more there are. Whoever was chosen before stays offered, whatever the search finds.
        """
        super().__init__(*args, **kwargs)
        self.session = session
        field = cast(ApplicationsField, self.fields["applications"])
        field.queryset = schedulable_applications(session)
        found, self.others = first_of(schedulable_applications(session, search=search))
        offered = {one.pk: one for one in [*self._chosen(field), *found]}
        field.choices = [(pk, field.label_from_instance(one)) for pk, one in offered.items()]
        self.offers_anyone = bool(offered)
        self.fields["first_at"].initial = timezone.localtime(proposed).time()
        self.fields["first_at"].help_text = _(
            "The others follow every %(minutes)s minutes; times that are taken are left out."
        ) % {"minutes": minutes}

    def _chosen(self, field: ApplicationsField) -> list[Application]:
        """Return those who were chosen when the form was sent; nonsense among them is the field's matter."""
        if not self.is_bound:
            return []
        sent = field.widget.value_from_datadict(self.data, self.files, self.add_prefix("applications")) or []
        return list(
            schedulable_applications(self.session).filter(
                pk__in=[pk for pk in sent if pk.isdecimal() and len(pk) < _LONGEST_KEY]
            )
        )

    @property
    def first_moment(self) -> datetime:
        """The first time, on the day of the session."""
        return on_day_of(self.session, self.cleaned_data["first_at"])


def on_day_of(session: ExamSession, clock: time) -> datetime:
    """Return the moment at which the clock of Baku shows `clock` on the day of the session."""
    return timezone.make_aware(datetime.combine(timezone.localdate(session.starts_at), clock))


class SessionFilter(FilterFormBase):
    """The filters of the list of sessions."""

    search = forms.CharField(label=_("Place"), max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=())
    scheme = forms.ChoiceField(label=_("Scheme"), choices=())
    day = forms.DateField(label=_("Day"), widget=DateInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the states and the schemes."""
        super().__init__(*args, **kwargs)
        self._offer("state", SessionState.choices)
        self._offer("scheme", [(scheme.code, scheme.name) for scheme in all_schemes()])

    def _offer(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        self.fields[name].choices = [("", _("All")), *choices]  # type: ignore[attr-defined]  # a choice field
