"""Django's view of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from sekisho.records.jobs.registry import JobContext


class ProcurementConfig(AppConfig):
    """The room ``procurement``."""

    name = "sekisho.records.procurement"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The search box finds cases; long drafts are read by a job; proposals keep their bytes."""
        from sekisho.records import shell  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.duties import hooks as duties  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.evidence import hooks  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.jobs import registry  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.ledger import hooks as ledger  # noqa: PLC0415 - once the apps are ready
        from sekisho.records.procurement import panels  # noqa: PLC0415 - needs the models
        from sekisho.records.procurement.queries import secrecy  # noqa: PLC0415 - needs the models
        from sekisho.records.procurement.queries.notice import proposal_is_kept  # noqa: PLC0415 - needs the models
        from sekisho.records.procurement.searching import find_cases  # noqa: PLC0415 - needs the models

        shell.register_searcher("procurement", _("調達案件"), find_cases)
        panels.register()
        hooks.KEPT.append(proposal_is_kept)
        ledger.NARROWED.append(secrecy.entries_shown)
        duties.NARROWED.append(secrecy.duties_shown)
        registry.register("procurement.review", _review, permission="procurement.review")


def _review(context: JobContext) -> dict[str, Any]:
    from sekisho.records.procurement import actions  # noqa: PLC0415 - needs the models

    return actions.run_review(context)
