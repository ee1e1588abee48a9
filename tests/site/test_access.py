"""Every route x every role: who gets in is written down here, and everything else is closed.

The people are the demo's. Beside the roles there are near misses: a candidate who is not the one in question (s), an
assessor of another session (o), and the assessor of the candidate who also is a decision-maker (c).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Invitation, User
from accounts.services.invitations import invite
from accounts.states import Role
from audit.models import AuditEntry
from candidates.models import Application
from certbody.demo.cast import address_of
from certificates.models import CaseFile, Certificate, TermsChange
from certificates.services.feeds import create_feed
from certificates.services.renewal_papers import request_renewal_dossier
from certificates.services.terms import announce_change
from certificates.states import DutyKind
from core.access import declares_access
from core.models import OutgoingMessage, RenderedFile
from exams.dossier import stage_dossier
from exams.models import Amendment, Attempt, BreachCase, HelpCall, Incident, Phrase, StageRun
from exams.services.amendments import approve_amendment, propose_amendment
from exams.services.papers import request_exam_protocol
from exams.states import IncidentKind
from tests.certificates import batches_factories, cases_factories, renewal_factories, requests_factories
from tests.certificates.terms_factories import prepared
from tests.factories import UserFactory

# Packages that guard their own pages: allauth's sign-in and Django's read-only administration.
OWN_GUARDS = ("account_", "mfa_", "admin:")
PEOPLE = {
    "x": "",  # nobody signed in
    "s": "candidate",  # a candidate with a draft, and a stranger to every other case
    "h": "holder",  # the candidate and holder whose case it is
    "a": "assessor",  # on the panel of the case
    "o": "outsider",  # an assessor of no session
    "c": "assessor2",  # on the panel of the case, and a decision-maker
    "d": "decider",
    "f": "officer",
    "u": "auditor",
    "m": "sysadmin",
}
ALL = "xshaocdfum"
SIGNED_IN = "shaocdfum"

# route: (which object, who gets in)
ROUTES = {
    "home": ("", ALL),
    "healthz": ("", ALL),
    "accounts:people": ("", "fum"),
    "accounts:me": ("", SIGNED_IN),
    "accounts:my_details": ("", SIGNED_IN),
    "accounts:set_language": ("", ALL),
    "accounts:invitations": ("", "fum"),
    "accounts:invite": ("", "fm"),
    "accounts:resend_invitation": ("invitation", "fm"),
    "accounts:withdraw_invitation": ("invitation", "fm"),
    "accounts:accept_invitation": ("token", ALL),
    "accounts:person": ("user", "fum"),
    "accounts:grant_role": ("user", "m"),
    "accounts:end_role": ("role", "m"),
    "accounts:deactivate": ("user", "m"),
    "accounts:reactivate": ("user", "m"),
    "audit:trail": ("", "fu"),
    "audit:entry": ("entry", "fu"),
    "operations:start": ("", "fum"),
    "operations:messages": ("", "fum"),
    "operations:message": ("message", "fum"),
    "operations:resend_message": ("message", "fm"),
    "operations:returned_message": ("message", "fm"),
    "operations:readdress_message": ("message", "f"),
    "operations:documents": ("", "fum"),
    "operations:retry_document": ("rendered", "fm"),
    "operations:mailbox": ("", "aocdfum"),
    "schemes:list": ("", ALL),
    "schemes:detail": ("scheme", ALL),
    "schemes:version": ("version", ALL),
    "candidates:list": ("", "fu"),
    "candidates:export": ("", "fu"),
    "candidates:paper": ("", "f"),
    "candidates:accept": ("application", "f"),
    "candidates:return": ("application", "f"),
    "candidates:refuse": ("application", "f"),
    "candidates:persons": ("", "fu"),
    "candidates:person": ("person", "fu"),
    "candidates:conflict": ("person", "f"),
    "candidates:link_account": ("person", "f"),
    "candidates:unlink_account": ("person", "f"),
    "candidates:own_conflict": ("", "aocdf"),
    "candidates:own": ("", "sh"),
    "candidates:apply": ("apply", "sh"),
    "candidates:identity": ("draft", "s"),
    "candidates:contact": ("draft", "s"),
    "candidates:letters": ("draft", "s"),
    "candidates:remove_letter": ("letter", "s"),
    "candidates:documents": ("draft", "s"),
    "candidates:remove_document": ("document", "s"),
    "candidates:declarations": ("draft", "s"),
    "candidates:review": ("draft", "s"),
    "candidates:withdraw": ("draft", "s"),
    "candidates:detail": ("application", "hfu"),
    "candidates:file": ("file", "hfu"),
    "exams:sessions": ("", "fu"),
    "exams:new": ("", "f"),
    "exams:panels": ("", "aoc"),
    "exams:mine": ("", SIGNED_IN),
    "exams:session": ("session", "acfu"),
    "exams:edit": ("session", "f"),
    "exams:panel": ("session", "f"),
    "exams:candidates": ("session", "f"),
    "exams:cancel": ("session", "f"),
    "exams:close": ("session", "f"),
    "exams:board": ("", "fu"),
    "exams:take_in": ("session", "f"),
    "exams:attempt": ("attempt", "acfu"),
    "exams:reschedule": ("attempt", "f"),
    "exams:remove": ("attempt", "f"),
    "exams:identity": ("attempt", "af"),
    "exams:no_show": ("attempt", "af"),
    "exams:print_attempt": ("attempt", "acfu"),
    "exams:print_session": ("session", "acfu"),
    "exams:paper": ("paper", "acfu"),
    "exams:paper_file": ("paper", "acfu"),
    "exams:release": ("attempt", "f"),
    "exams:result": ("attempt", "h"),
    "exams:start": ("stage", "a"),
    "exams:marking": ("run", "a"),
    "exams:run_marks": ("run", "a"),
    "exams:marks": ("", "aoc"),  # any assessor is told that an empty body is no mark; a mark by an outsider is refused
    "exams:worker": ("", ALL),  # the names of static files
    "exams:end": ("run", "a"),
    "exams:seal": ("run", "a"),
    "exams:phrases": ("", "aocfu"),
    "exams:phrase_add": ("", "aocf"),
    "exams:phrase_keep": ("", "aoc"),
    "exams:phrase_edit": ("phrase", "f"),  # a shared one
    "exams:phrase_delete": ("phrase", "f"),
    "exams:run_panel": ("run", "acfu"),
    "exams:settle": ("settle", "a"),  # the lead speaks for the panel
    "exams:sign_off": ("run", "a"),
    "exams:abstain": ("sheet", "af"),
    "exams:receipt": ("sheet", "acfu"),
    "exams:receipts": ("", "aocfu"),
    "exams:propose_amendment": ("settle", "af"),
    "exams:incident": ("attempt", "af"),
    "exams:cheating": ("attempt", "af"),
    "exams:interrupt": ("attempt", "af"),
    "exams:resume": ("attempt", "af"),
    "exams:stop": ("attempt", "af"),  # the lead and officers
    "exams:help_call": ("attempt", "af"),
    "exams:help_answer": ("call", "f"),
    "exams:leave_seat": ("seat", "af"),
    "exams:substitute": ("seat", "f"),
    "exams:breaches": ("", "fu"),
    "exams:breach": ("case", "fu"),
    "exams:settle_breach": ("case", "f"),
    "exams:amendments": ("", "fu"),
    "exams:amendment": ("amendment", "acfu"),
    "exams:approve_amendment": ("amendment", "f"),  # the assessor proposed it
    "exams:reject_amendment": ("amendment", "f"),
    "exams:amendment_file": ("amendment", "acfu"),
    "certificates:public_json": ("code", ALL),
    "certificates:public": ("code", ALL),
    "certificates:verify": ("", ALL),
    "certificates:register": ("", ALL),
    "certificates:publication": ("", SIGNED_IN),
    "certificates:publication_of": ("certificate", "fu"),
    "certificates:decision_queue": ("", "cdfu"),
    "certificates:decision_list": ("", "cdfu"),
    "certificates:dossier": ("attempt", "cdfu"),
    "certificates:dossier_file": ("dossier_file", "dfu"),
    "certificates:print_dossier": ("attempt", "dfu"),
    "certificates:reviews": ("", "cdfu"),
    "certificates:review": ("review", "dfu"),
    "certificates:review_file": ("review", "dfu"),
    "certificates:contract_list": ("", "fu"),
    "certificates:contract": ("contract", "hfu"),
    "certificates:contract_accept": ("contract", "h"),
    "certificates:contract_paper": ("contract", "f"),
    "certificates:contract_void": ("contract", "f"),
    "certificates:issue": ("contract", "f"),
    "certificates:contract_file": ("contract_file", "hfu"),
    "certificates:certificate_list": ("", "fu"),
    "certificates:mine": ("", SIGNED_IN),
    "certificates:duties": ("", "fu"),
    "certificates:duty": ("duty", "hfu"),
    "certificates:duty_meet": ("duty", "f"),
    "certificates:duty_waive": ("duty", "f"),
    "certificates:duty_file": ("duty", "fu"),
    "certificates:calendar": ("", "shfu"),
    "certificates:calendar_correct": ("", "f"),
    "certificates:feeds": ("", "shf"),
    "certificates:feed_create": ("", "shf"),
    "certificates:feed_revoke": ("feed", "f"),
    "certificates:feed": ("token", ALL),  # whoever has the address; this one is unknown
    "certificates:badge": ("badge", "hfu"),
    "certificates:batches": ("", "fu"),
    "certificates:batch": ("batch", "fu"),
    "certificates:batch_retry": ("batch", "f"),  # who started it
    "certificates:batch_file": ("batch", "f"),
    "certificates:issue_all": ("session", "f"),
    "certificates:notify": ("", "f"),
    "certificates:certificate": ("certificate", "fu"),
    "certificates:certificate_file": ("certificate", "hfu"),
    "certificates:suspend": ("certificate", "f"),
    "certificates:reinstate": ("certificate", "f"),
    "certificates:revoke": ("certificate", "f"),
    "certificates:reduce": ("certificate", "f"),
    "certificates:withdraw_plan": ("certificate", "f"),
    "certificates:copy_file": ("copy", "hfu"),
    "certificates:terms_list": ("", "fu"),
    "certificates:terms_new": ("", "f"),
    "certificates:terms": ("terms", "fu"),
    "certificates:terms_announce": ("terms", "f"),
    "certificates:terms_cancel": ("terms", "f"),
    "certificates:terms_accept": ("consent", "h"),
    "certificates:terms_paper": ("consent", "f"),
    "certificates:terms_scan": ("consent", "hfu"),
    "certificates:requests": ("", "fu"),
    "certificates:report_change": ("certificate", "hf"),
    "certificates:change": ("change", "hfu"),
    "certificates:change_accept": ("change", "f"),
    "certificates:change_reject": ("change", "f"),
    "certificates:change_withdraw": ("change", "h"),
    "certificates:report_circumstance": ("certificate", "hf"),
    "certificates:circumstance": ("circumstance", "hfu"),
    "certificates:circumstance_evaluate": ("circumstance", "f"),
    "certificates:request_replacement": ("certificate", "hf"),
    "certificates:replacement": ("replacement", "hfu"),
    "certificates:replacement_issue": ("replacement", "f"),
    "certificates:replacement_reject": ("replacement", "f"),
    "certificates:replacement_withdraw": ("replacement", "h"),
    "certificates:case_file": ("case_file", "hfu"),
    "certificates:misuse_list": ("", "fu"),
    "certificates:misuse_open": ("certificate", "f"),
    "certificates:misuse": ("misuse", "hfu"),
    "certificates:misuse_evidence": ("misuse", "f"),
    "certificates:misuse_hear": ("misuse", "f"),
    "certificates:misuse_answer": ("misuse", "hf"),
    "certificates:misuse_settle": ("misuse", "f"),
    "certificates:surveillance_list": ("", "fu"),
    "certificates:surveillance_new": ("certificate", "f"),
    "certificates:surveillance": ("surveillance", "hfu"),
    "certificates:surveillance_announce": ("surveillance", "f"),
    "certificates:surveillance_hold": ("surveillance", "f"),
    "certificates:surveillance_move": ("surveillance", "f"),
    "certificates:surveillance_cancel": ("surveillance", "f"),
    "certificates:apply_for_renewal": ("certificate", "hf"),
    "certificates:renewal_list": ("", "fu"),
    "certificates:renewal": ("renewal", "hdfu"),
    "certificates:renewal_decide": ("renewal", "cdfu"),
    "certificates:renewal_file": ("renewal_file", "hdfu"),
    "certificates:print_renewal": ("renewal", "dfu"),
    "certificates:renewal_paper": ("renewal_paper", "fu"),  # an officer asked for it
    "certificates:renewal_paper_file": ("renewal_paper", "fu"),
}

# Pages that more people read than write.
WRITERS = {
    "certificates:dossier": "cd",
    "certificates:renewal": "h",
    "certificates:renewal_decide": "cd",
    "certificates:publication_of": "f",
    "certificates:review": "cd",  # who is not independent is told why
}


def routes(patterns: Any = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Give every route of this project with its full name."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        elif not f"{namespace}{pattern.name}".startswith(OWN_GUARDS):
            yield f"{namespace}{pattern.name}", pattern


def called(attempt: Attempt) -> HelpCall:
    """Return a call for help from the room of the case."""
    assessor = User.objects.get(email=address_of("assessor"))
    return HelpCall.objects.create(attempt=attempt, called_by=assessor, called_at=timezone.now())


def suspected(attempt: Attempt) -> BreachCase:
    """Return a suspicion at the exam of the case, reported by its assessor."""
    assessor = User.objects.get(email=address_of("assessor"))
    moment = timezone.now()
    incident = Incident.objects.create(
        attempt=attempt, kind=IncidentKind.CHEATING, note="Cihaz", started_at=moment, recorded_by=assessor
    )
    return BreachCase.objects.create(attempt=attempt, incident=incident, opened_by=assessor, opened_at=moment)


def amended(run: StageRun, officer: User) -> Amendment:
    """Amend a mark of the case after its decision, as its assessor proposed."""
    one = stage_dossier(run).steps[-1]
    assessor = User.objects.get(email=address_of("assessor"))
    amendment = propose_amendment(
        run, one.step, value=not one.value, why="Yazıda eşidilir.", evidence="Səs yazısı.", actor=assessor
    )
    return approve_amendment(amendment, actor=officer)


def announced_terms(officer: User) -> TermsChange:
    """Return a change of terms that was announced."""
    return announce_change(prepared(officer), actor=officer)


class World:
    """The demo's people, signed in, and the objects that addresses name."""

    def __init__(self) -> None:
        UserFactory.create(email=address_of("outsider"), roles=[Role.ASSESSOR])
        officer = User.objects.get(email=address_of("officer"))
        certificate = Certificate.objects.select_related("contract").get(person__user__email=address_of("holder"))
        attempt = Attempt.objects.get(person=certificate.person)
        run = attempt.stages.order_by("stage__order")[0]
        application = attempt.application
        draft = Application.objects.get(account__email=address_of("candidate"))
        letter, document = application.letters.get(), application.documents.get()
        invite(
            email="new@demo.example",
            surname="Yeni",
            given_name="İnsan",
            role=Role.ASSESSOR,
            language="az",
            actor=officer,
        )
        self.keys: dict[str, dict[str, object]] = {
            "": {},
            "user": {"pk": officer.pk},
            "role": {"pk": officer.pk, "role": Role.OFFICER},
            "invitation": {"pk": Invitation.objects.get().pk},
            "token": {"token": "no-such-token"},
            "entry": {"pk": AuditEntry.objects.latest("pk").pk},
            "message": {"pk": OutgoingMessage.objects.latest("pk").pk},
            "rendered": {"pk": RenderedFile.objects.latest("requested_at").pk},
            "scheme": {"code": "coach-6"},
            "apply": {"scheme": "coach-6"},
            "version": {"code": "coach-6", "number": 1},
            "application": {"pk": application.pk},
            "draft": {"pk": draft.pk},
            "letter": {"pk": draft.pk, "item": draft.letters.get().pk},
            "document": {"pk": draft.pk, "item": draft.documents.get().pk},
            "file": {"pk": application.pk, "file": letter.stored_id},
            "person": {"pk": certificate.person_id},
            "session": {"pk": attempt.session_id},
            "attempt": {"pk": attempt.pk},
            "stage": {"pk": attempt.pk, "code": "P1"},
            "run": {"pk": run.pk},
            "settle": {"pk": run.pk, "code": run.stage.steps.order_by("order")[0].code},
            "sheet": {"pk": run.sheets.get(assessor__email=address_of("assessor")).pk},
            "phrase": {"pk": Phrase.objects.create(text="Sual açıq idi.", created_by=officer).pk},
            "call": {"pk": called(attempt).pk},
            "seat": {"pk": attempt.session.panel.get(assessor__email=address_of("assessor")).pk},
            "paper": {"pk": request_exam_protocol(attempt, actor=officer).pk},
            "case": {"pk": suspected(attempt).pk},
            "amendment": {"pk": amended(run, officer).pk},
            "review": {"pk": attempt.decision.reviews.get().pk},
            "dossier_file": {"pk": attempt.pk, "file": document.stored_id},
            "contract": {"pk": certificate.contract_id},
            "contract_file": {"pk": certificate.contract_id, "which": "draft"},
            "certificate": {"pk": certificate.pk},
            "badge": {"pk": certificate.pk, "format": "svg"},
            "batch": {"pk": batches_factories.table_of_certificates(officer).pk},
            "copy": {"pk": certificate.pk, "number": 1},
            "change": {"pk": requests_factories.change(certificate, telephone="+994507654321").pk},
            "circumstance": {"pk": requests_factories.circumstance(certificate).pk},
            "replacement": {"pk": requests_factories.replacement(certificate).pk},
            "misuse": {"pk": cases_factories.heard(certificate).pk},
            "surveillance": {"pk": cases_factories.planned(certificate).pk},
            "case_file": {"pk": CaseFile.objects.filter(replacement=None, misuse=None).latest("pk").pk},
            "terms": {"pk": announced_terms(officer).pk},
            "consent": {"pk": certificate.consents.latest("pk").pk},
            "renewal": {"pk": (renewal := renewal_factories.standing(certificate)).pk},
            "renewal_file": {"pk": renewal.pk, "file": renewal.application.documents.get().stored_id},
            "renewal_paper": {"pk": request_renewal_dossier(renewal, actor=officer).pk},
            "code": {"code": certificate.code},
            "duty": {"pk": certificate.duties.filter(kind=DutyKind.APPLY_FOR_RENEWAL).latest("pk").pk},
            "feed": {"pk": create_feed(actor=officer, for_office=True)[0].pk},
        }
        self.clients = {letter: self._client(login) for letter, login in PEOPLE.items()}

    @staticmethod
    def _client(login: str) -> Client:
        client = Client()
        if login:
            client.force_login(User.objects.get(email=address_of(login)))
        return client

    def let_in(self, name: str, method: str = "get") -> str:
        """Return the letters of those whom a route lets in; a failing page raises and fails the test by itself."""
        which, _who = ROUTES[name]
        address = reverse(name, kwargs=self.keys[which])
        return "".join(letter for letter, client in self.clients.items() if not refused(client, method, address))


def refused(client: Client, method: str, address: str) -> bool:
    """Tell whether a person meets a closed door: the sign-in page, or 403."""
    answer: Any = getattr(client, method)(address)
    if answer.streaming:
        b"".join(answer.streaming_content)  # read to the end, the file is closed
    return bool(answer.status_code == 403 or getattr(answer, "url", "").startswith("/accounts/login/"))


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The demo data, loaded once for this module and rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("load_reference")
        call_command("load_demo")
        yield World()
        transaction.set_rollback(True)


def test_every_route_is_in_the_table():
    assert sorted(name for name, _pattern in routes()) == sorted(ROUTES)


def test_every_view_declares_who_may_enter():
    assert [name for name, pattern in routes() if not declares_access(pattern.callback)] == []


@pytest.mark.parametrize("name", ROUTES)
def test_route_lets_in_exactly_those_who_may(db, world, name):
    assert world.let_in(name) == ROUTES[name][1]


@pytest.mark.parametrize("name", ROUTES)
def test_route_lets_write_nobody_else(db, world, name):
    """An empty form is sent: whoever may not enter is refused before anything looks at it."""
    assert world.let_in(name, "post") == WRITERS.get(name, ROUTES[name][1])
