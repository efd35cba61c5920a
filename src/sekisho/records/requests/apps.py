"""Django's view of the room."""

from django.apps import AppConfig


class RequestsConfig(AppConfig):
    """The room ``requests``."""

    name = "sekisho.records.requests"
    default_auto_field = "django.db.models.BigAutoField"
