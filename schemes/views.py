"""Public pages of the schemes: what is examined and by which rules."""

from collections.abc import Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext as _, ngettext
from django.views.generic.base import TemplateView

from audit.queries import timeline
from core.templatetags.core_ui import longdate
from schemes.models import Scheme, SchemeVersion
from schemes.permissions import reads_history
from schemes.queries import outline, shown_version, versions_in_force, versions_of
from schemes.states import RenewalNeeds, Retake

SCHEMES_ON_A_PAGE = 25


class SchemeListView(TemplateView):
    """The schemes in which people are certified."""

    opened = True
    template_name = "schemes/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the versions in force, by scheme."""
        page = Paginator(versions_in_force(), SCHEMES_ON_A_PAGE).get_page(self.request.GET.get("page"))
        return super().get_context_data(page=page, **kwargs)


class SchemeView(TemplateView):
    """A scheme as it stands: rules, checklist with the criteria behind it, what candidates are told."""

    opened = True
    template_name = "schemes/detail.html"

    def get_version(self, versions: Sequence[SchemeVersion], current: SchemeVersion) -> SchemeVersion:
        """Choose the version to show among all of the scheme; raises Http404 when there is none."""
        return current

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the version with its content and, to those who may read it, its history."""
        scheme = get_object_or_404(Scheme, code=self.kwargs["code"])
        current = shown_version(scheme)
        if current is None:
            raise Http404
        versions = list(versions_of(scheme))
        version = self.get_version(versions, current)
        stages = outline(version)
        return super().get_context_data(
            scheme=scheme,
            version=version,
            stages=stages,
            flagged=[(one.stage, step) for one in stages for step in one.steps if step.flag_differs],
            scopes=list(version.scopes.all()),
            guide=list(version.guide.all()),
            facts=facts(version),
            other_versions=[other for other in versions if other != version],
            is_current=version == current,
            timeline=timeline(version) if reads_history(self.request.user) else None,
            other_language="az" if (get_language() or "").startswith("en") else "en",
            **kwargs,
        )


class SchemeVersionView(SchemeView):
    """One version of a scheme, past, present or to come."""

    def get_version(self, versions: Sequence[SchemeVersion], current: SchemeVersion) -> SchemeVersion:
        """Choose the version that the address names; raises Http404 when there is none."""
        for version in versions:
            if version.version == self.kwargs["number"]:
                return version
        raise Http404


def facts(version: SchemeVersion) -> list[tuple[str | Promise, object]]:
    """Give the rules of a version as label and words."""
    days = ", ".join(str(day) for day in version.reminder_days)
    return [
        (_("Level"), version.scheme.level),
        (_("State classification of occupations"), version.scheme.state_classification),
        (_("Classification of economic activity"), version.scheme.economic_activity),
        (_("Length of the exam"), _minutes(version.exam_minutes)),
        (_("Assessors in the panel"), _at_least(version.assessors_required)),
        (_("Critical steps"), _critical(version)),
        (_("Repeated after a failed exam"), _repeated(version)),
        (_("Passed stage in a retake"), _carried(version)),
        (_("Validity of the certificate"), _months(version.validity_months)),
        (_("Reminders before expiry"), _("%(days)s days before") % {"days": days}),
        (_("For renewal"), RenewalNeeds(version.renewal_needs).label),
        (_("Surveillance"), _surveillance(version)),
        (_("Time to conclude the contract"), _days(version.contract_acceptance_days)),
        (_("Time to appeal against the decision"), _days(version.appeal_days)),
        (_("Version"), version.version),
        (_("In effect from"), longdate(version.effective_from)),
    ]


def _critical(version: SchemeVersion) -> str:
    if version.hide_critical:
        return _("assessors see which steps are critical only after they have sealed their marks")
    return _("assessors see which steps are critical while they mark")


def _repeated(version: SchemeVersion) -> str | Promise:
    """Say what is repeated in effect: where no passed stage is carried over, every stage is."""
    return Retake.FAILED_STAGES.label if version.carries_passed_stages else Retake.ALL_STAGES.label


def _carried(version: SchemeVersion) -> str:
    if version.carries_passed_stages:
        return _("counts for %(time)s") % {"time": _months(version.passed_stage_months)}
    return _("does not count")


def _surveillance(version: SchemeVersion) -> str:
    if not version.surveillance_months:
        return _("none is planned")
    return _("every %(time)s; the holder is told %(days)s ahead") % {
        "time": _months(version.surveillance_months),
        "days": _days(version.surveillance_notice_days),
    }


def _minutes(number: int) -> str:
    return ngettext("%(number)s minute", "%(number)s minutes", number) % {"number": number}


def _days(number: int) -> str:
    return ngettext("%(number)s day", "%(number)s days", number) % {"number": number}


def _at_least(number: int) -> str:
    return _("at least %(number)s") % {"number": number}


def _months(number: int) -> str:
    years, months = divmod(number, 12)
    if months:
        return ngettext("%(number)s month", "%(number)s months", number) % {"number": number}
    return ngettext("%(number)s year", "%(number)s years", years) % {"number": years}
