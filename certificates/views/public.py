"""What anybody may ask: whether a certificate is genuine, and how it stands today.

The page costs at most two queries, knows nothing of the reader (neither session nor account), and can be kept by any
cache as long as it asks again: the ETag names everything that the answer depends on.
"""

import hashlib
import json
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template import engines
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.generic.base import TemplateResponseMixin, View
from django.views.generic.edit import FormMixin, ProcessFormView

from certificates.forms import VerifyForm
from certificates.models import Certificate
from certificates.public import facts_for_machines, public_facts
from certificates.queries import by_code, open_suspension
from certificates.states import CertificateState
from core.ratelimit import too_many

TEMPLATES = ("certificates/public.html", "certificates/public_base.html", "certificates/public_not_found.html")
CHECKS_PER_MINUTE = 20


class PublicPageView(View):
    """The state of a certificate for everyone: `/v/<code>/`."""

    opened = True

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Answer in the language asked for; a code that is not known gets a neutral page."""
        with translation.override(_language(request)):
            certificate = by_code(code)
            if certificate is None:
                return _page("certificates/public_not_found.html", {}, status=404)
            etag = _etag("html", certificate, translation.get_language() or "")
            response = get_conditional_response(request, etag=etag) or _page(
                "certificates/public.html", _facts(certificate)
            )
        return _cacheable(response, etag)


class PublicJsonView(View):
    """The same for machines: `/v/<code>.json`."""

    opened = True

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Answer; a code that is not known gets the same neutral answer as one that cannot be a code."""
        certificate = by_code(code)
        if certificate is None:
            return _for_any_origin(JsonResponse({"found": False}, status=404))
        etag = _etag("json", certificate, "")
        response = get_conditional_response(request, etag=etag)
        if response is None:
            facts = facts_for_machines(certificate, _suspension(certificate), timezone.localdate())
            response = JsonResponse(facts, json_dumps_params={"ensure_ascii": False, "indent": 2})
        return _for_any_origin(_cacheable(response, etag))


class VerifyView(TemplateResponseMixin, FormMixin[VerifyForm], ProcessFormView):
    """Number and code, typed from paper; the answer is the public page."""

    opened = True
    form_class = VerifyForm
    template_name = "certificates/verify.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check what was typed, unless this address has tried too often."""
        if too_many(request, "verify", limit=CHECKS_PER_MINUTE, seconds=60):
            return render(request, "429.html", status=429)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: VerifyForm) -> HttpResponse:
        """Go to the public page."""
        return HttpResponseRedirect(reverse("certificates:public", args=[form.found.code if form.found else ""]))

    def form_invalid(self, form: VerifyForm) -> HttpResponse:
        """Say what may be wrong, with what was typed kept."""
        return self.render_to_response(self.get_context_data(form=form), status=422)


def _language(request: HttpRequest) -> str:
    """Return the language in the address (?lang=en), or else what the reader's browser or cookie asks for."""
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else translation.get_language_from_request(request)


def _suspension(certificate: Certificate) -> Any:
    return open_suspension(certificate) if certificate.state == CertificateState.SUSPENDED else None


def _facts(certificate: Certificate) -> dict[str, Any]:
    return {
        "facts": public_facts(certificate, _suspension(certificate), timezone.localdate()),
        "certificate": certificate,
    }


def _page(template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render without the request: no context processor can read the session or the account."""
    language = translation.get_language() or settings.LANGUAGE_CODE
    body = settings.BODY
    shared = {
        "body": {**body, "name": body[f"name_{language}"], "address": body[f"address_{language}"]},
        "language": language,
        "languages": [
            {"code": code, "url": f"?lang={code}", "is_active": code == language} for code, _name in settings.LANGUAGES
        ],
    }
    response = HttpResponse(render_to_string(template, {**context, **shared}), status=status)
    response["Content-Language"] = language
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _etag(form: str, certificate: Certificate, language: str) -> str:
    """Return what the answer depends on, as a strong entity tag.

    The certificate, the day, the language, the page itself.
    """
    parts = (
        form,
        certificate.code,
        certificate.state,
        certificate.state_changed_at.isoformat(),
        timezone.localdate().isoformat(),
        language,
        _page_revision(),
    )
    return f'"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:32]}"'


@lru_cache(maxsize=1)
def _page_revision() -> str:
    """Return a digest of the page's templates and the body's data, so that a new release is a new answer."""
    engine = engines["django"].engine  # type: ignore[attr-defined]
    sources = [engine.get_template(name).source for name in TEMPLATES]
    text = "".join(sources) + json.dumps(settings.BODY, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _cacheable(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    """Let every cache keep the answer and make it ask each time: a suspension shows at once."""
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    return response


def _for_any_origin(response: HttpResponseBase) -> HttpResponseBase:
    """Let scripts of other sites read the answer: there is nothing in it that is not public."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
