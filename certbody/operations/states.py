"""Words of the trail for what staff do about messages and documents."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, str | Promise] = {
    "message.resend": _("Message sent again"),
    "message.return": _("Message noted as returned"),
    "document.retry": _("Preparation of a document started again"),
}
