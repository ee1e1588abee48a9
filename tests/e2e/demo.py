"""The demo's site for a whole module of tests: committed, served, and emptied again; and which pages it has."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from django.core.management import call_command
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from candidates.models import Application
from candidates.states import ApplicationState
from certbody.demo.cast import address_of
from certificates.models import (
    Certificate,
    CertificateCopy,
    ChangeNotice,
    Circumstance,
    Contract,
    Decision,
    Duty,
    MisuseCase,
    Replacement,
    Surveillance,
    TermsChange,
)
from exams.models import Attempt, Settlement, StageRun
from tests.browser import DESKTOP, session_of
from tests.site.test_access import PEOPLE, ROUTES, World, routes

# Routes that answer GET with something else than a page.
NOT_PAGES = {
    "healthz", "candidates:export", "candidates:file", "exams:marks", "exams:run_marks", "exams:worker",
    "exams:amendment_file", "exams:paper_file", "certificates:review_file", "certificates:public_json",
    "certificates:dossier_file", "certificates:contract_file", "certificates:certificate_file",
    "certificates:copy_file", "certificates:badge", "certificates:duty_file", "certificates:case_file",
    "certificates:batch_file", "certificates:renewal_file", "certificates:renewal_paper_file",
    "certificates:terms_scan", "certificates:feed",
}  # fmt: skip
# Routes that lead to another page.
LEADS_ON = {"operations:start"}
# Routes that show their form only while there is something to decide.
OF_A_SUBMITTED_APPLICATION = ("candidates:accept", "candidates:return", "candidates:refuse")
# Whose eyes see most of a page, in this order: each route is visited by the first of them whom it lets in.
READERS = "fdamhsx"
# Pages of django-allauth, in our look.
ENTRANCE = (
    "account_login", "account_signup", "account_reset_password", "account_reset_password_done",
    "account_email_verification_sent", "account_inactive",
)  # fmt: skip
ACCOUNT = ("account_change_password", "account_email", "account_logout", "account_reauthenticate", "mfa_index")
VISITORS = ("", "officer", "assessor", "assessor2", "decider", "auditor", "sysadmin", "candidate", "holder")


class DemoSite:
    """The served demo."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.server = LiveServer("localhost")
        self.contexts: dict[tuple[str, str, str], BrowserContext] = {}

    @property
    def url(self) -> str:
        """The address of the site."""
        return str(self.server.url)

    def context(self, login: str, language: str, scheme: str = "light") -> BrowserContext:
        """Return the browser profile of one of the demo's people ("" for nobody), in a language."""
        key = (login, language, scheme)
        if key not in self.contexts:
            context = self.browser.new_context(
                base_url=self.url,
                viewport=DESKTOP,
                locale=language,
                reduced_motion="reduce",
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            cookies = {"django_language": language}
            if login:
                cookies["sessionid"] = session_of(User.objects.get(email=address_of(login)))
            context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies.items()])
            self.contexts[key] = context
        return self.contexts[key]

    def close(self) -> None:
        """Close every browser profile and the server."""
        for context in self.contexts.values():
            context.close()
        self.server.stop()

    # --- Which pages there are ---
    @cached_property
    def main_pages(self) -> list[tuple[str, str]]:
        """Every route once, and the home of each role: who visits, and the address."""
        return list(dict.fromkeys([*((login, "/") for login in VISITORS), *self._pages_of_routes()]))

    @cached_property
    def pages_in_other_states(self) -> list[tuple[str, str]]:
        """The pages that look different in each state of a case."""
        return [page for page in dict.fromkeys(self._pages_of_states()) if page not in self.main_pages]

    def _pages_of_routes(self) -> Iterator[tuple[str, str]]:
        keys = World().keys
        waiting = Application.objects.filter(state=ApplicationState.SUBMITTED)[0]
        concerned = {name: {"pk": waiting.pk} for name in OF_A_SUBMITTED_APPLICATION}
        patterns = dict(routes())
        for name, (which, who) in ROUTES.items():
            view = getattr(patterns[name].callback, "view_class", None)
            if (
                name not in NOT_PAGES | LEADS_ON
                and "get" in getattr(view, "http_method_names", ())
                and hasattr(view, "get")
            ):
                reader = next(letter for letter in READERS if letter in who)
                yield PEOPLE[reader], reverse(name, kwargs=concerned.get(name, keys[which]))
        yield from (("", reverse(name)) for name in ENTRANCE)
        yield from (("officer", reverse(name)) for name in ACCOUNT)

    def _pages_of_states(self) -> Iterator[tuple[str, str]]:
        """Give one case for each state, as the person concerned and those who work on it see it."""
        yield from self._pages_before_the_decision()
        yield from self._pages_after_the_decision()
        yield "", reverse("certificates:public", args=["0" * 16])
        for name in ("exams:sessions", "candidates:list", "certificates:decision_queue"):
            yield "auditor", reverse(name)

    def _pages_before_the_decision(self) -> Iterator[tuple[str, str]]:
        for application in _one_each(Application.objects.exclude(account=None), "state"):
            login = _login(application.account)
            yield from ((login, address) for address in ("/", reverse("candidates:detail", args=[application.pk])))
            if application.state != ApplicationState.DRAFT:
                yield "officer", reverse("candidates:detail", args=[application.pk])
        for attempt in _one_each(Attempt.objects.all(), "state", "passed"):
            yield "assessor", reverse("exams:attempt", args=[attempt.pk])
            yield _login(attempt.person.user), reverse("exams:mine")
            if attempt.released_at:
                yield _login(attempt.person.user), reverse("exams:result", args=[attempt.pk])
                yield from (
                    (login, reverse("certificates:dossier", args=[attempt.pk])) for login in ("decider", "assessor2")
                )
        for run in _one_each(StageRun.objects.filter(signed_off_at=None), "is_running"):
            yield from (("assessor", reverse(f"exams:{name}", args=[run.pk])) for name in ("marking", "seal"))
        for settled in Settlement.objects.all():
            yield "assessor2", reverse("exams:run_panel", args=[settled.run_id])

    def _pages_after_the_decision(self) -> Iterator[tuple[str, str]]:
        for decision in _one_each(Decision.objects.all(), "outcome"):
            yield _login(decision.person.user), reverse("certificates:mine")
        for contract in _one_each(Contract.objects.all(), "state"):
            login = _login(contract.person.user)
            yield login, reverse("certificates:contract", args=[contract.pk])
            yield login, reverse("certificates:contract_accept", args=[contract.pk])
            yield from ((login, address) for address in ("/", reverse("certificates:mine")))
        for certificate in _one_each(Certificate.objects.all(), "badge_state"):
            yield _login(certificate.person.user), reverse("certificates:mine")
            yield "officer", reverse("certificates:certificate", args=[certificate.pk])
            yield "", reverse("certificates:public", args=[certificate.code])
        for copy in CertificateCopy.objects.exclude(superseded_at=None)[:1]:
            yield "", reverse("certificates:public", args=[copy.code])
        yield from self._pages_of_cases()

    def _pages_of_cases(self) -> Iterator[tuple[str, str]]:
        for case in (ChangeNotice, Circumstance, Replacement, MisuseCase, Surveillance, TermsChange):
            name = {ChangeNotice: "change", MisuseCase: "misuse", TermsChange: "terms"}.get(case, case._meta.model_name)
            for one in _one_each(case._default_manager.all(), "state"):
                yield "officer", reverse(f"certificates:{name}", args=[one.pk])
                if case in {ChangeNotice, Circumstance, Replacement}:
                    login = _login(one.certificate.person.user)
                    yield login, reverse(f"certificates:{name}", args=[one.pk])
        for duty in _one_each(Duty.objects.all(), "badge_state"):
            yield "auditor", reverse("certificates:duty", args=[duty.pk])


def _one_each(found: Iterable[Any], *names: str) -> list[Any]:
    """Return one row for each combination of these attributes."""
    return list({tuple(getattr(row, name) for name in names): row for row in found}.values())


def _login(user: User | None) -> str:
    assert user is not None
    return user.email.partition("@")[0]


@contextmanager
def demo_site(browser: Browser) -> Iterator[DemoSite]:
    """Load the demo, serve it, and leave the database empty."""
    call_command("load_reference")
    call_command("load_demo")
    site = DemoSite(browser)
    try:
        yield site
    finally:
        site.close()
        call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
