"""Accounts, their roles, and the invitations that lead to them."""

from functools import cached_property

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import Concat, Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.managers import UserManager
from accounts.states import STAFF_ROLES, InvitationState, Role
from core.text import Fold, SortKey

LANGUAGES = [("az", _("Azerbaijani")), ("en", _("English"))]


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in by e-mail. A candidate's file (candidates.Person) can exist without one."""

    email = models.EmailField(_("e-mail"), max_length=254)
    surname = models.CharField(_("surname"), max_length=80)
    given_name = models.CharField(_("given name"), max_length=80)
    patronymic = models.CharField(_("patronymic"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may use the administration site"), default=False)
    date_joined = models.DateTimeField(auto_now_add=True)
    sort_key = models.GeneratedField(
        expression=SortKey(Concat(F("surname"), Value(" "), F("given_name"))),
        output_field=models.CharField(max_length=170, db_collation="C"),
        db_persist=True,
    )
    words = models.GeneratedField(
        expression=SearchVector(
            Fold(
                Concat(
                    F("surname"), Value(" "), F("given_name"), Value(" "), F("patronymic"), Value(" "),
                    # An address is searched by its parts; Postgres would keep it whole.
                    Func(F("email"), Value("@._-+"), Value("     "), function="translate", output_field=CharField()),
                )
            ),
            config="simple",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )  # fmt: skip

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["surname", "given_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ("sort_key", "id")
        constraints = (models.UniqueConstraint(Lower("email"), name="accounts_email_unique"),)
        indexes = (
            GinIndex(fields=["words"], name="accounts_words_idx"),
            models.Index(fields=["sort_key", "id"], name="accounts_sort_idx"),
        )

    def __str__(self) -> str:
        """Show the full name, or the address while there is none."""
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        """Surname, given name, patronymic: the order of Azerbaijani documents."""
        return " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))

    def get_short_name(self) -> str:
        """Return the given name, for a greeting."""
        return self.given_name or self.email

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles in force; one query, kept for the life of this instance (a request)."""
        return frozenset(self.role_assignments.filter(ended_at=None).values_list("role", flat=True))

    def has_role(self, *roles: str) -> bool:
        """Tell whether the person has any of `roles`; an account that was closed has none."""
        return self.is_active and not self.roles.isdisjoint(roles)

    @property
    def is_body_staff(self) -> bool:
        """Tell whether the person works for the certification body in any role."""
        return self.has_role(*STAFF_ROLES)


class RoleAssignment(models.Model):
    """A role that a person has or had; ended, never deleted, so that old acts stay explained."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="role_assignments")
    role = models.CharField(max_length=10, choices=Role)
    granted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "role"], condition=Q(ended_at=None), name="accounts_role_once"),
        )
        indexes = (
            models.Index(fields=["role", "user"], condition=Q(ended_at=None), name="accounts_role_in_force_idx"),
        )

    def __str__(self) -> str:
        """Show who is what."""
        return f"{self.user}: {self.get_role_display()}"


class Invitation(models.Model):
    """An offer of a role, sent by e-mail; the link works once and until `expires_at`. Only its digest is kept."""

    email = models.EmailField(_("e-mail"))
    surname = models.CharField(_("surname"), max_length=80)
    given_name = models.CharField(_("given name"), max_length=80)
    patronymic = models.CharField(_("patronymic"), max_length=80, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES)
    role = models.CharField(_("role"), max_length=10, choices=Role)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                Lower("email"),
                "role",
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="accounts_one_open_invitation",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False, withdrawn_at=None),
                name="accounts_invitation_ends_once",
            ),
        )
        indexes = (
            models.Index(fields=["-created_at", "-id"], name="accounts_invitation_newest_idx"),
            models.Index(fields=["email"], name="accounts_invitation_email_idx"),
        )

    def __str__(self) -> str:
        """Show whom it invites as what."""
        return f"{self.email}: {self.get_role_display()}"

    @property
    def state(self) -> InvitationState:
        """Tell where it stands; expiry follows from the date."""
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.withdrawn_at:
            return InvitationState.WITHDRAWN
        return InvitationState.WAITING if self.expires_at > timezone.now() else InvitationState.EXPIRED

    @property
    def is_open(self) -> bool:
        """Tell whether the link still works."""
        return self.state == InvitationState.WAITING

    @property
    def is_pending(self) -> bool:
        """Tell whether it can still be sent again or withdrawn."""
        return self.state in {InvitationState.WAITING, InvitationState.EXPIRED}

    def get_full_name(self) -> str:
        """Surname, given name, patronymic of the invited person."""
        return " ".join(filter(None, (self.surname, self.given_name, self.patronymic)))
