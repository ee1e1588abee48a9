"""What a reader is told of a certificate and its renewal, by a model that knows no columns, events or suspensions.

It knows of each which state it is in, by which decision, and what is to come; and what reaches a renewal to come.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

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
LISTED = ("valid", "suspended", "revoked")


@dataclass(frozen=True)
class Step:
    """A decision: its number, what it does, from which day on, what of it is published, when it is reviewed."""

    number: int
    verb: str
    day: date
    words: tuple[str, str] = ("", "")
    review_on: date | None = None


@dataclass
class Paper:
    """One certificate."""

    first: date
    last: date
    issued: date
    scopes: list[str]
    state: str = "valid"
    by: Step | None = None  # what made it what it is
    plan: Step | None = None
    copies: list[date] = field(default_factory=list)  # the days on which further ones were made

    def status(self, today: date) -> str:
        """Return the state in a word, as a reader gets it."""
        if self.state not in OVER and today > self.last:
            return "expired"
        return "not_yet_valid" if self.state == "valid" and today < self.first else self.state

    def told(self, today: date) -> dict[str, Any]:
        """Return what the page of the first copy says."""
        status = self.status(today)
        by = self.by if status in {"suspended", "revoked", "superseded"} else None
        since = self.last + timedelta(days=1) if status == "expired" else by.day if by else self.first
        return {
            "status": status,
            "status_since": str(since),
            "review_on": str(by.review_on) if by and by.review_on else None,
            "public_reason": by.words[0] if by else "",
            "public_reason_en": by.words[1] if by else "",
            "scopes": list(self.scopes),
            "may_be_used": status == "valid" and not self.copies,
            "copy": {
                "number": 1,
                "made_on": str(self.issued),
                "in_force": not self.copies,
                "superseded_on": str(self.copies[0]) if self.copies else None,
                "number_in_force": 1 + len(self.copies),
            },
        }

    def is_listed(self, today: date) -> bool:
        """Tell whether the register shows it."""
        return self.first <= today <= self.last and self.status(today) in LISTED

    def wake(self, today: date) -> None:
        """Let what is planned have force on its day."""
        if self.plan and self.plan.day == today:
            self.take(self.plan)
            self.plan = None

    def take(self, step: Step) -> None:
        """Do what a decision says from today on."""
        if step.verb == "reduce":
            return
        self.state, self.by = ARROWS[self.state, step.verb], step
        self.plan = None if self.state in OVER else self.plan

    def refuses(self, step: Step, today: date) -> str:
        """Say why the table and the plan do not let it happen; "" if they do."""
        target = ARROWS.get((self.state, step.verb))
        if not target:
            return "state"
        is_before_plan = target in OVER or (self.plan and ARROWS.get((target, self.plan.verb)))
        return "planned" if self.plan and (step.day > today or not is_before_plan) else ""


@dataclass
class Chain:
    """A certificate and, once it was issued, its renewal."""

    old: Paper
    renewal: Paper | None = None

    @property
    def papers(self) -> list[Paper]:
        """Both, or the one that there is."""
        return [self.old, self.renewal] if self.renewal else [self.old]

    def reached(self, step: Step, today: date) -> Paper | None:
        """Return the renewal that is not valid yet, if what is decided about the old one is decided about it too."""
        paper = self.renewal
        if paper is None or paper.first <= today or paper.state in OVER:
            return None
        reaches = {
            "suspend": paper.state == "valid",
            "reinstate": paper.state == "suspended"
            and self.old.by
            and paper.by
            and self.old.by.number == paper.by.number,
            "reduce": bool(self.old.scopes) and self.old.scopes[-1] in paper.scopes,
            "revoke": True,
        }
        return paper if reaches[step.verb] else None

    def expected(self, paper: Paper, step: Step, today: date) -> str:
        """Say how a decision about one of them goes: the code of the refusal, or "" and it is done."""
        other = self.reached(step, today) if paper is self.old else None
        code = self._too_late(paper, step, today) or paper.refuses(step, today)
        if other and not code:
            is_last = step.verb == "reduce" and len(other.scopes) == 1
            code = "scopes" if is_last else other.refuses(step, today)
        if code:
            return code
        gone = paper.scopes[-1]
        for one in [paper, other] if other else [paper]:
            if step.day > today:
                one.plan = step
                continue
            one.take(step)
            if step.verb == "reduce":
                one.scopes = [scope for scope in one.scopes if scope != gone]
                one.copies.append(today)
        if paper is self.renewal and step.verb == "revoke" and step.day < paper.first:
            self.old.plan = None  # nothing takes its place
        return ""

    def _too_late(self, paper: Paper, step: Step, today: date) -> str:
        """Say what the days are against."""
        if step.verb in {"suspend", "reduce"} and paper.status(today) == "expired":
            return "expired"
        if step.verb == "reduce":
            return "scopes" if len(paper.scopes) == 1 else ""
        if step.verb == "revoke" and today < step.day < paper.first:
            return "not_begun"
        if step.day > max(today, paper.last):
            return "effective_late"
        follows = self.renewal if paper is self.old and self.renewal and self.renewal.state not in OVER else paper
        return "review_late" if step.review_on and step.review_on > follows.last else ""
