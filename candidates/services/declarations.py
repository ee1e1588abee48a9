"""The words that applicants agree to, and their agreeing."""

import tomllib
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from audit.services import record
from candidates.models import Application, Declaration, DeclarationText
from candidates.permissions import chooses_publication
from candidates.queries import declared, latest_texts
from candidates.services.guards import lock_editable
from candidates.states import DeclarationKind
from core.errors import NotAllowed, RuleViolation
from core.services.uploads import store_upload
from core.transitions import locked

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "declarations.toml"


class DeclarationFileError(ValueError):
    """The file of declaration texts is wrong; the message says where."""


def read_declarations(path: Path) -> dict[DeclarationKind, tuple[str, str]]:
    """Return the Azerbaijani and the English text of every kind. Raises `DeclarationFileError`."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DeclarationFileError(f"{path}: {error}") from error
    if set(data) != set(DeclarationKind.values):
        raise DeclarationFileError(f"{path}: needs exactly the tables {', '.join(DeclarationKind.values)}")
    return {kind: (_text(path, data, kind, "az"), _text(path, data, kind, "en")) for kind in DeclarationKind}


def _text(path: Path, data: dict[str, Any], kind: DeclarationKind, language: str) -> str:
    table = data[kind]
    text = table.get(language) if isinstance(table, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise DeclarationFileError(f"{path}: [{kind}] needs a text {language!r}")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))


@transaction.atomic
def load_declarations(path: Path = SHIPPED, *, actor: User | None = None) -> list[DeclarationText]:
    """Add a new version of every text that differs from the one in force; returns the added ones.

    Loading the same file again adds nothing. What was agreed to before keeps its version. Writes "declaration.load".
    Raises `DeclarationFileError`.
    """
    texts = read_declarations(path)
    added = []
    for kind, (az, en) in texts.items():
        latest = DeclarationText.objects.filter(kind=kind).order_by("-version").first()
        if latest and (latest.text_az, latest.text_en) == (az, en):
            continue
        version = latest.version + 1 if latest else 1
        text = DeclarationText.objects.create(kind=kind, version=version, text_az=az, text_en=en)
        record(actor=actor, verb="declaration.load", obj=text, after={"kind": kind, "version": version})
        added.append(text)
    return added


@transaction.atomic
def declare(
    application: Application,
    *,
    agreed: Collection[str],
    seen: Collection[int],
    language: str,
    actor: User,
    declared_at: datetime | None = None,
) -> list[Declaration]:
    """Record which declarations the applicant makes, with text version, language and time; returns the new ones.

    `agreed` are kinds; `seen` are the primary keys of the texts that were shown. Only what differs from the last word
    is written: saving the same page again adds nothing; unticking records that the agreement was taken back, and the
    free choice (publication) is recorded either way. Writes "application.declare".
    Raises `RuleViolation` "texts_changed" when other texts are in force than were shown, and the errors of
    `lock_editable`.
    """
    current = lock_editable(application, actor=actor)
    texts = latest_texts()
    if {text.pk for text in texts.values()} != set(seen):
        raise RuleViolation(
            _("The texts have changed since you opened the page. Please read them again and confirm."),
            code="texts_changed",
        )
    last = declared(current)
    new = [
        Declaration(application=current, text=text, language=language, agreed=kind in agreed)
        for kind, text in texts.items()
        if _says_more(last.get(kind), text, agreed=kind in agreed, is_choice=kind == DeclarationKind.PUBLICATION)
    ]
    for one in new:
        one.declared_at = declared_at or timezone.now()
    Declaration.objects.bulk_create(new)
    if new:
        after = {f"{one.text.kind} v{one.text.version}": one.agreed for one in new}
        record(actor=actor, verb="application.declare", obj=current, after={**after, "language": language})
    return new


def _says_more(last: Declaration | None, text: DeclarationText, *, agreed: bool, is_choice: bool) -> bool:
    if last is None:
        return agreed or is_choice
    return last.agreed != agreed or (agreed and last.text_id != text.pk)


@transaction.atomic
def change_publication(
    application: Application,
    *,
    agreed: bool,
    seen: int,
    language: str,
    actor: User,
    reason: str = "",
    paper: UploadedFile[bytes] | None = None,
) -> Declaration:
    """Record that an applicant gives, or takes back, the consent to be named on the register, at any time (B6).

    Works after the application was settled, unlike `declare`: the consent can be withdrawn whenever its giver wants.
    `seen` is the text that was shown; an officer who writes down what the applicant said gives the `reason` (how and
    when it was said) and may add the `paper`. Writes "application.publication".
    Raises `NotAllowed` "not_yours"; `RuleViolation` "texts_changed" when another text is in force than the one that was
    agreed to, "unchanged" when that is the last word already (a second click), and what `store_upload` raises.
    """
    current = locked(application)
    if not chooses_publication(actor, current):
        raise NotAllowed(_("Only the applicant decides on it, or an officer at their word."), code="not_yours")
    text, last = latest_texts()[DeclarationKind.PUBLICATION], declared(current).get(DeclarationKind.PUBLICATION)
    if agreed and text.pk != seen:
        raise RuleViolation(
            _("The text has changed since you opened the page. Please read it again and confirm."), code="texts_changed"
        )
    if bool(last and last.agreed) == agreed:
        raise RuleViolation(_("That is on record already: nothing was changed."), code="unchanged")
    declaration = Declaration.objects.create(
        application=current,
        text=text,
        language=language,
        agreed=agreed,
        declared_at=timezone.now(),
        paper=store_upload(paper, actor=actor) if paper else None,
    )
    record(
        actor=actor, verb="application.publication", obj=current, before={"agreed": not agreed},
        after={"agreed": agreed, "text": text.version, "language": language}, reason=reason,
        related=[current.person] if current.person else [],
    )  # fmt: skip
    return declaration
