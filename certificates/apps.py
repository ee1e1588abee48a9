"""The certificates app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from audit.verbs import register_verbs
from core.batchkinds import register_batch
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
    "certificate.suspend": _("Suspension decided"),
    "certificate.reinstate": _("Certificate reinstated"),
    "certificate.revoke": _("Revocation decided"),
    "certificate.reduce": _("Reduction of the scope decided"),
    "certificate.supersede": _("Its renewal takes the place of the certificate"),
    "certificate.withdraw": _("Planned change of the certificate withdrawn"),
    "certificate.copy": _("New copy of the certificate made"),
    "certificate.measure": _("Measure of a case taken on the renewal"),
    "certificate.publish": _("Published on the register"),
    "certificate.unpublish": _("Taken off the register"),
    "renewal.apply": _("Renewal applied for"),
    "renewal.amend": _("Description of the practice changed"),
    "terms.prepare": _("Change of terms prepared"),
    "terms.announce": _("Change of terms announced"),
    "terms.tell": _("Holders told of the change of terms"),
    "terms.cancel": _("Change of terms cancelled"),
    "terms.accept": _("Changed terms accepted"),
    "bulk.issue": _("Issue of several certificates started"),
    "bulk.notice": _("Notice to several holders started"),
    "bulk.export": _("Table of a list taken"),
    "bulk.retry": _("What failed in bulk work tried again"),
    "change.report": _("Change of data reported"),
    "change.accept": _("Change of data accepted"),
    "change.reject": _("Change of data rejected"),
    "change.withdraw": _("Report of a change withdrawn"),
    "circumstance.report": _("Circumstance reported"),
    "circumstance.evaluate": _("Circumstance evaluated"),
    "replacement.request": _("New copy asked for"),
    "replacement.issue": _("New copy issued"),
    "replacement.reject": _("Request for a new copy rejected"),
    "replacement.withdraw": _("Request for a new copy withdrawn"),
    "duty.open": _("Duty came into being"),
    "duty.meet": _("Duty met"),
    "duty.waive": _("Duty waived"),
    "duty.lapse": _("Duty no longer owed"),
    "duty.move": _("Due day moved by a corrected calendar"),
    "duty.reschedule": _("Due day moved with the surveillance"),
    "misuse.open": _("Case of misuse opened"),
    "misuse.evidence": _("Evidence added to the case of misuse"),
    "misuse.hear": _("Hearing of the holder opened"),
    "misuse.answer": _("Holder answered in the hearing"),
    "misuse.settle": _("Case of misuse settled"),
    "surveillance.open": _("Extraordinary surveillance opened"),
    "surveillance.announce": _("Surveillance announced to the holder"),
    "surveillance.move": _("Surveillance moved to another day"),
    "surveillance.hold": _("Surveillance held"),
    "surveillance.cancel": _("Surveillance cancelled"),
    "calendar.correct": _("Working-day calendar corrected"),
    "feed.create": _("Calendar address created"),
    "feed.revoke": _("Calendar address revoked"),
}


class CertificatesConfig(AppConfig):
    """Configuration of the certificates app; names its documents' renderers and the words of its trail."""

    name = "certificates"

    def ready(self) -> None:
        """Register what the floors below need to know."""
        # Models can only be imported once Django has loaded every app.
        from audit.permissions import register_concealment
        from audit.timelines import register_teller
        from candidates.services.review import register_acceptance_objection, register_refusal_hook
        from candidates.services.withdrawal import register_withdrawal_hook, register_withdrawal_objection
        from certificates.duewords import told_of_certificates, told_of_duties
        from certificates.queries.confidences import concealed_from
        from certificates.services.reviews import flag_decisions
        from certificates.services.shown_names import object_to_another_name
        from certificates.services.withdrawal import object_after_decision, owe_again
        from exams.services.amendments import register_amendment_hook

        register_amendment_hook(flag_decisions)
        register_withdrawal_objection(object_after_decision)
        register_withdrawal_hook(owe_again)
        register_refusal_hook(owe_again)
        register_acceptance_objection(object_to_another_name)
        register_renderer("certificate", "certificates.documents.certificate.render_certificate")
        register_renderer("contract", "certificates.documents.contract.render_contract")
        register_renderer("renewal_dossier", "certificates.documents.renewal.render_renewal_dossier")
        register_batch("issue", "certificates.services.bulk.issue_item")
        register_batch("notice", "certificates.services.bulk.notice_item")
        register_batch("export", "certificates.views.exporting.make_table")
        register_verbs(VERBS)
        register_concealment(concealed_from)
        register_teller("certificates.duty", told_of_duties, is_minor=True)
        register_teller("certificates.certificate", told_of_certificates)
