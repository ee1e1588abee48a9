"""The pages of accounts: who sees them, what they find, what they cost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services.people import change_language
from accounts.services.roles import end_role, grant_role
from accounts.states import Role
from audit.models import AuditEntry
from audit.services import record
from exams.models import CriticalNote, MarkEvent, Settlement, Sheet
from tests.accounts.factories import DETAILS, make_invitation
from tests.factories import PASSWORD, UserFactory

SignIn = Callable[[User], Client]
READERS = {Role.OFFICER, Role.AUDITOR, Role.SYSADMIN}


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", ["people", "invitations", "person"])
def test_people_pages_are_for_readers(sign_in: SignIn, candidate: User, role: Role, page: str) -> None:
    user = UserFactory.create(roles=[role])
    url = reverse(f"accounts:{page}", args=[candidate.pk] if page == "person" else [])
    assert sign_in(user).get(url).status_code == (200 if role in READERS else 403)


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_changes_are_for_sysadmins(sign_in: SignIn, assessor: User, role: Role) -> None:
    client = sign_in(UserFactory.create(roles=[role]))
    expected = 200 if role == Role.SYSADMIN else 403
    for name, arguments in (("grant_role", []), ("end_role", ["assessor"]), ("deactivate", [])):
        assert client.get(reverse(f"accounts:{name}", args=[assessor.pk, *arguments])).status_code == expected
    reactivated = client.post(reverse("accounts:reactivate", args=[assessor.pk]))
    assert reactivated.status_code == (302 if role == Role.SYSADMIN else 403)


@pytest.mark.django_db
def test_sysadmin_cannot_open_changes_of_own_account(sign_in: SignIn, sysadmin: User) -> None:
    client = sign_in(sysadmin)
    assert client.get(reverse("accounts:grant_role", args=[sysadmin.pk])).status_code == 403
    assert client.get(reverse("accounts:person", args=[sysadmin.pk])).status_code == 200


@pytest.mark.django_db
def test_pages_send_visitors_to_sign_in(client: Client) -> None:
    for name in ("people", "me", "invitations", "invite"):
        url = reverse(f"accounts:{name}")
        assert client.get(url).headers["Location"] == f"{reverse('account_login')}?next={url}"


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["isa", "ISA", "İSA", "ısa", "quliyev is", "isa.q@", "example isa", "  "])
def test_people_found_by_folded_words(sign_in: SignIn, sysadmin: User, words: str) -> None:
    found = UserFactory.create(surname="Quliyev", given_name="İsa", email="isa.q@example.az")
    other = UserFactory.create(surname="Əliyev", given_name="Rüfət", patronymic="", email="rufet@example.com")
    page = sign_in(sysadmin).get(reverse("accounts:people"), {"q": words}).context["page"]
    assert found in page
    assert (other in page) == (not words.strip())


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["'", "a & b", "!:*", "\\", "50% | x"])
def test_people_search_takes_any_text(sign_in: SignIn, sysadmin: User, words: str) -> None:
    assert sign_in(sysadmin).get(reverse("accounts:people"), {"q": words}).status_code == 200


@pytest.mark.django_db
def test_people_in_alphabetical_order(sign_in: SignIn, sysadmin: User) -> None:
    User.objects.filter(pk=sysadmin.pk).update(surname="Zeynalov")
    for surname in ("Xəlilov", "İbrahimov", "Əliyev", "Ismayılov", "Eyvazov", "Həsənov", "Şükürov", "Səfərov"):
        UserFactory.create(surname=surname)
    page = sign_in(sysadmin).get(reverse("accounts:people")).context["page"]
    assert [person.surname for person in page] == [
        "Eyvazov", "Əliyev", "Həsənov", "Xəlilov", "Ismayılov", "İbrahimov", "Səfərov", "Şükürov", "Zeynalov",
    ]  # fmt: skip


@pytest.mark.django_db
def test_people_of_one_surname_in_order_of_given_names(sign_in: SignIn, sysadmin: User) -> None:
    for given_name in ("Xəyalə", "Ülkər", "Əminə"):
        UserFactory.create(surname="Quliyeva", given_name=given_name)
    page = sign_in(sysadmin).get(reverse("accounts:people"), {"q": "quliyeva"}).context["page"]
    assert [person.given_name for person in page] == ["Əminə", "Xəyalə", "Ülkər"]


@pytest.mark.django_db
def test_account_page_tells_sysadmin_nothing_of_candidates(
    sign_in: SignIn, sysadmin: User, assessor: User, officer: User
) -> None:
    record(actor=officer, verb="person.conflict", obj=officer, after={"note": "qohumum"}, related=[assessor])
    grant_role(assessor, Role.DECIDER, actor=sysadmin)
    page = sign_in(sysadmin).get(reverse("accounts:person", args=[assessor.pk]))
    assert [entry.verb for entry in page.context["timeline"]] == ["role.grant"]


@pytest.mark.django_db
def test_change_of_address_asks_for_the_password_again(sign_in: SignIn, candidate: User) -> None:
    response = sign_in(candidate).post(reverse("account_email"), {"email": "new@example.az", "action_add": ""})
    assert response.headers["Location"].startswith(reverse("account_reauthenticate"))


@pytest.mark.django_db
def test_administration_site_changes_passwords_on_the_page_that_leaves_a_trace(sign_in: SignIn) -> None:
    client = sign_in(UserFactory.create(is_staff=True))
    response = client.get(reverse("admin:password_change"))
    assert response.headers["Location"] == reverse("account_change_password")


@pytest.mark.django_db
def test_people_by_role_in_force_and_state(sign_in: SignIn, sysadmin: User, assessor: User) -> None:
    former = UserFactory.create(roles=[Role.ASSESSOR])
    end_role(former, Role.ASSESSOR, actor=sysadmin, reason="Səbəb")
    closed = UserFactory.create(is_active=False)
    client = sign_in(sysadmin)
    assert list(client.get(reverse("accounts:people"), {"role": "assessor"}).context["page"]) == [assessor]
    assert list(client.get(reverse("accounts:people"), {"state": "inactive"}).context["page"]) == [closed]
    assert client.get(reverse("accounts:people"), {"role": "king"}).context["filter_form"].errors


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_people_list_query_count(
    sign_in: SignIn, auditor: User, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    UserFactory.create_batch(rows, roles=[Role.ASSESSOR, Role.DECIDER])
    client = sign_in(auditor)
    with django_assert_num_queries(6):
        client.get(reverse("accounts:people"))


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_person_page_query_count(
    sign_in: SignIn, sysadmin: User, rows: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    person = UserFactory.create(email="leman@example.az", roles=list(Role)[:rows])
    for number in range(rows):
        make_invitation(sysadmin, token=str(number), role=list(Role)[number])
        change_language(person, language="en" if number % 2 == 0 else "az", actor=sysadmin)
    client = sign_in(sysadmin)
    with django_assert_num_queries(9):
        client.get(reverse("accounts:person", args=[person.pk]))


@pytest.mark.django_db
def test_role_given_and_ended_on_the_pages(sign_in: SignIn, sysadmin: User, assessor: User) -> None:
    client = sign_in(sysadmin)
    grant = reverse("accounts:grant_role", args=[assessor.pk])
    assert [code for code, _label in client.get(grant).context["form"].fields["role"].choices] == [
        role.value for role in Role if role != Role.ASSESSOR
    ]
    assert client.post(grant, {"role": "decider"}).status_code == 302
    assert client.post(grant, {"role": "decider"}).status_code == 422  # a double click
    end = reverse("accounts:end_role", args=[assessor.pk, "decider"])
    assert client.post(end, {"reason": ""}).status_code == 422
    assert client.post(end, {"reason": "Səbəb"}).status_code == 302
    assert client.post(end, {"reason": "Səbəb"}).status_code == 422  # a double click
    assert [entry.verb for entry in AuditEntry.objects.order_by("pk")] == ["role.grant", "role.end"]


@pytest.mark.django_db
def test_closed_account_is_signed_out_at_the_next_click(sign_in: SignIn, sysadmin: User, assessor: User) -> None:
    theirs = sign_in(assessor)
    assert theirs.get(reverse("accounts:me")).status_code == 200
    sign_in(sysadmin).post(reverse("accounts:deactivate", args=[assessor.pk]), {"reason": "Səbəb"})
    assert theirs.get(reverse("accounts:me")).status_code == 302


@pytest.mark.django_db
def test_own_account_shows_roles_and_asks_staff_for_second_step(
    sign_in: SignIn, officer: User, candidate: User
) -> None:
    contexts = [sign_in(user).get(reverse("accounts:me")).context for user in (officer, candidate)]
    assert [[one.role for one in context["assignments"]] for context in contexts] == [["officer"], ["candidate"]]
    assert [context["is_staff_member"] for context in contexts] == [True, False]


@pytest.mark.django_db
def test_own_details_are_changed_and_traced(sign_in: SignIn, candidate: User) -> None:
    client = sign_in(candidate)
    client.get(reverse("accounts:my_details"))
    response = client.post(reverse("accounts:my_details"), {**DETAILS, "language": "en"})
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    candidate.refresh_from_db()
    assert (candidate.get_full_name(), candidate.language) == ("Quliyeva Ləman Tofiq qızı", "en")
    client.post(reverse("accounts:my_details"), {**DETAILS, "language": "en"})  # again: nothing changes
    verbs = [entry.verb for entry in AuditEntry.objects.order_by("pk")]
    assert verbs == ["account.change_details", "account.change_language"]


@pytest.mark.django_db
def test_language_switch_is_kept_for_visitor_and_account(client: Client, sign_in: SignIn, candidate: User) -> None:
    switch = reverse("accounts:set_language")
    response = client.post(switch, {"language": "en", "next": "/schemes/?q=a%26b"})
    assert (response.headers["Location"], response.cookies[settings.LANGUAGE_COOKIE_NAME].value) == (
        "/schemes/?q=a%26b",
        "en",
    )
    assert client.get(reverse("account_login")).headers["Content-Language"] == "en"
    sign_in(candidate).post(switch, {"language": "en", "next": "/"})
    candidate.refresh_from_db()
    assert candidate.language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["", "ru", "../az", "az\n"])
def test_language_switch_with_unknown_language_changes_nothing(client: Client, language: str) -> None:
    response = client.post(reverse("accounts:set_language"), {"language": language, "next": "/"})
    assert response.headers["Location"] == "/"
    assert settings.LANGUAGE_COOKIE_NAME not in response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_language_switch_returns_to_this_site_only(client: Client, back: str) -> None:
    response = client.post(reverse("accounts:set_language"), {"language": "en", "next": back})
    assert response.headers["Location"] == "/"


@pytest.mark.django_db
def test_sign_in_goes_on_in_the_language_of_the_account(client: Client) -> None:
    user = UserFactory.create(language="en")
    response = client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"


@pytest.mark.django_db
def test_language_chosen_before_sign_in_outlives_it(client: Client) -> None:
    user = UserFactory.create(language="az")
    client.post(reverse("accounts:set_language"), {"language": "en", "next": "/"})
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("accounts:me")).headers["Content-Language"] == "en"
    user.refresh_from_db()
    assert user.language == "az"
    client.post(reverse("account_logout"))
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    assert client.get(reverse("accounts:me")).headers["Content-Language"] == "az"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "front", "accounts", "trail"),
    [
        ({}, 302, 302, 302),
        ({"is_staff": True}, 200, 200, 403),
        ({"is_staff": True, "is_superuser": True}, 200, 200, 200),
    ],
)
def test_administration_site_shows_operators_no_cases(
    sign_in: SignIn, fields: dict[str, bool], front: int, accounts: int, trail: int
) -> None:
    client = sign_in(UserFactory.create(**fields))
    urls = [
        reverse("admin:index"),
        reverse("admin:accounts_user_changelist"),
        reverse("admin:audit_auditentry_changelist"),
    ]
    assert [client.get(url).status_code for url in urls] == [front, accounts, trail]


@pytest.mark.django_db
def test_administration_site_changes_nothing(sign_in: SignIn) -> None:
    superuser = UserFactory.create(is_staff=True, is_superuser=True)
    client = sign_in(superuser)
    page = reverse("admin:accounts_user_change", args=[superuser.pk])
    assert superuser.password not in client.get(page).content.decode()
    assert client.post(page, {"surname": "Başqa"}).status_code == 403
    assert client.get(reverse("admin:accounts_user_add")).status_code == 403


@pytest.mark.django_db
def test_administration_site_uses_the_one_sign_in_page(client: Client, sign_in: SignIn, officer: User) -> None:
    login = f"{reverse('admin:login')}?next={reverse('admin:index')}"
    assert client.get(login).headers["Location"] == f"{reverse('account_login')}?next={reverse('admin:index')}"
    assert sign_in(officer).get(login).status_code == 403


@pytest.mark.django_db
def test_administration_site_lists_every_table_but_marks_to_superusers(sign_in: SignIn) -> None:
    """Marks are nobody's but their assessor's until all are sealed: no list shows them."""
    record(actor=None, verb="account.create", obj=UserFactory.create())
    client = sign_in(UserFactory.create(is_staff=True, is_superuser=True))
    ours = {"core", "audit", "accounts", "schemes", "candidates", "exams", "certificates"}
    models = {model for label in ours for model in apps.get_app_config(label).get_models()}
    assert models - set(admin.site._registry) == {CriticalNote, MarkEvent, Settlement, Sheet}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert client.get(reverse(f"{name}_changelist")).status_code == 200
        for row in model._default_manager.all()[:1]:
            assert client.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200
