"""A new copy made for another cause than a request: the request is settled, what is lost is not asked for (H8)."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEntry
from certificates.models import Duty, Replacement
from certificates.services.duties import record_met
from certificates.services.requests.changes import accept_change
from certificates.services.requests.replacements import issue_replacement, withdraw_replacement
from certificates.states import DutyKind, ReplacementKind
from core.models import OutgoingMessage
from tests.certificates import factories
from tests.certificates.factories import account
from tests.certificates.life_factories import reduce, with_scopes
from tests.certificates.requests_factories import change, refused, replacement
from tests.exams.racing import DONE, at_once

# Which cause makes the copy, the message that tells of it, and what it says of a lost original and of the request.
CAUSES = {
    "change": (lambda one, officer: accept_change(change(one), actor=officer), "change_accepted"),
    "reduction": (reduce, "certificate_reduced"),
}
LOST = {"az": "tapılsa, onu bizə təhvil verin", "en": "hand it in to us"}
SETTLED = {"az": "müraciətiniz də yerinə yetirildi", "en": "Your request for a new copy is settled by this"}


@pytest.fixture(params=CAUSES)
def cause(request):
    return CAUSES[request.param]


@pytest.mark.parametrize("language", ["az", "en"])
@pytest.mark.parametrize("kind", list(ReplacementKind))
def test_a_new_copy_settles_the_open_request(version, officer, cause, kind, language):
    certificate = factories.certificate(with_scopes(version), language=language)
    case = replacement(certificate, kind)
    make, mail = cause
    make(certificate, officer)
    case.refresh_from_db()
    new = certificate.copies.get(number=2)
    assert (case.state, case.new_copy, case.settled_by) == ("issued", new, officer)
    duty = Duty.objects.get(kind=DutyKind.SETTLE_REPLACEMENT)
    assert (duty.state, duty.proof) == ("met", str(new))
    assert AuditEntry.objects.filter(
        verb="replacement.issue", object_ref=f"certificates.replacement:{case.pk}"
    ).exists()
    # Lost: never owed. Otherwise owed once, by the day that was set with the request.
    returns = Duty.objects.filter(kind=DutyKind.RETURN_COPY)
    owed = [] if kind == ReplacementKind.LOST else [f"certificates.replacement:{case.pk}"]
    assert list(returns.values_list("about", flat=True)) == owed
    body = OutgoingMessage.objects.get(kind=mail).body
    assert SETTLED[language] in body
    assert (LOST[language] in body) is (kind == ReplacementKind.LOST)
    assert not OutgoingMessage.objects.filter(kind="replacement_issued").exists()
    assert refused(lambda: issue_replacement(case, actor=officer)) == "state"


def test_a_copy_that_nobody_asked_for_is_owed_once(version, officer, cause):
    certificate = factories.certificate(with_scopes(version))
    withdraw_replacement(replacement(certificate, ReplacementKind.LOST), actor=account(certificate))
    make, mail = cause
    make(certificate, officer)
    duty = Duty.objects.get(kind=DutyKind.RETURN_COPY)
    assert (duty.state, duty.details) == ("open", f"{certificate.number} / 1")
    body = OutgoingMessage.objects.get(kind=mail).body
    assert "bizə təhvil verin (müqavilə, H8)" in body
    assert (SETTLED["az"] in body, LOST["az"] in body) == (False, False)
    assert Replacement.objects.get().state == "withdrawn"


def test_an_original_that_the_body_has_already_is_not_asked_for(version, officer, cause):
    certificate = factories.certificate(with_scopes(version))
    case = replacement(certificate, ReplacementKind.WRONG)
    back = Duty.objects.get(kind=DutyKind.RETURN_COPY)
    record_met(back, actor=officer, proof="Poçtla gəldi.", on=timezone.localdate())
    make, mail = cause
    make(certificate, officer)
    assert Duty.objects.get(kind=DutyKind.RETURN_COPY).state == "met"
    case.refresh_from_db()
    assert case.state == "issued"
    assert "bizə təhvil verin" not in OutgoingMessage.objects.get(kind=mail).body


@pytest.mark.parametrize(
    ("kind", "words"), [(ReplacementKind.LOST, "is not asked for"), (None, "owes the old original within 15 days")]
)
def test_officer_reads_whether_the_old_original_is_owed(version, officer, sign_in, kind, words):
    certificate = factories.certificate(version)
    if kind:
        replacement(certificate, kind)
    officer.language = "en"
    officer.save()
    client = sign_in(officer)
    answer = client.post(
        reverse("certificates:change_accept", args=[change(certificate).pk]), HTTP_ACCEPT_LANGUAGE="en"
    )
    assert [words in str(one) for one in get_messages(answer.wsgi_request)] == [True]


@pytest.mark.django_db(transaction=True)
def test_change_and_request_are_settled_at_the_same_moment(version, officer, other_officer):
    certificate = factories.certificate(version)
    notice, case = change(certificate), replacement(certificate, ReplacementKind.LOST)
    outcomes = at_once(
        lambda: accept_change(notice, actor=officer), lambda: issue_replacement(case, actor=other_officer)
    )
    case.refresh_from_db()
    assert case.state == "issued"
    # The change always goes through; the request is settled by it, or before it by the other officer.
    assert DONE in outcomes
    assert set(outcomes) <= {DONE, "state"}
    assert certificate.copies.count() == (3 if outcomes == [DONE, DONE] else 2)


def test_a_superseded_copy_says_so_beside_its_paper(version, officer, sign_in):
    certificate = factories.certificate(with_scopes(version))
    reduce(certificate, officer)
    pages = {
        "PDF, superseded": (officer, reverse("certificates:certificate", args=[certificate.pk])),
        "Copy 1 (PDF), superseded": (account(certificate), reverse("certificates:mine")),
    }
    for words, (user, page) in pages.items():
        shown = " ".join(sign_in(user).get(page, headers={"accept-language": "en"}).content.decode().split())
        assert shown.count(words) == 1
