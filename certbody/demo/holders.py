"""Holders who report, lose, tear, or are accused and surveyed: stories after the decision."""

from datetime import date, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from candidates.queries import latest_texts
from candidates.services.attachments import keep_upload
from candidates.states import DeclarationKind
from certbody.demo import cast
from certbody.demo.cast import APPLICANTS
from certbody.demo.papers import identity_card
from certbody.demo.stories import Afterwards, Story, issue
from certbody.demo.world import World, at
from certificates.models import Certificate, Renewal
from certificates.services.lifecycle import Because, reinstate_certificate, revoke_certificate, suspend_certificate
from certificates.services.misuse import Settlement, answer_hearing, open_case, open_hearing, settle_case
from certificates.services.renewals import Evidence, apply_for_renewal
from certificates.services.requests.changes import accept_change, reject_change, report_change, withdraw_change
from certificates.services.requests.circumstances import report_circumstance
from certificates.services.requests.intake import Intake
from certificates.services.requests.replacements import (
    issue_replacement,
    reject_replacement,
    request_replacement,
    withdraw_replacement,
)
from certificates.services.surveillance import Finding, announce_surveillance, hold_surveillance, open_extraordinary
from certificates.states import (
    CircumstanceKind,
    Ground,
    MisuseOutcome,
    MisuseRule,
    ReplacementKind,
    SurveillanceKind,
    SurveillanceResult,
)
from exams.models import Attempt

_EVIDENCE = (
    "Sertifikat veriləndən bəri 46 müştəri ilə 310 saat fərdi kouçluq görüşü keçirmişəm; "
    "hər il 40 saat peşə təlimində iştirak etmişəm."
)


def certificate_of(attempt: Attempt) -> Certificate:
    """Return the certificate that was issued after an exam."""
    return Certificate.objects.get(decision__attempt=attempt)


def holder_of(certificate: Certificate) -> User:
    """Return the account of a certificate's holder."""
    return User.objects.get(person=certificate.person)


def paper_of(name: str, login: str) -> SimpleUploadedFile:
    """Return a paper with a name of its own, as somebody uploads it."""
    return SimpleUploadedFile(name, identity_card(APPLICANTS[login]))


def apply_to_renew(certificate: Certificate) -> Renewal:
    """Let a holder apply for the renewal, with a description and a list of what was done."""
    holder = holder_of(certificate)
    login = holder.email.partition("@")[0]
    texts = latest_texts()
    paper = paper_of("görüşlərin siyahısı.pdf", login)
    return apply_for_renewal(
        certificate, evidence=Evidence(_EVIDENCE, [keep_upload(paper, actor=holder)]),
        agreed=[str(kind) for kind in DeclarationKind], seen=[text.pk for text in texts.values()],
        language=APPLICANTS[login].language, actor=holder,
    )  # fmt: skip


# --- Reports and copies -----------------------------------------------------------------------------------------------
def changes_name(today: date) -> Afterwards:
    """Marries, reports it in time, and gets a new copy; the old one is on its way back."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = certificate_of(attempt)
        yield at(today - timedelta(days=11), 21)
        paper = paper_of("nikah şəhadətnaməsi.pdf", "changed")
        notice = report_change(
            certificate, changed_on=today - timedelta(days=16), details={"surname": "Həsənzadə"},
            actor=holder_of(certificate), intake=Intake(file=paper),
        )  # fmt: skip
        yield at(today - timedelta(days=8), 11)
        accept_change(notice, actor=world.staff(cast.OFFICER))

    return story


def reports(today: date) -> Afterwards:
    """Reports a new address too late, and an official warning; had reported other things that came to nothing."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = certificate_of(attempt)
        yield at(today - timedelta(days=120), 19)
        mistaken = report_change(
            certificate, changed_on=today - timedelta(days=121), details={"telephone": "+994502223344"},
            actor=holder_of(certificate), intake=Intake(),
        )  # fmt: skip
        withdraw_change(mistaken, actor=holder_of(certificate))
        yield at(today - timedelta(days=90), 19)
        unproved = report_change(
            certificate, changed_on=today - timedelta(days=92), details={"patronymic": "Firudun oğlu"},
            actor=holder_of(certificate), intake=Intake(file=paper_of("ərizə.pdf", "moved")),
        )  # fmt: skip
        yield at(today - timedelta(days=88), 12)
        reject_change(
            unproved, reason="Şəxsiyyət vəsiqəsində ata adı “Firudin” yazılıb: əvvəlcə vəsiqə dəyişdirilməlidir.",
            actor=world.staff(cast.OFFICER),
        )  # fmt: skip
        yield at(today - timedelta(days=2), 9)
        report_change(
            certificate, changed_on=today - timedelta(days=50),
            details={"address": "Sumqayıt ş., 9-cu mikrorayon, bina 12, mənzil 40"}, actor=holder_of(certificate),
            intake=Intake(),
        )  # fmt: skip
        yield at(today - timedelta(days=1), 18)
        report_circumstance(
            certificate, kind=CircumstanceKind.WARNING, since=today - timedelta(days=6),
            description="İşlədiyim təşkilat iş qrafikinin pozulmasına görə mənə yazılı xəbərdarlıq edib.",
            actor=holder_of(certificate), intake=Intake(),
        )  # fmt: skip

    return story


def tears_it(today: date) -> Afterwards:
    """Tears the certificate; has a new copy, and has not handed the old one in. Two requests before came to nothing."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = certificate_of(attempt)
        yield at(today - timedelta(days=100), 19)
        found = request_replacement(
            certificate, kind=ReplacementKind.LOST, description="Evdə tapa bilmirəm, köçəndə itib.",
            stops_use=True, actor=holder_of(certificate), intake=Intake(),
        )  # fmt: skip
        yield at(today - timedelta(days=99), 8)
        withdraw_replacement(found, actor=holder_of(certificate))
        yield at(today - timedelta(days=80), 19)
        right = request_replacement(
            certificate, kind=ReplacementKind.WRONG, description="Adım böyük hərflərlə yazılmayıb.",
            stops_use=True, actor=holder_of(certificate), intake=Intake(),
        )  # fmt: skip
        yield at(today - timedelta(days=78), 10)
        reject_replacement(
            right, reason="Sertifikatda səhv yoxdur: adlar həmişə bu yazılışla çap olunur.",
            actor=world.staff(cast.OFFICER),
        )  # fmt: skip
        yield at(today - timedelta(days=28), 19)
        request = request_replacement(
            certificate, kind=ReplacementKind.DAMAGED, description="Çərçivə düşüb, vərəq ortadan cırılıb.",
            stops_use=True, actor=holder_of(certificate), intake=Intake(),
        )  # fmt: skip
        yield at(today - timedelta(days=25), 10)
        issue_replacement(request, actor=world.staff(cast.SECOND_OFFICER))

    return story


def loses_it(today: date) -> Afterwards:
    """Lost the certificate yesterday; had been suspended and reinstated long before."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = certificate_of(attempt)
        yield at(today - timedelta(days=500), 10)
        suspend_certificate(
            certificate,
            Because(ground=Ground.CHANGE_NOT_REPORTED, reason="Ünvan və telefonun dəyişməsi bildirilməyib."),
            review_on=today - timedelta(days=460), actor=world.staff(cast.OFFICER),
        )  # fmt: skip
        yield at(today - timedelta(days=480), 12)
        reinstate_certificate(
            certificate, Because(ground=Ground.RESOLVED, reason="Yeni ünvan və telefon təsdiq olunub."),
            actor=world.staff(cast.SECOND_OFFICER),
        )  # fmt: skip
        planned = certificate.surveillances.filter(kind=SurveillanceKind.PLANNED).earliest("due_on")
        yield at(planned.due_on - timedelta(days=30), 9)
        announce_surveillance(planned, actor=world.staff(cast.OFFICER))
        yield at(today - timedelta(days=6), 15)
        open_case(
            certificate, rule=MisuseRule.H9, actor=world.staff(cast.SECOND_OFFICER),
            facts="Dayandırma müddətində sosial şəbəkədə sertifikatlı kouç kimi elan verdiyi bildirilir.",
        )  # fmt: skip
        yield at(today - timedelta(days=1), 16)
        request_replacement(
            certificate, kind=ReplacementKind.LOST, description="Metroda çantam itib, sertifikat da içində idi.",
            stops_use=True, actor=holder_of(certificate), intake=Intake(),
        )  # fmt: skip

    return story


# --- Cases ------------------------------------------------------------------------------------------------------------
def is_accused(today: date) -> Afterwards:
    """Was warned once; now a second case waits for an answer, and somebody will look in without notice."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = certificate_of(attempt)
        yield at(today - timedelta(days=70), 10)
        first = open_case(
            certificate, rule=MisuseRule.H11, actor=world.staff(cast.OFFICER),
            facts="Saytında sertifikatın nişanı nisbətləri pozularaq, başqa təlimin adı ilə birlikdə yerləşdirilib.",
        )  # fmt: skip
        yield at(today - timedelta(days=69), 10)
        open_hearing(
            first, charge="Nişanı başqa xidmətin reklamında istifadə etmisiniz.", actor=world.staff(cast.OFFICER)
        )
        yield at(today - timedelta(days=63), 21)
        answer_hearing(
            first, answer="Saytı hazırlayan şəxs səhv edib, bu gün düzəltdirdim.", actor=holder_of(certificate)
        )
        yield at(today - timedelta(days=60), 15)
        settlement = Settlement(outcome=MisuseOutcome.WARNING, reasons="Səhv düzəldilib; təkrar olunmamalıdır.")
        settle_case(first, settlement, actor=world.staff(cast.SECOND_OFFICER))
        yield at(today - timedelta(days=9), 12)
        second = open_case(
            certificate, rule=MisuseRule.H3, actor=world.staff(cast.SECOND_OFFICER),
            facts="Müştəri bildirir ki, görüşü sertifikatın sahibi deyil, onun əməkdaşı aparıb.",
        )  # fmt: skip
        open_extraordinary(
            certificate, cause="Müştərinin rəsmi şikayəti.", due_on=today + timedelta(days=15),
            actor=world.staff(cast.SECOND_OFFICER),
        )  # fmt: skip
        yield at(today - timedelta(days=7), 11)
        open_hearing(
            second, charge="Sizin adınıza olan sertifikatla görüşü başqa şəxs aparıb.",
            actor=world.staff(cast.SECOND_OFFICER),
        )  # fmt: skip

    return story


def leaves(today: date) -> Afterwards:
    """Gives the profession up from a day that is still to come."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        yield at(today - timedelta(days=3), 15)
        revoke_certificate(
            certificate_of(attempt),
            Because(ground=Ground.HOLDER_WISH, reason="Sahibi fəaliyyətini dayandırır və sertifikatdan imtina edir."),
            effective_on=today + timedelta(days=20), actor=world.staff(cast.OFFICER),
        )  # fmt: skip

    return story


def is_surveyed(today: date) -> Afterwards:
    """Was told of the surveillance, which asked for a follow-up."""

    def story(world: World, attempt: Attempt) -> Story:
        yield from issue(world, attempt)
        certificate = certificate_of(attempt)
        first = certificate.surveillances.filter(kind=SurveillanceKind.PLANNED).earliest("due_on")
        yield at(first.due_on - timedelta(days=30), 6)
        announce_surveillance(first)
        yield at(first.due_on - timedelta(days=4), 17)
        finding = Finding(
            held_on=first.due_on - timedelta(days=4),
            result=SurveillanceResult.FOLLOW_UP,
            report="Görüşlərin qeydləri natamamdır; qalan tələblər ödənilir.",
            follow_up_on=today + timedelta(days=45),
        )
        hold_surveillance(first, finding, actor=world.staff(cast.OFFICER))
        yield at(today - timedelta(days=18), 11)
        case = open_case(
            certificate, rule=MisuseRule.H11, actor=world.staff(cast.OFFICER),
            facts="Reklam vərəqində “dövlət sertifikatı” sözləri işlədilib.",
        )  # fmt: skip
        yield at(today - timedelta(days=16), 11)
        open_hearing(
            case, charge="Reklamda sertifikatı dövlət sənədi kimi göstərmisiniz.", actor=world.staff(cast.OFFICER)
        )
        yield at(today - timedelta(days=10), 20)
        answer_hearing(
            case, answer="Sözü reklam agentliyi əlavə edib, vərəqi geri çağırdım.", actor=holder_of(certificate)
        )

    return story
