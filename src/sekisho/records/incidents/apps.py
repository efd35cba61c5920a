"""Django's view of the room."""

from __future__ import annotations

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """The room ``incidents``."""

    name = "sekisho.records.incidents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The daily figures, and what the search box finds."""
        from sekisho.records.incidents.registration import register  # noqa: PLC0415 - needs the models

        register()
