"""Reading accounts, roles and invitations."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.models import Invitation, RoleAssignment, User
from accounts.states import VERBS, InvitationState
from audit.models import AuditEntry
from audit.queries import timeline
from core.text import Fold, fold, prefix_query

_STATES: dict[str, Q] = {"active": Q(is_active=True), "inactive": Q(is_active=False)}


def people(*, words: str = "", role: str = "", state: str = "") -> QuerySet[User]:
    """Return accounts in alphabetical order, each with `roles_in_force`; `words` begin parts of name or address."""
    found = User.objects.prefetch_related(
        Prefetch("role_assignments", RoleAssignment.objects.filter(ended_at=None).order_by("pk"), "roles_in_force")
    )
    if query := prefix_query(words):
        found = found.filter(words=SearchQuery(query, config="simple", search_type="raw"))
    if role:
        found = found.filter(Exists(RoleAssignment.objects.filter(user=OuterRef("pk"), role=role, ended_at=None)))
    return found.filter(_STATES[state]) if state in _STATES else found


def role_history(user: User) -> QuerySet[RoleAssignment]:
    """Return all roles that the person has and had, those in force first."""
    return user.role_assignments.select_related("granted_by").order_by(
        F("ended_at").desc(nulls_first=True), "-granted_at", "-pk"
    )


def invitations(*, words: str = "", state: str = "") -> QuerySet[Invitation]:
    """Return invitations, newest first."""
    found = Invitation.objects.select_related("invited_by", "accepted_by")
    if text := fold(words.strip()):
        folded = Fold(Concat("email", Value(" "), "surname", Value(" "), "given_name", Value(" "), "patronymic"))
        found = found.alias(folded=folded).filter(folded__contains=text)
    return found.filter(_invitation_state(state)) if state else found


def invitations_of(user: User) -> QuerySet[Invitation]:
    """Return the invitations that were sent to the person's address or accepted by the person."""
    return invitations().filter(Q(email=user.email.lower()) | Q(accepted_by=user))


def account_history(user: User) -> QuerySet[AuditEntry]:
    """Return what happened to the account itself; what its owner had to do with candidates is not shown with it."""
    return timeline(user).filter(verb__in=VERBS)


def has_verified_address(user: User) -> bool:
    """Tell whether the person has shown that the address is the own one."""
    return bool(EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True).exists())


def has_second_step(user: User) -> bool:
    """Tell whether sign-in needs more than the password."""
    return bool(Authenticator.objects.filter(user=user).exists())


def _invitation_state(state: str) -> Q:
    if state == InvitationState.ACCEPTED:
        return Q(accepted_at__isnull=False)
    if state == InvitationState.WITHDRAWN:
        return Q(withdrawn_at__isnull=False)
    pending = Q(accepted_at=None, withdrawn_at=None)
    now = timezone.now()
    return pending & (Q(expires_at__gt=now) if state == InvitationState.WAITING else Q(expires_at__lte=now))
