"""What the pages about one application share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.core.paginator import Page
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from candidates.completeness import Gap
from candidates.models import Application
from candidates.queries import application_page
from candidates.states import ApplicationState, Section
from core.access import AccessMixin
from core.paging import CappedPaginator
from core.templatetags.core_ui import longdate

ROWS_ON_A_PAGE = 25
STEP_URLS = {
    Section.IDENTITY: "candidates:identity",
    Section.CONTACT: "candidates:contact",
    Section.LETTERS: "candidates:letters",
    Section.DOCUMENTS: "candidates:documents",
    Section.DECLARATIONS: "candidates:declarations",
}
ATTACHMENTS = (Section.LETTERS, Section.DOCUMENTS)


class ActorMixin(AccessMixin):
    """A page for people who have signed in."""

    @property
    def actor(self) -> User:
        """The account that asks; access has been checked before anything else runs."""
        return cast(User, self.request.user)


class ApplicationMixin(ActorMixin):
    """A page about one application, found once for permission and content."""

    @cached_property
    def found(self) -> Application | None:
        """The application that the address names, if there is one."""
        return application_page().filter(pk=self.kwargs["pk"]).first()

    @property
    def application(self) -> Application:
        """The application; who may not see it learns nothing of whether it exists."""
        if self.found is None:
            raise PermissionDenied
        return self.found

    def get_permission_object(self) -> Application | None:
        """Ask about the application."""
        return self.found

    def detail_url(self) -> str:
        """Return the address of the application's page."""
        return reverse("candidates:detail", args=[self.kwargs["pk"]])


@dataclass(frozen=True, slots=True)
class Step:
    """A part of a draft as the list of steps shows it."""

    number: int
    section: str
    label: str | Promise
    url: str
    is_current: bool
    gaps: int
    is_returned: bool
    is_empty: bool
    is_doubtful: bool


def sections_of(application: Application) -> dict[Section, str]:
    """Return the parts that an application has, with their addresses.

    A renewal is asked for letters only where an officer asked for them, or where there are some.
    """
    left_out = (
        application.is_renewal
        and Section.LETTERS not in application.returned_sections
        and not application.letters.all()
    )
    return {section: url for section, url in STEP_URLS.items() if not (left_out and section == Section.LETTERS)}


def steps_of(application: Application, gaps: Iterable[Gap], current: str) -> Iterator[Step]:
    """Give the steps of a draft in order, each with how much it lacks."""
    gaps = list(gaps)
    blocking = [gap.section for gap in gaps if gap.blocking]
    advised = {gap.section for gap in gaps if not gap.blocking}
    asked = sections_of(application)
    for number, (section, url) in enumerate(asked.items(), start=1):
        yield Step(
            number=number,
            section=section,
            label=section.label,
            url=reverse(url, args=[application.pk]),
            is_current=section == current,
            gaps=blocking.count(section),
            is_returned=section in application.returned_sections,
            is_empty=section in advised and section in ATTACHMENTS,
            is_doubtful=section in advised and section not in ATTACHMENTS,
        )
    url = reverse("candidates:review", args=[application.pk])
    yield Step(
        len(asked) + 1,
        "review",
        _("Review and submit"),
        url,
        current == "review",
        0,
        is_returned=False,
        is_empty=False,
        is_doubtful=False,
    )


@dataclass(frozen=True, slots=True)
class NextStep:
    """What has to be done next, by whom, and where."""

    step: str | Promise
    who: str | Promise
    url: str = ""
    action: str | Promise = ""


YOU, OFFICER, APPLICANT, NOBODY = _("You"), _("Certification officer"), _("Applicant"), ""


def next_for_applicant(application: Application) -> NextStep:
    """Return what an applicant is told to do next, or to wait for."""
    edit = reverse("candidates:review", args=[application.pk])
    again = reverse("candidates:apply", args=[application.scheme.code])
    if application.concluded_at:
        return NextStep(_("The decision on certification has been made: see “My certificate” for it."), NOBODY)
    if application.is_renewal and (told := _next_of_renewal(application)):
        return told
    steps = {
        ApplicationState.DRAFT: NextStep(
            _("Fill in the parts of the application and submit it. You can leave and come back at any time."),
            YOU, edit, _("Continue"),
        ),
        ApplicationState.SUBMITTED: NextStep(
            _("We check the application and write to you: accepted, returned for completion, or refused."), OFFICER
        ),
        ApplicationState.RETURNED: NextStep(
            _("Complete what is missing and submit the application again."), YOU, edit, _("Complete it")
        ),
        ApplicationState.ACCEPTED: NextStep(
            # Exams and certificates stand on floors above: this is true of an accepted application wherever they are.
            _("The application is accepted. Follow your exam under “My exams” and what comes after it under "
              "“My certificate”; we write to you at each step."),
            NOBODY,
        ),
        ApplicationState.REFUSED: NextStep(
            _("The application was refused. You may apply again."), YOU, again, _("Apply again")
        ),
        ApplicationState.WITHDRAWN: NextStep(
            _("The application was withdrawn. You may apply again."), YOU, again, _("Apply again")
        ),
    }  # fmt: skip
    return steps[ApplicationState(application.state)]


def _next_of_renewal(application: Application) -> NextStep | None:
    """Return what the holder of a certificate is told otherwise than a first applicant."""
    apply_again = NextStep(
        _("The certificate stays as it is. You may apply for its renewal again under “My certificate”."), NOBODY
    )
    if application.state in {ApplicationState.REFUSED, ApplicationState.WITHDRAWN}:
        return apply_again
    if application.state == ApplicationState.ACCEPTED and not application.needs_exam:
        return NextStep(
            _("The application is accepted. The decision is made on the evidence; we write to you about it."),
            _("Independent decision-maker"),
        )
    return None


def next_for_office(application: Application) -> NextStep:
    """Return what the body does next with an application."""
    if application.concluded_at:
        return NextStep(_("The decision on certification has been made."), NOBODY)
    paper = NextStep(
        _("Complete what is missing on the paper application and submit it again."),
        OFFICER, reverse("candidates:review", args=[application.pk]), _("Complete it"),
    )  # fmt: skip
    if application.state == ApplicationState.ACCEPTED and not application.needs_exam:
        return NextStep(
            _("The renewal is decided on the evidence, under “Decisions”."), _("Independent decision-maker")
        )
    steps = {
        ApplicationState.SUBMITTED: NextStep(
            _("Check data, letters, documents and declarations; then accept, return or refuse."), OFFICER
        ),
        ApplicationState.RETURNED: paper if application.is_paper else NextStep(
            _("The applicant completes the application."), APPLICANT
        ),
        ApplicationState.ACCEPTED: NextStep(_("The exam is arranged and followed under “Exam sessions”."), OFFICER),
        ApplicationState.REFUSED: NextStep(_("Nothing: the case is closed."), NOBODY),
        ApplicationState.WITHDRAWN: NextStep(_("Nothing: the case is closed."), NOBODY),
    }  # fmt: skip
    return steps.get(ApplicationState(application.state), paper)


def identity_facts(who: Any) -> list[tuple[str | Promise, object]]:
    """Give the identity of a person or an application as labels and values."""
    return [
        (_("Surname"), who.surname),
        (_("Given name"), who.given_name),
        (_("Patronymic"), who.patronymic),
        (_("Date of birth"), longdate(who.date_of_birth)),
        (_("Identity card"), who.identity_card),
        (_("FIN"), who.fin),
    ]


def contact_facts(who: Any) -> list[tuple[str | Promise, object]]:
    """Give the ways of reaching somebody as labels and values."""
    return [
        (_("Address"), who.address),
        (_("Telephone"), who.telephone),
        (_("E-mail"), who.email),
        (_("Language of messages"), who.get_language_display()),
    ]


def page_of(rows: QuerySet[Any], number: str | None) -> Page[Any]:
    """Return one page of a list; a number that does not exist gives the nearest."""
    return CappedPaginator(rows, ROWS_ON_A_PAGE).get_page(number)
