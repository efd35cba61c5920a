"""Django's view of the room."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """The room ``evidence``. Adds its part to the page of a subject."""

    name = "sekisho.records.evidence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with ``subjects``."""
        from sekisho.records.evidence import registration  # noqa: PLC0415 - models are loaded only now

        registration.register()
