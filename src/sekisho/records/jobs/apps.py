"""Django's view of the room."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The room ``jobs``. Also runs what the rooms below it, which know no jobs, need again and again."""

    name = "sekisho.records.jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Declare the installation's own work."""
        from sekisho.records.jobs import housekeeping  # noqa: PLC0415 - needs the models

        housekeeping.register()
