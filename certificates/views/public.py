"""What anybody may ask: whether a certificate is genuine, and how it stands today.

The page costs at most two queries, knows nothing of the reader (neither session nor account), and can be kept by any
cache as long as it asks again: the ETag is a digest of the answer itself.
"""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from django.views.generic.base import TemplateResponseMixin, View
from django.views.generic.edit import FormMixin, ProcessFormView

from certificates.forms import VerifyForm
from certificates.models import Certificate
from certificates.public import facts_for_machines, public_facts
from certificates.queries import by_code, open_suspension
from certificates.states import CertificateState
from core.ratelimit import too_many

CHECKS_PER_MINUTE = 20


class PublicPageView(View):
    """The state of a certificate for everyone: `/v/<code>/`."""

    opened = True

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Answer in the language asked for; a code that is not known gets a neutral page."""
        with translation.override(_language(request)):
            certificate = by_code(code)
            if certificate is None:
                return _page(request, "certificates/public_not_found.html", {}, status=404)
            return _page(request, "certificates/public.html", _facts(certificate))


class PublicJsonView(View):
    """The same for machines: `/v/<code>.json`."""

    opened = True

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Answer; a code that is not known gets the same neutral answer as one that cannot be a code."""
        certificate = by_code(code)
        if certificate is None:
            return _for_any_origin(_cacheable(request, JsonResponse({"found": False}, status=404)))
        facts = facts_for_machines(certificate, _suspension(certificate), timezone.localdate())
        response = JsonResponse(facts, json_dumps_params={"ensure_ascii": False, "indent": 2})
        return _for_any_origin(_cacheable(request, response))


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


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponseBase:
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
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    answer = _cacheable(request, response)
    answer["Content-Language"] = language
    return answer


def _cacheable(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """Let every cache keep the answer and make it ask each time, so that a suspension shows at once.

    Returns 304 when the reader has this very answer. Search engines are asked not to list what is found.
    """
    response["Cache-Control"] = "public, no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])  # the 304 says so too, which is too short to be compressed
    set_response_etag(response)
    answer = get_conditional_response(request, etag=response["ETag"], response=response) or response
    answer["X-Robots-Tag"] = "noindex"
    return answer


def _for_any_origin(response: HttpResponseBase) -> HttpResponseBase:
    """Let scripts of other sites read the answer: there is nothing in it that is not public."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
