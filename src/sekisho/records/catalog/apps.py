"""Django's view of the room."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """The room ``catalog``."""

    name = "sekisho.records.catalog"
    default_auto_field = "django.db.models.BigAutoField"
