"""How pages answer that are open to everybody and know nothing of their reader: light, cacheable, in two languages."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import get_template, render_to_string
from django.templatetags.static import static
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag

from certificates.documents.snapshots import BodySnapshot, SchemeSnapshot

# What an answer's looks depend on, beside its data: a new edition of any is a new answer.
PARTS = ("head", "skip", "brand", "foot", "ask", "asof", "doubt")
PRINTED_ALIKE = ("certified", "scheme", "body")
TEMPLATES = ("public", "public_base", *(f"public_{part}" for part in PARTS + PRINTED_ALIKE), "public_day", "register")
ASSETS = ("bootstrap/css/bootstrap.min.css", "css/theme.css", "css/parts.css", "css/certificates.css", "img/icons.svg")
CATALOGS = ("certificates", "site", "core")


def language_of(request: HttpRequest) -> str:
    """Return the language in the address (?lang=en), or else what the reader's browser or cookie asks for."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def tag_of(*depends_on: object) -> str:
    """Return the ETag of an answer that depends on these values alone, and on the looks of the page.

    A weak one: the same answer may be compressed, and then has other bytes.
    """
    digest = sha256(repr((edition(), depends_on)).encode()).hexdigest()
    return f'W/"{digest[:32]}"'


def edition() -> str:
    """Return a digest of templates, styles, translations and the body's own data; while developing it is made anew."""
    return _edition.__wrapped__(_ours()) if settings.DEBUG else _edition(_ours())


@lru_cache(maxsize=2)
def _edition(body: tuple[str, ...]) -> str:
    digest = sha256(repr(body).encode())
    for name in TEMPLATES:
        digest.update(Path(get_template(f"certificates/{name}.html").origin.name).read_bytes())  # type: ignore[attr-defined]
    for name in ASSETS:
        digest.update(static(name).encode())
    for part in CATALOGS:
        for path in sorted(Path(settings.PROJECT_DIR, "locale", part).rglob("*.mo")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, tag: str, status: int = 200
) -> HttpResponseBase:
    """Answer with a page in the active language, made without the request: nothing can read session or account.

    With a `tag` the page is made only for a reader who does not have it.
    """
    language = translation.get_language() or settings.LANGUAGE_CODE

    def made() -> HttpResponse:
        shared = {"language": language, "frame": frame(language), "body": _body(language, _ours())}
        in_languages = {f"in_{code}": _in_language(request, code) for code, _name in settings.LANGUAGES}
        return HttpResponse(render_to_string(template, {**context, **shared, **in_languages}), status=status)

    response = answer(request, made, tag=tag, vary=("Accept-Language", "Cookie"))
    response["Content-Language"] = language
    return response


def frame(language: str) -> dict[str, str]:
    """Return what is the same on all such pages of a language on a day, in HTML; made once a day."""
    depends_on = (language, timezone.localdate(), _ours())
    return _frame.__wrapped__(*depends_on) if settings.DEBUG else _frame(*depends_on)


@lru_cache(maxsize=8)
def _frame(language: str, today: date, ours: tuple[str, ...]) -> dict[str, str]:
    context = {"body": _body(language, ours), "language": language, "today": today}
    return {part: render_to_string(f"certificates/public_{part}.html", context) for part in PARTS}


def printed_alike(language: str, scheme: SchemeSnapshot, body: BodySnapshot) -> dict[str, str]:
    """Return what a certificate prints of its scheme and body, in HTML; most certificates print the same of both."""
    return (_printed_alike.__wrapped__ if settings.DEBUG else _printed_alike)(language, scheme, body)


@lru_cache(maxsize=256)
def _printed_alike(language: str, scheme: SchemeSnapshot, body: BodySnapshot) -> dict[str, str]:
    context = {"language": language, "scheme": scheme, "body": body}
    return {part: render_to_string(f"certificates/public_{part}.html", context) for part in PRINTED_ALIKE}


def _ours() -> tuple[str, ...]:
    """Return the certification body's own data, as something that is the same as long as they are."""
    return tuple(settings.BODY.values())


@lru_cache(maxsize=8)
def _body(language: str, _of: tuple[str, ...]) -> dict[str, str]:
    """Return the certification body as it is named in a language."""
    body = settings.BODY
    return {**body, "name": body[f"name_{language}"], "address": body[f"address_{language}"]}


def _in_language(request: HttpRequest, code: str) -> str:
    """Return the address of the same page in a language."""
    if not request.GET:
        return f"?lang={code}"
    asked = request.GET.copy()
    asked["lang"] = code
    return f"?{asked.urlencode()}"


def answer(
    request: HttpRequest, made: Callable[[], HttpResponse], *, tag: str = "", vary: tuple[str, ...] = ()
) -> HttpResponseBase:
    """Let every cache keep an answer and make it ask each time, so that a suspension shows at once.

    Returns 304 when the reader has this very answer, without making it where its `tag` is known beforehand. Search
    engines are asked not to list what is found.
    """
    response: HttpResponseBase | None = get_conditional_response(request, etag=tag) if tag else None
    if response is None:
        whole = made()
        if tag:
            whole["ETag"] = tag
        else:
            set_response_etag(whole)
        response = get_conditional_response(request, etag=whole["ETag"], response=whole) or whole
    if tag:
        response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache"
    # The 304 says so too, which is too short to be compressed.
    patch_vary_headers(response, (*vary, "Accept-Encoding"))
    response["X-Robots-Tag"] = "noindex"
    return response


def for_any_origin(response: HttpResponseBase) -> HttpResponseBase:
    """Let scripts of other sites read the answer: there is nothing in it that is not public."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
