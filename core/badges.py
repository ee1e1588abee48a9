"""How every state of the system looks: one table of tone, icon and word, used by the `badge` tag and nowhere else.

A state is never shown by colour alone: the word says it, the icon and the tone only repeat it.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Tone(StrEnum):
    """What a colour means; the value is the suffix of the CSS class `badge-*`."""

    NEUTRAL = "neutral"  # nothing to do, nothing decided
    INFO = "info"  # under way
    GOOD = "good"  # reached, in force
    WARN = "warn"  # somebody has to act
    BAD = "bad"  # refused, failed, out of force


@dataclass(frozen=True, slots=True)
class Badge:
    """The look of one state."""

    tone: Tone
    icon: str
    word: Promise


class UnknownBadgeError(LookupError):
    """A template asks for a state that the table does not hold."""


def badge_for(kind: str, state: str) -> Badge:
    """Return the look of `state` of the given kind, e.g. ("certificate", "valid").

    Raises UnknownBadgeError: a new state must be given its word here before a page can show it.
    """
    try:
        return BADGES[kind][state]
    except KeyError:
        raise UnknownBadgeError(f"no badge for {kind!r} in state {state!r}: add it to core.badges.BADGES") from None


BADGES: dict[str, dict[str, Badge]] = {
    "application": {
        "draft": Badge(Tone.NEUTRAL, "edit", pgettext_lazy("application", "Draft")),
        "submitted": Badge(Tone.INFO, "inbox", pgettext_lazy("application", "Submitted")),
        "returned": Badge(Tone.WARN, "undo", pgettext_lazy("application", "Returned for completion")),
        "accepted": Badge(Tone.GOOD, "check-circle", pgettext_lazy("application", "Accepted")),
        "refused": Badge(Tone.BAD, "x-circle", pgettext_lazy("application", "Refused")),
        "withdrawn": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("application", "Withdrawn")),
    },
    "session": {
        "planned": Badge(Tone.INFO, "calendar", pgettext_lazy("session", "Planned")),
        "cancelled": Badge(Tone.BAD, "ban", pgettext_lazy("session", "Cancelled")),
        "closed": Badge(Tone.NEUTRAL, "lock", pgettext_lazy("session", "Closed")),
    },
    "attempt": {
        "scheduled": Badge(Tone.INFO, "calendar", pgettext_lazy("attempt", "Scheduled")),
        "in_progress": Badge(Tone.WARN, "play", pgettext_lazy("attempt", "In progress")),
        "marked": Badge(Tone.INFO, "pen", pgettext_lazy("attempt", "Marked")),
        "released": Badge(Tone.GOOD, "eye", pgettext_lazy("attempt", "Result released")),
        "stopped": Badge(Tone.BAD, "pause", pgettext_lazy("attempt", "Stopped")),
        "no_show": Badge(Tone.BAD, "user-x", pgettext_lazy("attempt", "Did not appear")),
        "cancelled": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("attempt", "Cancelled")),
    },
    "verdict": {
        "passed": Badge(Tone.GOOD, "check-circle", pgettext_lazy("verdict", "Passed")),
        "failed": Badge(Tone.BAD, "x-circle", pgettext_lazy("verdict", "Not passed")),
        "pending": Badge(Tone.NEUTRAL, "clock", pgettext_lazy("verdict", "Pending")),
    },
    "step": {
        "met": Badge(Tone.GOOD, "check", pgettext_lazy("step", "Met")),
        "not_met": Badge(Tone.BAD, "x", pgettext_lazy("step", "Not met")),
        "unmarked": Badge(Tone.NEUTRAL, "circle-dashed", pgettext_lazy("step", "Not marked")),
    },
    "sheet": {
        "open": Badge(Tone.WARN, "pen", pgettext_lazy("sheet", "Being marked")),
        "sealed": Badge(Tone.GOOD, "lock", pgettext_lazy("sheet", "Sealed")),
        "abstained": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("sheet", "Abstained")),
        "handed_over": Badge(Tone.NEUTRAL, "replace", pgettext_lazy("sheet", "Handed over")),
    },
    "panel": {
        "agreed": Badge(Tone.NEUTRAL, "check", pgettext_lazy("panel", "Agree")),
        "open": Badge(Tone.WARN, "alert", pgettext_lazy("panel", "Differ")),
        "settled": Badge(Tone.INFO, "users", pgettext_lazy("panel", "Settled")),
    },
    "receipt": {
        "agrees": Badge(Tone.GOOD, "check-circle", pgettext_lazy("receipt", "Agrees")),
        "differs": Badge(Tone.BAD, "alert", pgettext_lazy("receipt", "Does not agree")),
    },
    "amendment": {
        "proposed": Badge(Tone.WARN, "clock", pgettext_lazy("amendment", "Proposed")),
        "approved": Badge(Tone.GOOD, "check-circle", pgettext_lazy("amendment", "Approved")),
        "rejected": Badge(Tone.NEUTRAL, "x-circle", pgettext_lazy("amendment", "Rejected")),
    },
    "review": {
        "open": Badge(Tone.WARN, "flag", pgettext_lazy("review", "To be reviewed")),
        "settled": Badge(Tone.NEUTRAL, "check", pgettext_lazy("review", "Reviewed")),
    },
    "breach": {
        "open": Badge(Tone.WARN, "shield", pgettext_lazy("breach", "Open")),
        "dismissed": Badge(Tone.GOOD, "check-circle", pgettext_lazy("breach", "Not confirmed")),
        "confirmed": Badge(Tone.BAD, "alert", pgettext_lazy("breach", "Confirmed")),
    },
    "decision": {
        "granted": Badge(Tone.GOOD, "check-circle", pgettext_lazy("decision", "Granted")),
        "refused": Badge(Tone.BAD, "x-circle", pgettext_lazy("decision", "Refused")),
        "pending": Badge(Tone.WARN, "clock", pgettext_lazy("decision", "Awaiting decision")),
    },
    "contract": {
        "offered": Badge(Tone.WARN, "pen", pgettext_lazy("contract", "Awaiting signature")),
        "concluded": Badge(Tone.GOOD, "check-circle", pgettext_lazy("contract", "Concluded")),
        "void": Badge(Tone.BAD, "ban", pgettext_lazy("contract", "Void")),
    },
    "certificate": {
        "valid": Badge(Tone.GOOD, "check-circle", pgettext_lazy("certificate", "Valid")),
        "not_yet_valid": Badge(Tone.INFO, "calendar", pgettext_lazy("certificate", "Not yet valid")),
        "about_to_expire": Badge(Tone.WARN, "clock", pgettext_lazy("certificate", "About to expire")),
        "suspended": Badge(Tone.WARN, "pause", pgettext_lazy("certificate", "Suspended")),
        "revoked": Badge(Tone.BAD, "ban", pgettext_lazy("certificate", "Revoked")),
        "expired": Badge(Tone.NEUTRAL, "history", pgettext_lazy("certificate", "Expired")),
        "superseded": Badge(Tone.NEUTRAL, "replace", pgettext_lazy("certificate", "Superseded")),
    },
    "copy": {
        "in_force": Badge(Tone.GOOD, "check-circle", pgettext_lazy("copy", "In force")),
        "latest": Badge(Tone.NEUTRAL, "history", pgettext_lazy("copy", "Latest copy")),
        "superseded": Badge(Tone.NEUTRAL, "replace", pgettext_lazy("copy", "Superseded")),
    },
    "duty": {
        "open": Badge(Tone.NEUTRAL, "clock", pgettext_lazy("duty", "Open")),
        "soon": Badge(Tone.WARN, "calendar", pgettext_lazy("duty", "Due soon")),
        "overdue": Badge(Tone.BAD, "alert", pgettext_lazy("duty", "Overdue")),
        "met": Badge(Tone.GOOD, "check-circle", pgettext_lazy("duty", "Met")),
        "met_late": Badge(Tone.NEUTRAL, "check", pgettext_lazy("duty", "Met late")),
        "waived": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("duty", "Waived")),
        "lapsed": Badge(Tone.NEUTRAL, "history", pgettext_lazy("duty", "No longer owed")),
    },
    "change": {
        "reported": Badge(Tone.INFO, "inbox", pgettext_lazy("change notice", "Reported")),
        "accepted": Badge(Tone.GOOD, "check-circle", pgettext_lazy("change notice", "Accepted")),
        "rejected": Badge(Tone.BAD, "x-circle", pgettext_lazy("change notice", "Rejected")),
        "withdrawn": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("change notice", "Withdrawn")),
    },
    "circumstance": {
        "reported": Badge(Tone.INFO, "inbox", pgettext_lazy("circumstance", "Reported")),
        "evaluated": Badge(Tone.NEUTRAL, "check", pgettext_lazy("circumstance", "Evaluated")),
    },
    "replacement": {
        "requested": Badge(Tone.INFO, "inbox", pgettext_lazy("replacement", "Requested")),
        "issued": Badge(Tone.GOOD, "check-circle", pgettext_lazy("replacement", "New copy issued")),
        "rejected": Badge(Tone.BAD, "x-circle", pgettext_lazy("replacement", "Rejected")),
        "withdrawn": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("replacement", "Withdrawn")),
    },
    "renewal": {
        "submitted": Badge(Tone.INFO, "inbox", pgettext_lazy("renewal", "To be checked")),
        "returned": Badge(Tone.WARN, "undo", pgettext_lazy("renewal", "Returned for completion")),
        "exam": Badge(Tone.INFO, "calendar", pgettext_lazy("renewal", "Exam to be passed")),
        "decision": Badge(Tone.INFO, "clipboard", pgettext_lazy("renewal", "To be decided")),
        "granted": Badge(Tone.GOOD, "check", pgettext_lazy("renewal", "Granted")),
        "issued": Badge(Tone.GOOD, "check-circle", pgettext_lazy("renewal", "Certificate issued")),
        "refused": Badge(Tone.BAD, "x-circle", pgettext_lazy("renewal", "Refused")),
        "withdrawn": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("renewal", "Withdrawn")),
        "void": Badge(Tone.NEUTRAL, "x", pgettext_lazy("renewal", "Contract not concluded")),
    },
    "misuse": {
        "open": Badge(Tone.WARN, "shield", pgettext_lazy("misuse", "Opened")),
        "hearing": Badge(Tone.WARN, "clock", pgettext_lazy("misuse", "Holder is heard")),
        "answered": Badge(Tone.INFO, "inbox", pgettext_lazy("misuse", "Holder has answered")),
        "settled": Badge(Tone.NEUTRAL, "check", pgettext_lazy("misuse", "Settled")),
    },
    # The same for the holder, who is the one that is heard.
    "misuse_mine": {
        "hearing": Badge(Tone.WARN, "clock", pgettext_lazy("misuse", "Your answer is awaited")),
        "answered": Badge(Tone.INFO, "inbox", pgettext_lazy("misuse", "You have answered")),
        "settled": Badge(Tone.NEUTRAL, "check", pgettext_lazy("misuse", "Settled")),
    },
    "surveillance": {
        "planned": Badge(Tone.INFO, "calendar", pgettext_lazy("surveillance", "To be held")),
        "announced": Badge(Tone.WARN, "mail", pgettext_lazy("surveillance", "Holder told")),
        "held": Badge(Tone.GOOD, "check-circle", pgettext_lazy("surveillance", "Held")),
        "cancelled": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("surveillance", "Not held")),
    },
    "surveillance_mine": {
        "planned": Badge(Tone.INFO, "calendar", pgettext_lazy("surveillance", "To be held")),
        "announced": Badge(Tone.WARN, "mail", pgettext_lazy("surveillance", "Announced to you")),
        "held": Badge(Tone.GOOD, "check-circle", pgettext_lazy("surveillance", "Held")),
        "cancelled": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("surveillance", "Not held")),
    },
    "terms": {
        "draft": Badge(Tone.INFO, "edit", pgettext_lazy("terms", "In preparation")),
        "announced": Badge(Tone.GOOD, "mail", pgettext_lazy("terms", "Announced")),
        "cancelled": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("terms", "Given up")),
        "accepted": Badge(Tone.GOOD, "check-circle", pgettext_lazy("terms", "Accepted")),
        "late": Badge(Tone.WARN, "clock", pgettext_lazy("terms", "Accepted late")),
        "waiting": Badge(Tone.WARN, "pen", pgettext_lazy("terms", "Not accepted yet")),
        "replaced": Badge(Tone.NEUTRAL, "replace", pgettext_lazy("terms", "Replaced by newer terms")),
        "ended": Badge(Tone.NEUTRAL, "history", pgettext_lazy("terms", "No longer concerned")),
    },
    "batch": {
        "waiting": Badge(Tone.INFO, "clock", pgettext_lazy("batch", "Waiting")),
        "running": Badge(Tone.WARN, "play", pgettext_lazy("batch", "Under way")),
        "done": Badge(Tone.GOOD, "check-circle", pgettext_lazy("batch", "Done")),
    },
    "item": {
        "pending": Badge(Tone.INFO, "clock", pgettext_lazy("batch item", "To be done")),
        "done": Badge(Tone.GOOD, "check-circle", pgettext_lazy("batch item", "Done")),
        "failed": Badge(Tone.BAD, "alert", pgettext_lazy("batch item", "Failed")),
    },
    "message": {
        "queued": Badge(Tone.INFO, "clock", pgettext_lazy("message", "Queued")),
        "sent": Badge(Tone.GOOD, "send", pgettext_lazy("message", "Sent")),
        "failed": Badge(Tone.BAD, "alert", pgettext_lazy("message", "Delivery failed")),
        "bounced": Badge(Tone.BAD, "undo", pgettext_lazy("message", "Came back")),
    },
    "deadline": {
        "due": Badge(Tone.WARN, "clock", pgettext_lazy("deadline", "Due")),
        "overdue": Badge(Tone.BAD, "alert", pgettext_lazy("deadline", "Overdue")),
    },
    "account": {
        "active": Badge(Tone.GOOD, "check-circle", pgettext_lazy("account", "Active")),
        "inactive": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("account", "Inactive")),
        "invited": Badge(Tone.INFO, "mail", pgettext_lazy("account", "Invited")),
    },
    "invitation": {
        "waiting": Badge(Tone.INFO, "mail", pgettext_lazy("invitation", "Waiting for an answer")),
        "expired": Badge(Tone.WARN, "clock", pgettext_lazy("invitation", "Expired")),
        "accepted": Badge(Tone.GOOD, "check-circle", pgettext_lazy("invitation", "Accepted")),
        "withdrawn": Badge(Tone.NEUTRAL, "ban", pgettext_lazy("invitation", "Withdrawn")),
    },
    "document": {
        "waiting": Badge(Tone.INFO, "clock", pgettext_lazy("document", "In preparation")),
        "ready": Badge(Tone.GOOD, "check-circle", pgettext_lazy("document", "Ready")),
        "failed": Badge(Tone.BAD, "alert", pgettext_lazy("document", "Failed")),
    },
}
