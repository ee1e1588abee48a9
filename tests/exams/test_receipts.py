"""Receipts: what was sealed is counted again, and a code from paper finds whose marks it is for."""

import pytest
from django.db import connection
from django.urls import reverse

from accounts.models import User
from accounts.states import Role
from exams.canonical import short_code
from exams.models import Sheet, StageRun
from exams.receipts import receipt_of
from exams.services.sheets import abstain
from tests.exams.factories import (
    ended_stage,
    marked_stage,
    new_attempt,
    new_session,
    sealed,
    sealed_stage,
    sheet_of,
    sign_off,
)
from tests.factories import UserFactory
from tests.schemes.factories import small_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed(attempt) -> StageRun:
    """Stage P1, marked by one assessor and signed off; BQ.2 was not met."""
    return sign_off(marked_stage(ended_stage(attempt), missed=["BQ.2"]))


@pytest.fixture
def sheet(signed: StageRun) -> Sheet:
    return sheet_of(signed)


def page_of(sheet: Sheet) -> str:
    return reverse("exams:receipt", args=[sheet.pk])


def search(client, code: str):
    return client.get(reverse("exams:receipts"), {"code": code})


def forge(sheet: Sheet, statement: str) -> None:
    """Change the marks of a sheet behind the system's back, as the owner of the database could."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE exams_markevent DISABLE TRIGGER USER")
        cursor.execute(f"{statement} WHERE sheet_id = %s AND step_id = %s", [sheet.pk, _step(sheet)])
        cursor.execute("ALTER TABLE exams_markevent ENABLE TRIGGER USER")


def _step(sheet: Sheet) -> int:
    return sheet.run.stage.steps.get(code="BQ.4").pk


def test_receipt_is_that_of_the_sealed_marks(sheet):
    receipt = receipt_of(sheet)
    assert (receipt.stored, receipt.total, receipt.agrees, receipt.badge) == (27, 27, True, "agrees")
    assert (receipt.counted, sheet.receipt) == (sheet.digest, short_code(sheet.digest))


def test_receipt_no_longer_agrees_with_a_log_that_was_tampered_with(sheet, assessor, sign_in):
    forge(sheet, "UPDATE exams_markevent SET value = NOT value")
    receipt = receipt_of(sheet)
    assert (receipt.stored, receipt.agrees, receipt.badge) == (27, False, "differs")
    page = sign_in(assessor).get(page_of(sheet)).content.decode()
    assert (sheet.digest in page, receipt.counted in page) == (True, True)
    found = search(sign_in(assessor), sheet.receipt).context["receipts"]
    assert [one.agrees for one in found] == [False]


def test_receipt_of_a_log_that_lost_a_mark_does_not_agree(sheet):
    forge(sheet, "DELETE FROM exams_markevent")
    receipt = receipt_of(sheet)
    assert (receipt.stored, receipt.counted, receipt.agrees) == (26, "", False)


@pytest.mark.parametrize("reader", ["assessor", "officer", "auditor"])
def test_receipt_page_shows_all_but_the_marks(request, sheet, reader, sign_in):
    page = sign_in(request.getfixturevalue(reader)).get(page_of(sheet)).content.decode()
    assert "27/27" in page
    assert all(word in page for word in (sheet.receipt, sheet.digest, str(sheet.assessor)))
    assert "BQ.2" not in page


def test_receipt_page_is_closed_to_others(sheet, candidate, sign_in):
    for reader in (
        candidate,
        UserFactory.create(roles=[Role.ASSESSOR]),
        UserFactory.create(roles=[Role.DECIDER]),
        UserFactory.create(roles=[Role.SYSADMIN]),
    ):
        assert sign_in(reader).get(page_of(sheet)).status_code == 403


def test_sheet_that_is_not_sealed_has_no_receipt(run, assessor, officer, sign_in):
    for reader in (assessor, officer):
        assert sign_in(reader).get(page_of(sheet_of(run))).status_code == 403


def test_receipt_opens_to_the_panel_and_to_officers_once_all_have_sealed(version, assessor, officer, sign_in):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, member))))
    mine = sealed(sheet_of(run, assessor))
    readers = {"own": assessor, "panel": member, "officer": officer}
    before = {name: sign_in(reader).get(page_of(mine)).status_code for name, reader in readers.items()}
    assert before == {"own": 200, "panel": 403, "officer": 403}
    sealed_stage(run)
    assert [sign_in(reader).get(page_of(mine)).status_code for reader in readers.values()] == [200] * 3


# --- Finding a code --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["{}", " {} ", "lower", "spaced", "letters"])
def test_code_is_found_however_it_was_typed(sheet, officer, sign_in, typed):
    ways = {
        "lower": sheet.receipt.lower(),
        "spaced": " ".join(sheet.receipt.replace("-", "")),
        "letters": sheet.receipt.replace("0", "o").replace("1", "l"),
    }
    answer = search(sign_in(officer), ways.get(typed) or typed.format(sheet.receipt))
    assert [(one.sheet, one.agrees) for one in answer.context["receipts"]] == [(sheet, True)]
    page = answer.content.decode()
    assert all(word in page for word in (str(sheet.assessor), str(sheet.run.attempt.person), page_of(sheet)))
    assert "BQ.2" not in page


@pytest.mark.parametrize("typed", ["0000-0000", "xyz", "☃", "' OR 1=1", "7" * 41, "\0"])
def test_unknown_code_is_answered_clearly(sheet, officer, sign_in, typed):
    answer = search(sign_in(officer), typed)
    assert (answer.status_code, answer.context["receipts"]) == (200, [])
    assert answer.content.decode().count("empty") + answer.content.decode().count("invalid-feedback") > 0


def test_nothing_is_said_before_a_code_is_typed(sheet, officer, sign_in):
    answer = sign_in(officer).get(reverse("exams:receipts"))
    assert (answer.status_code, answer.context["receipts"], answer.context["typed"]) == (200, [], "")


def test_assessors_find_only_their_own(version, sheet, assessor, sign_in):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = sealed_stage(marked_stage(ended_stage(new_attempt(new_session(version, member, assessor)))))
    theirs, mine = sheet_of(run, member), sheet_of(run, assessor)
    client = sign_in(assessor)
    assert search(client, theirs.receipt).context["receipts"] == []
    assert [one.sheet for one in search(client, mine.receipt).context["receipts"]] == [mine]


def test_officer_who_was_the_candidate_does_not_find_the_receipt(sheet, candidate, sign_in):
    candidate.role_assignments.create(role=Role.OFFICER)
    assert search(sign_in(candidate), sheet.receipt).context["receipts"] == []


def test_code_of_veiled_marks_is_told_to_their_assessor_alone(version, assessor, officer, auditor, sign_in):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(version, assessor, member))))
    mine = sealed(sheet_of(run, assessor))
    readers = [assessor, member, officer, auditor]
    before = [len(search(sign_in(reader), mine.receipt).context["receipts"]) for reader in readers]
    sealed(sheet_of(run, member))
    after = [len(search(sign_in(reader), mine.receipt).context["receipts"]) for reader in readers]
    assert (before, after) == ([1, 0, 0, 0], [1, 0, 1, 1])


def test_code_of_marks_of_a_short_panel_is_not_told_to_officers(assessor, officer, sign_in):
    member = UserFactory.create(roles=[Role.ASSESSOR])
    run = marked_stage(ended_stage(new_attempt(new_session(small_version(), assessor, member)), "S1"))
    mine = sealed(sheet_of(run, assessor))
    abstain(sheet_of(run, member), reason="Xəstələndi", actor=member)
    assert search(sign_in(officer), mine.receipt).context["receipts"] == []
    assert sign_in(officer).get(page_of(mine)).status_code == 403


@pytest.mark.parametrize(
    ("roles", "status"),
    [([Role.CANDIDATE], 403), ([Role.DECIDER], 403), ([Role.SYSADMIN], 403), ([Role.AUDITOR], 200), ([], 403)],
)
def test_check_page_is_for_officers_auditors_and_assessors(sign_in, roles, status):
    reader: User = UserFactory.create(roles=roles)
    assert sign_in(reader).get(reverse("exams:receipts")).status_code == status
