"""Django's view of the room."""

from __future__ import annotations

from django.apps import AppConfig


class LifecycleConfig(AppConfig):
    """The room ``lifecycle``."""

    name = "sekisho.records.lifecycle"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Jobs, schedules, requests and what the room adds to the pages of lower rooms."""
        from sekisho.records.lifecycle import registration  # noqa: PLC0415 - needs the models

        registration.register()
