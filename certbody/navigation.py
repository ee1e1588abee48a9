"""The main navigation: each entry names the page and who may open it; a person sees what they may open."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import reads_operations, reads_people
from audit.permissions import reads_trail
from candidates.permissions import may_apply, reads_applications
from certificates.permissions import reads_certificates, reads_decisions
from core.access import Predicate
from exams.permissions import may_have_panels, may_read_sessions


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    label: str | Promise
    view: str
    permission: Predicate


ENTRIES = (
    Entry(_("Applications"), "candidates:list", reads_applications),
    Entry(_("My applications"), "candidates:own", may_apply),
    Entry(_("My exams"), "exams:mine", may_apply),
    Entry(_("My certificate"), "certificates:mine", may_apply),
    Entry(_("Exam sessions"), "exams:sessions", may_read_sessions),
    Entry(_("My sessions"), "exams:panels", may_have_panels),
    Entry(_("Decisions"), "certificates:decision_queue", reads_decisions),
    Entry(_("Contracts"), "certificates:contract_list", reads_certificates),
    Entry(_("Certificates"), "certificates:certificate_list", reads_certificates),
    Entry(_("People"), "accounts:people", reads_people),
    Entry(_("Trail"), "audit:trail", reads_trail),
    Entry(_("Operations"), "operations:messages", reads_operations),
)
# Pages of one's own account lie below those of all accounts, and belong to the account menu.
ELSEWHERE = ("accounts:me",)
PUBLIC = (
    Entry(_("Schemes"), "schemes:list", lambda _user, _obj=None: True),
    Entry(_("Verify"), "certificates:verify", lambda _user, _obj=None: True),
)


def entries_for(request: HttpRequest) -> list[dict[str, object]]:
    """Return the entries that this person may open; the one whose page this is, is marked."""
    shown = [entry for entry in (*ENTRIES, *PUBLIC) if entry.permission(request.user)]
    urls = {entry: reverse(entry.view) for entry in shown}
    sections = [*urls.values(), *map(reverse, ELSEWHERE)]
    here = max((url for url in sections if request.path.startswith(url)), key=len, default="")
    return [{"label": entry.label, "url": urls[entry], "active": urls[entry] == here} for entry in shown]
