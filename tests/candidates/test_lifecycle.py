"""The lifecycle of an application against a simple model of it, with whatever order of verbs hypothesis thinks of."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings, strategies as st

from accounts.models import User
from audit.models import AuditEntry
from candidates.models import Application
from candidates.services.drafts import save_contact
from candidates.services.review import (
    accept_application,
    conclude_application,
    refuse_application,
    return_application,
)
from candidates.services.submission import submit_application
from candidates.services.withdrawal import withdraw_application
from candidates.states import APPLICATION, ApplicationState
from core.errors import RuleViolation
from core.models import OutgoingMessage
from schemes.models import SchemeVersion
from tests.candidates import factories as make

# What follows from a verb in a state; what is not here is refused. The second model of the same rules, on purpose.
MODEL = {
    ("draft", "edit"): "draft",
    ("draft", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("submitted", "accept"): "accepted",
    ("submitted", "return"): "returned",
    ("submitted", "refuse"): "refused",
    ("submitted", "withdraw"): "withdrawn",
    ("returned", "edit"): "returned",
    ("returned", "submit"): "submitted",
    ("returned", "withdraw"): "withdrawn",
    ("accepted", "withdraw"): "withdrawn",
    ("accepted", "conclude"): "concluded",
    ("concluded", "conclude"): "concluded",
}
MESSAGES = {
    "submit": "received",
    "accept": "accepted",
    "return": "returned",
    "refuse": "refused",
    "withdraw": "withdrawn",
}
VERBS = ("edit", "submit", "accept", "return", "refuse", "withdraw", "conclude")


def verbs_of(application: Application, officer: User) -> dict[str, Callable[[], Any]]:
    account = make.account_of(application)
    assert account is not None
    return {
        "edit": lambda: save_contact(application, data=make.contact(address="Yeni ünvan"), actor=account),
        "submit": lambda: submit_application(application, actor=account),
        "accept": lambda: accept_application(application, actor=officer),
        "return": lambda: return_application(application, sections=["letters"], reason="Səbəb", actor=officer),
        "refuse": lambda: refuse_application(application, reason="Səbəb", actor=officer),
        "withdraw": lambda: withdraw_application(application, actor=account),
        "conclude": lambda: conclude_application(application, actor=officer),
    }


@pytest.fixture
def whole_draft(scheme_version: SchemeVersion) -> Application:
    return make.complete_draft(scheme_version)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(verbs=st.lists(st.sampled_from(VERBS), max_size=9))
def test_any_order_of_verbs_follows_the_model(whole_draft: Application, officer: User, verbs: list[str]) -> None:
    with transaction.atomic():
        application = Application.objects.get(pk=whole_draft.pk)
        state, told, submitted_once = "draft", 0, False
        for verb in verbs:
            before = AuditEntry.objects.count()
            target = MODEL.get((state, verb))
            if target is None:
                with pytest.raises(RuleViolation):
                    verbs_of(application, officer)[verb]()
                assert AuditEntry.objects.count() == before
            else:
                verbs_of(application, officer)[verb]()
                submitted_once = submitted_once or verb == "submit"
                told += verb in MESSAGES and submitted_once
                state = target
            application.refresh_from_db()
            expected = "accepted" if state == "concluded" else state
            assert (application.state, application.concluded_at is not None) == (expected, state == "concluded")
        assert OutgoingMessage.objects.count() == told
        transaction.set_rollback(True)


def test_table_and_model_agree() -> None:
    table = {
        (source, transition.verb, transition.target)
        for transition in APPLICATION.transitions
        for source in transition.sources
    }
    assert table == {(source, verb, to) for (source, verb), to in MODEL.items() if verb not in {"edit", "conclude"}}
    assert {state for row in table for state in (row[0], row[2])} == set(ApplicationState.values)
    assert {t.verb for t in APPLICATION.transitions if t.needs_reason} == {"return", "refuse"}
