"""The body's pages: list, search, application, persons, paper; who may open what; what a page costs."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from candidates.models import Application, ConflictOfInterest
from candidates.panels import register_person_panel
from candidates.queries import (
    find_by_reference,
    queue_submitted,
    search_applications,
    search_persons,
)
from candidates.services.review import accept_application, conclude_application, return_application
from candidates.services.submission import submit_application
from candidates.states import ApplicationState
from schemes.models import SchemeVersion
from tests.candidates import factories as make

SignIn = Callable[[User], Client]


def url(name: str, *args: Any) -> str:
    return reverse(f"candidates:{name}", args=args)


@pytest.mark.parametrize("verb", ["accept", "return", "refuse"])
def test_review_forms_open_act_once_and_then_lead_back(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn, verb: str
) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(officer)
    data = {"confirmed": "on", "sections": ["letters"], "reason": "Məktub imzasızdır."}
    address = url(verb, application.pk)
    assert client.get(address).status_code == 200
    assert client.post(address, {}).status_code == 422
    assert client.post(address, data).headers["Location"] == url("detail", application.pk)
    assert client.post(address, data).status_code == 422  # a second click: a message, never a 500
    assert client.get(address).headers["Location"] == url("detail", application.pk)
    application.refresh_from_db()
    assert application.state == {"accept": "accepted", "return": "returned", "refuse": "refused"}[verb]
    assert client.get(url("detail", application.pk)).status_code == 200


@pytest.mark.parametrize("who", ["candidate", "assessor", "decider", "auditor", "sysadmin"])
@pytest.mark.parametrize("name", ["accept", "return", "refuse", "conflict", "link_account", "unlink_account"])
def test_officers_verbs_are_closed_to_others(
    scheme_version: SchemeVersion, sign_in: SignIn, request: pytest.FixtureRequest, name: str, who: str
) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(request.getfixturevalue(who))
    about = application.pk if name in {"accept", "return", "refuse"} else make.person_of(application).pk
    assert client.get(url(name, about)).status_code == 403
    assert client.post(url(name, about), {"reason": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("who", "expected"),
    [("officer", 200), ("auditor", 200), ("candidate", 403), ("assessor", 403), ("decider", 403), ("sysadmin", 403)],
)
def test_reading_pages_are_for_officers_and_auditors(
    scheme_version: SchemeVersion, sign_in: SignIn, request: pytest.FixtureRequest, who: str, expected: int
) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(request.getfixturevalue(who))
    for address in (
        url("list"), url("export"), url("persons"), url("detail", application.pk),
        url("person", make.person_of(application).pk),
    ):  # fmt: skip
        assert client.get(address).status_code == expected
    assert client.get(url("paper")).status_code == (200 if who == "officer" else 403)
    assert client.get(url("detail", 999999)).status_code == 403


def test_office_page_warns_of_differences_and_other_account(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    owner = make.new_candidate(email="owner@example.az")
    make.person(fin="5ABC1D2", surname="Əliyeva", user=owner)
    application = make.submitted(scheme_version, fin="5ABC1D2", surname="Həsənova")
    page = sign_in(officer).get(url("detail", application.pk)).content.decode()
    assert "owner@example.az" in page
    assert "Əliyeva" in page
    own = sign_in(make.account_of(application)).get(url("detail", application.pk)).content.decode()
    assert "owner@example.az" not in own
    assert "Əliyeva" not in own


def test_auditor_sees_no_buttons(scheme_version: SchemeVersion, auditor: User, sign_in: SignIn) -> None:
    application = make.submitted(scheme_version)
    page = sign_in(auditor).get(url("detail", application.pk))
    assert (page.context["may_review"], page.context["may_withdraw"], page.context["may_edit"]) == (False, False, False)


@pytest.mark.parametrize("text", ["İsmayıl", "ismayil", "ISMAYIL", "ism gulnar", "5abc1d2", "QIZI ismayilova"])
def test_search_finds_by_folded_name_and_fin(scheme_version: SchemeVersion, text: str) -> None:
    make.submitted(scheme_version)
    wanted = make.submitted(
        scheme_version, surname="İsmayılova", given_name="Gülnar", patronymic="Qədir qızı", fin="5ABC1D2"
    )
    assert list(search_applications(text)) == [wanted]
    assert list(search_persons(text)) == [wanted.person]


@pytest.mark.parametrize("text", ["' OR 1=1 --", "a & | !", "%", "\\", ":*", "(((", "😀", "5ABC1D"])
def test_search_takes_any_text(scheme_version: SchemeVersion, text: str) -> None:
    make.submitted(scheme_version, fin="5ABC1D2")
    assert list(search_applications(text)) == []
    assert list(search_persons(text)) == []


def test_search_by_reference_state_and_order(scheme_version: SchemeVersion, officer: User) -> None:
    first, second = make.submitted(scheme_version), make.returned(scheme_version, officer)
    make.complete_draft(scheme_version)
    assert list(search_applications()) == [first, second]
    assert list(search_applications(order="newest")) == [second, first]
    assert list(search_applications(state="returned")) == [second]
    assert list(search_applications(make.reference_of(first))) == [first]
    assert find_by_reference(make.reference_of(first).lower().replace("-", " ")) == first
    assert list(queue_submitted()) == [first]


def test_list_with_nonsense_filters_still_answers(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    make.submitted(scheme_version)
    client = sign_in(officer)
    page = client.get(url("list"), {"page": "x", "unknown": "1"})
    assert (page.status_code, len(page.context["page"])) == (200, 1)
    page = client.get(url("list"), {"state": "nonsense", "scheme": "none", "page": "x", "order": "1"})
    assert (page.status_code, len(page.context["page"])) == (200, 0)
    assert set(page.context["filter_form"].errors) == {"state", "scheme", "order"}


@pytest.mark.parametrize("wrong", [{"state": "xyz"}, {"scheme": "none"}, {"order": "random"}, {"q": "x" * 101}])
def test_nothing_is_exported_for_a_filter_that_is_not_valid(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn, wrong: dict[str, str]
) -> None:
    make.submitted(scheme_version)
    client = sign_in(officer)
    answer = client.get(url("export"), wrong, follow=True)
    assert answer.redirect_chain == [(f"{url('list')}?{urlencode(wrong)}", 302)]
    assert (list(answer.context["page"]), set(answer.context["filter_form"].errors)) == ([], set(wrong))
    assert client.get(url("export")).headers["Content-Type"] == "text/csv; charset=utf-8"


def test_export_is_what_the_list_shows_and_harmless(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    application = make.submitted(scheme_version, surname="Əliyev")
    make.submitted(scheme_version, surname="Quliyev")
    answer = sign_in(officer).get(url("export"), {"q": "əliyev"}, headers={"accept-language": "en"})
    rows = answer.getvalue().decode("utf-8-sig").strip().split("\r\n")
    assert len(rows) == 2
    assert rows[0] == "Reference,Name,Scheme,State,Submitted"
    assert rows[1].startswith(f"{make.reference_of(application)},Əliyev İlqar Həsən oğlu,")


@pytest.mark.parametrize("name", ["list", "persons", "own"])
def test_list_costs_the_same_for_one_row_and_three(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn, name: str
) -> None:
    account = make.new_candidate()

    def add() -> None:
        application = make.accepted(scheme_version, officer, account, fin="5ABC1D2") if name == "own" else None
        if application:
            conclude_application(application, actor=officer)
        else:
            make.submitted(scheme_version)

    client = sign_in(account if name == "own" else officer)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url(name)).status_code == 200
        return len(queries)

    add()
    cost()
    one = cost()
    add()
    add()
    assert cost() == one


def test_detail_costs_the_same_for_one_letter_and_three(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    client = sign_in(officer)
    costs = []
    for extra in (0, 2):
        application = make.complete_draft(scheme_version)
        for _number in range(extra):
            make.letter(application, make.account_of(application))
        submit_application(application, actor=make.account_of(application))
        client.get(url("detail", application.pk))
        with CaptureQueriesContext(connection) as queries:
            client.get(url("detail", application.pk))
        costs.append(len(queries))
    assert costs[0] == costs[1]


def paper(version: SchemeVersion, **changes: Any) -> dict[str, Any]:
    data = {**make.identity(), **make.contact(), "scheme": version.scheme_id, "signed_on": "2026-11-02"}
    agreed = ["truth", "confidentiality", "appeals", "processing"]
    return {**data, "agreed": agreed, "file": make.upload("müraciət.pdf"), **changes}


def test_paper_application_is_entered_submitted_and_kept(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    client = sign_in(officer)
    answer = client.post(url("paper"), paper(scheme_version, fin="5ABC1D2"))
    application = Application.objects.get()
    assert answer.headers["Location"] == url("detail", application.pk)
    assert (application.state, application.is_paper, application.entered_by) == ("submitted", True, officer)
    assert application.documents.get().kind == "paper"
    assert {one.declared_at.date().isoformat() for one in application.declarations.all()} == {"2026-11-02"}
    accept_application(application, actor=officer)
    person = make.person_of(application)
    assert (person.fin, person.user) == ("5ABC1D2", None)
    account = make.new_candidate(email="kagiz@example.az")
    link = {"email": account.email.upper(), "reason": "Vəsiqə göstərilib."}
    assert client.post(url("link_account", person.pk), link).status_code == 302
    assert client.post(url("link_account", person.pk), link).status_code == 422
    assert sign_in(account).get(url("detail", application.pk)).status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"fin": "x"}, "fin"), ({"signed_on": "2126-01-01"}, "signed_on"), ({"agreed": ["truth"]}, "__all__"),
     ({"email": "no"}, "email"), ({"file": ""}, "file"), ({"scheme": "0"}, "scheme"), ({"surname": " "}, "surname")],
)  # fmt: skip
def test_paper_application_wrong_loses_nothing(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn, changes: dict[str, Any], field: str
) -> None:
    page = sign_in(officer).post(url("paper"), paper(scheme_version, **changes))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert page.context["form"]["address"].value() == "Bakı, Nizami küçəsi 10"
    assert Application.objects.count() == 0
    kept = page.context["form"].data.get("kept")
    assert bool(kept) == (field != "file")


def test_paper_application_returned_is_completed_by_the_officer(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    client = sign_in(officer)
    client.post(url("paper"), paper(scheme_version))
    application = Application.objects.get()
    client.post(url("return", application.pk), {"sections": ["contact"], "reason": "Ünvan tam deyil."})
    client.post(url("contact", application.pk), make.contact(address="Bakı, Nizami küçəsi 10, mənzil 4"))
    assert client.get(url("review", application.pk)).status_code == 200
    assert client.post(url("review", application.pk)).status_code == 302
    application.refresh_from_db()
    assert (application.state, application.submissions) == (ApplicationState.SUBMITTED, 2)


def letter_row(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "issuer": f"Məktəb {number}", "issuer_kind": "employer", "topic": "Karyera kouçinqi", "hours": 40,
        "dated": "2026-05-04", "file": make.upload(f"məktub{number}.pdf"), **changes,
    }  # fmt: skip
    return {f"letter-{number}-{name}": value for name, value in row.items()}


def test_paper_application_brings_its_letters_and_documents(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    others = {"document-2-kind": "education", "document-2-file": make.upload("diplom.pdf")}
    data = {**paper(scheme_version), **letter_row(1), **letter_row(3, hours=60), **others, "letter-2-issuer": " "}
    assert sign_in(officer).post(url("paper"), data).status_code == 302
    application = Application.objects.get()
    assert application.state == ApplicationState.SUBMITTED
    letters = application.letters.values_list("issuer", "issuer_kind", "topic", "hours", "stored__original_name")
    assert list(letters) == [
        ("Məktəb 1", "employer", "Karyera kouçinqi", 40, "məktub1.pdf"),
        ("Məktəb 3", "employer", "Karyera kouçinqi", 60, "məktub3.pdf"),
    ]
    documents = application.documents.values_list("kind", "stored__original_name")
    assert list(documents) == [("paper", "müraciət.pdf"), ("education", "diplom.pdf")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"topic": ""}, "topic"), ({"hours": "0"}, "hours"), ({"dated": "2126-01-01"}, "dated"), ({"file": ""}, "file"),
     ({"file": make.upload("x.pdf", b"MZ")}, "file"), ({"issuer_kind": "friend"}, "issuer_kind")],
)  # fmt: skip
def test_paper_letter_that_is_not_complete_is_named_and_keeps_every_file(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn, changes: dict[str, Any], field: str
) -> None:
    client = sign_in(officer)
    typed = paper(scheme_version)
    page = client.post(url("paper"), {**typed, **letter_row(1), **letter_row(2, **changes)})
    assert page.status_code == 422
    form = page.context["form"]
    assert form.non_field_errors() == ["Tövsiyə məktubu 2: aşağıda tamamlayın."]
    assert [list(row.errors) for row in form.letter_rows] == [[], [field], [], [], []]
    assert Application.objects.count() == 0
    kept = {
        "kept": form["kept"].value(),
        **{f"letter-{number}-kept": form.letter_rows[number - 1]["kept"].value() for number in (1, 2)},
    }
    assert bool(kept["letter-2-kept"]) == (field != "file")
    again = {**typed, **letter_row(1), **letter_row(2), **{name: value or "" for name, value in kept.items()}}
    for name in ("file", "letter-1-file", *(["letter-2-file"] if kept["letter-2-kept"] else [])):
        del again[name]
    assert client.post(url("paper"), again).status_code == 302
    assert Application.objects.get().letters.count() == 2


def test_paper_letter_left_out_does_not_count(scheme_version: SchemeVersion, officer: User, sign_in: SignIn) -> None:
    client = sign_in(officer)
    data = {**paper(scheme_version), **letter_row(1, topic=""), "letter-1-leave_out": "on"}
    assert client.post(url("paper"), data).status_code == 302
    assert Application.objects.get().letters.count() == 0


def test_paper_application_is_entered_whole_or_not_at_all(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    make.submitted(scheme_version, fin="5ABC1D2")
    data = {**paper(scheme_version, fin="5ABC1D2"), **letter_row(1)}
    assert sign_in(officer).post(url("paper"), data).status_code == 422
    assert Application.objects.filter(account=None).count() == 0


@pytest.mark.parametrize("verb", ["accept", "return", "refuse"])
def test_verb_on_a_submission_that_was_not_read_changes_nothing(
    scheme_version: SchemeVersion, officer: User, other_officer: User, sign_in: SignIn, verb: str
) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(officer)
    read = client.get(url(verb, application.pk)).context["form"]["submission"].value()
    return_application(application, sections=["letters"], reason="Məktub imzasızdır.", actor=other_officer)
    submit_application(application, actor=make.account_of(application))
    data = {"confirmed": "on", "sections": ["letters"], "reason": "Məktub imzasızdır.", "submission": read}
    page = client.post(url(verb, application.pk), data)
    assert page.status_code == 422
    assert "yenidən" in page.context["form"].non_field_errors()[0]
    application.refresh_from_db()
    assert (application.state, application.submissions) == (ApplicationState.SUBMITTED, 2)


def test_conflict_recorded_by_officer_and_declared_by_assessor(
    scheme_version: SchemeVersion, officer: User, assessor: User, decider: User, candidate: User, sign_in: SignIn
) -> None:
    application = make.accepted(scheme_version, officer)
    person = make.person_of(application)
    data = {"user": decider.pk, "kind": "trained", "note": "2025-ci ildə kurs"}
    assert sign_in(officer).post(url("conflict", person.pk), data).status_code == 302
    assert sign_in(officer).post(url("conflict", person.pk), data).status_code == 422
    own = {"reference": make.reference_of(application).lower(), "kind": "related", "note": "Əmim oğlu"}
    assert sign_in(assessor).get(url("own_conflict"), {"reference": make.reference_of(application)}).status_code == 200
    assert sign_in(assessor).post(url("own_conflict"), own).status_code == 302
    assert sign_in(assessor).post(url("own_conflict"), {**own, "reference": "M-2026-99999-00"}).status_code == 422
    assert sign_in(candidate).get(url("own_conflict")).status_code == 403
    assert set(person.conflicts.values_list("user_id", flat=True)) == {assessor.pk, decider.pk}
    assert set(ConflictOfInterest.objects.values_list("declared_by", flat=True)) == {officer.pk, assessor.pk}
    page = sign_in(officer).get(url("person", person.pk)).content.decode()
    assert "Əmim oğlu" in page


def test_unlink_account_needs_reason_and_happens_once(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    person = make.person_of(make.accepted(scheme_version, officer))
    client = sign_in(officer)
    assert client.post(url("unlink_account", person.pk), {"reason": ""}).status_code == 422
    assert client.post(url("unlink_account", person.pk), {"reason": "Səhv hesab."}).status_code == 302
    assert client.post(url("unlink_account", person.pk), {"reason": "Səhv hesab."}).status_code == 422
    person.refresh_from_db()
    assert person.user is None


def test_panel_of_upper_floor_is_shown_on_the_person(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("candidates.panels._person_panels", {})
    person = make.person_of(make.submitted(scheme_version))
    register_person_panel("partials/empty.html", lambda one, reader: {"name": one.full_name, "reader": reader})
    panels = sign_in(officer).get(url("person", person.pk)).context["panels"]
    assert [(panel.template, panel.data["reader"]) for panel in panels] == [("partials/empty.html", officer)]


def test_accept_page_remembers_which_submission_is_read(
    scheme_version: SchemeVersion, officer: User, sign_in: SignIn
) -> None:
    application = make.submitted(scheme_version)
    client = sign_in(officer)
    form = client.get(url("accept", application.pk)).context["form"]
    assert form["submission"].value() == 1
    stale = client.post(url("accept", application.pk), {"confirmed": "on", "submission": "7"})
    assert stale.status_code == 422
    done = client.post(url("accept", application.pk), {"confirmed": "on", "submission": "1"})
    assert done.status_code == 302
