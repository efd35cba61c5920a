"""Django's view of the room."""

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    """The room ``duties``."""

    name = "sekisho.records.duties"
    default_auto_field = "django.db.models.BigAutoField"
