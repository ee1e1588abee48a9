"""The applicant's pages: part by part, nothing lost, nothing of others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from candidates.models import Application, KeptUpload
from candidates.queries import latest_texts
from candidates.services.attachments import keep_upload
from candidates.services.declarations import load_declarations
from candidates.services.review import conclude_application
from candidates.states import ApplicationState, DeclarationKind
from core.models import PrivateFile
from schemes.models import SchemeVersion
from tests.candidates import factories as make

SignIn = Callable[[User], Client]
PARTS = ("identity", "contact", "letters", "documents", "declarations", "review")


def url(name: str, application: Application, *more: Any) -> str:
    return reverse(f"candidates:{name}", args=[application.pk, *more])


def test_whole_application_in_six_parts(scheme_version: SchemeVersion, candidate: User, sign_in: SignIn) -> None:
    client = sign_in(candidate)
    assert client.get(reverse("candidates:own")).status_code == 200
    apply = reverse("candidates:apply", args=["coach-6"])
    assert client.get(apply).status_code == 200
    answer = client.post(apply)
    application = Application.objects.get()
    assert answer.headers["Location"] == url("identity", application)

    data: dict[str, Any] = make.identity(fin="5abc1d2")
    assert client.post(url("identity", application), data).headers["Location"] == url("contact", application)
    data = make.contact(telephone="050 123 45 67")
    assert client.post(url("contact", application), data).headers["Location"] == url("letters", application)
    letter = {"issuer": "Mərkəz", "issuer_kind": "client", "topic": "Karyera", "hours": "12", "dated": "04.05.2026"}
    answer = client.post(url("letters", application), {**letter, "file": make.upload()})
    assert answer.headers["Location"] == url("letters", application)
    client.post(url("documents", application), {"kind": "identity", "file": make.upload("a.png", make.png())})
    seen = ",".join(str(text.pk) for text in latest_texts().values())
    ticked = {"truth": "on", "confidentiality": "on", "appeals": "on", "processing": "on", "seen": seen}
    answer = client.post(url("declarations", application), ticked)
    assert answer.headers["Location"] == url("review", application)
    page = client.get(url("review", application))
    assert page.context["can_submit"] is True
    assert client.post(url("review", application)).headers["Location"] == url("detail", application)

    application.refresh_from_db()
    assert (application.state, application.fin, application.telephone) == ("submitted", "5ABC1D2", "+994501234567")
    assert application.letters.get().stored.original_name == "məktub.pdf"
    assert application.documents.get().stored.content_type == "image/png"
    words = {one.text.kind: one.agreed for one in application.declarations.all()}
    assert words == {"truth": True, "confidentiality": True, "appeals": True, "processing": True, "publication": False}
    assert client.get(url("detail", application)).status_code == 200


@pytest.mark.parametrize("part", PARTS)
def test_part_of_empty_draft_opens(scheme_version: SchemeVersion, candidate: User, sign_in: SignIn, part: str) -> None:
    application = make.draft(scheme_version, candidate)
    assert sign_in(candidate).get(url(part, application)).status_code == 200


@pytest.mark.parametrize("part", [*PARTS, "withdraw", "detail"])
@pytest.mark.parametrize("who", ["stranger", "officer", "auditor", "assessor", "decider", "sysadmin"])
def test_draft_is_closed_to_everyone_else(
    scheme_version: SchemeVersion, sign_in: SignIn, request: pytest.FixtureRequest, part: str, who: str
) -> None:
    application = make.complete_draft(scheme_version)
    user = make.new_candidate() if who == "stranger" else request.getfixturevalue(who)
    client = sign_in(user)
    assert client.get(url(part, application)).status_code == 403
    assert client.post(url(part, application)).status_code in {403, 405}
    application.refresh_from_db()
    assert application.state == ApplicationState.DRAFT


@pytest.mark.parametrize("part", PARTS)
def test_part_not_signed_in_leads_to_sign_in(scheme_version: SchemeVersion, client: Client, part: str) -> None:
    answer = client.get(url(part, make.draft(scheme_version)))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize(
    ("field", "typed"),
    [("fin", "5ABCIO2"), ("fin", "123"), ("identity_number", "12"), ("date_of_birth", "2126-01-01"),
     ("surname", "Əli2"), ("date_of_birth", "31.02.1990"), ("identity_series", "XX"), ("given_name", "x" * 81)],
)  # fmt: skip
def test_identity_wrong_field_is_said_beside_it_and_nothing_is_lost(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn, field: str, typed: str
) -> None:
    application = make.draft(scheme_version, candidate)
    page = sign_in(candidate).post(url("identity", application), {**make.identity(), field: typed})
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert page.context["form"]["patronymic"].value() == "Həsən oğlu"
    assert page.context["form"][field].value() == typed
    application.refresh_from_db()
    assert application.fin == ""


def test_identity_with_gaps_is_saved(scheme_version: SchemeVersion, candidate: User, sign_in: SignIn) -> None:
    application = make.draft(scheme_version, candidate)
    sign_in(candidate).post(url("identity", application), {"surname": "Əliyev"})
    application.refresh_from_db()
    assert (application.surname, application.given_name, application.date_of_birth) == ("Əliyev", "", None)


def test_letter_good_file_survives_other_errors(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn
) -> None:
    application = make.draft(scheme_version, candidate)
    client = sign_in(candidate)
    letter = {"issuer": "Mərkəz", "issuer_kind": "client", "topic": "Karyera", "hours": "0", "dated": "2026-05-04"}
    page = client.post(url("letters", application), {**letter, "file": make.upload()})
    assert page.status_code == 422
    kept = KeptUpload.objects.get()
    assert f'value="{kept.stored_id}"' in page.content.decode()
    assert "məktub.pdf" in str(page.context["form"]["file"].help_text)
    answer = client.post(url("letters", application), {**letter, "hours": "5", "kept": str(kept.stored_id)})
    assert answer.status_code == 302
    assert application.letters.get().stored == kept.stored
    assert KeptUpload.objects.count() == 0
    again = client.post(url("letters", application), {**letter, "hours": "5", "kept": str(kept.stored_id)})
    assert (again.status_code, application.letters.count()) == (422, 1)


def test_letter_kept_file_of_somebody_else_is_not_taken(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn
) -> None:
    foreign = keep_upload(make.upload(), actor=make.new_candidate())
    application = make.draft(scheme_version, candidate)
    letter = {"issuer": "M", "issuer_kind": "client", "topic": "K", "hours": "5", "dated": "2026-05-04"}
    for kept in (str(foreign.pk), "not-a-uuid"):
        page = sign_in(candidate).post(url("letters", application), {**letter, "kept": kept})
        assert page.status_code == 422
    assert application.letters.count() == 0


@pytest.mark.parametrize(
    "upload",
    [("cv.pdf", b"MZ" + b"\x00" * 300), ("foto.png", make.png()[:20]), ("foto.svg", b"<svg/>"), ("boş.pdf", b"")],
)
def test_document_bad_file_is_refused_with_words(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn, upload: tuple[str, bytes]
) -> None:
    application = make.draft(scheme_version, candidate)
    page = sign_in(candidate).post(url("documents", application), {"kind": "other", "file": make.upload(*upload)})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["file"]
    assert (application.documents.count(), PrivateFile.objects.count()) == (0, 0)


def test_document_too_large_is_refused(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn, settings: Any
) -> None:
    settings.MAX_UPLOAD_BYTES = 50
    application = make.draft(scheme_version, candidate)
    page = sign_in(candidate).post(url("documents", application), {"kind": "other", "file": make.upload()})
    assert (page.status_code, list(page.context["form"].errors)) == (422, ["file"])


def test_declarations_changed_meanwhile_are_read_again(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn, tmp_path: Any
) -> None:
    application = make.draft(scheme_version, candidate)
    seen = ",".join(str(text.pk) for text in latest_texts().values())
    changed = tmp_path / "texts.toml"
    changed.write_text("".join(f'[{kind}]\naz = "A {kind}"\nen = "E {kind}"\n' for kind in DeclarationKind))
    assert [text.version for text in load_declarations(changed)] == [2] * 5
    page = sign_in(candidate).post(url("declarations", application), {"truth": "on", "seen": seen})
    assert page.status_code == 422
    assert application.declarations.count() == 0


def test_review_names_gaps_with_links(scheme_version: SchemeVersion, candidate: User, sign_in: SignIn) -> None:
    application = make.draft(scheme_version, candidate)
    client = sign_in(candidate)
    page = client.post(url("review", application))
    assert page.status_code == 422
    links = {link for _gap, link in page.context["gaps"]}
    assert links == {url(part, application) for part in ("identity", "contact", "letters", "documents", "declarations")}


def test_review_second_click_leads_to_the_application(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn
) -> None:
    application = make.complete_draft(scheme_version, candidate)
    client = sign_in(candidate)
    for _click in range(2):
        assert client.post(url("review", application)).headers["Location"] == url("detail", application)
    application.refresh_from_db()
    assert application.submissions == 1


@pytest.mark.parametrize("part", PARTS)
def test_part_of_submitted_application_cannot_be_edited(
    scheme_version: SchemeVersion, sign_in: SignIn, part: str
) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(make.account_of(application))
    assert client.get(url(part, application)).headers["Location"] == url("detail", application)
    answer = client.post(url(part, application), make.identity(surname="Başqa"))
    assert answer.status_code in {302, 422}
    application.refresh_from_db()
    assert application.surname == "Məmmədov"


def test_returned_application_shows_what_is_missing_and_where(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    application = make.returned(scheme_version, officer)
    client = sign_in(make.account_of(application))
    page = client.get(url("letters", application)).content.decode()
    assert "Məktub imzasızdır." in page
    assert page.count("tamamlanmalıdır") == 1
    assert "Məktub imzasızdır." in client.get(url("detail", application)).content.decode()


def test_withdraw_page_and_second_click(scheme_version: SchemeVersion, sign_in: SignIn) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(make.account_of(application))
    assert client.get(url("withdraw", application)).status_code == 200
    assert client.post(url("withdraw", application), {"reason": ""}).status_code == 302
    assert client.post(url("withdraw", application), {"reason": ""}).status_code == 422
    assert client.get(url("withdraw", application)).status_code == 302
    application.refresh_from_db()
    assert application.state == ApplicationState.WITHDRAWN


@pytest.mark.parametrize(
    "who", ["owner", "officer", "auditor", "stranger", "assessor", "decider", "sysadmin", "nobody"]
)
def test_file_is_served_only_to_those_who_read_the_application(
    scheme_version: SchemeVersion, sign_in: SignIn, request: pytest.FixtureRequest, who: str
) -> None:
    application = make.submitted(scheme_version)
    users = {"owner": make.account_of(application), "stranger": make.new_candidate()}
    client = Client() if who == "nobody" else sign_in(users.get(who) or request.getfixturevalue(who))
    answer = client.get(url("file", application, application.letters.get().stored_id))
    expected = {"owner": 200, "officer": 200, "auditor": 200, "nobody": 302}.get(who, 403)
    assert answer.status_code == expected
    if expected == 200:
        assert b"".join(answer) == make.PDF
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment")


def test_file_of_another_application_is_not_found_through_ones_own(
    scheme_version: SchemeVersion, sign_in: SignIn
) -> None:
    mine, other = make.submitted(scheme_version), make.submitted(scheme_version)
    client = sign_in(make.account_of(mine))
    assert client.get(url("file", mine, other.letters.get().stored_id)).status_code == 404
    assert client.get(url("file", other, other.letters.get().stored_id)).status_code == 403


def test_own_list_shows_only_own(scheme_version: SchemeVersion, candidate: User, sign_in: SignIn) -> None:
    make.submitted(scheme_version)
    client = sign_in(candidate)
    assert list(client.get(reverse("candidates:own")).context["page"]) == []
    mine = make.draft(scheme_version, candidate)
    assert list(client.get(reverse("candidates:own")).context["page"]) == [mine]


def test_another_fin_than_on_record_is_said_on_saving_and_before_submitting(
    scheme_version: SchemeVersion, candidate: User, sign_in: SignIn
) -> None:
    make.person(fin="5ABC1D2", user=candidate)
    draft = make.draft(scheme_version, candidate)
    client = sign_in(candidate)
    saved = client.post(url("identity", draft), make.identity(fin="5ABC1D3"), follow=True)
    assert [str(one).startswith("FİN bu hesab üzrə") for one in saved.context["messages"]] == [True]
    review = client.get(url("review", draft))
    advised = [gap.section for gap, _url in review.context["gaps"] if not gap.blocking]
    assert advised == ["identity", "letters", "documents"]
    assert [step.section for step in review.context["steps"] if step.is_doubtful] == ["identity"]
    right = client.post(url("identity", draft), make.identity(fin="5ABC1D2"), follow=True)
    assert list(right.context["messages"]) == []
    assert not any(step.is_doubtful for step in right.context["steps"])


def test_next_step_of_accepted_application_is_true_wherever_the_case_is(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    application = make.accepted(scheme_version, officer)
    client = sign_in(make.account_of(application))
    step = client.get(url("detail", application)).context["next"]
    assert (str(step.step).split(".")[0], step.who, step.url) == ("Müraciət qəbul edilib", "", "")
    conclude_application(application, actor=officer)
    step = client.get(url("detail", application)).context["next"]
    assert str(step.step).startswith("Sertifikatlaşdırma haqqında qərar verilib")


def test_names_of_declarations_carry_no_codes(scheme_version: SchemeVersion, candidate: User, sign_in: SignIn) -> None:
    page = sign_in(candidate).get(url("declarations", make.draft(scheme_version, candidate))).content.decode()
    assert "Məlumatların doğruluğu" in page
    assert "(H" not in page
