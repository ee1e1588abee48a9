"""Pages of phrases: the list, and adding, changing and deleting one."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from core.errors import RuleViolation
from core.integrity import race_errors
from core.paging import CappedPaginator
from core.views import ServiceActionView, ServiceFormView
from exams.forms.phrases import NewPhraseForm, PhraseFilter, PhraseForm
from exams.models import PHRASE_LENGTH, Phrase
from exams.permissions import (
    may_add_phrases,
    may_change_phrase,
    may_have_panels,
    may_read_phrases,
    may_share_phrases,
)
from exams.queries.phrases import find_phrases
from exams.services.phrases import add_phrase, delete_phrase, edit_phrase
from exams.views.base import ActorMixin

ON_A_PAGE = 25


class PhraseListView(ActorMixin, TemplateView):
    """One's own phrases and the shared ones."""

    permission = may_read_phrases
    template_name = "exams/phrases.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give a page of phrases."""
        user, form = self.actor, PhraseFilter(self.request.GET)
        search = form.cleaned_data["search"] if form.is_valid() else ""
        page = CappedPaginator(find_phrases(user, own=may_have_panels(user), search=search), ON_A_PAGE).get_page(
            self.request.GET.get("page")
        )
        return super().get_context_data(
            page=page,
            filter_form=form,
            may_add=may_add_phrases(user),
            may_share=may_share_phrases(user),
            **kwargs,
        )


class PhraseFormView(ActorMixin, ServiceFormView):
    """A form that returns to the list."""

    template_name = "exams/form.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the page."""
        return super().get_context_data(heading=self.heading, cancel_url=self.get_success_url(), **kwargs)

    heading: Any = ""

    def get_success_url(self) -> str:
        """Return to the list."""
        return reverse("exams:phrases")


class NewPhraseView(PhraseFormView):
    """Adding a phrase."""

    permission = may_add_phrases
    form_class = NewPhraseForm
    heading = _("New phrase")
    success_message = _("The phrase is added. It is offered on every marking page that is opened from now on.")

    def get_form_kwargs(self) -> dict[str, Any]:
        """Tell the form what the person may add."""
        kinds = {"may_own": may_have_panels(self.actor), "may_share": may_share_phrases(self.actor)}
        return {**super().get_form_kwargs(), **kinds}

    def perform(self, form: NewPhraseForm) -> None:
        """Add it."""
        add_phrase(form.cleaned_data["text"], shared=form.cleaned_data["shared"], actor=self.actor)


class PhraseMixin(ActorMixin):
    """A view of one phrase."""

    permission = may_change_phrase

    @cached_property
    def found(self) -> Phrase | None:
        """The phrase that the address names; None when it is not there, or not any more: then nobody may change it."""
        return Phrase.objects.filter(pk=self.kwargs["pk"]).first()

    @property
    def phrase(self) -> Phrase:
        """The phrase; the permission has let in nobody when there is none."""
        if self.found is None:
            raise TypeError("the view has no permission that asks for a phrase")
        return self.found

    def get_permission_object(self) -> object:
        """The permission is about the phrase."""
        return self.found


class EditPhraseView(PhraseMixin, PhraseFormView):
    """Changing a phrase."""

    form_class = PhraseForm
    heading = _("Change the phrase")
    success_message = _("The phrase is changed. Comments that were made with it stay as they are.")

    def get_initial(self) -> dict[str, Any]:
        """Start from the phrase as it is."""
        return {"text": self.phrase.text}

    def perform(self, form: PhraseForm) -> None:
        """Change it."""
        edit_phrase(self.phrase, text=form.cleaned_data["text"], actor=self.actor)


class DeletePhraseView(PhraseMixin, ServiceActionView):
    """Deleting a phrase."""

    success_message = _("The phrase is deleted. Comments that were made with it stay as they are.")

    def perform(self) -> None:
        """Delete it."""
        delete_phrase(self.phrase, actor=self.actor)

    def get_success_url(self) -> str:
        """Return to the list."""
        return reverse("exams:phrases")


class KeepPhraseView(ActorMixin):
    """Keeps what stands in a comment as a phrase of one's own, from the marking page: 200, or 422 with the reason."""

    permission = may_have_panels
    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        """Add it."""
        try:
            with race_errors():
                phrase = add_phrase(request.POST.get("text", "")[:PHRASE_LENGTH], shared=False, actor=self.actor)
        except RuleViolation as violation:
            return JsonResponse({"code": violation.code, "message": str(violation)}, status=422)
        return JsonResponse({"phrase": phrase.pk})
