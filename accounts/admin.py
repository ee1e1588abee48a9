"""Accounts in the administration site."""

from allauth.account.models import EmailAddress
from django.contrib import admin

from accounts.models import Invitation, RoleAssignment, User
from core.adminsite import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Accounts, without the digest of the password."""

    for_operators = True
    exclude = ("password", "groups", "user_permissions")
    list_display = ("email", "surname", "given_name", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(ReadOnlyAdmin):
    """Roles in force and ended."""

    for_operators = True
    list_display = ("user", "role", "granted_by", "granted_at", "ended_at")
    list_filter = ("role",)
    list_select_related = ("user", "granted_by")


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations, without the digest of the link."""

    for_operators = True
    exclude = ("token_sha256",)
    list_display = ("email", "role", "created_at", "expires_at", "accepted_at", "withdrawn_at")
    list_filter = ("role",)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    """Addresses and whether they are verified."""

    for_operators = True
    list_display = ("email", "user", "verified", "primary")
    list_select_related = ("user",)
