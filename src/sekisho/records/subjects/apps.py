"""Django's view of the room."""

from django.apps import AppConfig


class SubjectsConfig(AppConfig):
    """The room ``subjects``."""

    name = "sekisho.records.subjects"
    default_auto_field = "django.db.models.BigAutoField"
