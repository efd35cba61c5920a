"""Django's view of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext


class RequestsConfig(AppConfig):
    """The room ``requests``."""

    name = "sekisho.records.requests"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the count in the navigation; look for late requests every hour."""
        from sekisho.records import shell  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.jobs import registry  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.requests import queries  # noqa: PLC0415 - needs the models

        shell.register_counter("requests", queries.waiting_count)
        registry.register("requests.remind", _remind)
        registry.schedule("requests.remind", kind="requests.remind", every_seconds=3600)


def _remind(context: JobContext) -> dict[str, Any]:
    from sekisho.records.requests import actions  # noqa: PLC0415 - needs the models

    return {"reminded": actions.remind(context.principal, now=context.now)}
