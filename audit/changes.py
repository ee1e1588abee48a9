"""What an entry says was changed, in words: names of fields, names of states, dates as people write them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import get_language, gettext as _

from core.templatetags.core_ui import longdate, longdatetime

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*")


class Change(NamedTuple):
    """One field: its name, its value before and after, and whether the name is only the program's own."""

    field: str
    before: object
    after: object
    is_raw: bool = False


def changes_of(model: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Give the fields of an object of `model` ("app.model") whose values differ, named as its pages name them."""
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old != new:
            field = _field(model, name)
            words = {str(value): str(word) for value, word in getattr(field, "flatchoices", ())}
            label = _label(field)
            yield Change(label or name, _value(old, words), _value(new, words), is_raw=not label)


def _field(model: str, name: str) -> Any:
    """Return the field of that name; None for a value that is not a field of the object, or of a model that is gone."""
    try:
        return apps.get_model(model)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None


def _label(field: Any) -> str:
    """Return the field's own words; "" where it has none in the reader's language."""
    words = str(getattr(field, "verbose_name", ""))
    in_english = words == getattr(field, "name", "").replace("_", " ")
    return "" if in_english and get_language() != "en" else words


def _value(value: Any, words: Mapping[str, str]) -> object:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "; ".join(f"{name.replace('_', ' ')} {_inner(one, words)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(str(_value(one, words)) for one in value)
    return _text(value, words) if isinstance(value, str) else value


def _text(value: str, words: Mapping[str, str]) -> object:
    if _DAY.fullmatch(value):
        return longdate(date.fromisoformat(value))
    if _MOMENT.fullmatch(value):
        return longdatetime(datetime.fromisoformat(value))
    # Words that the system wrote itself are kept in the language of the code.
    return words.get(value) or (_(value) if value else value)


def _inner(value: Any, words: Mapping[str, str]) -> object:
    """Return a value inside another one; there, what is empty has a sign of its own."""
    return "—" if value in (None, "", [], {}) else _value(value, words)
