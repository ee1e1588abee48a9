"""The certificates app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from audit.verbs import register_verbs
from core.renderers import register_renderer

VERBS = {
    "decision.granted": _("Certification granted"),
    "decision.refused": _("Certification refused"),
    "review.open": _("Decision flagged for review"),
    "review.settle": _("Review of the decision concluded"),
    "contract_text.load": _("Contract text loaded"),
    "contract.offer": _("Contract offered"),
    "contract.accept": _("Contract accepted in the portal"),
    "contract.record_paper": _("Signed contract recorded"),
    "contract.void": _("Contract declared void"),
    "certificate.issue": _("Certificate issued"),
    "certificate.suspend": _("Certificate suspended"),
    "certificate.reinstate": _("Certificate reinstated"),
    "certificate.revoke": _("Certificate revoked"),
}


class CertificatesConfig(AppConfig):
    """Configuration of the certificates app; names its documents' renderers and the words of its trail."""

    name = "certificates"

    def ready(self) -> None:
        """Register what the floors below need to know."""
        # Models can only be imported once Django has loaded every app.
        from candidates.services.withdrawal import register_withdrawal_objection
        from certificates.services.reviews import flag_decisions
        from certificates.services.withdrawal import object_after_decision
        from exams.services.amendments import register_amendment_hook

        register_amendment_hook(flag_decisions)
        register_withdrawal_objection(object_after_decision)
        register_renderer("certificate", "certificates.documents.certificate.render_certificate")
        register_renderer("contract", "certificates.documents.contract.render_contract")
        register_verbs(VERBS)
