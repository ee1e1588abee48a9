"""What the views of a stage share."""

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from exams.models import Sheet, StageRun
from exams.permissions import may_mark
from exams.queries.attempts import runs
from exams.views.base import ActorMixin


class RunMixin(ActorMixin):
    """A view of one stage of an exam."""

    permission = may_mark

    @cached_property
    def run(self) -> StageRun:
        """The stage that the address names; Http404 when there is none."""
        return get_object_or_404(runs(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> object:
        """The permission is about the stage."""
        return self.run

    def get_success_url(self) -> str:
        """Return to the marking page."""
        return reverse("exams:marking", args=[self.run.pk])


class OwnSheetMixin(RunMixin):
    """A view of the actor's own sheet of a stage; whoever has none is refused by the permission."""

    @cached_property
    def sheet(self) -> Sheet:
        """The actor's sheet; Http404 when they have none."""
        sheet = get_object_or_404(self.run.sheets.select_related("assessor"), assessor=self.actor)
        sheet.run = self.run
        return sheet
