"""The applicant's pages: starting, filling in part by part, reviewing, submitting, withdrawing."""

from functools import cached_property
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy as _
from django.views.generic.base import TemplateView

from candidates.forms import parts
from candidates.permissions import edits_application, may_apply, withdraws_application
from candidates.queries import declared, latest_texts, open_application, own_applications, schemes_to_apply
from candidates.services.attachments import add_document, add_letter, remove_document, remove_letter
from candidates.services.declarations import declare
from candidates.services.drafts import save_contact, save_identity, start_application
from candidates.services.submission import gaps_of, submit_application
from candidates.services.withdrawal import can_be_withdrawn, withdraw_application
from candidates.states import Section
from candidates.views.common import (
    STEP_URLS,
    ActorMixin,
    ApplicationMixin,
    contact_facts,
    identity_facts,
    next_for_applicant,
    page_of,
    sections_of,
    steps_of,
)
from core.forms import FormBase
from core.views import ServiceActionView, ServiceFormView
from schemes.models import Scheme


class OwnListView(ActorMixin, TemplateView):
    """One's own applications, and the schemes to apply for."""

    permission = may_apply
    template_name = "candidates/own.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give one page of them, each with its next step."""
        page = page_of(own_applications(self.actor), self.request.GET.get("page"))
        rows = [(application, next_for_applicant(application)) for application in page]
        return super().get_context_data(page=page, rows=rows, versions=schemes_to_apply(self.actor), **kwargs)


class ApplyView(ActorMixin, ServiceFormView):
    """What applying takes, and the button that begins a draft."""

    permission = may_apply
    template_name = "candidates/apply.html"
    form_class = FormBase

    @cached_property
    def scheme(self) -> Scheme:
        """The scheme that the address names; raises Http404."""
        return get_object_or_404(Scheme, code=self.kwargs["scheme"])

    def get_form(self, form_class: Any = None) -> FormBase:
        """Give a form without fields."""
        form: FormBase = super().get_form(form_class)
        form.helper.inputs[0].value = _("Begin the application")
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the application that is open already, if any."""
        existing = open_application(self.actor, self.scheme)
        return super().get_context_data(scheme=self.scheme, existing=existing, **kwargs)

    def perform(self, form: FormBase) -> None:
        """Begin, or find what was begun."""
        self.started = start_application(self.scheme, actor=self.actor)

    def get_success_url(self) -> str:
        """Go on with the first part, or to what is under way."""
        name = "candidates:identity" if self.started.is_editable else "candidates:detail"
        return reverse(name, args=[self.started.pk])


class StepView(ApplicationMixin, ServiceFormView):
    """A part of a draft. What has been submitted is shown instead of edited."""

    permission = edits_application
    section: ClassVar[str]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form while the application may still change."""
        if not self.application.is_editable:
            messages.info(request, str(_("The application has been submitted: it can no longer be changed.")))
            return HttpResponseRedirect(self.detail_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the list of steps with what each lacks."""
        gaps = gaps_of(self.application)
        sections = list(sections_of(self.application))
        after = sections[sections.index(Section(self.section)) + 1 :] if self.section in sections else []
        next_url = STEP_URLS[after[0]] if after else "candidates:review"
        return super().get_context_data(
            application=self.application,
            steps=list(steps_of(self.application, gaps, self.section)),
            gaps=[(gap, reverse(STEP_URLS[gap.section], args=[self.application.pk])) for gap in gaps],
            can_submit=not any(gap.blocking for gap in gaps),
            is_returned_part=self.section in self.application.returned_sections,
            next_url=reverse(next_url, args=[self.application.pk]),
            **kwargs,
        )

    def step_url(self, section: str) -> str:
        """Return the address of a part of this application."""
        return reverse(STEP_URLS[Section(section)], args=[self.application.pk])


class IdentityView(StepView):
    """Part 1: who the applicant is."""

    section = Section.IDENTITY
    template_name = "candidates/steps/identity.html"
    form_class = parts.IdentityForm

    def get_initial(self) -> dict[str, Any]:
        """Show what was saved."""
        return parts.initial_of(self.application, parts.IdentityForm)

    def perform(self, form: parts.IdentityForm) -> None:
        """Save it, and say at once what looks like a slip."""
        saved = save_identity(self.application, data=form.cleaned_data, actor=self.actor)
        for gap in gaps_of(saved):
            if gap.section == self.section and not gap.blocking:
                messages.warning(self.request, str(gap.message))

    def get_success_url(self) -> str:
        """Go on with the contact."""
        return self.step_url(Section.CONTACT)


class ContactView(StepView):
    """Part 2: how to reach the applicant, in which language, and special needs."""

    section = Section.CONTACT
    template_name = "candidates/steps/contact.html"
    form_class = parts.ContactForm

    def get_initial(self) -> dict[str, Any]:
        """Show what was saved."""
        return parts.initial_of(self.application, parts.ContactForm)

    def perform(self, form: parts.ContactForm) -> None:
        """Save it."""
        save_contact(self.application, data=form.cleaned_data, actor=self.actor)

    def get_success_url(self) -> str:
        """Go on with the letters; where none are asked for, with the documents."""
        asked = sections_of(self.application)
        return self.step_url(Section.LETTERS if Section.LETTERS in asked else Section.DOCUMENTS)


class FileStepView(StepView):
    """A part that consists of files: what is there, and a form for one more."""

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say whose files they are."""
        return {**super().get_form_kwargs(), "actor": self.actor}

    def get_success_url(self) -> str:
        """Stay: there may be more."""
        return self.step_url(self.section)


class LettersView(FileStepView):
    """Part 3: recommendation letters."""

    section = Section.LETTERS
    template_name = "candidates/steps/letters.html"
    form_class = parts.LetterForm
    success_message = _("The letter has been added.")

    def perform(self, form: parts.LetterForm) -> None:
        """Attach it."""
        data = form.cleaned_data
        add_letter(
            self.application,
            stored=form.attached,
            issuer=data["issuer"],
            issuer_kind=data["issuer_kind"],
            topic=data["topic"],
            hours=data["hours"],
            dated=data["dated"],
            actor=self.actor,
        )


class DocumentsView(FileStepView):
    """Part 4: other documents."""

    section = Section.DOCUMENTS
    template_name = "candidates/steps/documents.html"
    form_class = parts.DocumentForm
    success_message = _("The document has been added.")

    def perform(self, form: parts.DocumentForm) -> None:
        """Attach it."""
        kind = form.cleaned_data["kind"]
        add_document(self.application, stored=form.attached, kind=kind, actor=self.actor)


class RemoveView(ApplicationMixin, ServiceActionView):
    """Takes a letter or a document off."""

    permission = edits_application
    section: ClassVar[Section]
    success_message = _("The file has been removed.")

    def get_success_url(self) -> str:
        """Return to the part."""
        return reverse(STEP_URLS[self.section], args=[self.application.pk])


class RemoveLetterView(RemoveView):
    """Takes a letter off."""

    section = Section.LETTERS

    def perform(self) -> None:
        """Remove it."""
        remove_letter(self.application, letter_id=self.kwargs["item"], actor=self.actor)


class RemoveDocumentView(RemoveView):
    """Takes a document off."""

    section = Section.DOCUMENTS

    def perform(self) -> None:
        """Remove it."""
        remove_document(self.application, document_id=self.kwargs["item"], actor=self.actor)


class DeclarationsView(StepView):
    """Part 5: what the applicant declares, each text in full."""

    section = Section.DECLARATIONS
    template_name = "candidates/steps/declarations.html"
    form_class = parts.DeclarationsForm

    @cached_property
    def texts(self) -> dict[str, Any]:
        """The texts in force by kind."""
        return latest_texts()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Give the texts in force."""
        return {**super().get_form_kwargs(), "texts": self.texts}

    def get_initial(self) -> dict[str, Any]:
        """Tick what was agreed to, unless the text has changed since."""
        last = declared(self.application)
        return {
            kind: last[kind].agreed and last[kind].text_id == text.pk
            for kind, text in self.texts.items()
            if kind in last
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give each text with its box and the last word on it."""
        context = super().get_context_data(**kwargs)
        last = declared(self.application)
        form = context["form"]
        context["declarations"] = [(text, form[kind], last.get(kind)) for kind, text in self.texts.items()]
        return context

    def perform(self, form: parts.DeclarationsForm) -> None:
        """Record them."""
        declare(
            self.application,
            agreed=form.agreed,
            seen=form.cleaned_data["seen"],
            language="en" if get_language() == "en" else "az",
            actor=self.actor,
        )

    def get_success_url(self) -> str:
        """Go on to the review."""
        return reverse("candidates:review", args=[self.application.pk])


class ReviewView(StepView):
    """Part 6: everything at a glance, what is missing, and the button that submits."""

    section = "review"
    template_name = "candidates/steps/review.html"
    form_class = FormBase
    success_message = _("The application has been submitted. You will hear from us by e-mail.")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A second click finds the application submitted and says so."""
        if not self.application.is_editable:
            return self.get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)

    def get_form(self, form_class: Any = None) -> FormBase:
        """Give a form without fields."""
        form: FormBase = super().get_form(form_class)
        form.helper.inputs[0].value = _("Submit the application")
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give all parts."""
        return super().get_context_data(
            identity=identity_facts(self.application),
            contact=contact_facts(self.application),
            declared=[one for kind, one in declared(self.application).items() if one.agreed],
            **kwargs,
        )

    def perform(self, form: FormBase) -> None:
        """Submit."""
        submit_application(self.application, actor=self.actor)

    def get_success_url(self) -> str:
        """Show the application."""
        return self.detail_url()


class WithdrawView(ApplicationMixin, ServiceFormView):
    """Taking an application back, after reading what follows."""

    permission = withdraws_application
    template_name = "candidates/withdraw.html"
    form_class = parts.WithdrawForm
    success_message = _("The application has been withdrawn.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Ask while it can be withdrawn."""
        if not can_be_withdrawn(self.application):
            messages.info(request, str(_("This application can no longer be withdrawn.")))
            return HttpResponseRedirect(self.detail_url())
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what will follow."""
        consequences = [
            _("The application ends here and cannot be taken up again; you may make a new one."),
            _("If an exam is scheduled for it, your place is given up."),
        ]
        return super().get_context_data(
            application=self.application, consequences=consequences, cancel_url=self.detail_url(), **kwargs
        )

    def perform(self, form: parts.WithdrawForm) -> None:
        """Withdraw."""
        withdraw_application(self.application, reason=form.cleaned_data["reason"], actor=self.actor)

    def get_success_url(self) -> str:
        """Show what became of it."""
        return self.detail_url()
