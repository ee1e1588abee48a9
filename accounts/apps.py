"""The accounts app."""

from django.apps import AppConfig

from accounts.states import VERBS
from audit.verbs import register_verbs


class AccountsConfig(AppConfig):
    """Accounts, roles, invitations, sign-in; tells the floor below who may read the trail."""

    name = "accounts"

    def ready(self) -> None:
        """Give the trail its words and its readers, and let it hear what people do to their sign-in."""
        # What follows needs the models, which Django has loaded by now.
        from allauth.account import signals as account_signals
        from allauth.mfa import signals as mfa_signals

        from accounts.permissions import reads_cases
        from accounts.services import security
        from audit.permissions import use_reader_rule

        register_verbs(VERBS)
        use_reader_rule(reads_cases)
        account_signals.email_changed.connect(security.record_email_change)
        account_signals.password_changed.connect(security.record_password_change)
        account_signals.password_set.connect(security.record_password_change)
        account_signals.password_reset.connect(security.record_password_change)
        mfa_signals.authenticator_added.connect(security.record_second_step)
        mfa_signals.authenticator_reset.connect(security.record_second_step)
        mfa_signals.authenticator_removed.connect(security.record_second_step_removed)
