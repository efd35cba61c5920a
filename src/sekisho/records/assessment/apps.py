"""Django's view of the room."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """The room ``assessment``. Tells the lower rooms what it does with requests, evidence and jobs."""

    name = "sekisho.records.assessment"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with ``requests``, ``jobs`` and ``evidence``."""
        from sekisho.records.assessment import registration  # noqa: PLC0415 - models are loaded only now

        registration.register()
