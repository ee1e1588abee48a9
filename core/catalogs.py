"""The project's translations: one catalog for each app, extracted, checked and compiled with Babel (no GNU gettext)."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
LANGUAGE = "az"  # the texts in the code are English; Azerbaijani is the language that is translated
_APPS_OF_SITE = "certbody"


def po_path(part: str) -> Path:
    """Return the catalog of one part of the project."""
    return Path(settings.PROJECT_DIR) / "locale" / part / LANGUAGE / "LC_MESSAGES" / "django.po"


def sources(part: str) -> Iterator[Path]:
    """Give the files whose texts belong to `part`: an app's code and templates; to "site" what no app owns."""
    base = Path(settings.PROJECT_DIR)
    parts = set(settings.TRANSLATED_PARTS)
    code = base / (_APPS_OF_SITE if part == "site" else part)
    yield from sorted(path for path in code.rglob("*.py") if "migrations" not in path.parts)
    for path in sorted((base / "templates").rglob("*.html")):
        owner = path.relative_to(base / "templates").parts[0]
        if part == ("certificates" if owner == "pdf" else owner if owner in parts else "site"):
            yield path


def extract_part(part: str) -> Catalog:
    """Return every translatable text of `part`, without translations."""
    catalog = Catalog(locale=LANGUAGE, domain="django", fuzzy=False)
    for path in sources(part):
        for _line, text, comments, context in extract(
            "python", BytesIO(_as_python(path).encode()), keywords=KEYWORDS, comment_tags=["Translators:"]
        ):
            catalog.add(text, context=context, auto_comments=comments)
    return catalog


def _as_python(path: Path) -> str:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return source
    # Django turns a template into calls among blanked-out words; the brackets keep its indentation from mattering.
    return f"(\n{templatize(source)}\n)"


def read_part(part: str) -> Catalog:
    """Return the catalog of `part` as it is stored; an empty one when there is none."""
    path = po_path(part)
    if not path.exists():
        return Catalog(locale=LANGUAGE, domain="django", fuzzy=False)
    with path.open("rb") as stored:
        return read_po(stored, locale=LANGUAGE, domain="django")


def update_part(part: str) -> Catalog:
    """Bring the stored catalog of `part` up to its sources: new texts appear untranslated, gone ones are dropped."""
    stored = read_part(part)
    catalog = extract_part(part)
    for message in catalog:
        known = stored.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        if message.id and known and known.string:
            message.string = known.string
    path = po_path(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, catalog, width=0, no_location=True, omit_header=True, sort_output=True)
    body = path.read_text(encoding="utf-8")
    path.write_text(_HEADER + body, encoding="utf-8")
    return catalog


_HEADER = """msgid ""
msgstr ""
"Language: az\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""


def problems_of(part: str) -> Iterator[str]:
    """Give what is wrong with the catalog of `part`: missing, untranslated, superfluous or badly formatted texts."""
    stored, wanted = read_part(part), extract_part(part)
    for message in wanted:
        if message.id:
            yield from _problems_of_message(part, message, stored)
    wanted_keys = {_key(message) for message in wanted}
    for message in stored:
        if message.id and _key(message) not in wanted_keys:
            yield f"{part}: no longer used: {message.id!r}"


def _problems_of_message(part: str, message: Message, stored: Catalog) -> Iterator[str]:
    key, context = _key(message)
    known = stored.get(key, context)
    strings = known.string if known and isinstance(known.string, list | tuple) else [known.string if known else ""]
    if known is None or known.fuzzy or not all(strings):
        yield f"{part}: not translated: {message.id!r}"
        return
    for error in known.check(stored):
        yield f"{part}: {error}: {message.id!r}"


def _key(message: Message) -> tuple[str, str | None]:
    return (message.id if isinstance(message.id, str) else message.id[0]), message.context


def disagreements() -> Iterator[str]:
    """Give the texts that two parts translate differently: Django would show only one of the two."""
    seen: dict[tuple[str, str | None], tuple[str, object]] = {}
    for part in settings.TRANSLATED_PARTS:
        for message in read_part(part):
            if not message.id:
                continue
            other, string = seen.setdefault(_key(message), (part, message.string))
            if string != message.string:
                yield f"{part} and {other} translate differently: {message.id!r}"


def compile_part(part: str) -> bool:
    """Write the binary catalog of `part` when it is older than its source; tell whether it was written."""
    source = po_path(part)
    target = source.with_suffix(".mo")
    if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
        return False
    with target.open("wb") as binary:
        write_mo(binary, read_part(part))
    return True
