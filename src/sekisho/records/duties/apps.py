"""Django's view of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext


class DutiesConfig(AppConfig):
    """The room ``duties``."""

    name = "sekisho.records.duties"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Show the count in the navigation; send overdue duties up the line every hour."""
        from sekisho.records import shell  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.duties import queries  # noqa: PLC0415 - needs the models
        from sekisho.records.jobs import registry  # noqa: PLC0415 - once the apps are ready

        shell.register_counter("duties", queries.waiting_count, name=_("期限を過ぎたか、30日以内のもの"))
        registry.register("duties.escalate", _escalate)
        registry.schedule("duties.escalate", kind="duties.escalate", every_seconds=3600)


def _escalate(context: JobContext) -> dict[str, Any]:
    from sekisho.records.duties import actions  # noqa: PLC0415 - needs the models

    return {"escalated": actions.escalate_overdue(context.principal, now=context.now)}
