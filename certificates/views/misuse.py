"""Cases of misuse: officers' pages, and the hearing as its holder sees it (contract H3, H10, H11)."""

from typing import Any, cast

from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from audit.queries import timeline
from certificates.forms.cases import (
    AnswerForHolderForm,
    AnswerForm,
    EvidenceForm,
    HearingForm,
    MisuseFilter,
    OpenMisuseForm,
    SettleMisuseForm,
)
from certificates.models import MisuseCase
from certificates.permissions import (
    answers_hearing,
    handles,
    handles_misuse,
    holds,
    reads_certificates,
    reads_misuse,
)
from certificates.queries.cases import (
    DatedCase,
    evidence,
    extra_assessment,
    holder_evidence,
    misuse_cases,
    search_misuse,
)
from certificates.services.measures import carried_over
from certificates.services.misuse import (
    ANSWER_AWAITED,
    OPENED_BY_SAME,
    UNHEARD,
    add_evidence,
    answer_hearing,
    offered_outcomes,
    open_case,
    open_hearing,
    settle_case,
)
from certificates.states import MisuseRule, MisuseState
from certificates.views.columns import MISUSE_CASES
from certificates.views.common import CertificateMixin, FormPageView, ListPageView, PageView
from core.errors import RuleViolation
from core.templatetags.core_ui import longdate_lazy

HEARD_ALREADY = _("The hearing of this case was opened already.")
NO_ANSWER_AWAITED = _("No answer is awaited: it has been given already, or the case is settled.")
LATE_OF_HOLDER = _(
    "Your answer has reached us, but after the day by which it was due: it is marked as late and may not be "
    "considered. You will be told the outcome by e-mail."
)
LATE_ON_PAPER = _("The holder's answer is kept with the case, marked as late. The holder has been told so by e-mail.")
SETTLED_ALREADY = _("The case is settled already: a settled case is not changed any more.")
WHO_SETTLES = _("Another officer than who opened the case settles it (contract B1).")


class MisuseListView(ListPageView):
    """All cases of misuse, newest first."""

    permission = reads_certificates
    template_name = "certificates/cases/misuse_list.html"
    filter_form = MisuseFilter
    columns = MISUSE_CASES
    export_name = _("Cases of misuse")

    def get_rows(self, filters: dict[str, Any]) -> "QuerySet[DatedCase]":
        """Return the cases that the filters leave."""
        return search_misuse(
            self.user, filters.get("q", ""), state=filters.get("state", ""), rule=filters.get("rule", "")
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the day, against which a row is overdue."""
        return super().get_context_data(today=timezone.localdate(), **kwargs)


class CaseMixin:
    """A view about one case, named in the address as `pk`."""

    kwargs: dict[str, Any]

    @cached_property
    def case(self) -> DatedCase:
        """The case; 404 when there is none."""
        return get_object_or_404(misuse_cases(), pk=self.kwargs["pk"])

    def get_permission_object(self) -> MisuseCase:
        """Ask about the case."""
        return self.case


class MisuseView(CaseMixin, PageView):
    """A case: for officers and auditors all of it; for its holder, from the hearing on, what is held against them."""

    permission = reads_misuse

    @cached_property
    def is_holder(self) -> bool:
        """Whether the reader is the one who is heard."""
        return holds(self.user, self.case.certificate)

    def get_template_names(self) -> list[str]:
        """Choose the page that this reader may see."""
        return ["certificates/cases/hearing.html" if self.is_holder else "certificates/cases/misuse.html"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the case, its papers, and what this reader may do."""
        case = self.case
        if self.is_holder:
            return super().get_context_data(
                case=case,
                certificate=case.certificate,
                files=holder_evidence(case),
                assessment=extra_assessment(case),
                may_answer=case.state == MisuseState.HEARING,
                answer_is_overdue=case.state == MisuseState.HEARING and case.answer_by < timezone.localdate(),
                **kwargs,
            )
        is_open = case.state != MisuseState.SETTLED
        handling = is_open and self.may(handles_misuse)
        is_heard = case.state == MisuseState.HEARING
        return super().get_context_data(
            case=case,
            certificate=case.certificate,
            files=evidence(case),
            assessment=extra_assessment(case),
            is_open=is_open,
            may_handle=handling,
            may_hear=handling and case.state == MisuseState.OPEN,
            may_answer=handling and is_heard,
            may_settle=handling and case.opened_by_id != self.user.pk,
            answer_is_overdue=is_heard and case.answer_by < timezone.localdate(),
            timeline=timeline(case),
            **kwargs,
        )


class OpenMisuseView(CertificateMixin, FormPageView):
    """An officer opens a case about a certificate; a page of the certificate may suggest the rule (`?rule=`)."""

    permission = handles
    form_class = OpenMisuseForm
    template_name = "certificates/cases/form.html"
    success_message = _("The case is open. The holder is told nothing until you open the hearing.")

    def get_initial(self) -> dict[str, Any]:
        """Choose the rule that the address names."""
        rule = self.request.GET.get("rule", "")
        return {**super().get_initial(), **({"rule": rule} if rule in MisuseRule.values else {})}

    def perform(self, form: OpenMisuseForm) -> None:
        """Open it."""
        data = form.cleaned_data
        self.opened = open_case(
            self.certificate,
            rule=MisuseRule(data["rule"]),
            facts=data["facts"],
            files=data["papers"],
            actor=self.user,
        )

    def get_success_url(self) -> str:
        """Show the case."""
        return reverse("certificates:misuse", args=[self.opened.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the certificate and what the page is for."""
        return super().get_context_data(
            certificate=self.certificate,
            heading=_("Open a case of misuse"),
            cancel_url=reverse("certificates:certificate", args=[self.certificate.pk]),
            **kwargs,
        )


class CaseFormView(CaseMixin, FormPageView):
    """A form about a case."""

    permission = handles_misuse
    template_name = "certificates/cases/form.html"
    heading: Any = ""
    consequences: tuple[Any, ...] = ()
    fields: dict[str, str] = {}  # beside which field a refusal is shown

    def error_field(self, violation: RuleViolation) -> str | None:
        """Show a refusal beside the field that it is about."""
        return self.fields.get(violation.code)

    def get_success_url(self) -> str:
        """Show the case as it stands now."""
        return reverse("certificates:misuse", args=[self.case.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the case and what the page is for."""
        return super().get_context_data(
            case=self.case,
            certificate=self.case.certificate,
            heading=self.heading,
            consequences=self.consequences,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


class EvidenceView(CaseFormView):
    """More papers of a case."""

    form_class = EvidenceForm
    heading = _("Add evidence")
    success_message = _("The files are kept with the case.")

    def unavailable(self) -> Any:
        """Say that the case is settled."""
        return SETTLED_ALREADY if self.case.state == MisuseState.SETTLED else ""

    def perform(self, form: EvidenceForm) -> None:
        """Keep them."""
        data = form.cleaned_data
        add_evidence(
            self.case, data["papers"], note=data["note"], shown_to_holder=data["shown_to_holder"], actor=self.user
        )


class HearView(CaseFormView):
    """The hearing is opened."""

    form_class = HearingForm
    heading = _("Open the hearing")
    success_message = _("The hearing is open. The holder has been asked by e-mail for their answer.")
    fields = {"due_short": "answer_due_on", "reason": "charge"}
    consequences = (
        _("The holder reads from now on what is held against them, and the papers that you show them."),
        _("They are asked by e-mail to answer by the day that you set. Nothing is decided against them before."),
    )

    def unavailable(self) -> Any:
        """Say that there is a hearing already."""
        return "" if self.case.state == MisuseState.OPEN else HEARD_ALREADY

    def perform(self, form: HearingForm) -> None:
        """Open it."""
        data = form.cleaned_data
        open_hearing(self.case, charge=data["charge"], answer_due_on=data["answer_due_on"], actor=self.user)


class AnswerView(CaseFormView):
    """The holder answers in the portal, or an officer enters what they wrote on paper."""

    permission = answers_hearing
    template_name = "certificates/cases/answer.html"
    fields = {"received_future": "received_on", "received_early": "received_on", "answer": "answer"}
    is_late = False

    def unavailable(self) -> Any:
        """Say that no answer is awaited."""
        return "" if self.case.state == MisuseState.HEARING else NO_ANSWER_AWAITED

    def get_form_class(self) -> type[AnswerForm]:
        """Speak to whoever answers."""
        return AnswerForm if holds(self.user, self.case.certificate) else AnswerForHolderForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Check the day on which a paper came in against the hearing."""
        on_paper = {} if holds(self.user, self.case.certificate) else {"case": self.case}
        return {**super().get_form_kwargs(), **on_paper}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the heading for whoever answers, and whether the day has passed."""
        is_holder = holds(self.user, self.case.certificate)
        kwargs.setdefault("is_holder", is_holder)
        kwargs["day_has_passed"] = self.case.answer_by is not None and self.case.answer_by < timezone.localdate()
        self.heading = _("Your answer") if is_holder else _("Enter the holder's answer")
        return super().get_context_data(**kwargs)

    def get_success_message(self) -> Any:
        """Say what follows, and whether it came in time."""
        is_holder = holds(self.user, self.case.certificate)
        if self.is_late:
            return LATE_OF_HOLDER if is_holder else LATE_ON_PAPER
        if is_holder:
            return _("Your answer has reached us. You will be told the outcome by e-mail.")
        return _("The holder's answer is kept with the case.")

    def perform(self, form: AnswerForm) -> None:
        """Take the answer."""
        data = form.cleaned_data
        answer_hearing(
            self.case,
            answer=data["answer"],
            received_on=data.get("received_on"),
            files=data["papers"],
            actor=self.user,
        )
        self.is_late = misuse_cases().get(pk=self.case.pk).answer_is_late


class SettleMisuseView(CaseFormView):
    """The outcome of a case."""

    form_class = SettleMisuseForm
    heading = _("Settle the case")
    success_message = _("The case is settled.")
    consequences: tuple[Any, ...] = (
        _("The outcome stands: a settled case is not changed any more. The holder is told by e-mail, with reasons."),
        _("Extra assessment: the holder owes it by the day that you set."),
        _("Suspension: it is suspended from today; the public page says so, and the holder hands the original back."),
        _("Revocation: the certificate is revoked from today, for good."),
        _("No ground, warning, legal proceedings: the state of the certificate does not change."),
    )
    fields = {
        "reason": "reasons",
        "assessment": "details",
        "due_missing": "due_on",
        "due_past": "due_on",
        "due_late": "due_on",
        "review_missing": "review_on",
        "public_reason": "public_reason",
    }

    def unavailable(self) -> Any:
        """Say who settles the case, to whoever may not, and that it is settled."""
        if self.case.state == MisuseState.SETTLED:
            return SETTLED_ALREADY
        return OPENED_BY_SAME if self.case.opened_by_id == self.user.pk else ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say who may settle it, and what it is ripe for."""
        notes = [WHO_SETTLES, *filter(None, [carried_over(self.case.certificate)])]
        if len(offered_outcomes(self.case)) == 1:
            if self.case.answer_by:
                notes.append(format_lazy(ANSWER_AWAITED, day=longdate_lazy(self.case.answer_by)))
            else:
                notes.append(UNHEARD)
            self.consequences = (self.consequences[0], self.consequences[-1])
        return super().get_context_data(notes=notes, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the form know the case as it was read."""
        return {**super().get_form_kwargs(), "case": self.case}

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        """Show the form again below the case as it is now, which counts as read: nothing that was typed is lost."""
        form.data = {**cast(QueryDict, form.data).dict(), "seen": self.case.state}
        return super().form_invalid(form)

    def perform(self, form: SettleMisuseForm) -> None:
        """Settle it."""
        settle_case(self.case, form.settlement, actor=self.user)
