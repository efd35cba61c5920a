"""Django's view of the room."""

from __future__ import annotations

from django.apps import AppConfig


class IntelligenceConfig(AppConfig):
    """The room ``intelligence``."""

    name = "sekisho.records.intelligence"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Jobs and their schedules, the request that releases a block list, what shows outside of the room."""
        from sekisho.records.intelligence.registration import register  # noqa: PLC0415 - needs the models

        register()
