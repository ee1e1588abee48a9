"""Where a renewal stands: read off its application, the decision on it, and the certificate that follows."""

from django.db import models
from django.utils.translation import pgettext_lazy


class RenewalStage(models.TextChoices):
    """Where a renewal stands; never stored (certificates.queries.renewals)."""

    SUBMITTED = "submitted", pgettext_lazy("renewal", "To be checked")
    RETURNED = "returned", pgettext_lazy("renewal", "Returned for completion")
    EXAM = "exam", pgettext_lazy("renewal", "Exam to be passed")
    DECISION = "decision", pgettext_lazy("renewal", "To be decided")
    GRANTED = "granted", pgettext_lazy("renewal", "Granted")
    ISSUED = "issued", pgettext_lazy("renewal", "Certificate issued")
    REFUSED = "refused", pgettext_lazy("renewal", "Refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("renewal", "Withdrawn")
    NOT_CONCLUDED = "void", pgettext_lazy("renewal", "Contract not concluded")


# Under way: applied for, and neither issued nor ended.
RENEWING = (
    RenewalStage.SUBMITTED,
    RenewalStage.RETURNED,
    RenewalStage.EXAM,
    RenewalStage.DECISION,
    RenewalStage.GRANTED,
)
