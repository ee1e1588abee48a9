"""The body's pages about applications: the list, the page of one, the officer's verbs; and downloads."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext_lazy as _
from django.views.generic.base import TemplateView, View

from audit.queries import timeline
from candidates.forms import office
from candidates.forms.paper import PaperForm
from candidates.models import Application
from candidates.panels import application_panels
from candidates.permissions import (
    edits_application,
    enters_paper,
    manages_person,
    may_act,
    reads_application,
    reads_applications,
    reviews_application,
    withdraws_application,
)
from candidates.queries import (
    OLDEST_FIRST,
    AccountFinding,
    account_finding,
    attached_file,
    conflicts_of,
    declared,
    differences,
    latest_texts,
    search_applications,
)
from candidates.services.paper import enter_paper_application
from candidates.services.review import (
    accept_application,
    objection_to_accept,
    refuse_application,
    return_application,
)
from candidates.services.submission import gaps_of
from candidates.services.withdrawal import can_be_withdrawn
from candidates.states import Section
from candidates.views.common import (
    ActorMixin,
    ApplicationMixin,
    contact_facts,
    identity_facts,
    next_for_applicant,
    next_for_office,
    page_of,
)
from core.http import private_file_response
from core.templatetags.core_ui import longdatetime
from core.views import ServiceFormView


class ListMixin(ActorMixin):
    """The filter of the list, read from the address."""

    permission = reads_applications

    def filtered(self) -> Any:
        """Return the filter form and what it finds; a filter that makes no sense finds nothing."""
        form = office.ApplicationFilter(self.request.GET or None)
        wanted = form.cleaned_data if form.is_valid() else {}
        found = search_applications(
            wanted.get("q", ""),
            state=wanted.get("state", ""),
            scheme=wanted.get("scheme"),
            order=wanted.get("order") or OLDEST_FIRST,
        )
        return form, found.none() if form.errors else found


class ApplicationListView(ListMixin, TemplateView):
    """Applications: search, filter, oldest waiting first."""

    template_name = "candidates/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give one page of what is asked for."""
        form, found = self.filtered()
        page = page_of(found, self.request.GET.get("page"))
        return super().get_context_data(filter_form=form, page=page, may_enter=enters_paper(self.actor), **kwargs)


class ApplicationExportView(ListMixin, View):
    """What the list shows, all pages of it, as a table for an office program."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Write CSV in UTF-8 with a mark by which spreadsheets know it; a filter that makes no sense is shown first."""
        form, found = self.filtered()
        if form.errors:
            return HttpResponseRedirect(f"{reverse('candidates:list')}?{request.GET.urlencode()}")
        name = f"applications-{timezone.localdate():%Y-%m-%d}.csv"
        return StreamingHttpResponse(
            _csv_lines(found, get_language() or ""),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
        )


class _Echo:
    """A file that gives back what is written into it."""

    def write(self, line: str) -> str:
        return line


def _csv_lines(found: QuerySet[Application], language: str) -> Iterator[str]:
    """Give the table line by line as it is sent, which is after the reader's language has been put away."""
    writer = csv.writer(_Echo())
    with translation.override(language):
        head = [str(one) for one in (_("Reference"), _("Name"), _("Scheme"), _("State"), _("Submitted"))]
        yield "\ufeff" + writer.writerow(head)
    for one in found.iterator(chunk_size=500):
        with translation.override(language):
            row = (
                one.reference,
                one.full_name,
                one.scheme.name,
                one.get_state_display(),
                longdatetime(one.submitted_at),
            )
        yield writer.writerow([_harmless(str(cell)) for cell in row])


def _harmless(cell: str) -> str:
    """Keep a spreadsheet from taking what somebody typed for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


class ApplicationView(ApplicationMixin, TemplateView):
    """An application: for its owner what they sent and what comes next; for the body what it needs to judge it."""

    permission = reads_application

    def get_template_names(self) -> list[str]:
        """Officers and auditors read the office's page, unless it is their own application."""
        return ["candidates/detail_office.html" if self.is_office else "candidates/detail.html"]

    @property
    def is_office(self) -> bool:
        """Tell for whom the page is made."""
        return reads_applications(self.actor) and not self.is_own

    @property
    def is_own(self) -> bool:
        """Tell whether the reader is the applicant."""
        application = self.application
        person = application.person
        return self.actor.pk in {application.account_id, person.user_id if person else None}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the application with what the reader may know of it."""
        application = self.application
        next_step = next_for_office(application) if self.is_office else next_for_applicant(application)
        context = {
            "application": application,
            "next": next_step,
            "identity": identity_facts(application),
            "contact": contact_facts(application),
            "declared": list(declared(application).values()),
            "timeline": timeline(application),
            "returned_sections": [Section(one).label for one in application.returned_sections],
            "may_edit": application.is_editable and edits_application(self.actor, application),
            "may_withdraw": withdraws_application(self.actor, application) and can_be_withdrawn(application),
            "panels": application_panels(application, self.actor),
        }
        return super().get_context_data(**context, **(self.office_context() if self.is_office else {}), **kwargs)

    def office_context(self) -> dict[str, Any]:
        """Give what only the body sees."""
        application = self.application
        is_waiting = may_act("accept", application)
        finding = account_finding(application) if is_waiting else None
        return {
            "may_review": is_waiting and reviews_application(self.actor, application),
            "differences": differences(application) if is_waiting else [],
            "finding": finding,
            "objection": _objection(application, finding) if is_waiting else "",
            "advice": [gap for gap in gaps_of(application) if is_waiting],
            "conflicts": conflicts_of(application.person) if application.person else [],
            "may_manage_person": application.person and manages_person(self.actor, application.person),
        }


def _objection(application: Application, finding: AccountFinding | None) -> str:
    """Return why it cannot be accepted yet; nothing while it is not clear whose application it is."""
    return "" if finding and finding.blocks else objection_to_accept(application)


class ReviewFormView(ApplicationMixin, ServiceFormView):
    """A verb of the officer on a submitted application; too late, it leads back with a word of why."""

    permission = reviews_application
    verb = ""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form while the verb is possible."""
        if not may_act(self.verb, self.application):
            state = self.application.get_state_display()
            text = _("The application is in the state “%(state)s”: this step is no longer possible.") % {"state": state}
            messages.info(request, text)
            return HttpResponseRedirect(self.detail_url())
        return super().get(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """Remember which submission is read."""
        return {"submission": self.application.submissions}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the application."""
        return super().get_context_data(application=self.application, cancel_url=self.detail_url(), **kwargs)

    def get_success_url(self) -> str:
        """Show what became of it."""
        return self.detail_url()


class AcceptView(ReviewFormView):
    """Accepting, with the identity compared."""

    verb = "accept"
    template_name = "candidates/accept.html"
    form_class = office.AcceptForm
    success_message = _("The application has been accepted.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give what has to be compared."""
        return super().get_context_data(
            identity=identity_facts(self.application),
            differences=differences(self.application),
            finding=account_finding(self.application),
            **kwargs,
        )

    def unavailable(self) -> str:
        """Say what has to be done before it can be accepted."""
        return _objection(self.application, account_finding(self.application))

    def perform(self, form: office.AcceptForm) -> None:
        """Accept."""
        accept_application(self.application, submission=form.cleaned_data["submission"], actor=self.actor)


class ReturnView(ReviewFormView):
    """Returning for completion, with what is missing."""

    verb = "return"
    template_name = "candidates/return.html"
    form_class = office.ReturnForm
    success_message = _("The application has been returned for completion.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give what the system sees missing, as a help."""
        return super().get_context_data(gaps=gaps_of(self.application), **kwargs)

    def perform(self, form: office.ReturnForm) -> None:
        """Return it."""
        data = form.cleaned_data
        return_application(
            self.application,
            sections=data["sections"],
            reason=data["reason"],
            submission=data["submission"],
            actor=self.actor,
        )


class RefuseView(ReviewFormView):
    """Refusing for good, with the reason."""

    verb = "refuse"
    template_name = "candidates/refuse.html"
    form_class = office.RefuseForm
    success_message = _("The application has been refused.")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what will follow."""
        consequences = [
            _("The application ends here. The applicant is told the reason and may apply again."),
            _("If something is only missing, return the application for completion instead."),
        ]
        return super().get_context_data(consequences=consequences, **kwargs)

    def perform(self, form: office.RefuseForm) -> None:
        """Refuse it."""
        data = form.cleaned_data
        refuse_application(self.application, reason=data["reason"], submission=data["submission"], actor=self.actor)


class PaperView(ActorMixin, ServiceFormView):
    """Entering a paper application."""

    permission = enters_paper
    template_name = "candidates/paper.html"
    form_class = PaperForm
    success_message = _("The paper application has been entered and submitted.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the texts in force and whose file the scan is."""
        return {**super().get_form_kwargs(), "actor": self.actor, "texts": latest_texts()}

    def get_initial(self) -> dict[str, Any]:
        """Most people write in Azerbaijani."""
        return {"language": "az"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the way back."""
        return super().get_context_data(cancel_url=reverse("candidates:list"), **kwargs)

    def perform(self, form: PaperForm) -> None:
        """Enter and submit it."""
        data = form.cleaned_data
        self.entered: Application = enter_paper_application(
            data["scheme"],
            data=data,
            agreed=data["agreed"],
            signed_on=data["signed_on"],
            scan=form.attached,
            letters=form.letters,
            documents=form.documents,
            actor=self.actor,
        )

    def get_success_url(self) -> str:
        """Show it."""
        return reverse("candidates:detail", args=[self.entered.pk])


class FileView(ApplicationMixin, View):
    """Downloads a letter or a document of an application, for whoever may read the application."""

    permission = reads_application

    def get(self, request: HttpRequest, **kwargs: Any) -> FileResponse:
        """Send it; raises Http404 when it belongs to no part of this application."""
        stored = attached_file(self.application, self.kwargs["file"])
        if stored is None:
            raise Http404
        return private_file_response(stored)
