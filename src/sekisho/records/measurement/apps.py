"""Django's view of the room."""

from django.apps import AppConfig


class MeasurementConfig(AppConfig):
    """The room ``measurement``."""

    name = "sekisho.records.measurement"
    default_auto_field = "django.db.models.BigAutoField"
