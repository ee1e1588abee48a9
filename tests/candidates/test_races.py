"""Two at the same moment, with real threads and connections."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from accounts.states import Role
from candidates.models import Application, Person
from candidates.services.drafts import start_application
from candidates.services.review import accept_application, refuse_application
from candidates.services.submission import submit_application
from core.errors import RuleViolation
from core.models import NumberSeries, OutgoingMessage
from schemes.models import SchemeVersion
from tests.candidates import factories as make
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run all acts at the same moment; return sorted outcomes: "done", or the code of the refusal."""
    start, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        start.wait()
        try:
            act()
            outcomes.append("done")
        except RuleViolation as violation:
            outcomes.append(violation.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.parametrize("is_known", [False, True])
def test_two_accounts_submit_the_same_fin_and_one_wins(scheme_version: SchemeVersion, is_known: bool) -> None:
    if is_known:
        make.person(fin="5ABC1D2")
    drafts = [make.complete_draft(scheme_version, fin="5ABC1D2") for _one in range(4)]
    acts = [lambda one=one: submit_application(one, actor=make.account_of(one)) for one in drafts]
    assert at_once(*acts) == ["candidates_one_open_application"] * 3 + ["done"]
    assert Person.objects.filter(fin="5ABC1D2").count() == 1
    assert Application.objects.filter(state="submitted").count() == 1
    assert NumberSeries.objects.get(series="application").last == 1
    assert OutgoingMessage.objects.filter(kind="application_received").count() == 1


def test_double_submit_of_one_draft_happens_once(scheme_version: SchemeVersion) -> None:
    draft = make.complete_draft(scheme_version)
    copies = [Application.objects.get(pk=draft.pk) for _one in range(3)]
    acts = [lambda one=one: submit_application(one, actor=make.account_of(draft)) for one in copies]
    assert at_once(*acts) == ["done", "not_editable", "not_editable"]
    draft.refresh_from_db()
    assert draft.submissions == 1


def test_double_start_gives_one_draft(scheme_version: SchemeVersion) -> None:
    account = make.new_candidate()
    acts = [lambda: start_application(scheme_version.scheme, actor=account)] * 4
    assert at_once(*acts) == ["done"] * 4
    assert Application.objects.count() == 1


def test_two_officers_accept_and_refuse_and_one_wins(scheme_version: SchemeVersion) -> None:
    one, other = (UserFactory.create(roles=[Role.OFFICER]) for _officer in range(2))
    application = make.submitted(scheme_version)
    copies = [Application.objects.get(pk=application.pk) for _copy in range(2)]
    outcomes = at_once(
        lambda: accept_application(copies[0], actor=one),
        lambda: refuse_application(copies[1], reason="Sənəd çatmır.", actor=other),
    )
    assert outcomes == ["done", "state"]
    assert OutgoingMessage.objects.filter(kind__in=["application_accepted", "application_refused"]).count() == 1


def test_parallel_submissions_number_without_gaps(scheme_version: SchemeVersion) -> None:
    drafts = [make.complete_draft(scheme_version) for _one in range(6)]
    acts = [lambda one=one: submit_application(one, actor=make.account_of(one)) for one in drafts]
    assert at_once(*acts) == ["done"] * 6
    references = [make.reference_of(one) for one in Application.objects.order_by("reference")]
    assert [reference[7:12] for reference in references] == [f"{number:05d}" for number in range(1, 7)]
