"""Django's view of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import pgettext_lazy

if TYPE_CHECKING:
    from sekisho.records.organization.models import Organization
    from sekisho.records.organization.principals import Principal
    from sekisho.records.shell import Hit


class CatalogConfig(AppConfig):
    """The room ``catalog``."""

    name = "sekisho.records.catalog"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Answer the search box."""
        from sekisho.records import shell  # noqa: PLC0415 - once the apps are ready

        shell.register_searcher("requirements", pgettext_lazy("several", "要求事項"), _search)


def _search(principal: Principal, organization: Organization, text: str, limit: int) -> list[Hit]:
    """Requirements with every word of the text."""
    from django.urls import reverse  # noqa: PLC0415 - once the apps are ready

    from sekisho.records.catalog import queries  # noqa: PLC0415 - needs the models
    from sekisho.records.shell import Hit  # noqa: PLC0415 - with the others

    return [
        Hit(
            title=queries.text(row, "title", principal.language),
            url=reverse("catalog:requirement", args=[organization.code, row.pk]),
            code=row.ref,
            note=queries.text(row.catalog, "title", principal.language),
        )
        for row in queries.search(principal, query=text, limit=limit)
    ]
