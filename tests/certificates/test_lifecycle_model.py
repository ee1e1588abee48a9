"""The life of a certificate and of its renewal against a simple model (life_model): any decisions on any days.

The machine that walks, and what it asks for, are in life_machine.
"""

from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from accounts.models import User
from candidates.models import Declaration
from candidates.queries import latest_texts
from candidates.services.declarations import load_declarations
from certificates.services.register import list_certificate
from schemes.models import SchemeVersion
from tests.certificates import factories
from tests.certificates.life_factories import with_scopes
from tests.certificates.life_machine import MONTHS, Life
from tests.certificates.renewal_factories import agreed_contract, decided, standing

EXAMPLES = 4  # of thirty steps each, always the same ones

# --- Walks that have been wrong, or nearly, and others that go where two decisions cross ------------------------------
OLD, NEW = {"of_renewal": False}, {"of_renewal": True}
WALKS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "a published plan that never had force": [
        ("revoke", {**OLD, "ahead": 10, "published": True}),
        ("revoke", {**OLD, "ahead": 0, "published": False}),
        ("days_pass", {"days": 12}),
    ],
    "a plan that outlives a suspension": [
        ("suspend", {**OLD, "ahead": 0, "published": True}),
        ("revoke", {**OLD, "ahead": 9, "published": True}),
        ("reinstate", OLD),
        ("days_pass", {"days": 4}),
        ("suspend", {**OLD, "ahead": 0, "published": False}),
        ("days_pass", {"days": 12}),
    ],
    "a plan withdrawn, and the same planned anew": [
        ("suspend", {**OLD, "ahead": 5, "published": True}),
        ("withdraw_what_is_planned", OLD),
        ("suspend", {**OLD, "ahead": 5, "published": False}),
        ("days_pass", {"days": 8}),
        ("reinstate", OLD),
        ("revoke", {**OLD, "ahead": 3, "published": True}),
        ("withdraw_what_is_planned", OLD),
        ("days_pass", {"days": 8}),
    ],
    "a renewal revoked before its first day": [
        ("renew", {}),
        ("days_pass", {"days": 3}),
        ("revoke", {**NEW, "ahead": 0, "published": True}),
        ("suspend", {**OLD, "ahead": 0, "published": True}),
        ("validity_runs_out", {}),
        ("days_pass", {"days": 5}),
        ("reinstate", OLD),
    ],
    "a renewal revoked from its first day on": [
        ("renew", {}),
        ("revoke", {**NEW, "ahead": 2, "published": True}),
        ("validity_runs_out", {}),
        ("days_pass", {"days": 5}),
    ],
    "both suspended by one decision, and each by its own": [
        ("renew", {}),
        ("suspend", {**OLD, "ahead": 0, "published": True}),
        ("reinstate", NEW),
        ("suspend", {**NEW, "ahead": 0, "published": False}),
        ("days_pass", {"days": 2}),
        ("reinstate", OLD),
        ("reduce", OLD),
        ("validity_runs_out", {}),
        ("days_pass", {"days": 5}),
        ("reinstate", NEW),
    ],
    "both revoked, the plan and all": [
        ("renew", {}),
        ("reduce", OLD),
        ("reduce", NEW),
        ("revoke", {**OLD, "ahead": 0, "published": True}),
        ("validity_runs_out", {}),
        ("days_pass", {"days": 5}),
    ],
    "run out while suspended, renewed late": [
        ("suspend", {**OLD, "ahead": 0, "published": True}),
        ("validity_runs_out", {}),
        ("days_pass", {"days": 5}),
        ("renew", {}),
        ("reinstate", OLD),
        ("renew", {}),
        ("suspend", {**NEW, "ahead": 1, "published": True}),
        ("days_pass", {"days": 3}),
        ("revoke", {**NEW, "ahead": 0, "published": False}),
    ],
    "copies": [
        ("make_copy", OLD),
        ("days_pass", {"days": 2}),
        ("reduce", OLD),
        ("make_copy", OLD),
        ("suspend", {**OLD, "ahead": 0, "published": True}),
        ("days_pass", {"days": 2}),
    ],
}  # fmt: skip


@pytest.fixture
def lives(version: SchemeVersion, officer: User) -> None:
    """Issue the certificate with which every walk begins, and prepare its renewal."""
    load_declarations()
    SchemeVersion.objects.filter(pk=version.pk).update(validity_months=MONTHS)
    Life.issued = factories.certificate(with_scopes(SchemeVersion.objects.get(pk=version.pk)), officer=officer)
    Life.officer = officer
    Life.prepared = agreed_contract(decided(standing(Life.issued)))
    text = latest_texts()["publication"]
    for application in (Life.issued.decision.application, Life.prepared.decision.application):
        Declaration.objects.create(
            application=application, text=text, language="az", agreed=True, declared_at=timezone.now()
        )
    list_certificate(Life.issued, actor=officer)


@pytest.mark.usefixtures("lives")
def test_a_life_of_decisions_agrees_with_the_model_and_with_what_was_said() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("lives")
@pytest.mark.parametrize("is_swept", [False, True])
def test_decisions_that_cross_agree_with_the_model_and_with_what_was_said(is_swept: bool) -> None:
    for name, steps in WALKS.items():
        life = Life()
        try:
            for step, words in steps:
                getattr(life, step)(**words)
                if is_swept:
                    life.morning()
                life.everything_agrees()
        except AssertionError as error:
            error.add_note(name)
            life.undo()
            raise
        life.teardown()
