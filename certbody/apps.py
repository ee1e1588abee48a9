"""The site: mounts the apps, holds what spans them all (home pages, reference and demo data)."""

from django.apps import AppConfig

from audit.verbs import register_verbs
from certbody.operations.states import VERBS


class SiteConfig(AppConfig):
    """The top floor; nothing imports it."""

    name = "certbody"
    verbose_name = "Certification body"

    def ready(self) -> None:
        """Give the trail words for what staff do about messages and documents; show the upper floors on lower pages."""
        from candidates.panels import register_application_panel, register_person_panel
        from certbody.panels import TEMPLATE, of_application, of_person

        register_verbs(VERBS)
        register_person_panel(TEMPLATE, of_person)
        register_application_panel(TEMPLATE, of_application)
