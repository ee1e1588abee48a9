"""Certificate and contract as PDF: what they say, and that nothing unbidden gets in."""

import json
import re
import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import Any

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from certificates.contract_text import ContractTextError, digest, load_content
from certificates.documents.certificate import (
    HOLDER_SIZES,
    LINE_WIDTH,
    OWNERSHIP_AZ,
    OWNERSHIP_EN,
    QR_SIDE,
    certificate_html,
    fitting_size,
    render_certificate,
)
from certificates.documents.contract import render_contract
from certificates.documents.ornament import certificate_ornament
from certificates.documents.qr import qr_image
from certificates.documents.snapshots import CertificateSnapshot
from core.fonts import SERIF_SEMIBOLD, text_width
from core.snapshots import SnapshotError
from tests.certificates.printed import (
    BODY,
    HOLDER,
    PAPER,
    PORTAL,
    SCHEME,
    certificate_snapshot,
    contract_snapshot,
    embedded_fonts,
    read,
    words,
)

A4_LANDSCAPE = (841.89, 595.28)
A4_PORTRAIT = (595.28, 841.89)
LONG_NAME = {"surname": "Məmmədzadə-Şıxəlibəyova", "given_name": "Gülnarə-Xatirə", "patronymic": "Əbdülrəhman qızı"}
HOSTILE = '<script>alert(1)</script><img src="http://192.0.2.1/x">&amp;{{ body.email }}{holder_address}'


@pytest.fixture(scope="module")
def certificate() -> bytes:
    return render_certificate(certificate_snapshot())


@pytest.fixture(scope="module")
def contract() -> bytes:
    return render_contract(contract_snapshot())


@pytest.fixture(scope="module")
def contract_words(contract: bytes) -> str:
    return words(contract)


def sizes(pdf: bytes) -> list[tuple[float, float]]:
    return [(round(float(page.mediabox.width), 2), round(float(page.mediabox.height), 2)) for page in read(pdf).pages]


# --- Certificate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "printed",
    [
        "Azerbaijan Quantum and Coaching Cooperation MMC",
        "Azerbaijan Quantum and Coaching Cooperation LLC",
        "PEŞƏ SƏRİŞTƏLİLİK SERTİFİKATI",
        "Certificate of Professional Competence",
        "Əliyeva Günay İsmayıl qızı",
        "Kouç (Səviyyə 6)",
        "Coach (Level 6)",
        "Sxem coach-6 · Səviyyə 6 · Məşğulluq təsnifatı 2635 · İqtisadi fəaliyyət 9609011",
        "Scheme coach-6 · Level 6 · Occupation 2635 · Economic activity 9609011",
        "№ AQCC-2026-000123-47 nüsxə / copy 1",
        "Verilmə tarixi / Issued 20 noyabr 2026 20 November 2026",
        "Qərarın tarixi / Decided 18 noyabr 2026 18 November 2026",
        "20 noyabr 2026 – 19 noyabr 2031 20 November 2026 – 19 November 2031",
        "M.Y.",
        "Rəşad Quliyev Direktor Director",
        "7KQF-92MX-TR4B-HW3D sso.az",
        OWNERSHIP_AZ,
        OWNERSHIP_EN,
        BODY["address_az"],
        BODY["address_en"],
    ],
)
def test_certificate_prints(certificate: bytes, printed: str) -> None:
    assert printed in words(certificate)


def test_certificate_is_one_landscape_sheet_on_embedded_fonts(certificate: bytes) -> None:
    assert sizes(certificate) == [A4_LANDSCAPE]
    assert embedded_fonts(certificate) == {"House-Serif-Semi-Bold": True, "House-Serif": True, "House-Sans": True}


def test_certificate_names_itself(certificate: bytes) -> None:
    reader = read(certificate)
    assert str(reader.root_object["/Lang"]) == "az"
    assert reader.metadata is not None
    assert reader.metadata.title == "Peşə Səriştəlilik Sertifikatı AQCC-2026-000123-47"
    assert reader.metadata.author == BODY["name_az"]
    assert reader.metadata.creation_date_raw == "D:20261120000000+00'00"


def test_certificate_is_alike_to_the_byte(certificate: bytes) -> None:
    stored = json.loads(json.dumps(certificate_snapshot(), sort_keys=True))
    assert render_certificate(stored) == certificate


def test_later_copy_prints_the_scopes_that_stay_and_when_it_was_made() -> None:
    scopes = [
        {"code": "groups", "name_az": "Qrup kouçinqi", "name_en": "Group coaching"},
        {"code": "online", "name_az": "Onlayn kouçinq", "name_en": "Online coaching"},
    ]
    copy = render_certificate(certificate_snapshot(copy_number=2, copied_on="2027-09-21", scopes=scopes))
    text = words(copy)
    assert "nüsxə 2, 21 sentyabr 2027 / copy 2, made on 21 September 2027" in text
    assert "Əhatə dairəsi: Qrup kouçinqi · Onlayn kouçinq Scope: Group coaching · Online coaching" in text
    metadata = read(copy).metadata
    assert metadata is not None
    assert metadata.creation_date_raw == "D:20270921000000+00'00"
    assert sizes(copy) == [A4_LANDSCAPE]


@pytest.mark.parametrize("length", [60, 200])
def test_scopes_fit_beside_the_longest_names(length: int) -> None:
    words_of_scope = " ".join(["peşəkar"] * (length // 8))
    scopes = [{"code": "x", "name_az": words_of_scope, "name_en": words_of_scope}]
    pdf = render_certificate(certificate_snapshot(scopes=scopes))
    assert sizes(pdf) == [A4_LANDSCAPE]
    assert words(pdf).count("peşəkar") == 2 * (length // 8)


def test_certificate_without_optional_facts_prints_no_empty_label() -> None:
    scheme = {**SCHEME, "state_classification": "", "economic_activity": ""}
    text = words(render_certificate(certificate_snapshot(scheme=scheme)))
    assert "Sxem coach-6 · Səviyyə 6 Scheme coach-6 · Level 6" in text
    assert "təsnifatı" not in text


def test_certificate_names_body_once_when_both_languages_agree() -> None:
    text = words(render_certificate(certificate_snapshot(body={**BODY, "name_en": BODY["name_az"]})))
    assert text.count(BODY["name_az"]) == 1


@pytest.mark.parametrize(
    ("holder", "size"),
    [
        (HOLDER, 32),
        (LONG_NAME, 22),
        ({"surname": "Ə" * 40, "given_name": "Şirməmməd-Əlihüseyn", "patronymic": ""}, 18),
        (dict.fromkeys(HOLDER, "Şıxəlibəyova-" * 7 + "Xan"), 12),
        (dict.fromkeys(HOLDER, "M" * 100), 10),
    ],
)
def test_holder_fits_by_smaller_type(holder: dict[str, str], size: int) -> None:
    snapshot = CertificateSnapshot.from_json(certificate_snapshot(holder=holder))
    assert fitting_size(snapshot.holder.full, SERIF_SEMIBOLD, HOLDER_SIZES) == size
    assert f".holder p {{ font: 600 {size}pt/" in certificate_html(snapshot)
    assert sizes(render_certificate(snapshot.to_json())) == [A4_LANDSCAPE]


def test_long_holder_stays_on_one_line() -> None:
    name = " ".join(LONG_NAME.values())
    pdf = render_certificate(certificate_snapshot(holder=LONG_NAME))
    assert text_width(name, SERIF_SEMIBOLD, 22) <= LINE_WIDTH
    assert any(name in line for line in read(pdf).pages[0].extract_text().split("\n"))


def test_certificate_prints_hostile_name_as_text() -> None:
    holder = {**HOLDER, "surname": HOSTILE}
    pdf = render_certificate(certificate_snapshot(holder=holder))
    assert re.sub(r"\s", "", HOSTILE) in re.sub(r"\s", "", words(pdf))
    assert sizes(pdf) == [A4_LANDSCAPE]


def test_ornament_is_made_of_drawing_alone() -> None:
    ornament = str(certificate_ornament())
    assert set(re.findall(r"<(\w+)", ornament)) == {"svg", "g", "path", "rect"}
    assert "url" not in ornament
    assert "nan" not in ornament


# --- QR code ----------------------------------------------------------------------------------------------------------


def paint(svg: str, pixels_per_module: int) -> Image.Image:
    """Draw the horizontal runs of a QR code's SVG with black squares."""
    side = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0]) * pixels_per_module
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", svg):
        left, top = int(x) * pixels_per_module, int(y) * pixels_per_module
        draw.rectangle((left, top, left + int(length) * pixels_per_module - 1, top + pixels_per_module - 1), fill=0)
    return image


@pytest.mark.parametrize("address", ["https://sso.az/v/7KQF92MXTR4BHW3D/", "http://localhost:8000/v/2345/", "a" * 120])
def test_qr_code_holds_the_address(address: str) -> None:
    (code,) = zxingcpp.read_barcodes(paint(str(qr_image(address, colour="#000").svg), 4))
    assert (code.text, code.ec_level) == (address, "Q")


def test_qr_code_is_at_least_34_millimetres_wide() -> None:
    assert QR_SIDE >= 34


@pytest.mark.skipif(which("pdftoppm") is None, reason="needs pdftoppm (poppler-utils) to see the page")
@pytest.mark.parametrize("dpi", [72, 150])
def test_qr_code_of_a_printed_certificate_is_read(certificate: bytes, tmp_path: Path, dpi: int) -> None:
    (tmp_path / "c.pdf").write_bytes(certificate)
    subprocess.run(["pdftoppm", "-r", str(dpi), "-png", "-singlefile", "c.pdf", "c"], cwd=tmp_path, check=True)
    with Image.open(tmp_path / "c.png") as image:
        (code,) = zxingcpp.read_barcodes(image)
    assert code.text == certificate_snapshot()["verification_url"]


# --- Contract ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "printed",
    [
        "Peşə səriştəlilik sertifikatının istifadəsinə dair müqavilə № M-2026-000123-47",
        "Bakı şəhəri 20 noyabr 2026-cı il",
        "«Kouç (Səviyyə 6)» sertifikatlaşdırma sxemi (coach-6) üzrə 10 noyabr 2026-cı il tarixli imtahandan",
        "A-2026-00045 nömrəli müraciət forması",
        "Sertifikat sahibi: Əliyeva Günay İsmayıl qızı;",
        "ünvanı: Bakı şəhəri, Nəsimi rayonu, Füzuli küçəsi 12, mənzil 34;",
        "telefonu: +994 50 123 45 67; şəxsiyyət vəsiqəsinin seriyası və nömrəsi: AZE 12345678.",
        "10 (on) iş günü",
        "15 (on beş) gün",
        "10 (on) gün",
        "iki ildə bir dəfə",
        "Azərbaycan Akkreditasiya Mərkəzi (AzAK)",
        "eyni hüquqi qüvvəyə malik iki nüsxədə tərtib edilmişdir",
        "M.Y.",
        "Rəşad Quliyev",
    ],
)
def test_contract_prints(contract_words: str, printed: str) -> None:
    assert printed in contract_words


def test_contract_holds_two_copies_that_number_their_pages(contract: bytes) -> None:
    texts = [" ".join(page.extract_text().split()) for page in read(contract).pages]
    half = len(texts) // 2
    assert set(sizes(contract)) == {A4_PORTRAIT}
    assert [re.findall(r"səhifə \d+ / \d+", text) for text in texts] == [
        [f"səhifə {page} / {half}"] for page in [*range(1, half + 1)] * 2
    ]
    assert ["1-ci nüsxə: Qurumda qalır" in text for text in texts] == [True] * half + [False] * half
    assert ["2-ci nüsxə: Sertifikat sahibinə verilir" in text for text in texts] == [False] * half + [True] * half
    assert all("Müqavilə № M-2026-000123-47" in text for text in texts)


def test_contract_signatures_stand_with_the_last_article(contract: bytes) -> None:
    last = read(contract).pages[-1].extract_text()
    assert "Mübahisələrin həlli" in last
    assert "Tərəflərin rekvizitləri və imzaları" in last


def test_contract_uses_embedded_fonts_alone(contract: bytes) -> None:
    assert embedded_fonts(contract) == {
        "House-Serif-Semi-Bold": True,
        "House-Serif": True,
        "House-Sans": True,
        "House-Sans-Semi-Bold": True,
    }


def test_contract_is_alike_to_the_byte(contract: bytes) -> None:
    stored = json.loads(json.dumps(contract_snapshot(), sort_keys=True))
    assert render_contract(stored) == contract


def test_contract_waiting_for_agreement_has_a_place_for_both_signatures(contract_words: str) -> None:
    assert contract_words.count("imza ") == 4  # two sides, two copies
    assert "Portalda" not in contract_words


def test_contract_accepted_in_the_portal_prints_the_facts_in_the_holders_place() -> None:
    snapshot = contract_snapshot(concluded=PORTAL)
    text = words(render_contract(snapshot))
    assert text.count("imza ") == 2
    assert text.count("Portalda elektron qaydada qəbul edilib") == 2
    assert "Vaxt 20.11.2026, 14:05:09 (Bakı vaxtı, UTC+04:00)" in text
    assert "Sorğunun IP ünvanı 203.0.113.7" in text
    assert "Mətnin versiyası 1" in text
    assert snapshot["text"]["sha256"] in text.replace(" ", "")


def test_contract_signed_on_paper_prints_the_day() -> None:
    text = words(render_contract(contract_snapshot(concluded=PAPER)))
    assert text.count("19 noyabr 2026-cı il") == 2
    assert "Portalda" not in text


def test_contract_prints_hostile_values_as_text() -> None:
    holder = {**contract_snapshot()["holder"], "full_name": HOSTILE}
    text = words(render_contract(contract_snapshot(holder=holder)))
    assert re.sub(r"\s", "", HOSTILE) in re.sub(r"\s", "", text)


def test_contract_with_altered_text_is_refused() -> None:
    snapshot = contract_snapshot()
    snapshot["text"]["content"]["title"] = "Başqa müqavilə"
    with pytest.raises(SnapshotError, match="not the one that was agreed to"):
        render_contract(snapshot)


def test_contract_with_incomplete_text_is_refused() -> None:
    content = load_content(1)
    content["articles"].pop()
    with pytest.raises(ContractTextError, match="4 articles instead of 5"):
        render_contract(contract_snapshot(text={"version": 1, "sha256": digest(content), "content": content}))


# --- Both -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("render", "snapshot"), [(render_certificate, certificate_snapshot), (render_contract, contract_snapshot)]
)
def test_incomplete_snapshot_is_refused(render: Any, snapshot: Any) -> None:
    for name in snapshot():
        if name == "concluded":
            continue
        stored = snapshot()
        del stored[name]
        with pytest.raises(SnapshotError, match=f"missing field {name}"):
            render(stored)


def test_snapshots_do_not_load_the_pdf_engine() -> None:
    script = (
        "import sys, certificates.documents.snapshots, certificates.contract_text; print('weasyprint' in sys.modules)"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
