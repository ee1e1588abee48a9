"""Parts that upper floors add to the pages of this app: exams and certificates on a person's page, say.

This app cannot import them; they register a template and a function that gives its data, when Django starts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from candidates.models import Application, Person

PersonData = Callable[[Person, User], Mapping[str, Any]]
ApplicationData = Callable[[Application, User], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page, ready to be included: `{% include panel.template with data=panel.data %}`."""

    template: str
    data: Mapping[str, Any]


_person_panels: dict[str, PersonData] = {}
_application_panels: dict[str, ApplicationData] = {}


def register_person_panel(template: str, data: PersonData) -> None:
    """Show `template` on the page of every person; `data(person, reader)` becomes its variable `data`."""
    _person_panels[template] = data


def register_application_panel(template: str, data: ApplicationData) -> None:
    """Show `template` on the page of every application; `data(application, reader)` becomes its variable `data`."""
    _application_panels[template] = data


def person_panels(person: Person, reader: User) -> list[Panel]:
    """Return the registered parts for one person's page, in the order of registration."""
    return [Panel(template, data(person, reader)) for template, data in _person_panels.items()]


def application_panels(application: Application, reader: User) -> list[Panel]:
    """Return the registered parts for one application's page, in the order of registration."""
    return [Panel(template, data(application, reader)) for template, data in _application_panels.items()]
