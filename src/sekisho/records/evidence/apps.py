"""Django's view of the room."""

from django.apps import AppConfig


class EvidenceConfig(AppConfig):
    """The room ``evidence``."""

    name = "sekisho.records.evidence"
    default_auto_field = "django.db.models.BigAutoField"
