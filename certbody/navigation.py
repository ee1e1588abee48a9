"""The main navigation: each entry names the page and who may open it; a person sees what they may open.

Pages that belong together share an entry; on any of them, all of them stand in a second row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict

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


@dataclass(frozen=True, slots=True)
class Section:
    """An entry that stands for several pages; it leads to the first one that the person may open."""

    label: str | Promise
    entries: tuple[Entry, ...]


class Link(TypedDict):
    """What the templates show of an entry: on which page the reader is, and which entries stand below it."""

    label: str | Promise
    url: str
    active: bool
    below: list["Link"]


ENTRIES: tuple[Entry | Section, ...] = (
    Entry(_("Applications"), "candidates:list", reads_applications),
    Entry(_("My applications"), "candidates:own", may_apply),
    Entry(_("My exams"), "exams:mine", may_apply),
    Entry(_("My certificates"), "certificates:mine", may_apply),
    Entry(_("Exam sessions"), "exams:sessions", may_read_sessions),
    Entry(_("My sessions"), "exams:panels", may_have_panels),
    Entry(_("Decisions"), "certificates:decision_queue", reads_decisions),
    Section(
        _("Certificates"),
        (
            Entry(_("Certificates"), "certificates:certificate_list", reads_certificates),
            Entry(_("Contracts"), "certificates:contract_list", reads_certificates),
            Entry(_("Changed terms"), "certificates:terms_list", reads_certificates),
        ),
    ),
    Section(
        _("Holders"),
        (
            Entry(_("Due dates"), "certificates:duties", reads_certificates),
            Entry(_("Reports"), "certificates:requests", reads_certificates),
            Entry(_("Renewals"), "certificates:renewal_list", reads_certificates),
            Entry(_("Surveillance"), "certificates:surveillance_list", reads_certificates),
            Entry(_("Misuse"), "certificates:misuse_list", reads_certificates),
            Entry(_("Calendar"), "certificates:calendar", reads_certificates),
        ),
    ),
    Entry(_("People"), "accounts:people", reads_people),
    Entry(_("Trail"), "audit:trail", reads_trail),
    Section(
        _("Operations"),
        (
            Entry(_("Messages and documents"), "operations:messages", reads_operations),
            Entry(_("Bulk jobs"), "certificates:batches", reads_certificates),
        ),
    ),
)
# Pages of one's own account lie below those of all accounts, and belong to the account menu.
ELSEWHERE = ("accounts:me",)
PUBLIC = (
    Entry(_("Schemes"), "schemes:list", lambda _user, _obj=None: True),
    Entry(_("Register"), "certificates:register", lambda _user, _obj=None: True),
    Entry(_("Verify"), "certificates:verify", lambda _user, _obj=None: True),
)


def entries_for(request: HttpRequest) -> list[Link]:
    """Return the entries that this person may open; the one whose page this is, is marked, and so is its section."""
    links = list(_links(request))
    pages = [page for link in links for page in (link["below"] or [link])]
    sections = [*(page["url"] for page in pages), *map(reverse, ELSEWHERE)]
    here = max((url for url in sections if request.path.startswith(url)), key=len, default="")
    for page in pages:
        page["active"] = page["url"] == here
    for link in links:
        link["active"] = any(page["active"] for page in (link["below"] or [link]))
    return links


def _links(request: HttpRequest) -> Iterator[Link]:
    """Give the entries that this person may open; a section of which they may open one page is that page."""
    for entry in (*ENTRIES, *PUBLIC):
        pages = entry.entries if isinstance(entry, Section) else (entry,)
        opened = [_link(page) for page in pages if page.permission(request.user)]
        if len(opened) > 1:
            yield Link(label=entry.label, url=opened[0]["url"], active=False, below=opened)
        else:
            yield from (Link(label=entry.label, url=page["url"], active=False, below=[]) for page in opened)


def _link(entry: Entry) -> Link:
    return Link(label=entry.label, url=reverse(entry.view), active=False, below=[])
