"""Reads of the phrases that assessors insert into comments."""

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Collate

from accounts.models import User
from core.text import Fold, SortKey, fold
from exams.models import Phrase


def phrases_for(user: User) -> QuerySet[Phrase]:
    """Return the user's own phrases and the shared ones, their own first."""
    return _sorted(Phrase.objects.filter(Q(owner=user) | Q(owner=None)))


def find_phrases(user: User, *, own: bool, search: str = "") -> QuerySet[Phrase]:
    """Return the phrases that the user's page lists: the shared ones and, if `own`, theirs before them."""
    found = phrases_for(user) if own else _sorted(Phrase.objects.filter(owner=None))
    return found.annotate(folded=Fold("text")).filter(folded__contains=fold(search)) if search else found


def _sorted(phrases: QuerySet[Phrase]) -> QuerySet[Phrase]:
    return phrases.order_by(F("owner").asc(nulls_last=True), Collate(SortKey("text"), "C"))
