"""The shared parts of a page: dates, icons, badges, the what-now panel, paging, forms."""

import datetime as dt
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.utils import translation

from core.badges import BADGES, Tone, UnknownBadgeError, badge_for
from core.forms import ConfirmNumberMixin, FilterFormBase, FormBase
from core.templatetags.core_ui import icon, longdate, longdatetime, page_numbers, shorttime

BAKU = ZoneInfo("Asia/Baku")
MONTHS_AZ = [
    "yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avqust", "sentyabr", "oktyabr", "noyabr", "dekabr",
]  # fmt: skip


def rendered(source: str, **context: object) -> str:
    return " ".join(Template("{% load core_ui %}" + source).render(Context(context)).split())


@pytest.mark.parametrize(("language", "expected"), [("az", "20 noyabr 2026"), ("en", "20 November 2026")])
def test_longdate_follows_language(language: str, expected: str) -> None:
    with translation.override(language):
        assert longdate(dt.date(2026, 11, 20)) == expected


def test_longdate_names_every_month_in_lower_case() -> None:
    with translation.override("az"):
        assert [longdate(dt.date(2026, month, 1)) for month in range(1, 13)] == [f"1 {name} 2026" for name in MONTHS_AZ]


def test_longdate_of_late_evening_in_utc_is_next_day_in_baku() -> None:
    with translation.override("az"):
        assert longdate(dt.datetime(2026, 11, 20, 21, 30, tzinfo=dt.UTC)) == "21 noyabr 2026"


@pytest.mark.parametrize(("language", "expected"), [("az", "20 noyabr 2026, 14:30"), ("en", "20 November 2026, 14:30")])
def test_longdatetime_shows_clock_of_baku(language: str, expected: str) -> None:
    with translation.override(language):
        assert longdatetime(dt.datetime(2026, 11, 20, 10, 30, tzinfo=dt.UTC)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (dt.datetime(2026, 11, 20, 5, 5, tzinfo=dt.UTC), "09:05"),
        (dt.datetime(2026, 11, 20, 0, 0, tzinfo=BAKU), "00:00"),
        (dt.time(0, 0), "00:00"),
        (None, ""),
    ],
)
def test_shorttime(value: dt.datetime | dt.time | None, expected: str) -> None:
    assert shorttime(value) == expected


def test_dates_of_nothing_are_empty() -> None:
    assert (longdate(None), longdatetime(None)) == ("", "")


def test_icon_is_hidden_unless_labelled() -> None:
    assert 'aria-hidden="true"' in icon("check")
    assert 'role="img" aria-label="Sonrakı &amp; son"' in icon("check", "Sonrakı & son")


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = (Path(settings.PROJECT_DIR) / "static/img/icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    templates = (Path(settings.PROJECT_DIR) / "templates").rglob("*.html")
    used = {name for path in templates for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    used |= {look.icon for kind in BADGES.values() for look in kind.values()}
    assert used - drawn == set()


@pytest.mark.parametrize("kind", BADGES)
def test_states_of_a_kind_differ_in_word_and_icon(kind: str) -> None:
    for language in ("az", "en"):
        with translation.override(language):
            words = [str(look.word) for look in BADGES[kind].values()]
            assert len(set(words)) == len(words)
    assert len({look.icon for look in BADGES[kind].values()}) == len(BADGES[kind])


def test_badge_shows_tone_icon_and_word() -> None:
    with translation.override("az"):
        html = rendered('{% badge "certificate" "suspended" "lg" %}')
    assert '<span class="state state-warn state-lg">' in html
    assert "img/icons.svg#pause" in html
    assert "<span>Dayandırılıb</span>" in html


def test_badge_for_unknown_state_raises() -> None:
    with pytest.raises(UnknownBadgeError, match="no badge for 'certificate' in state 'lost'"):
        badge_for("certificate", "lost")


def test_badge_tones_are_those_of_the_style_sheet() -> None:
    css = (Path(settings.PROJECT_DIR) / "static/css/parts.css").read_text()
    assert [tone for tone in Tone if tone != Tone.NEUTRAL and f".state-{tone} " not in css] == []


@time_machine.travel(dt.datetime(2026, 11, 20, 12, 0, tzinfo=BAKU))
@pytest.mark.parametrize(
    ("due", "overdue"), [(dt.date(2026, 11, 19), True), (dt.date(2026, 11, 20), False), (None, False)]
)
def test_whatnow_marks_overdue_only_after_the_day(due: dt.date | None, *, overdue: bool) -> None:
    html = rendered('{% whatnow step="Qərar" who="Komissiya" due=due url="/x/" action="Keç" %}', due=due)
    assert ("whatnow-overdue" in html) is overdue
    assert '<a class="btn btn-primary" href="/x/">Keç' in html


def test_whatnow_post_is_a_form_with_token() -> None:
    html = rendered('{% whatnow step="s" url="/x/" action="Et" method="post" %}', csrf_token="token")
    assert '<form method="post" action="/x/" data-once>' in html
    assert 'name="csrfmiddlewaretoken" value="token"' in html


def test_pager_keeps_filters_of_the_address() -> None:
    page = Paginator(range(100), 10).get_page(5)
    request = RequestFactory().get("/list/", {"state": "valid", "page": "5"})
    context = RequestContext(request, {"page": page})
    html = Template('{% include "partials/pager.html" %}').render(context)
    assert 'href="?state=valid&amp;page=6"' in html
    assert '<span class="page-link" aria-current="page">5</span>' in html
    assert list(page_numbers(page)) == [1, "…", 4, 5, 6, "…", 10]


def test_pager_is_silent_on_a_single_page() -> None:
    assert rendered('{% include "partials/pager.html" %}', page=Paginator(range(3), 10).get_page(1)) == ""


class SampleForm(FormBase):
    submit_label = "Göndər"
    surname = forms.CharField(label="Soyad")


class RevokeForm(ConfirmNumberMixin, FormBase):
    reason = forms.CharField(label="Səbəb")


def crispy(form: forms.Form) -> str:
    source = "{% load crispy_forms_tags %}{% crispy form %}"
    return " ".join(Template(source).render(Context({"form": form, "csrf_token": "t"})).split())


def test_form_sums_up_errors_with_links_to_fields() -> None:
    with translation.override("az"):
        html = crispy(SampleForm({}))
    assert 'class="error-summary" role="alert"' in html
    assert '<a href="#div_id_surname">Soyad: Bu xananı doldurun.</a>' in html
    assert 'id="div_id_surname"' in html


def test_form_has_one_submit_button_and_no_browser_validation() -> None:
    html = crispy(SampleForm())
    assert html.count('type="submit"') == 1
    assert ">Göndər</button>" in html
    assert "novalidate" in html
    assert "data-once" in html
    assert "error-summary" not in html


@pytest.mark.parametrize("typed", ["AQCC-2026-1", " aqcc-2026-1 "])
def test_confirmation_accepts_the_number(typed: str) -> None:
    assert RevokeForm({"reason": "x", "confirmation": typed}, number="AQCC-2026-1").is_valid()


@pytest.mark.parametrize(("typed", "code"), [("AQCC-2026-2", "mismatch"), ("", "required")])
def test_confirmation_refuses_anything_else(typed: str, code: str) -> None:
    form = RevokeForm({"reason": "x", "confirmation": typed}, number="AQCC-2026-1")
    assert [error.code for error in form.errors.as_data()["confirmation"]] == [code]


def test_confirmation_is_asked_last_and_names_the_number() -> None:
    with translation.override("en"):
        form = RevokeForm(number="AQCC-2026-1")
        assert list(form.fields) == ["reason", "confirmation"]
        assert form.fields["confirmation"].label == "To confirm, type AQCC-2026-1"


def test_filter_form_requires_nothing() -> None:
    class Filters(FilterFormBase):
        q = forms.CharField()

    assert Filters({}).is_valid()
    assert "<form" not in crispy(Filters({}))
