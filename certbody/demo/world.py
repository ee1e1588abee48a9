"""The steps of a case as the demo's people take them: each is one or a few calls of the real services."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from accounts.services.people import create_account
from accounts.states import Role
from candidates.models import Application
from candidates.queries import latest_texts
from candidates.services.attachments import add_document, add_letter, keep_upload
from candidates.services.declarations import declare
from candidates.services.drafts import save_contact, save_identity, start_application
from candidates.services.review import accept_application
from candidates.services.submission import submit_application
from candidates.states import DeclarationKind, DocumentKind, IssuerKind
from certbody.demo.cast import DEMO_PASSWORD, Applicant, Staff, address_of
from certbody.demo.papers import identity_card, letter
from certificates.models import Contract
from certificates.services.contracts import accept_contract
from certificates.services.decisions import decide
from exams.models import Attempt, ExamSession, Sheet, StageRun
from exams.queries.sessions import seats_that_mark
from exams.services.attendance import check_identity
from exams.services.intake import take_in
from exams.services.settling import settle
from exams.services.sheets import abstain, seal_sheet
from exams.services.sign_off import sign_off_stage
from exams.services.stages import end_stage, start_stage
from exams.sheets import marked_sheet
from exams.states import ClientKind, IdentityDocument, SheetState
from exams.wire import VERSION, batch_of
from schemes.models import SchemeVersion

_NAMESPACE = UUID("5e0cf2a2-5d7c-4f8c-9f5e-2b3a7c1d9e10")
_TOPICS = ("Karyera keçidi", "Komanda rəhbərliyi", "İş və ailə tarazlığı", "Məqsəd qoyma və icra", "Özünüinkişaf")
_COMMENTS = {
    "BQ.4": "Səsi tez-tez alçalırdı, müştəri iki dəfə təkrar soruşdu.",
    "BQ.6": "İki qapalı sual verdi, sonra açıq sualla davam etdi.",
    "BQ.12": "Müştərinin sözünü kəsdi.",
    "BQ.24": "Növbəti görüş üçün izləmə tarixi razılaşdırılmadı.",
    "BQ.31": "Üsulların dəyişməsinə ehtiyac soruşulmadı.",
}


@dataclass
class World:
    """Who and what exists so far."""

    versions: dict[str, SchemeVersion]
    accounts: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, ExamSession] = field(default_factory=dict)

    def staff(self, person: Staff) -> User:
        """Return the account of a member of staff, created when first asked for."""
        return self._account(person.login, person.surname, person.given_name, person.patronymic, "az", person.roles)

    def applicant(self, person: Applicant) -> User:
        """Return the account of an applicant, created when first asked for."""
        names = (person.surname, person.given_name, person.patronymic)
        return self._account(person.login, *names, person.language, (Role.CANDIDATE,))

    def _account(
        self, login: str, surname: str, given_name: str, patronymic: str, language: str, roles: tuple[Role, ...]
    ) -> User:
        if login not in self.accounts:
            self.accounts[login] = create_account(
                email=address_of(login), password=DEMO_PASSWORD, surname=surname, given_name=given_name,
                patronymic=patronymic, language=language, roles=roles, actor=None,
            )  # fmt: skip
        return self.accounts[login]


# --- Applying ---------------------------------------------------------------------------------------------------------
def draft(world: World, person: Applicant) -> Application:
    """Fill in everything but the declarations."""
    actor = world.applicant(person)
    application = start_application(world.versions[person.scheme].scheme, actor=actor)
    series, number = person.card.split()
    identity = {
        "surname": person.surname,
        "given_name": person.given_name,
        "patronymic": person.patronymic,
        "date_of_birth": person.born,
        "identity_series": series,
        "identity_number": number,
        "fin": person.fin,
    }
    contact = {
        "address": f"Bakı ş., {person.district} r-nu, Nizami küçəsi {person.born.day}, mənzil {person.born.month}",
        "telephone": f"+99450{person.born.year}{person.born.day:02d}{person.born.month % 10}",
        "email": address_of(person.login),
        "language": person.language,
        "special_needs": person.special_needs,
    }
    save_identity(application, data=identity, actor=actor)
    save_contact(application, data=contact, actor=actor)
    _attach(application, person, actor)
    return application


def _attach(application: Application, person: Applicant, actor: User) -> None:
    topic = _TOPICS[person.born.month % len(_TOPICS)]
    hours = 40 + person.born.day * 2
    dated = date(timezone.localdate().year - 1, 11, 12)
    paper = SimpleUploadedFile("tövsiyə məktubu.pdf", letter(person, topic, hours, dated))
    add_letter(
        application, stored=keep_upload(paper, actor=actor), issuer="“Xəzər İnkişaf Mərkəzi” MMC",
        issuer_kind=IssuerKind.EMPLOYER, topic=topic, hours=hours, dated=dated, actor=actor,
    )  # fmt: skip
    card = SimpleUploadedFile("şəxsiyyət vəsiqəsi.pdf", identity_card(person))
    add_document(application, stored=keep_upload(card, actor=actor), kind=DocumentKind.IDENTITY, actor=actor)


def submit(world: World, person: Applicant) -> Application:
    """Fill in, declare everything and submit."""
    application = draft(world, person)
    return submit_again(world, person, application)


def submit_again(world: World, person: Applicant, application: Application) -> Application:
    """Declare everything and submit what is filled in."""
    actor = world.applicant(person)
    texts = latest_texts()
    declare(
        application, agreed=[str(kind) for kind in DeclarationKind], seen=[text.pk for text in texts.values()],
        language=person.language, actor=actor,
    )  # fmt: skip
    return submit_application(application, actor=actor)


def accept(application: Application, officer: User) -> Application:
    """The officer has seen the papers and accepts."""
    return accept_application(application, actor=officer)


# --- The exam ---------------------------------------------------------------------------------------------------------
def identify(attempt: Attempt, assessor: User) -> None:
    """Look at the identity card."""
    check_identity(attempt, document=IdentityDocument.IDENTITY_CARD, actor=assessor)


def begin(attempt: Attempt, code: str, assessor: User, *, scenario: str) -> StageRun:
    """Start a stage."""
    stage = attempt.session.scheme_version.stages.get(code=code)
    client = ClientKind.ROLE_PLAYED if stage.min_minutes else ""
    return start_stage(attempt, stage, scenario=scenario, client_kind=client, actor=assessor)


def mark(run: StageRun, assessor: User, *, not_met: Collection[str] = (), first: int | None = None) -> None:
    """Mark the steps of a stage, or only its first ones, on the assessor's tablet: met, but for those named."""
    steps = list(run.stage.steps.order_by("order"))[:first]
    sheet = run.sheets.get(assessor=assessor)
    start, spent = run.started_at or timezone.now(), timezone.now() - (run.started_at or timezone.now())
    events: list[dict[str, Any]] = []
    for number, step in enumerate(steps, start=1):
        moment = start + spent * (number / (len(steps) + 1))
        made = {
            "run": run.pk,
            "step": step.code,
            "minute": int((moment - start).total_seconds() // 60),
            "at": _milliseconds(moment),
            "skew": 0,
            "replaces": [],
        }
        missed = step.code in not_met
        events.append({**made, **_named(sheet, step.code, "mark", len(events)), "value": not missed})
        if missed and step.code in _COMMENTS:
            said = {"comment": _COMMENTS[step.code], "audience": "candidate" if number % 2 else "internal"}
            events.append({**made, **_named(sheet, step.code, "comment", len(events)), **said})
    batch = {
        "v": VERSION,
        "assessor": assessor.pk,
        "device": str(uuid5(_NAMESPACE, f"tablet {assessor.pk}")),
        "now": _milliseconds(timezone.now()),
        "unsent": {str(run.pk): 0},
        "events": events,
    }
    take_in(batch_of(batch), actor=assessor)


def _named(sheet: Sheet, code: str, kind: str, before: int) -> dict[str, Any]:
    name = f"{sheet.run.attempt.person.fin} {sheet.pk} {code} {kind}"
    return {"id": str(uuid5(_NAMESPACE, name)), "seq": before + 1}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def end(run: StageRun, assessor: User) -> None:
    """Stop the time."""
    end_stage(run, actor=assessor)


def panel_now(attempt: Attempt) -> list[User]:
    """Return who marks at this moment, the lead first."""
    return [seat.assessor for seat in seats_that_mark(attempt.session)]


def abstain_from(run: StageRun, assessor: User) -> None:
    """Let an assessor keep out of one stage."""
    sheet = run.sheets.get(assessor=assessor)
    abstain(sheet, reason="Namizədlə əvvəllər eyni təlimdə olduğum indi aydın oldu.", actor=assessor)


def seal(run: StageRun) -> None:
    """Let everyone who marked the stage seal their marks."""
    for sheet in run.sheets.filter(state=SheetState.OPEN).select_related("assessor", "run__attempt"):
        seal_sheet(sheet, digest=marked_sheet(sheet).digest, notes={}, actor=sheet.assessor)


def settle_difference(run: StageRun, code: str, lead: User, *, value: bool, reason: str) -> None:
    """Record what the panel agreed on where its assessors differ."""
    settle(run, run.stage.steps.get(code=code), value=value, reason=reason, actor=lead)


def sign(run: StageRun, lead: User, **reasons: str) -> None:
    """Sign a stage off for the panel."""
    sign_off_stage(run, actor=lead, **reasons)


# --- Afterwards -------------------------------------------------------------------------------------------------------
def grant(attempt: Attempt, decider: User) -> Contract:
    """Decide in the candidate's favour; the contract is offered with it."""
    reasons = (
        "İmtahanın hər iki mərhələsi keçilib, bütün həlledici addımlar yerinə yetirilib. Müraciət və sənədlər tamdır; "
        "müstəqilliyə mane olan hal yoxdur."
    )
    return decide(attempt, actor=decider, outcome="granted", reasons=reasons).contract


def refuse(attempt: Attempt, decider: User) -> None:
    """Decide against certification."""
    decide(
        attempt, actor=decider, outcome="refused",
        reasons="İmtahan keçilməyib: göstərilən addımlar yerinə yetirilməyib. Namizəd yenidən müraciət edə bilər.",
    )  # fmt: skip


def sign_contract(contract: Contract) -> Contract:
    """The holder accepts in the portal."""
    return accept_contract(contract, actor=User.objects.get(person=contract.person), request_address="192.0.2.15")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """Return a moment of a day in Baku."""
    return timezone.make_aware(datetime(day.year, day.month, day.day, hour, minute))  # noqa: DTZ001 -- made aware here
