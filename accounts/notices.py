"""Which message of ours tells of which event of allauth. An event without an entry fails loudly (and in the tests)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Events whose message carries a link that the person asked for: the kind of our message.
REQUESTED = {
    "account/email/email_confirmation_signup": "account_confirm_signup",
    "account/email/email_confirmation": "account_confirm_email",
    "account/email/password_reset_key": "account_password_reset",
    "account/email/account_already_exists": "account_exists",
    "account/email/unknown_account": "account_unknown",
}
# Events that the person has to hear of, in case it was somebody else: the sentence that stands in "account_notice".
NOTICES: dict[str, str | Promise] = {
    "account/email/password_changed": _("The password of your account has been changed."),
    "account/email/password_set": _("A password has been set for your account."),
    "account/email/password_reset": _("The password of your account has been reset."),
    "account/email/email_confirm": _("The e-mail address of your account has been confirmed."),
    "account/email/email_changed": _("The e-mail address of your account has been changed."),
    "account/email/email_deleted": _("An e-mail address of your account has been removed."),
    "mfa/email/totp_activated": _("Sign-in with an authenticator app has been switched on for your account."),
    "mfa/email/totp_deactivated": _("Sign-in with an authenticator app has been switched off for your account."),
    "mfa/email/recovery_codes_generated": _("New recovery codes have been made for your account."),
    "mfa/email/webauthn_added": _("A passkey or security key has been added to your account."),
    "mfa/email/webauthn_removed": _("A passkey or security key has been removed from your account."),
}
