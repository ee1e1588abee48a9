"""Words for what happened. Apps register the labels of their verbs when Django starts."""

from collections.abc import Mapping

from django.utils.functional import Promise

_labels: dict[str, str | Promise] = {}


def register_verbs(labels: Mapping[str, str | Promise]) -> None:
    """Add the labels of an app's verbs, e.g. {"application.submit": _("Application submitted")}."""
    _labels.update(labels)


def verb_label(verb: str) -> str:
    """Return the words for `verb` in the active language; an unknown verb is shown as it is stored."""
    return str(_labels.get(verb, verb))


def known_verbs() -> dict[str, str | Promise]:
    """Return every registered verb with its label, for filters and for the test that no verb lacks words."""
    return dict(_labels)
