"""Django's view of the room."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The room ``jobs``."""

    name = "sekisho.records.jobs"
    default_auto_field = "django.db.models.BigAutoField"
