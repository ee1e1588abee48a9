"""The body's pages about persons: the list, the record, conflicts of interest, accounts."""

from functools import cached_property
from typing import Any

from django.core.exceptions import PermissionDenied
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from django.views.generic.base import TemplateView

from audit.permissions import concealed_from
from audit.queries import timeline, told_to
from candidates.forms import office
from candidates.models import Person
from candidates.panels import person_panels
from candidates.permissions import declares_conflict, manages_person, reads_person
from candidates.queries import applications_of, conflicts_of, search_persons
from candidates.services.persons import declare_own_conflict, link_account, record_conflict, unlink_account
from candidates.states import VERBS
from candidates.views.common import ActorMixin, contact_facts, identity_facts, page_of
from core.views import ServiceFormView


class PersonListView(ActorMixin, TemplateView):
    """Persons in alphabetical order, found by name or FIN."""

    permission = reads_person
    template_name = "candidates/persons/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give one page of what is asked for."""
        form = office.PersonFilter(self.request.GET or None)
        wanted = form.cleaned_data["q"] if form.is_valid() else ""
        page = page_of(search_persons(wanted), self.request.GET.get("page"))
        return super().get_context_data(filter_form=form, page=page, **kwargs)


class PersonMixin(ActorMixin):
    """A page about one person."""

    @cached_property
    def found(self) -> Person | None:
        """The person whom the address names, if there is one."""
        return Person.objects.select_related("user").filter(pk=self.kwargs["pk"]).first()

    @property
    def person(self) -> Person:
        """The person; who may not see them learns nothing of whether they exist."""
        if self.found is None:
            raise PermissionDenied
        return self.found

    def get_permission_object(self) -> Person | None:
        """Ask about the person."""
        return self.found


class PersonView(PersonMixin, TemplateView):
    """A person's record: data, applications, conflicts of interest, and what upper floors add."""

    permission = reads_person
    template_name = "candidates/persons/detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the record."""
        person = self.person
        entries = told_to(timeline(person), concealed_from(self.actor))
        if person.user_id == self.actor.pk:
            # What upper floors hold back from a holder is not read by an officer who is one.
            entries = entries.filter(verb__in=VERBS)
        return super().get_context_data(
            person=person,
            identity=identity_facts(person),
            contact=contact_facts(person),
            applications=list(applications_of(person)),
            conflicts=list(conflicts_of(person)),
            panels=person_panels(person, self.actor),
            may_manage=manages_person(self.actor, person),
            timeline=entries,
            **kwargs,
        )


class PersonFormView(PersonMixin, ServiceFormView):
    """A verb of the officer on a person's record."""

    permission = manages_person
    template_name = "candidates/persons/form.html"
    heading: Any = ""
    intro: Any = ""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Give the person and the way back."""
        return super().get_context_data(
            person=self.person,
            heading=self.heading,
            intro=self.intro,
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def get_success_url(self) -> str:
        """Show the record."""
        return reverse("candidates:person", args=[self.kwargs["pk"]])


class ConflictView(PersonFormView):
    """Recording a conflict of interest of a member of staff."""

    form_class = office.ConflictForm
    heading = _("Record a conflict of interest")
    intro = _(
        "Whoever trained, is related to or works with the person neither assesses nor decides on them (contract B1)."
    )
    success_message = _("The conflict of interest is on record.")

    def perform(self, form: office.ConflictForm) -> None:
        """Record it."""
        record_conflict(self.person, **form.cleaned_data, actor=self.actor)


class LinkAccountView(PersonFormView):
    """Linking an account to a person who is known from paper."""

    form_class = office.LinkAccountForm
    heading = _("Link an account")
    intro = _(
        "Through the account the person sees their applications, results and certificates. Check the identity first."
    )
    success_message = _("The account has been linked.")

    def perform(self, form: office.LinkAccountForm) -> None:
        """Link it."""
        link_account(self.person, **form.cleaned_data, actor=self.actor)


class UnlinkAccountView(PersonFormView):
    """Parting a person from an account that is not theirs."""

    form_class = office.UnlinkAccountForm
    heading = _("Unlink the account")
    intro = _(
        "The account no longer sees results and certificates of this person. It keeps the applications it filled in."
    )
    success_message = _("The account has been unlinked.")

    def perform(self, form: office.UnlinkAccountForm) -> None:
        """Unlink it."""
        unlink_account(self.person, **form.cleaned_data, actor=self.actor)


class OwnConflictView(ActorMixin, ServiceFormView):
    """Declaring one's own conflict of interest by the reference of an application."""

    permission = declares_conflict
    template_name = "candidates/persons/own_conflict.html"
    form_class = office.OwnConflictForm
    success_message = _("The conflict of interest is on record: you will neither assess nor decide on this candidate.")
    success_url = reverse_lazy("home")

    def get_initial(self) -> dict[str, Any]:
        """Take the reference from the page that led here."""
        return {"reference": self.request.GET.get("reference", "")}

    def perform(self, form: office.OwnConflictForm) -> None:
        """Declare it."""
        declare_own_conflict(actor=self.actor, **form.cleaned_data)
