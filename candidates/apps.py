"""The candidates app."""

from django.apps import AppConfig

from audit.verbs import register_verbs
from candidates.states import VERBS


class CandidatesConfig(AppConfig):
    """Persons, their applications, and conflicts of interest."""

    name = "candidates"

    def ready(self) -> None:
        """Give the trail words for what happens to applications and persons."""
        register_verbs(VERBS)
