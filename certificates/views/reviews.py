"""Decisions whose exam was amended afterwards: the list, and the page on which one is concluded."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from audit.queries import timeline
from certificates.forms.decisions import ReviewFilter, ReviewForm
from certificates.models import DecisionReview
from certificates.permissions import (
    may_try_to_decide,
    reads_certificates,
    reads_decisions,
    reads_review,
    settles_review,
)
from certificates.queries.decisions import filtered_reviews, obstacles, reviews
from certificates.services.reviews import settle_review
from certificates.states import ReviewState
from certificates.views.common import FormPageView, ListPageView
from core.access import AccessMixin
from core.http import private_file_response
from exams.services.amendments import change_of


class ReviewListView(ListPageView):
    """All reviews, newest first."""

    permission = reads_decisions
    template_name = "certificates/review_list.html"
    filter_form = ReviewFilter

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[DecisionReview]:
        """Return the reviews that the filter leaves."""
        return filtered_reviews(state=filters.get("state", ""))


class ReviewMixin:
    """A view about one review, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def review(self) -> DecisionReview:
        """The review; 404 when there is none."""
        return get_object_or_404(reviews(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> DecisionReview:
        """Ask about the review."""
        return self.review


class ReviewView(ReviewMixin, FormPageView):
    """What was amended after the decision, and the form in which an independent decision-maker concludes."""

    permission = reads_review
    write_permission = may_try_to_decide
    form_class = ReviewForm
    template_name = "certificates/review.html"
    success_message = _("The conclusion is recorded. What has to be done about the certificate, an officer does there.")

    def perform(self, form: ReviewForm) -> None:
        """Record the conclusion."""
        settle_review(self.review, conclusion=form.cleaned_data["conclusion"], actor=self.user)

    def get_success_url(self) -> str:
        """Stay on the page: it shows the conclusion now."""
        return reverse("certificates:review", args=[self.review.pk])

    def get_template_names(self) -> list[str]:
        """Choose the page that this reader may see."""
        return [self.template_name if self.may(reads_review) else "certificates/dossier_closed.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the decision, the amendment and the verdicts to those who may read them; to others why not."""
        review = self.review
        is_decider = self.may(may_try_to_decide)
        decision, amendment = review.decision, review.amendment
        context = super().get_context_data(
            review=review,
            obstacles=obstacles(self.user, review.exam) if is_decider else [],
            **kwargs,
        )
        if not self.may(reads_review):
            return context
        contract = decision.offered_contract
        return {
            **context,
            "decision": decision,
            "amendment": amendment,
            "run": amendment.run,
            "attempt": review.exam,
            "held": amendment.run.attempt,
            "change": change_of(amendment),
            "contract": contract,
            "certificate": contract.issued_certificate if contract else None,
            "may_settle": review.state == ReviewState.OPEN and self.may(settles_review),
            "may_open_certificate": reads_certificates(self.user),
            "timeline": timeline(review),
        }


class ReviewFileView(ReviewMixin, AccessMixin):
    """The file on which the amendment rests, for those who may read the review."""

    permission = reads_review

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it; 404 when there is none."""
        stored = self.review.amendment.file
        if stored is None:
            raise Http404
        return private_file_response(stored)
