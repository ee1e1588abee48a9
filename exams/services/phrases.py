"""Phrases for comments: an assessor's own, and those that officers share with every assessor."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from core.errors import NotAllowed, RuleViolation
from core.integrity import constraint_errors
from core.transitions import locked
from exams.models import Phrase
from exams.permissions import may_change_phrase, may_have_panels, may_share_phrases

MOST_PHRASES = 100
"""Of one assessor, and shared: all of them come along with every marking page."""

_REFUSALS = {"exams_phrase_once": _("This phrase is there already.")}


@transaction.atomic
def add_phrase(text: str, *, shared: bool, actor: User) -> Phrase:
    """Add a phrase: of one's own, for assessors, or one that every assessor is offered, for officers.

    Raises `NotAllowed` "phrase"; `RuleViolation` "blank", "exams_phrase_once", "too_many".
    """
    if not (may_share_phrases(actor) if shared else may_have_panels(actor)):
        raise NotAllowed(_REFUSED, code="phrase")
    locked(actor)  # so that two clicks at once are counted one after the other
    owner = None if shared else actor
    if Phrase.objects.filter(owner=owner).count() >= MOST_PHRASES:
        raise RuleViolation(_("There are 100 phrases already: delete one that nobody needs."), code="too_many")
    with constraint_errors(_REFUSALS):
        phrase = Phrase.objects.create(owner=owner, text=_tidy(text), created_by=actor)
    record(actor=actor, verb="phrase.add", obj=phrase, after=_traced(phrase))
    return phrase


@transaction.atomic
def edit_phrase(phrase: Phrase, *, text: str, actor: User) -> Phrase:
    """Change a phrase; comments that were made with it stay as they are.

    Raises `NotAllowed` "phrase"; `RuleViolation` "gone", "blank", "exams_phrase_once".
    """
    phrase = _locked(phrase, actor)
    before = _traced(phrase)
    phrase.text = _tidy(text)
    with constraint_errors(_REFUSALS):
        phrase.save()
    record(actor=actor, verb="phrase.edit", obj=phrase, before=before, after=_traced(phrase))
    return phrase


@transaction.atomic
def delete_phrase(phrase: Phrase, *, actor: User) -> None:
    """Delete a phrase; comments that were made with it stay as they are.

    Raises `NotAllowed` "phrase"; `RuleViolation` "gone".
    """
    phrase = _locked(phrase, actor)
    record(actor=actor, verb="phrase.delete", obj=phrase, before=_traced(phrase))
    phrase.delete()


_REFUSED = _("Assessors change their own phrases, officers the shared ones.")


def _locked(phrase: Phrase, actor: User) -> Phrase:
    if not may_change_phrase(actor, phrase):
        raise NotAllowed(_REFUSED, code="phrase")
    try:
        return locked(phrase)
    except Phrase.DoesNotExist:
        raise RuleViolation(_("The phrase was deleted meanwhile."), code="gone") from None


def _tidy(text: str) -> str:
    """Return the sentence in one line; raises `RuleViolation` "blank" when nothing is left."""
    tidy = " ".join(text.split())
    if not tidy:
        raise RuleViolation(_("A phrase has at least one word."), code="blank")
    return tidy


def _traced(phrase: Phrase) -> dict[str, object]:
    return {"text": phrase.text, "shared": phrase.owner_id is None}
