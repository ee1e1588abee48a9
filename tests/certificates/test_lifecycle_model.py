"""The life of a certificate against a simple model: any decisions on any days, with and without the morning's sweep.

The model knows nothing of columns, events or suspensions: only which state the certificate is in, and what is to come.
At the end of every day it is asked what the public page says, and what it said is kept; at the end of the walk the
events alone have to say the same of every day that has passed.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import ClassVar

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from hypothesis.strategies import integers

from accounts.models import User
from certificates.history import standing_on
from certificates.models import Certificate, Suspension
from certificates.services.lifecycle import settle_all_due
from core.errors import RuleViolation
from schemes.models import SchemeVersion
from tests.certificates import factories
from tests.certificates.life_factories import (
    noon,
    reduce,
    reinstate,
    revoke,
    supersede,
    suspend,
    with_scopes,
    withdraw,
)

ARROWS = {
    ("valid", "suspend"): "suspended",
    ("valid", "reduce"): "valid",
    ("valid", "revoke"): "revoked",
    ("valid", "supersede"): "superseded",
    ("suspended", "reinstate"): "valid",
    ("suspended", "revoke"): "revoked",
    ("suspended", "supersede"): "superseded",
}
OVER = ("revoked", "superseded")
DAYS = integers(min_value=1, max_value=12)


def outcome(call: Callable[[], object]) -> str:
    """Return the code of the refusal; "" when there is none."""
    try:
        call()
    except RuleViolation as violation:
        return violation.code
    return ""


class Life(RuleBasedStateMachine):
    """One certificate, valid for three months, from its issue on."""

    issued: ClassVar[Certificate]
    officer: ClassVar[User]

    def __init__(self) -> None:
        """Begin on the day of the issue; nothing of the walk is kept in the database."""
        super().__init__()
        self.walk = transaction.atomic()
        self.walk.__enter__()
        self.certificate = Certificate.objects.get(pk=self.issued.pk)
        self.first, self.last = self.issued.valid_from, self.issued.valid_until
        self.today = self.first
        self.state, self.scopes = "valid", 3
        self.plan: tuple[date, str] | None = None
        self.said: dict[date, tuple[str, int]] = {}
        self.clock = noon(self.today)
        self.clock.start()

    def teardown(self) -> None:
        """Compare every day that has passed with what the events say of it, and take the walk back."""
        try:
            events = list(self.certificate.events.all())
            for day, said in self.said.items():
                standing = standing_on(events, valid_from=self.first, valid_until=self.last, day=day)
                assert standing is not None
                assert (str(standing.status), len(standing.scopes)) == said
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.walk.__exit__(None, None, None)

    @property
    def status(self) -> str:
        """What the model says of today."""
        return "expired" if self.state not in OVER and self.today > self.last else self.state

    def page(self) -> str:
        """What the public page says today: the row as it is, settled or not."""
        return str(Certificate.objects.get(pk=self.certificate.pk).status)

    # --- Time ---------------------------------------------------------------------------------------------------------

    @rule(days=DAYS)
    def days_pass(self, days: int) -> None:
        """Go on day by day, and write down at the end of each what the page said."""
        for _day in range(days):
            self.said[self.today] = (self.page(), self.scopes)
            self.today += timedelta(days=1)
            self.clock.stop()
            self.clock = noon(self.today)
            self.clock.start()
            if self.plan and self.plan[0] == self.today:
                self.state, self.plan = ARROWS[self.state, self.plan[1]], None

    @precondition(lambda self: self.today <= self.last)
    @rule()
    def validity_runs_out(self) -> None:
        """Go on to the day before the last one."""
        self.days_pass(max(0, (self.last - self.today).days - 1))

    @rule()
    def morning(self) -> None:
        """Let the sweep run; it may be late, and changes nothing that is read."""
        settle_all_due()
        assert settle_all_due() == 0
        begun = Suspension.objects.filter(ended_at=None, started_at__lte=timezone.now())
        assert begun.count() == (self.state == "suspended")

    # --- Decisions ----------------------------------------------------------------------------------------------------

    @rule()
    def suspend_now(self) -> None:
        """Suspend from today."""
        late = self.today >= self.last
        self.decide("suspend", lambda: suspend(self.certificate, self.officer, 0, 1), "review_late" if late else "")

    @rule(ahead=DAYS)
    def plan_suspension(self, ahead: int) -> None:
        """Suspend from a later day."""
        left = (self.last - self.today).days
        late = "effective_late" if ahead > left else "review_late" if ahead == left else ""
        self.decide("suspend", lambda: suspend(self.certificate, self.officer, ahead, 1), late, ahead)

    @rule()
    def reinstate_now(self) -> None:
        """Reinstate."""
        self.decide("reinstate", lambda: reinstate(self.certificate, self.officer))

    @rule()
    def reduce_now(self) -> None:
        """Take a scope away, if two are left."""
        if self.decide("reduce", lambda: reduce(self.certificate, self.officer), "scopes" if self.scopes == 1 else ""):
            self.scopes -= 1

    @precondition(lambda self: self.today > self.first + timedelta(days=20))
    @rule()
    def revoke_now(self) -> None:
        """Revoke from today."""
        self.decide("revoke", lambda: revoke(self.certificate, self.officer))

    @rule(ahead=DAYS)
    def plan_revocation(self, ahead: int) -> None:
        """Revoke from a later day."""
        late = "effective_late" if ahead > max(0, (self.last - self.today).days) else ""
        self.decide("revoke", lambda: revoke(self.certificate, self.officer, ahead), late, ahead)

    @precondition(lambda self: self.today > self.first + timedelta(days=20))
    @rule()
    def renew(self) -> None:
        """Issue the renewal: it takes the place of this one after the last day, or now if that is over."""
        ahead = max(0, (self.last - self.today).days + 1)
        self.decide("supersede", lambda: supersede(self.certificate, self.officer, ahead), "", ahead)

    @rule()
    def withdraw_what_is_planned(self) -> None:
        """Withdraw what is planned; a renewal stays."""
        can = self.plan is not None and self.plan[1] != "supersede"
        answer = outcome(lambda: withdraw(self.certificate, self.officer))
        assert answer == ("" if can else "nothing_planned")
        self.plan = None if can else self.plan

    def decide(self, verb: str, call: Callable[[], object], impossible: str = "", ahead: int = 0) -> bool:
        """Take a decision, and tell whether it was taken; the model says beforehand how it goes."""
        expected = self.refusal(verb, impossible, ahead)
        assert outcome(call) == expected
        if expected:
            return False
        if ahead:
            self.plan = (self.today + timedelta(days=ahead), verb)
            return True
        self.state = ARROWS[self.state, verb]
        self.plan = None if self.state in OVER else self.plan
        return True

    def refusal(self, verb: str, impossible: str, ahead: int) -> str:
        """Say why a decision is not possible now, "" if it is: what has run out, the days, the table, the plan."""
        if verb in {"suspend", "reduce"} and self.status == "expired":
            return "expired"
        if impossible:
            return impossible
        if (self.state, verb) not in ARROWS:
            return "state"
        if self.plan and ahead:
            return "planned"
        target = ARROWS[self.state, verb]
        if self.plan and target not in OVER and (target, self.plan[1]) not in ARROWS:
            return "planned"
        return ""

    @invariant()
    def the_page_agrees(self) -> None:
        """The page says what the model says, today and, as far as is decided, of the days to come."""
        assert self.page() == self.status


@pytest.mark.django_db
def test_a_life_of_decisions_agrees_with_the_model_and_with_what_the_page_said(
    version: SchemeVersion, officer: User
) -> None:
    SchemeVersion.objects.filter(pk=version.pk).update(validity_months=3)
    Life.issued = factories.certificate(with_scopes(SchemeVersion.objects.get(pk=version.pk)), officer=officer)
    Life.officer = officer
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=40, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
