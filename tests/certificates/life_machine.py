"""A machine that walks through the life of a certificate and its renewal, and asks everybody what they say of it.

After every step, and on every day on which the model says something new, the public page and the register are asked
for. At the end of the walk the page is asked about those days, and the events alone about every day: they say what was
said.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import count
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Case, When
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.strategies import booleans, integers, sampled_from

from accounts.models import User
from certificates.models import Certificate, CertificateCopy, Contract, RegisterEntry, Suspension
from certificates.public import state_on
from certificates.queries.certificates import public_events, with_status
from certificates.queries.register import register_page
from certificates.services.certificates import issue_certificate
from certificates.services.copies import make_copy
from certificates.services.lifecycle import (
    Because,
    reduce_scope,
    reinstate_certificate,
    revoke_certificate,
    settle_all_due,
    suspend_certificate,
    withdraw_plan,
)
from certificates.services.register import withdraw_expired
from certificates.states import CopyReason, Ground, Status
from certificates.validity import valid_until
from tests.certificates.life_factories import noon, outcome
from tests.certificates.life_model import OVER, Chain, Paper, Step

MONTHS = 3
DAYS = integers(min_value=1, max_value=12)
AHEAD = sampled_from([0, 0, 0, 1, 2, 5, 12])
WHICH = sampled_from([False, True, True])  # the renewal, once there is one
ADDRESSES = count()


class Life(RuleBasedStateMachine):
    """One certificate, valid for three months, from its issue on, and the renewal for which all is prepared."""

    issued: ClassVar[Certificate]
    prepared: ClassVar[Contract]
    officer: ClassVar[User]

    def __init__(self) -> None:
        """Begin on the day of the issue; nothing of the walk is kept in the database."""
        super().__init__()
        self.walk = transaction.atomic()
        self.walk.__enter__()
        self.today, self.numbers = self.issued.valid_from, count(1)
        self.chain = Chain(Paper(self.today, self.issued.valid_until, self.today, list(self.issued.scopes)))
        self.rows = [Certificate.objects.get(pk=self.issued.pk)]
        self.codes = [self.issued.code]
        self.said: list[dict[date, dict[str, Any]]] = [{}]  # what each page said
        self.told: list[dict[date, dict[str, Any]]] = [{}]  # what the model told, of every day
        self.steps = 0
        self.listed: list[dict[str, Any]] = []  # what the lists were last compared with
        self.clock = noon(self.today)
        self.clock.start()

    def teardown(self) -> None:
        """Ask the page, and the events alone, about the days that have passed; take the walk back."""
        try:
            for row, code, said, told in zip(self.rows, self.codes, self.said, self.told, strict=True):
                assert {day: self.page(code, day) for day in said} == said
                events, entry = public_events(row), Certificate.objects.get(pk=row.pk)
                assert {day: self.plain(state_on(entry, events, day)) for day in told} == {
                    day: {name: one[name] for name in self.plain(state_on(entry, events, day))}
                    for day, one in told.items()
                }
                self.ask_other_copies(row, said)
        finally:
            self.undo()

    def undo(self) -> None:
        """Take the walk back."""
        self.clock.stop()
        transaction.set_rollback(True)
        self.walk.__exit__(None, None, None)

    def ask_other_copies(self, row: Certificate, said: dict[date, dict[str, Any]]) -> None:
        """The page of each further copy tells the same of those days, and when it was the one in force."""
        for copy in CertificateCopy.objects.filter(certificate=row, number__gt=1):
            for day, first in said.items():
                told, in_force = self.page(copy.code, day), first["copy"]["number_in_force"] == copy.number
                assert told["copy"]["in_force"] == in_force
                assert told["copy"]["number_in_force"] == first["copy"]["number_in_force"]
                assert told["may_be_used"] == (in_force and told["status"] == "valid")
                same = ("status", "status_since", "review_on", "public_reason", "public_reason_en", "scopes")
                assert [told[name] for name in same] == [first[name] for name in same]

    @staticmethod
    def plain(state: Any) -> dict[str, Any]:
        """Return what the events say, in the words of the page."""
        return {
            "status": str(state.status),
            "status_since": str(state.since),
            "review_on": str(state.review_on) if state.review_on else None,
            "public_reason": state.public_reason,
            "public_reason_en": state.public_reason_en,
            "scopes": list(state.scopes),
        }

    def page(self, code: str, day: date | None = None) -> dict[str, Any]:
        """Return what the page says today, or of a past day, without what is printed and without the chain."""
        asked = {"on": str(day)} if day and day != self.today else {}
        told: dict[str, Any] = Client().get(reverse("certificates:public_json", args=[code]), asked).json()
        return {name: value for name, value in told.items() if name not in {"printed", "chain", "found", "as_of"}}

    def register(self) -> dict[str, tuple[str, str, str]]:
        """Return what the register says of each number: status and published reason."""
        address = f"10.{next(ADDRESSES) // 60 % 250}.0.1"  # nobody may ask too often
        rows = Client(REMOTE_ADDR=address).get(reverse("certificates:register"), {"lang": "en"}).context["rows"]
        return {
            row.entry.number: (
                str(row.entry.status_on(self.today)),
                row.event.public_reason if row.event else "",
                row.event.public_reason_en if row.event else "",
            )
            for row in rows
        }

    @invariant()
    def everything_agrees(self) -> None:
        """Page, register and the conditions in SQL say what the model says."""
        self.steps += 1
        told = [paper.told(self.today) for paper in self.chain.papers]
        for place, expected in enumerate(told):
            answer = self.page(self.codes[place])
            assert answer == expected
            self.said[place][self.today] = answer
            self.told[place][self.today] = expected
        if told != self.listed:
            self.lists_agree(told)

    def lists_agree(self, told: list[dict[str, Any]]) -> None:
        """The register and the conditions in SQL say what the pages say."""
        self.listed = told
        names = ("status", "public_reason", "public_reason_en")
        pairs = list(zip(self.rows, told, strict=True))
        shown = [
            (row, words)
            for row, words, paper in zip(self.rows, told, self.chain.papers, strict=True)
            if paper.is_listed(self.today)
        ]
        assert self.register() == {row.number: tuple(words[name] for name in names) for row, words in shown}
        holds = {status: Case(When(with_status(status, self.today), then=True), default=False) for status in Status}
        rows = Certificate.objects.annotate(**holds).values_list("pk", *holds)
        assert {row[0]: [status for status, held in zip(holds, row[1:], strict=True) if held] for row in rows} == {
            row.pk: [words["status"]] for row, words in pairs
        }
        for status in {words["status"] for _row, words in shown}:
            found = {entry.certificate_id for entry in register_page(status=status, today=self.today).entries}
            assert found == {row.pk for row, words in shown if words["status"] == status}

    # --- Time ---------------------------------------------------------------------------------------------------------

    @initialize(days=DAYS, renewed=booleans())
    def some_days_pass(self, *, days: int, renewed: bool) -> None:
        """Half of the walks begin with the renewal issued."""
        if renewed:
            self.days_pass(days)
            self.renew()

    @rule(days=DAYS)
    def days_pass(self, days: int) -> None:
        """Go on day by day; ask everybody on those on which there is something new."""
        self.listed = []
        for _day in range(days):
            before = [paper.told(self.today) for paper in self.chain.papers]
            self.today += timedelta(days=1)
            self.clock.stop()
            self.clock = noon(self.today)
            self.clock.start()
            for paper, told, old in zip(self.chain.papers, self.told, before, strict=True):
                told[self.today - timedelta(days=1)] = old
                paper.wake(self.today)
            if [paper.told(self.today) for paper in self.chain.papers] != before:
                self.everything_agrees()

    @precondition(lambda self: self.today <= self.chain.old.last and self.steps > 12)
    @rule()
    def validity_runs_out(self) -> None:
        """Go on to the day before the last one."""
        self.days_pass(max(0, (self.chain.old.last - self.today).days - 1))

    @rule()
    def morning(self) -> None:
        """Let the sweep run; it may be late, and changes nothing that is read."""
        settle_all_due()
        withdraw_expired()
        assert settle_all_due() == withdraw_expired() == 0
        self.listed = []
        begun = Suspension.objects.filter(ended_at=None, started_at__lte=timezone.now())
        assert begun.count() == sum(paper.state == "suspended" for paper in self.chain.papers)
        listed = RegisterEntry.objects.values_list("certificate", flat=True)
        pairs = zip(self.rows, self.chain.papers, strict=True)
        assert set(listed) == {row.pk for row, paper in pairs if self.today <= paper.last}

    # --- Decisions ----------------------------------------------------------------------------------------------------

    @rule(of_renewal=WHICH, ahead=AHEAD, published=booleans())
    def suspend(self, *, of_renewal: bool, ahead: int, published: bool) -> None:
        """Suspend from today or a later day."""
        step = self.step("suspend", ahead, published=published, review=ahead + 1)
        self.decide(
            of_renewal,
            step,
            lambda row, because: suspend_certificate(
                row, because, actor=self.officer, review_on=step.review_on or step.day, effective_on=step.day
            ),
        )

    @precondition(lambda self: any(paper.state == "suspended" for paper in self.chain.papers))
    @rule(of_renewal=WHICH)
    def reinstate(self, *, of_renewal: bool) -> None:
        """Reinstate."""
        self.decide(
            of_renewal,
            self.step("reinstate"),
            lambda row, because: reinstate_certificate(row, because, actor=self.officer),
        )

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(of_renewal=WHICH)
    def reduce(self, *, of_renewal: bool) -> None:
        """Take a scope away, if two are left."""
        self.decide(
            of_renewal,
            self.step("reduce"),
            lambda row, because: reduce_scope(row, because, actor=self.officer, scopes=row.scopes[:-1]),
        )

    @precondition(lambda self: self.steps > (8 if self.chain.renewal else 16))
    @rule(of_renewal=WHICH, ahead=AHEAD, published=booleans())
    def revoke(self, *, of_renewal: bool, ahead: int, published: bool) -> None:
        """Revoke from today or a later day: of a renewal that has not begun, from its first."""
        paper = self.chain.renewal
        if of_renewal and paper and ahead > 1:
            ahead = max(ahead, (paper.first - self.today).days)
        step = self.step("revoke", ahead, published=published)
        self.decide(
            of_renewal,
            step,
            lambda row, because: revoke_certificate(row, because, actor=self.officer, effective_on=step.day),
        )

    @precondition(lambda self: not self.chain.renewal and self.steps > 4)
    @rule()
    def renew(self) -> None:
        """Issue the renewal: it takes the place of the old one after its last day, or now if that is over."""
        old = self.chain.old
        hindered = old.state in OVER or old.plan
        expected = "renewed_over" if hindered else "renewed_suspended" if old.state == "suspended" else ""
        assert outcome(lambda: issue_certificate(self.prepared, actor=self.officer)) == expected
        if expected:
            return
        first = max(self.today, old.last + timedelta(days=1))
        self.chain.renewal = Paper(first, valid_until(first, MONTHS), self.today, list(old.scopes))
        step = Step(next(self.numbers), "supersede", first)
        if first == self.today:
            old.take(step)
        else:
            old.plan = step
        self.rows.append(Certificate.objects.get(renews=self.issued))
        self.codes.append(self.rows[1].code)
        self.said.append({})
        self.told.append({})

    @precondition(lambda self: any(paper.plan and paper.plan.verb != "supersede" for paper in self.chain.papers))
    @rule(of_renewal=WHICH)
    def withdraw_what_is_planned(self, *, of_renewal: bool) -> None:
        """Withdraw what is planned; a renewal stays."""
        place = self.place(of_renewal=of_renewal)
        paper = self.chain.papers[place]
        can = paper.plan is not None and paper.plan.verb != "supersede"
        answer = outcome(lambda: withdraw_plan(self.rows[place], actor=self.officer, reason="Yeni sübutlar gəldi."))
        assert answer == ("" if can else "nothing_planned")
        paper.plan = None if can else paper.plan

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(of_renewal=WHICH)
    def make_copy(self, *, of_renewal: bool) -> None:
        """Make a copy; one of a few at most."""
        place = self.place(of_renewal=of_renewal)
        paper = self.chain.papers[place]
        if len(paper.copies) < 3:
            make_copy(self.rows[place], CopyReason.DAMAGED, actor=self.officer)
            paper.copies.append(self.today)

    def place(self, *, of_renewal: bool) -> int:
        """Return which of the two is decided about."""
        return int(of_renewal and self.chain.renewal is not None)

    def step(self, verb: str, ahead: int = 0, *, published: bool = False, review: int = 0) -> Step:
        """Return a decision, with words that no other one has."""
        number = next(self.numbers)
        words = (f"Açıq səbəb {number}", f"Public reason {number}" if number % 2 else "") if published else ("", "")
        day = self.today + timedelta(days=ahead)
        return Step(number, verb, day, words, self.today + timedelta(days=review) if review else None)

    def decide(self, of_renewal: bool, step: Step, call: Callable[[Certificate, Because], object]) -> None:
        """Take a decision; the model says how it goes."""
        place = self.place(of_renewal=of_renewal)
        paper, row = self.chain.papers[place], self.rows[place]
        was_replaced = paper.state == "superseded" and self.chain.renewal is not None
        expected = self.chain.expected(paper, step, self.today)
        because = Because(
            ground=Ground.HOLDER_WISH,
            reason=f"Daxili səbəb {step.number}",
            public_reason=step.words[0],
            public_reason_en=step.words[1],
        )
        row.refresh_from_db()
        answer = outcome(lambda: call(row, because))
        # of one that has been replaced it is all the same which refusal is told first
        assert answer == expected or (was_replaced and answer and expected)
