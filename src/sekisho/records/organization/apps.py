"""Django's view of the room."""

from django.apps import AppConfig


class OrganizationConfig(AppConfig):
    """The room ``organization``."""

    name = "sekisho.records.organization"
    default_auto_field = "django.db.models.BigAutoField"
