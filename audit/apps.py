"""The audit app."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Configuration of the audit app; wires the trail into core's transitions."""

    name = "audit"

    def ready(self) -> None:
        """Nothing moves along a lifecycle without the trail hearing of it."""
        from audit.services import record
        from core.transitions import use_trail

        use_trail(record)
