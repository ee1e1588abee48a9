"""What kinds of messages and documents are called on the pages of operations."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: dict[str, Promise] = {
    "account_confirm_email": _("New e-mail address to be confirmed"),
    "account_confirm_signup": _("E-mail address to be confirmed at sign-up"),
    "account_exists": _("Sign-up with an address that has an account"),
    "account_invitation": _("Invitation to the system"),
    "account_notice": _("Notice about the security of the account"),
    "account_password_reset": _("New password to be chosen"),
    "account_unknown": _("New password asked for an address without account"),
    "amendment_carried_stage": _("Amendment of a stage that is carried over"),
    "amendment_settled": _("Proposed amendment settled"),
    "application_accepted": _("Application accepted"),
    "application_received": _("Application received"),
    "application_refused": _("Application refused"),
    "application_returned": _("Application returned for completion"),
    "application_withdrawn": _("Application withdrawn"),
    "certificate_expired": _("Certificate expired"),
    "certificate_issued": _("Certificate issued"),
    "certificate_notice": _("Notice to several holders"),
    "certificate_plan_withdrawn": _("Planned decision about a certificate withdrawn"),
    "certificate_reduced": _("Scope of the certificate reduced"),
    "certificate_reinstated": _("Certificate reinstated"),
    "certificate_reminder": _("Reminder of the end of validity"),
    "certificate_revoked": _("Certificate revoked"),
    "certificate_suspended": _("Certificate suspended"),
    "change_accepted": _("Change of data accepted"),
    "change_left_address": _("Change of data: to the former address"),
    "change_received": _("Change of data received"),
    "change_rejected": _("Change of data rejected"),
    "change_withdrawn": _("Report of a change withdrawn"),
    "circumstance_evaluated": _("Circumstance evaluated"),
    "circumstance_received": _("Circumstance reported"),
    "contract_concluded": _("Contract concluded"),
    "contract_offered": _("Contract offered"),
    "contract_void": _("Contract declared void"),
    "decision_granted": _("Decision: certification granted"),
    "decision_refused": _("Decision: certification refused"),
    "decision_review": _("Decision to be looked at again"),
    "duty_due": _("Deadline draws near"),
    "duty_moved": _("Deadline moved"),
    "duty_overdue": _("Deadline missed"),
    "duty_recorded": _("Recorded as done"),
    "duty_waived": _("No longer asked of the holder"),
    "exam_cancelled": _("Exam cancelled"),
    "exam_moved": _("Exam moved"),
    "exam_scheduled": _("Exam scheduled"),
    "exam_stopped": _("Exam stopped"),
    "misuse_answered": _("Answer to the hearing received"),
    "misuse_answer_late": _("Answer to the hearing came late"),
    "misuse_assessment": _("Extra assessment ordered"),
    "misuse_hearing": _("Hearing about the use of the certificate"),
    "misuse_settled": _("Case of misuse settled"),
    "officer_digest": _("The day's work of an officer"),
    "panel_left": _("Assessor left the panel"),
    "panel_substitute": _("Substitute in the panel"),
    "publication_changed": _("Publication on the register changed by an officer"),
    "renewal_accepted": _("Renewal: application accepted"),
    "renewal_received": _("Renewal: application received"),
    "renewal_refused": _("Renewal: application refused"),
    "renewal_returned": _("Renewal: application returned for completion"),
    "renewal_withdrawn": _("Renewal: application withdrawn"),
    "replacement_issued": _("New copy issued"),
    "replacement_received": _("New copy asked for"),
    "replacement_rejected": _("New copy refused"),
    "replacement_withdrawn": _("Request for a new copy withdrawn"),
    "result_amended": _("Result amended"),
    "result_released": _("Result released"),
    "surveillance_announced": _("Surveillance announced"),
    "surveillance_cancelled": _("Surveillance not held"),
    "surveillance_held": _("Result of a surveillance"),
    "surveillance_moved": _("Surveillance moved"),
    "terms_accepted": _("Changed terms accepted"),
    "terms_announced": _("Changed terms announced"),
}

DOCUMENTS: dict[str, Promise] = {
    "certificate": _("Certificate"),
    "contract": _("Contract"),
    "exam_protocol": _("Exam protocol"),
    "session_protocol": _("Protocol of the session"),
    "decision_dossier": _("Decision dossier"),
    "renewal_dossier": _("Decision dossier of a renewal"),
}


def message_label(kind: str) -> str | Promise:
    """Return what a kind of message is called; a kind that is written no more as it was stored."""
    return MESSAGES.get(kind, kind)


def document_label(kind: str) -> str | Promise:
    """Return what a kind of document is called."""
    return DOCUMENTS.get(kind, kind)
