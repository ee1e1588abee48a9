"""The schemes app."""

from django.apps import AppConfig

from audit.verbs import register_verbs
from schemes.states import VERBS


class SchemesConfig(AppConfig):
    """Certification schemes: what is examined, by which rules, in which version."""

    name = "schemes"

    def ready(self) -> None:
        """Give the trail words for what happens to schemes."""
        register_verbs(VERBS)
