"""Taking in a file of marks that a device could not send."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from core.errors import RuleViolation
from core.integrity import race_errors
from core.views import ServiceFormView
from exams.forms.takein import TakeInForm
from exams.models import ExamSession
from exams.permissions import may_manage_sessions
from exams.services.takein import take_in_file
from exams.views.base import ActorMixin


class TakeInView(ActorMixin, ServiceFormView):
    """An officer uploads the file; the answer says of every mark in it what became of it.

    The list is shown at once and not kept: taking the same file in again does no harm, and lists it again.
    """

    permission = may_manage_sessions
    form_class = TakeInForm
    template_name = "exams/take_in.html"

    @cached_property
    def session(self) -> ExamSession:
        """The session that the address names; Http404 when there is none."""
        return get_object_or_404(ExamSession, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the session."""
        cancel_url = reverse("exams:session", args=[self.session.pk])
        return super().get_context_data(session=self.session, cancel_url=cancel_url, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Take the file in and list its marks; show the form again when the service refuses it as a whole."""
        try:
            with race_errors():
                taken = take_in_file(self.session, form.cleaned_data["file"].read(), actor=self.actor)
        except RuleViolation as violation:
            form.add_error(None, str(violation))
            return self.form_invalid(form)
        return self.render_to_response(self.get_context_data(form=self.form_class(), taken=taken))
