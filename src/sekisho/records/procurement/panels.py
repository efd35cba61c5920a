"""What 調達 adds to the page of a subject: by which case it was bought, with which requirements, until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.urls import reverse
from django.utils import timezone

from sekisho.engines.derivation import strength_name
from sekisho.records.procurement.queries import contract as contract_queries
from sekisho.records.subjects import hooks
from sekisho.standards.catalog import catalog

if TYPE_CHECKING:
    from datetime import datetime

    from sekisho.records.organization.principals import Principal
    from sekisho.records.subjects.models import Subject

__all__ = ["bought_panel", "register"]

_CATALOG: Final = "sbd"
_PREFIX: Final = "sbd:"


def bought_panel(principal: Principal, subject: Subject, now: datetime) -> hooks.Panel | None:
    """The cases that bought a subject, as far as the reader sees them, and the requirements it has. One query."""
    today = timezone.localdate(now)
    rows = [
        {
            "case": case,
            "contract": case.contract,
            "url": reverse("procurement:contract", args=[case.organization.code, case.pk]),
            "ended": case.contract.ends_on < today,
        }
        for case in contract_queries.bought_as(principal, subject)[:20]
    ]
    language = principal.language
    titles = {item.id: item.title.get(language) for item in catalog(_CATALOG).requirements}
    requirements = [
        (ref := key.removeprefix(_PREFIX), titles.get(ref, ""), strength_name(str(value), language))
        for key, value in sorted(subject.attributes.items())
        if key.startswith(_PREFIX)
    ]
    if not rows and not requirements:
        return None
    return hooks.Panel("procurement/_bought.html", {"bought": rows, "requirements": requirements})


def register() -> None:
    """The panel of a subject's page."""
    hooks.PANELS.append(bought_panel)
