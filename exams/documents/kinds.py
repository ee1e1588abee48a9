"""What the values in a snapshot may be: the names are those that the database keeps."""

from enum import StrEnum


class SessionState(StrEnum):
    """Where an exam session stands."""

    PLANNED = "planned"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ExamState(StrEnum):
    """Where a candidate's exam stands."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    MARKED = "marked"
    RELEASED = "released"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


class SeatRole(StrEnum):
    """What someone does on a panel."""

    LEAD = "lead"
    MEMBER = "member"
    OBSERVER = "observer"


class ClientKind(StrEnum):
    """Who sits opposite the candidate."""

    REAL = "real"
    ROLE_PLAYED = "role_played"


class IdentityDocument(StrEnum):
    """By what the candidate's identity was checked."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"


class SheetState(StrEnum):
    """What became of one assessor's marks of a stage."""

    OPEN = "open"
    SEALED = "sealed"
    ABSTAINED = "abstained"
    HANDED_OVER = "handed_over"


class Audience(StrEnum):
    """For whom a comment is."""

    CANDIDATE = "candidate"
    INTERNAL = "internal"


class IncidentKind(StrEnum):
    """What happened on the day."""

    LATE_START = "late_start"
    INTERRUPTION = "interruption"
    EQUIPMENT = "equipment"
    CHEATING = "cheating"
    STOPPED = "stopped"
    OTHER = "other"


class AmendmentState(StrEnum):
    """What became of a proposal to change a mark after sign-off."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"


class BreachState(StrEnum):
    """What became of a suspicion of cheating."""

    OPEN = "open"
    DISMISSED = "dismissed"
    CONFIRMED = "confirmed"


class TimeRule(StrEnum):
    """Which rule of time an exam departed from: a stage too short, or the whole too long."""

    SHORT = "short"
    OVERTIME = "overtime"


class Outcome(StrEnum):
    """What was decided on certification."""

    GRANTED = "granted"
    REFUSED = "refused"
