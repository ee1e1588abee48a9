"""What anybody may ask: whether a certificate is genuine, and how it stands today or stood on a past day.

The page costs at most three queries, and one for a certificate of which there is nothing to tell but that it is valid.
It knows nothing of the reader (neither session nor account), and can be kept by any cache as long as it asks again.
The ETag is made of all that the answer depends on: who has it already is told so without a page being made.
"""

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.generic.base import TemplateResponseMixin, View
from django.views.generic.edit import FormMixin, ProcessFormView

from certificates.forms.public import VerifyForm
from certificates.models import CertificateCopy
from certificates.public import (
    NoSuchDayError,
    PublicFacts,
    asked_day,
    facts_for_machines,
    needs_events,
    state_on,
    state_today,
)
from certificates.queries.certificates import by_code, number_in_force_on, public_events
from certificates.queries.renewals import chain_of
from certificates.states import CertificateState
from certificates.views.open import answer, for_any_origin, language_of, page, printed_alike, tag_of
from core.ratelimit import too_many

CHECKS_PER_MINUTE = 20


class PublicPageView(View):
    """The state of a certificate for everyone: `/v/<code>/`, and on a past day `?on=YYYY-MM-DD`."""

    opened = True

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Answer in the language asked for; a code that is not known gets a neutral page."""
        with translation.override(language_of(request)):
            today = timezone.localdate()
            copy = by_code(code)
            if copy is None:
                return page(request, "certificates/public_not_found.html", {}, tag="", status=404)
            try:
                facts = _facts(copy, asked_day(request.GET.get("on", ""), today), today)
            except NoSuchDayError as error:
                context = {"copy": copy, "reason": error.code, "today": today}
                return page(request, "certificates/public_day.html", context, tag="", status=400)
            tag = tag_of("html", translation.get_language(), today, *_depends_on(facts))
            context = {
                "facts": facts,
                "today": today,
                "for_programs": f"../{copy.code}.json",  # beside this page; to look the route up costs more than a line
                "alike": partial(_alike, facts),  # the template asks once
            }
            return page(request, "certificates/public.html", context, tag=tag)


class PublicJsonView(View):
    """The same for machines: `/v/<code>.json`."""

    opened = True

    def get(self, request: HttpRequest, code: str) -> HttpResponseBase:
        """Answer; a code that is not known gets the same neutral answer as one that cannot be a code."""
        today = timezone.localdate()
        copy = by_code(code)
        if copy is None:
            return for_any_origin(answer(request, lambda: JsonResponse({"found": False}, status=404)))
        try:
            facts = _facts(copy, asked_day(request.GET.get("on", ""), today), today)
        except NoSuchDayError as error:
            wrong = {"found": True, "error": f"on: {error.code}"}
            return for_any_origin(answer(request, lambda: JsonResponse(wrong, status=400)))
        return for_any_origin(
            answer(
                request,
                lambda: JsonResponse(facts_for_machines(facts), json_dumps_params={"ensure_ascii": False, "indent": 2}),
                tag=tag_of("json", *_depends_on(facts)),
            )
        )


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


def _facts(copy: CertificateCopy, day: date, today: date) -> PublicFacts:
    """Return the answer: a query more where the events tell it, and one where the certificate is one of a chain.

    Of a past day one more where this copy was not the one in force.
    """
    certificate = copy.certificate
    if day < today:
        facts = PublicFacts(copy, state_on(certificate, public_events(certificate), day), is_past=True)
        is_told = facts.copy_in_force or facts.status is None
        return facts if is_told else replace(facts, other_in_force=number_in_force_on(certificate, day))
    events = public_events(certificate) if needs_events(certificate, today) else []
    is_renewed = certificate.state_on(today) == CertificateState.SUPERSEDED
    chain = chain_of(certificate) if certificate.renews_id or is_renewed else []
    return PublicFacts(copy, state_today(certificate, events, today), chain=chain, other_in_force=copy.number_in_force)


def _alike(facts: PublicFacts) -> dict[str, str]:
    """Return what other certificates print just so."""
    return printed_alike(translation.get_language() or "", facts.printed.scheme, facts.printed.body)


def _depends_on(facts: PublicFacts) -> tuple[object, ...]:
    """Return all that the answer can change by; what a copy prints never changes."""
    copy = facts.copy
    chain = [one.number for one in facts.chain]
    return (copy.pk, copy.superseded_at, copy.number_in_force, facts.other_in_force, facts.is_past, facts.state, chain)
