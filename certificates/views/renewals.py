"""Pages of renewals: applying, following, deciding on the evidence."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import Promise, cached_property
from django.utils.translation import get_language, gettext_lazy as _

from accounts.permissions import is_officer, reads_cases
from audit.queries import timeline
from candidates.queries import application_page, attached_file, conflicts_of, latest_texts
from candidates.states import DeclarationKind
from certificates.forms.decisions import DecisionForm
from certificates.forms.renewals import EvidenceForm, RenewalFilter, RenewalForm
from certificates.models import Decision, Renewal
from certificates.permissions import (
    amends_renewal,
    applies_for_renewal,
    decides,
    holds,
    is_near,
    may_try_to_decide,
    prints_renewal,
    reads_certificates,
    reads_decisions,
    reads_dossier,
    reads_renewal,
)
from certificates.queries.cases import misuse_of, surveillance_of
from certificates.queries.decisions import decision_on_evidence, decisions, decisions_on, exams_of, obstacles
from certificates.queries.renewals import (
    Hindrance,
    chain_of,
    filtered_renewals,
    open_renewals,
    renewal_hindrance,
    renewals,
    said_of_publication,
)
from certificates.services.decisions import decide_renewal
from certificates.services.renewals import (
    Evidence,
    amend_evidence,
    apply_for_renewal,
    hindrance_words,
    needs_evidence,
)
from certificates.states import Obstacle, RenewalStage, Status
from certificates.views.columns import RENEWALS
from certificates.views.common import CertificateMixin, FormPageView, ListPageView
from core.access import AccessMixin
from core.http import private_file_response
from schemes.models import SchemeVersion
from schemes.queries import current_version
from schemes.states import RenewalNeeds


class ApplyForRenewalView(CertificateMixin, FormPageView):
    """The short form: data confirmed, practice shown where it is asked for, declarations made again."""

    permission = applies_for_renewal
    template_name = "certificates/renewals/apply.html"
    form_class = RenewalForm
    success_message = _("The renewal has been applied for. You will hear from us by e-mail.")
    made: Renewal

    @cached_property
    def on_behalf(self) -> bool:
        """Tell whether an officer enters a signed paper; whoever is the holder applies for themselves."""
        return not holds(self.user, self.certificate)

    @cached_property
    def version(self) -> SchemeVersion | None:
        """The version of the scheme that is in force: it says what a renewal takes."""
        return current_version(self.certificate.scheme_version.scheme)

    @cached_property
    def texts(self) -> dict[str, Any]:
        """The declarations in force by kind."""
        return latest_texts()

    def get_form_kwargs(self) -> dict[str, Any]:
        """Say what is asked, and by whom the form is filled in."""
        return {
            **super().get_form_kwargs(),
            "actor": self.user,
            "texts": self.texts,
            "asks_evidence": self.version is not None and needs_evidence(self.version.renewal_needs),
            "on_behalf": self.on_behalf,
        }

    def get_initial(self) -> dict[str, Any]:
        """Keep the holder's last word on publication; the required declarations are made anew."""
        return {} if self.on_behalf else {str(DeclarationKind.PUBLICATION): said_of_publication(self.certificate)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate, what keeps it from being renewed, and each text with its box."""
        context = super().get_context_data(**kwargs)
        certificate, form = self.certificate, context["form"]
        hindrance = renewal_hindrance(certificate)
        return {
            **context,
            "certificate": certificate,
            "version": self.version,
            "on_behalf": self.on_behalf,
            "hindrance": hindrance,
            "hindrance_words": hindrance_words(certificate, hindrance) if hindrance else "",
            "open_renewal": open_renewals().filter(certificate=certificate).first()
            if hindrance == Hindrance.OPEN
            else None,
            "declarations": [(text, form[kind]) for kind, text in self.texts.items()],
            "is_suspended": certificate.status == Status.SUSPENDED,
            "is_late": certificate.status == Status.EXPIRED,
            "back_url": _back(self),
        }

    def perform(self, form: RenewalForm) -> None:
        """Apply."""
        data = form.cleaned_data
        self.made = apply_for_renewal(
            self.certificate,
            evidence=Evidence(text=data.get("evidence", ""), files=form.kept_files),
            agreed=form.agreed,
            seen=data["seen"],
            language="en" if get_language() == "en" else "az",
            scan=form.scan,
            signed_on=data.get("signed_on"),
            actor=self.user,
        )

    def get_success_message(self) -> str | Promise:
        """Say it to the holder, or to the officer."""
        if self.on_behalf:
            return _("The renewal has been entered. The holder is told by e-mail.")
        return super().get_success_message()

    def get_success_url(self) -> str:
        """Show the renewal."""
        return reverse("certificates:renewal", args=[self.made.pk])


def _back(view: ApplyForRenewalView) -> str:
    if view.on_behalf:
        return reverse("certificates:certificate", args=[view.certificate.pk])
    return reverse("certificates:mine")


class RenewalListView(ListPageView):
    """All renewals, newest first, by stage and by whether they came in time."""

    permission = reads_certificates
    template_name = "certificates/renewals/list.html"
    filter_form = RenewalFilter
    columns = RENEWALS
    export_name = _("Renewals")

    def get_rows(self, filters: dict[str, Any]) -> QuerySet[Renewal]:
        """Return the renewals that the filters leave."""
        return filtered_renewals(
            search=filters.get("search", ""), stage=filters.get("stage", ""), late=filters.get("late", "")
        )


class RenewalMixin:
    """A view about one renewal, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def renewal(self) -> Renewal:
        """The renewal; 404 when there is none."""
        return get_object_or_404(renewals(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> Renewal:
        """Ask about the renewal."""
        return self.renewal


@dataclass(frozen=True, slots=True)
class NextStep:
    """What has to be done next, and by whom."""

    step: str | Promise
    who: str | Promise = ""


_OFFICER, _HOLDER, _DECIDER = _("Certification officer"), _("Holder"), _("Independent decision-maker")
NEXT = {
    RenewalStage.SUBMITTED: NextStep(_("The application is checked: accepted, returned or refused."), _OFFICER),
    RenewalStage.RETURNED: NextStep(_("Complete what is missing in the application and submit it again."), _HOLDER),
    RenewalStage.EXAM: NextStep(_("The exam is scheduled and passed; then the decision follows."), _OFFICER),
    RenewalStage.DECISION: NextStep(_("A decision is made on the evidence."), _DECIDER),
    RenewalStage.GRANTED: NextStep(
        _("The contract for the new certificate is concluded; then the certificate is issued."), _HOLDER
    ),
    RenewalStage.ISSUED: NextStep(_("Nothing: the new certificate has been issued.")),
    RenewalStage.REFUSED: NextStep(
        _("The certificate stays as it is until its last day. The renewal may be applied for again.")
    ),
    RenewalStage.WITHDRAWN: NextStep(_("Nothing. The renewal may be applied for again.")),
    RenewalStage.NOT_CONCLUDED: NextStep(
        _("The contract was not concluded, so no new certificate follows. The renewal may be applied for again.")
    ),
}
# The same for those whose turn it is.
ASKED = {
    RenewalStage.SUBMITTED: _("Check the application: accept it, return it for completion, or refuse it."),
    RenewalStage.EXAM: _("Schedule the exam. Once its result is released, the decision follows."),
    RenewalStage.DECISION: _("Read the dossier to its end and decide on the renewal."),
}


class RenewalView(RenewalMixin, FormPageView):
    """A renewal: where it stands, the evidence, the chain. While it is returned, the description can be changed."""

    permission = reads_renewal
    write_permission = amends_renewal
    template_name = "certificates/renewals/renewal.html"
    form_class = EvidenceForm
    success_message = _("The description has been saved. Submit the application again when it is complete.")

    def get_initial(self) -> dict[str, Any]:
        """Show what was described."""
        return {"evidence": self.renewal.evidence}

    def perform(self, form: EvidenceForm) -> None:
        """Save it."""
        amend_evidence(self.renewal, text=form.cleaned_data["evidence"], actor=self.user)

    def get_success_url(self) -> str:
        """Stay."""
        return reverse("certificates:renewal", args=[self.renewal.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the renewal with all that belongs to it, as this reader may see it."""
        renewal = self.renewal
        application = application_page().get(pk=renewal.application_id)
        decision = decisions().filter(application=application).select_related("contract__certificate").first()
        is_holder, reads = holds(self.user, renewal.certificate), reads_cases(self.user)
        stage = RenewalStage(renewal.stage)  # type: ignore[attr-defined]  # annotated
        may_decide = stage == RenewalStage.DECISION and self.may(decides)
        is_asked = stage in ASKED and (may_decide or (is_officer(self.user) and stage != RenewalStage.DECISION))
        return super().get_context_data(
            renewal=renewal,
            certificate=renewal.certificate,
            application=application,
            decision=decision,
            contract=decision.offered_contract if decision else None,
            next=replace(NEXT[stage], step=ASKED[stage]) if is_asked and not is_holder else NEXT[stage],
            # In time is what is done while the certificate that is renewed is still valid.
            next_due=None if is_holder or stage not in ASKED or renewal.is_late else renewal.certificate.valid_until,
            chain=chain_of(renewal.certificate),
            is_holder=is_holder,
            reads_cases=reads,
            opens_application=reads or application.account_id == self.user.pk or (is_holder and application.is_paper),
            may_amend=needs_evidence(renewal.needs) and application.is_editable and self.may(amends_renewal),
            may_decide=may_decide,
            timeline=timeline(renewal) | timeline(application) if reads else None,
            **kwargs,
        )


class RenewalDecideView(RenewalMixin, FormPageView):
    """The dossier of a renewal on evidence, and the form for the decision.

    A decision-maker who is not independent of the holder is shown why, and nothing of the dossier.
    """

    permission = reads_decisions
    write_permission = may_try_to_decide
    form_class = DecisionForm
    template_name = "certificates/renewals/decide.html"
    success_message = _("The decision is recorded. The candidate has been told by e-mail.")

    @cached_property
    def decision(self) -> Decision | None:
        """The decision, once there is one."""
        return decision_on_evidence(self.renewal)

    def get_template_names(self) -> list[str]:
        """Choose the page that this reader may see."""
        return [self.template_name if self.may(reads_dossier) else "certificates/dossier_closed.html"]

    def get_form_kwargs(self) -> dict[str, Any]:
        """Both can be decided; where the certificate was revoked meanwhile, the service says so."""
        return {**super().get_form_kwargs(), "may_grant": True}

    def perform(self, form: DecisionForm) -> None:
        """Decide."""
        data = form.cleaned_data
        decide_renewal(self.renewal, actor=self.user, outcome=data["outcome"], reasons=data["reasons"])

    def get_success_url(self) -> str:
        """Stay on the page: it shows the decision now."""
        return reverse("certificates:renewal_decide", args=[self.renewal.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the dossier to those who may read it, the reasons why not to the others."""
        renewal = self.renewal
        context = super().get_context_data(renewal=renewal, decision=self.decision, **kwargs)
        if not self.may(reads_dossier):
            return {**context, "obstacles": self._obstacles()}
        certificate, near = renewal.certificate, is_near(self.user, renewal.certificate)
        is_waiting = renewal.stage == RenewalStage.DECISION  # type: ignore[attr-defined]  # annotated
        application = application_page().get(pk=renewal.application_id)
        return {
            **context,
            "certificate": certificate,
            "application": application,
            "events": certificate.events.select_related("recorded_by").order_by("effective_on", "id"),
            "chain": chain_of(certificate),
            "surveillances": surveillance_of(certificate, is_near=near),
            "misuse_cases": misuse_of(certificate, is_near=near),
            "is_near": near,
            "conflicts": conflicts_of(certificate.person),
            "earlier_attempts": exams_of(certificate.person),
            "earlier_decisions": decisions_on(certificate.person).exclude(application=application),
            "timeline": timeline(renewal) | timeline(application),
            "may_decide": is_waiting and self.may(decides),
            "is_waiting": is_waiting,
            "may_print": renewal.needs == RenewalNeeds.EVIDENCE and self.may(prints_renewal),
            "obstacles": self._obstacles() if self.may(may_try_to_decide) else [],
        }

    def _obstacles(self) -> list[Obstacle]:
        return obstacles(self.user, self.renewal)


class RenewalFileView(RenewalMixin, AccessMixin):
    """A paper of the application, for those who may read the renewal."""

    permission = reads_renewal

    def get(self, request: HttpRequest, pk: int, file: UUID) -> HttpResponseBase:
        """Send the file if it belongs to this renewal's application."""
        stored = attached_file(self.renewal.application, file)
        if stored is None:
            raise Http404
        return private_file_response(stored)
