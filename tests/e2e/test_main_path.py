"""The body's whole main job by hand in a real browser: from application to a verifiable certificate.

Nothing is done by calling the code: staff accounts and reference data are there, all else is typed and clicked. The
certificate and the e-mails are made by a Celery worker in a process of its own.
"""

import hashlib
import re
import shutil
import subprocess
from collections import Counter
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from urllib.parse import urljoin

import pytest
import zxingcpp
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect
from time_machine import Traveller

from certificates.models import Certificate
from core.models import OutgoingMessage, RenderedFile
from core.states import MessageState
from tests.browser import assert_accessible
from tests.e2e.visitor import Visitor
from tests.e2e.worker import Worker
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMAIL = "aytan.rahimova@numune.example"
CANDIDATE_PASSWORD = "dağ-bulağı-1918"
FULL_NAME = "Rəhimova Aytən Elçin qızı"
SCHEME = "Kouç (Səviyyə 6)"
APPLICATION = f"Müraciət: {SCHEME}"
PLACE = "Bakı, Bəşir Səfəroğlu küçəsi 113, otaq 4"
MISSED = "BQ.4"  # not critical
KINDS = [
    "account_confirm_signup", "application_received", "application_accepted", "exam_scheduled", "result_released",
    "decision_granted", "contract_offered", "contract_concluded", "certificate_issued", "certificate_suspended",
    "certificate_reinstated", "certificate_revoked",
]  # fmt: skip
LIFE_OF_THE_CERTIFICATE = [
    "Sertifikat verilib",
    "Dayandırma qərarı verilib",
    "Sertifikatın qüvvəsi bərpa edilib",
    "Ləğv qərarı verilib",
]
STAGE = ["Mərhələ başladı", "Mərhələ bitdi", "Qiymətlər möhürləndi", "Mərhələ təsdiqləndi"]
TRAIL = [
    "Qeydiyyatla hesab yaradılıb",
    "E-poçt ünvanı təsdiqlənib",
    "Müraciətə başlanıldı",
    "Müraciətin məlumatları dəyişdirildi",
    "Müraciətin məlumatları dəyişdirildi",
    "Fayl əlavə edildi",
    "Fayl əlavə edildi",
    "Bəyanlar edildi",
    "Müraciət təqdim edildi",
    "Müraciət qəbul edildi",
    "Hesab şəxsə bağlandı",
    "İmtahan sessiyası təyin edildi",
    "Heyət dəyişdirildi",
    "İmtahan təyin edildi",
    "Şəxsiyyət yoxlanıldı",
    "İmtahan başladı",
    *STAGE,
    *STAGE,
    "İmtahan qiymətləndirildi",
    "Nəticə elan edilib",
    "Sertifikatlaşdırma haqqında müsbət qərar",
    "Müqavilə təklif edilib",
    "Müqavilə portalda qəbul edilib",
    "Sertifikat verilib",
    "İş sertifikatlaşdırma barədə qərarla başa çatdı",
    *LIFE_OF_THE_CERTIFICATE[1:],
]


def picture(kind: str) -> bytes:
    """Return a small real file."""
    target = BytesIO()
    Image.new("RGB", (320, 200), "#7aa").save(target, kind)
    return target.getvalue()


def starts(words: str) -> re.Pattern[str]:
    """A heading that goes on with a number, a date or a name."""
    return re.compile(rf"^\s*{re.escape(words)}")


def signs_in(visitor: Visitor, email: str, password: str, given_name: str) -> None:
    visitor.goes_to("/accounts/login/", "Daxil ol")
    visitor.fills(login=email, password=password)
    visitor.presses("Daxil ol", f"Xoş gördük, {given_name}")


def test_main_job_from_application_to_verified_certificate(
    clock, worker, reference, staff, visitor, settings, live_server, tmp_path
):
    settings.SITE_URL = live_server.url
    candidate, officer, assessor, decider, auditor, anyone = (visitor() for _person in range(6))

    signs_up(candidate, worker)
    applies(candidate)
    signs_in(officer, "officer@orqan.example", PASSWORD, "Nigar")
    accepts_application(officer)
    schedules(officer)
    signs_in(assessor, "assessor@orqan.example", PASSWORD, "Rəşad")
    examines(assessor, clock)
    releases(officer)
    reads_result(candidate)
    signs_in(decider, "decider@orqan.example", PASSWORD, "Tural")
    grants(decider)
    concludes_contract(candidate)
    issues(officer)
    pdf = downloads(candidate)
    address = qr_address(pdf, tmp_path)
    verifies(anyone, address)
    suspends(officer)
    is_shown(anyone, address, "Dayandırılıb")
    reinstates(officer)
    is_shown(anyone, address, "Etibarlıdır")
    revokes(officer)
    is_shown(anyone, address, "Ləğv edilib")
    sees_the_end(candidate)
    signs_in(auditor, "auditor@orqan.example", PASSWORD, "Aynur")
    reads_the_trail(auditor)
    were_sent(worker)


# --- Candidate --------------------------------------------------------------------------------------------------------
def signs_up(candidate: Visitor, worker: Worker) -> None:
    candidate.goes_to("/", "Azerbaijan Quantum and Coaching Cooperation MMC")
    candidate.follows("Hesab yaradın", "Hesab yaradın")
    candidate.fills(
        surname="Rəhimova", given_name="Aytən", patronymic="Elçin qızı", email=EMAIL,
        password1=CANDIDATE_PASSWORD, password2=CANDIDATE_PASSWORD,
    )  # fmt: skip
    candidate.presses("Hesabı yarat", "E-poçt ünvanınızı təsdiqləyin")
    letter = worker.letter("E-poçt ünvanınızı təsdiqləyin")
    assert letter["To"] == EMAIL
    link = re.search(r"http\S+/confirm-email/\S+", letter.get_content())
    assert link
    candidate.goes_to(link[0], "E-poçt ünvanınızı təsdiqləyin")
    candidate.presses("Bəli, təsdiqlə", "Daxil ol")
    candidate.fills(login=EMAIL, password=CANDIDATE_PASSWORD)
    candidate.presses("Daxil ol", "Xoş gördük, Aytən")


def applies(candidate: Visitor) -> None:
    candidate.follows(SCHEME, SCHEME)
    candidate.goes_to("/applications/mine/", "Müraciətlərim")
    candidate.follows(f"Müraciət et: {SCHEME}", f"Müraciət et: {SCHEME}")
    candidate.presses("Müraciətə başla")
    is_at_part(candidate, "Şəxsiyyət")
    candidate.fills(
        surname="Rəhimova", given_name="Aytən", patronymic="Elçin qızı", date_of_birth="1990-04-12",
        identity_series="AA", identity_number="4120783", fin="5kd2m7a",
    )  # fmt: skip
    candidate.presses("Yadda saxla və davam et")
    is_at_part(candidate, "Əlaqə, dil, xüsusi ehtiyaclar")
    candidate.fills(address="Bakı şəhəri, Füzuli küçəsi 12", telephone="050 123 45 67", email=EMAIL, language="az")
    candidate.presses("Yadda saxla və davam et")
    is_at_part(candidate, "Tövsiyə məktubları")
    candidate.fills(
        issuer="“Xəzər İnkişaf Mərkəzi” MMC", issuer_kind="employer", topic="Karyera keçidi", hours="60",
        dated="2025-11-12",
    )  # fmt: skip
    candidate.attaches("tövsiyə məktubu.pdf", picture("PDF"), "application/pdf")
    candidate.presses("Məktubu əlavə et")
    candidate.is_told("Məktub əlavə edildi.")
    candidate.reads("tövsiyə məktubu.pdf")
    candidate.clicks("Növbəti hissəyə keç")
    is_at_part(candidate, "Sənədlər")
    candidate.fills(kind="identity")
    candidate.attaches("vəsiqə.png", picture("PNG"), "image/png")
    candidate.presses("Sənədi əlavə et")
    candidate.is_told("Sənəd əlavə edildi.")
    candidate.clicks("Növbəti hissəyə keç")
    is_at_part(candidate, "Bəyanlar")
    for box in candidate.page.locator('main input[type="checkbox"]').all():
        box.check()
    candidate.presses("Yadda saxla və davam et")
    is_at_part(candidate, "Yoxla və təqdim et")
    candidate.presses("Müraciəti təqdim et")
    candidate.is_told("Müraciət təqdim edildi. Sizə e-poçtla yazacağıq.")
    candidate.sees(APPLICATION)
    assert candidate.state() == "Təqdim edilib"


def is_at_part(candidate: Visitor, part: str) -> None:
    expect(candidate.page.locator("#part-title")).to_have_text(part)
    candidate.sees(APPLICATION)


def reads_result(candidate: Visitor) -> None:
    candidate.goes_to("/exams/mine/", "İmtahanlarım")
    candidate.follows("Nəticəyə bax", "İmtahanın nəticəsi")
    expect(candidate.page.locator(".result-band")).to_have_text("Keçib")
    met, needed, missed_critical = "26 / 27", "22", "0"
    sums = [met, needed, missed_critical, "8 / 8", "7", "0"]
    expect(candidate.page.locator("main .sum")).to_have_text(sums)


def concludes_contract(candidate: Visitor) -> None:
    candidate.goes_to("/", "Xoş gördük, Aytən")
    candidate.follows("Oxuyun və qəbul edin", starts("Müqavilə"))
    candidate.follows("Müqaviləni qəbul edin", "Şəxsiyyətinizi təsdiqləyin")
    candidate.fills(password=CANDIDATE_PASSWORD)
    candidate.presses("Davam et", starts("Müqaviləni qəbul edin"))
    candidate.page.locator('main [name="agreed"]').check()
    candidate.presses("Müqaviləni qəbul edin", starts("Müqavilə"))
    candidate.is_told("Müqavilə bağlandı. İndi sertifikatınız veriləcək; bu barədə e-poçtla bildiriləcək.")
    assert candidate.state() == "Bağlanıb"


def downloads(candidate: Visitor) -> bytes:
    """Wait for the worker's document on the page, and take it."""
    candidate.goes_to("/certificates/mine/", "Sertifikatlarım")
    link = candidate.page.get_by_role("link", name=starts("Sertifikat (PDF)"))
    expect(link).to_be_visible(timeout=30_000)
    candidate.sees("Sertifikatlarım")
    with candidate.page.expect_download() as download:
        link.click()
    pdf = Path(download.value.path()).read_bytes()
    certificate = Certificate.objects.get()
    assert pdf.startswith(b"%PDF")
    assert hashlib.sha256(pdf).hexdigest() == certificate.document.sha256
    assert download.value.suggested_filename == certificate.document.download_name
    assert RenderedFile.objects.filter(kind="certificate").count() == 1
    return pdf


def sees_the_end(candidate: Visitor) -> None:
    candidate.goes_to("/certificates/mine/", "Sertifikatlarım")
    expect(candidate.page.locator(".holding-state")).to_have_text("Ləğv edilib")


# --- Officer ----------------------------------------------------------------------------------------------------------
def accepts_application(officer: Visitor) -> None:
    officer.follows("Müraciətə baxın", FULL_NAME, exact=False)
    officer.follows("Qəbul et", "Müraciəti qəbul et")
    officer.page.locator('main [name="confirmed"]').check()
    officer.presses("Müraciəti qəbul et", FULL_NAME)
    officer.is_told("Müraciət qəbul edildi.")
    assert officer.state() == "Qəbul edilib"


def schedules(officer: Visitor) -> None:
    begin = timezone.localtime() + timedelta(minutes=10)
    officer.goes_to("/exams/", "İmtahan sessiyaları")
    officer.follows("Yeni sessiya", "Yeni imtahan sessiyası")
    officer.fills(date=f"{begin:%Y-%m-%d}", time=f"{begin:%H:%M}", place=PLACE, capacity="4")
    officer.page.locator('main [name="lead"]').select_option(label="Quliyev Rəşad İlqar oğlu")
    officer.presses("Sessiyanı təyin et", starts("İmtahan sessiyası,"))
    officer.is_told("Sessiya təyin edildi. İndi namizədləri əlavə edin.")
    officer.follows("Namizəd əlavə et", "Namizəd əlavə et")
    officer.page.get_by_label(FULL_NAME).check()
    officer.presses("Təyin et və namizədlərə bildir", starts("İmtahan sessiyası,"))
    officer.reads(FULL_NAME)


def releases(officer: Visitor) -> None:
    officer.goes_to("/", "Xoş gördük, Nigar")
    officer.follows("Nəticəni elan edin", FULL_NAME, exact=False)
    officer.presses("Nəticəni elan edin", FULL_NAME)
    officer.is_told("Nəticə elan edildi, namizədə bildirildi.")


def issues(officer: Visitor) -> None:
    officer.goes_to("/", "Xoş gördük, Nigar")
    officer.follows("Sertifikatı verin", starts("Müqavilə"), exact=False)
    officer.presses("Sertifikatı verin", re.compile(r"^\s*[A-Z0-9]+-\d{4}-\d+-\d\d\s*$"))
    officer.is_told("Sertifikat verildi. Sənədi hazırlanır, sahibinə e-poçtla bildirilib.")
    assert officer.state() == "Etibarlıdır"


def suspends(officer: Visitor) -> None:
    number = Certificate.objects.get().number
    officer.follows("Dayandır", "Sertifikatın qüvvəsini dayandır")
    review_on = f"{timezone.localdate() + timedelta(days=30)}"
    officer.fills(ground="holder_wish", reason="Sahibi qiymətləndirmə xahiş edib (H7).", review_on=review_on)
    officer.presses("Sertifikatın qüvvəsini dayandır", number)
    assert officer.state() == "Dayandırılıb"


def reinstates(officer: Visitor) -> None:
    number = Certificate.objects.get().number
    officer.follows("Bərpa et", "Sertifikatın qüvvəsini bərpa et")
    officer.fills(ground="resolved", reason="Qiymətləndirmə uğurla başa çatıb.")
    officer.presses("Sertifikatın qüvvəsini bərpa et", number)
    assert officer.state() == "Etibarlıdır"


def revokes(officer: Visitor) -> None:
    number = Certificate.objects.get().number
    officer.follows("Ləğv et", "Sertifikatı ləğv et")
    officer.fills(ground="reputation", reason="Sertifikat dəyişdirilib (H11).", confirmation=number)
    officer.presses("Sertifikatı ləğv et", number)
    assert officer.state() == "Ləğv edilib"


# --- Assessor and decision-maker --------------------------------------------------------------------------------------
def examines(assessor: Visitor, clock: Traveller) -> None:
    assessor.page.locator("main a[href^='/exams/sessions/']").click()
    assessor.sees(starts("İmtahan sessiyası,"))
    assessor.follows(FULL_NAME, FULL_NAME)
    assessor.follows("Şəxsiyyəti yoxla", "Şəxsiyyəti yoxla")
    assessor.page.get_by_label("Şəxsiyyət vəsiqəsi").check()
    assessor.presses("Sənəd bu şəxsindir", FULL_NAME)
    holds_stage(assessor, clock, "P1", minutes=27, steps=27, missed=[MISSED])
    holds_stage(assessor, clock, "P2", minutes=12, steps=8, missed=[])
    assert assessor.state() == "Qiymətləndirilib"


def holds_stage(assessor: Visitor, clock: Traveller, code: str, *, minutes: int, steps: int, missed: list[str]) -> None:
    page, exam = assessor.page, assessor.page.url
    start = f"{code}: başla"
    assessor.follows(start, start)
    assessor.fills(scenario="SS-07")
    if code == "P1":
        page.get_by_label("Rol oynayan müştəri").check()
    assessor.presses("İndi başla", starts(f"{code}. Kouçluq prosesi:"))
    rows = page.locator(".mark-row")
    assert rows.count() == steps
    for row in rows.all():
        row.locator(".mark-not" if row.get_attribute("data-step") in missed else ".mark-met").click()
    expect(page.locator("#marking-count")).to_have_text(f"{steps} / {steps}")
    expect(page.locator("#marking-status")).to_have_attribute("data-on-server", str(steps))
    expect(page.locator("#marking-status")).to_have_attribute("data-only-here", "0")
    assert_accessible(page)
    clock.shift(timedelta(minutes=minutes))
    assessor.presses("Mərhələni bitir")
    page.locator("#confirm button[value=yes]").click()
    expect(page.locator("#marking-seal")).to_be_visible()
    page.locator("#marking-seal").click()
    expect(page.locator("#seal")).to_have_attribute("data-ready", "1")
    assessor.sees(f"{code}: möhürləmə")
    receipt = page.locator("[data-code]").inner_text()
    assessor.presses("Möhürlə və qəti təsdiqlə", f"Qəbz {receipt}")
    expect(page.locator(".receipt-count")).to_have_text(f"{steps}/{steps} saxlanılıb")
    assessor.goes_to(exam, FULL_NAME)


def grants(decider: Visitor) -> None:
    decider.follows("Sertifikatlaşdırma barədə qərar verin", FULL_NAME, exact=False)
    decider.page.get_by_label("Sertifikatlaşdırmaq").check()
    decider.fills(reasons="Hər iki mərhələ keçilib, bütün həlledici addımlar yerinə yetirilib.")
    decider.page.locator('main [name="confirmed"]').check()
    decider.presses("Qərarı qeyd et", FULL_NAME)
    decider.is_told("Qərar qeyd edildi. Namizədə e-poçtla bildirilib.")
    assert decider.state() == "Sertifikat verilir"


# --- Anyone -----------------------------------------------------------------------------------------------------------
def qr_address(pdf: bytes, folder: Path) -> str:
    """Read the address behind the square code: with a camera where there is one, else from what was printed."""
    printed = str(Certificate.objects.get().snapshot["verification_url"])
    if shutil.which("pdftoppm"):
        (folder / "c.pdf").write_bytes(pdf)
        subprocess.run(["pdftoppm", "-r", "100", "-png", "-singlefile", "c.pdf", "c"], cwd=folder, check=True)
        with Image.open(folder / "c.png") as image:
            (code,) = zxingcpp.read_barcodes(image)
        assert code.text == printed
    return printed


def verifies(anyone: Visitor, address: str) -> None:
    is_shown(anyone, address, "Etibarlıdır")
    expect(anyone.page.locator(".public-holder")).to_have_text(FULL_NAME)
    certificate = Certificate.objects.get()
    anyone.reads(SCHEME, certificate.number)
    anyone.goes_to("/verify/", "Sertifikatın yoxlanması")
    anyone.fills(number=certificate.number.lower(), code=certificate.code)
    anyone.presses("Sertifikatı yoxla", re.compile(r"Etibarlıdır\s*$"))
    assert anyone.page.url == address
    facts = anyone.page.request.get(f"{address.removesuffix('/')}.json").json()
    assert (facts["found"], facts["status"], facts["may_be_used"]) == (True, "valid", True)
    assert facts["printed"] == certificate.snapshot


def is_shown(anyone: Visitor, address: str, state: str) -> None:
    anyone.goes_to(address, f"Sertifikatın vəziyyəti: {state}")


# --- Auditor and the letters ------------------------------------------------------------------------------------------
def reads_the_trail(auditor: Visitor) -> None:
    certificate = Certificate.objects.get()
    auditor.goes_to(f"/certificates/{certificate.pk}/", certificate.number)
    told = main_steps(auditor.page.locator(".timeline-verb").all_inner_texts())
    assert told == list(reversed(LIFE_OF_THE_CERTIFICATE))
    auditor.goes_to("/trail/", "Audit izi")
    assert trail_on(auditor.page) == TRAIL


def trail_on(page: Page) -> list[str]:
    """Return what the trail says of the case, oldest first, from all its pages."""
    cells, older = page.locator("main tbody tr td:nth-child(2)"), page.locator("main a[rel=next]")
    found = cells.all_inner_texts()
    while older.count():
        page.goto(urljoin(page.url, older.get_attribute("href")))
        found += cells.all_inner_texts()
    return main_steps(found[found.index(TRAIL[0]) :: -1])


def main_steps(told: list[str]) -> list[str]:
    """Leave out what goes along with a step: duties that come and go, surveillance, the register."""
    return [words for words in told if not words.startswith(("Öhdəlik", "Nəzarət", "Reyestr"))]


def were_sent(worker: Worker) -> None:
    """Each letter exists once, and the worker has sent it."""
    sent = OutgoingMessage.objects.filter(recipient=EMAIL)
    assert Counter(sent.values_list("kind", flat=True)) == Counter(KINDS)
    waiting = OutgoingMessage.objects.exclude(state=MessageState.SENT)
    worker.until(lambda: not waiting.exists(), "the last letter")
