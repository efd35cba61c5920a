"""Django's view of the room."""

from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    """The room ``assessment``."""

    name = "sekisho.records.assessment"
    default_auto_field = "django.db.models.BigAutoField"
