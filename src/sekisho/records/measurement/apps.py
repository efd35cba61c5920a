"""Django's view of the room."""

from django.apps import AppConfig


class MeasurementConfig(AppConfig):
    """The room ``measurement``. Tells ``jobs`` what it computes and renders."""

    name = "sekisho.records.measurement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register with ``jobs``."""
        from sekisho.records.measurement import registration  # noqa: PLC0415 - models are loaded only now

        registration.register()
